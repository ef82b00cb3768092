"""Settings: one table of options, read from a TOML file, the environment and the command line; with origins."""

from tui.settings.model import Settings
from tui.settings.sources import Resolved, resolve

__all__ = ["Resolved", "Settings", "resolve"]
