"""Dictionaries with a bound: the oldest entry goes when a new one finds no room."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

MOST = 4_096
"""Entries, where nothing else is said."""


def remember(table: dict[K, V], key: K, value: V, most: int = MOST) -> None:
    """Set an entry and make it the newest."""
    table.pop(key, None)
    if len(table) >= most:
        del table[next(iter(table))]
    table[key] = value


def room(table: dict[K, V], key: K, make: Callable[[], V], most: int = MOST) -> V:
    """The entry of a key, made where there is none."""
    if key not in table:
        if len(table) >= most:
            del table[next(iter(table))]
        table[key] = make()
    return table[key]
