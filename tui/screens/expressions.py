"""Display filters that the screen writes itself, and how an error in one that a person typed is told."""

from __future__ import annotations

from collections.abc import Sequence

from tui.errors import FilterError
from tui.widgets.filter_bar import ALL, Offer

_PROTOCOL_FIELDS = {"ip": "ip || ipv6", "icmp": "icmp || icmpv6"}


def protocol_expression(name: str) -> str:
    """The display filter of a protocol that is chosen by name: IP and ICMP mean both versions."""
    if name == ALL:
        return ""
    return _PROTOCOL_FIELDS.get(name.lower(), name.lower())


def joined(*parts: str) -> str:
    """All of the filters at once; empty ones do not count."""
    some = [part for part in parts if part]
    return some[0] if len(some) == 1 else " && ".join(f"({part})" for part in some)


def error_text(error: FilterError) -> str:
    """One line: what is wrong, where, and what would mend it."""
    return f"{error.message} at {error.position + 1}" + (f"   {error.hint}" if error.hint else "")


def completions(text: str, cursor: int) -> Sequence[Offer]:
    """What fits at the cursor of a display filter."""
    from tui.filters.completion import complete  # late: a screen without a filter starts without the language

    return [(found.text, found.start, found.end, found.description) for found in complete(text, cursor)]
