"""Every setting, its value, and where it came from."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tui.settings import units
from tui.settings.options import OPTIONS
from tui.settings.sources import Resolved, add_options, resolve


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object")
    add_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the resolved settings."""
    resolved = resolve(arguments)
    if arguments.json:
        rows = {field: {"value": value, "origin": origin} for field, value, origin in _rows(resolved)}
        print(json.dumps(rows, default=str))
        return 0
    for field, value, origin in _rows(resolved):
        print(f"{field:<16} {_text(field, value):<32} {origin}")
    return 0


def _rows(resolved: Resolved) -> list[tuple[str, object, str]]:
    values = ((option.field, getattr(resolved.settings, option.field)) for option in OPTIONS)
    return [(field, _plain(value), resolved.origin[field]) for field, value in values]


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    return "max" if value == float("inf") else value


_SIZES = frozenset(option.field for option in OPTIONS if option.read is units.size)


def _text(field: str, value: object) -> str:
    """A value as one would write it."""
    if value is None or value == () or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field in _SIZES and isinstance(value, int) and not value % (1 << 20):
        return f"{value >> 20}MB"
    if not isinstance(value, tuple):
        return str(value)
    return (":" if isinstance(value[-1], int) else " ").join(map(str, value))  # an address and its port
