"""Asked of the worker by every screen that can write names in place of addresses."""

from __future__ import annotations

from typing import Any


def named(monitor: Any) -> dict[str, str]:
    """From addresses to the names that DNS answers gave them; a copy."""
    names: dict[str, str] = monitor.names.named()
    return names
