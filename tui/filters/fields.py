"""Fields: what can be asked of a packet, by Wireshark's names. Adding a field is adding a line to a table."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field

from tui.filters.kinds import Kind
from tui.filters.packets import Guard
from tui.filters.sources import Cost, Source


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    kind: Kind
    source: Source
    description: str
    bits: int = 64
    """Width of a number; a value of the filter beyond it is an error."""
    names: Mapping[str, int] = field(default_factory=dict)
    """Words (lower case) that stand for numbers."""
    present: Guard | None = None
    """Tells without reading values which packets have the field, inner headers included."""

    @property
    def cost(self) -> Cost:
        return self.source.cost


def table(*parts: tuple[Field, ...]) -> dict[str, Field]:
    """Fields by name; a name given twice is an error of ours."""
    found: dict[str, Field] = {}
    for part in parts:
        for item in part:
            assert item.name not in found, item.name
            found[item.name] = item
    return found


MOST_OFFERED = 3


def nearest(name: str, known: Mapping[str, Field], aliases: Mapping[str, str]) -> list[str]:
    """The known names that were probably meant, the likeliest first, at most three; [] when none is near."""
    lower = name.lower()
    if lower in known:
        return [lower]
    if lower in aliases:
        return [aliases[lower]]
    close = difflib.get_close_matches(lower[:80], known, MOST_OFFERED, 0.72)
    if close:
        return close
    head, _, last = lower.rpartition(".")
    ending = [other for other in known if len(last) > 2 and other.endswith("." + last)]
    same = [other for other in ending if other.partition(".")[0] == head.partition(".")[0]]
    return sorted(same or ending, key=len)[:1]


def offer(names: list[str]) -> str:
    """`did you mean a, b or c?`; "" where there is none."""
    if not names:
        return ""
    return f"did you mean {', '.join(names[:-1])}{' or ' if names[1:] else ''}{names[-1]}?"
