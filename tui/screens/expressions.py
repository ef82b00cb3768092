"""Display filters that the screen writes itself, and how an error in one that a person typed is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tui.errors import FilterError
from tui.widgets.filter_bar import ALL
from tui.widgets.query_bar import Offer

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


TYPING = "enter applies   esc goes back   up and down recall"
"""What stands below while a filter is being typed that has no fault."""


def what_is_wrong(text: str, compile_filter: Callable[[str], object]) -> str:
    """While one types: the fault of a filter in words, or nothing; nothing is applied."""
    try:
        if text.strip():
            compile_filter(text.strip())
    except FilterError as error:
        return error_text(error)
    return ""
