"""Alerts: what a detector found, how findings become incidents, and what a person decided about them."""
