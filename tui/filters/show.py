"""Show: what a field holds in each packet, as text for a column."""

from __future__ import annotations

from tui.core.columns import Columns
from tui.core.text import printable
from tui.errors import FilterError
from tui.filters.fields import nearest, offer
from tui.filters.kinds import Kind
from tui.filters.packets import Packets, Place, Read
from tui.filters.tables import FIELDS
from tui.filters.values import existing, strings

LONGEST = 200
"""Characters of one cell."""


def check(name: str) -> None:
    """Raises FilterError for a field that does not exist."""
    if name not in FIELDS:
        hint = offer(nearest(name, FIELDS, {})) or "fields are those of display filters"
        raise FilterError(f"no column and no field {name!r}", 0, hint, name)


def texts(name: str, columns: Columns, read: Read | None = None, place: Place | None = None) -> list[str]:
    """The values of a field in each packet, joined by commas; empty where it has none, `yes` for what has no value."""
    field = FIELDS[name]
    packets = Packets(columns, read, place or Place())
    values = field.source.values(packets, field.kind)
    if field.kind in (Kind.NONE, Kind.PROTOCOL):
        return ["yes" if there else "" for there in existing(values, len(columns)).tolist()]
    found: list[list[str]] = [[] for _ in range(len(columns))]
    for chunk in (part.sparse() for part in values):
        assert chunk.rows is not None
        for row, value in zip(chunk.rows.tolist(), strings(chunk.data, field.kind), strict=True):
            found[row].append(value.hex() if field.kind is Kind.BYTES else printable(value, LONGEST))
    return [printable(",".join(parts), LONGEST) for parts in found]
