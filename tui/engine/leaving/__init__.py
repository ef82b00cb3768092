"""How a run ends: signals, the terminal, the last line."""
