"""Names that Wireshark had before: ssl is tls, bootp is dhcp. Old notes and cheat sheets are full of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tui.filters.fields import Field

_OLD = {"tls": "ssl", "dhcp": "bootp"}


def renamed(fields: Iterable[Field]) -> tuple[Field, ...]:
    """The same fields by their old names."""
    found = []
    for field in fields:
        head, dot, rest = field.name.partition(".")
        if head in _OLD:
            found.append(replace(field, name=_OLD[head] + dot + rest, description=f"old name of {field.name}"))
    return tuple(found)
