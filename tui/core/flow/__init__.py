"""Flows: who talks with whom, what TCP shows of it, and how a screen lists them."""
