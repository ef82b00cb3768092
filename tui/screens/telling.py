"""Telling: the words of the live screen about its session, the list and the filter."""

from __future__ import annotations

from collections.abc import Sequence

from tui.core.snapshot import Health
from tui.core.state import State
from tui.screens import keys
from tui.screens.listing import Listing
from tui.screens.past import Past

_TROUBLE = frozenset({State.DOWN, State.GONE, State.FAILED})


def empty_text(past: Past, health: Health, offered: Sequence[keys.Key]) -> str:
    """What an empty list says, and what to do about it. `offered`: the keys that do something here."""
    if health.text:
        return f"{health.text}   {health.hint}"
    if past.unretained:
        return f"{past.unretained}   the chart still has its rates; esc leaves the window"
    if past.window is not None and not len(past.rows):
        return "there was no packet in this time; esc leaves the window"
    if len(past.rows):
        return "no packet that is kept matches; esc clears the filter"
    if past.ended:
        return "there was no packet"
    return f"waiting for packets   {keys.welcome(offered)}"


def trouble(now: Health) -> str:
    """A state that is not well, and why; empty where all is well."""
    if now.state in _TROUBLE or (now.state is State.ENDED and now.text):
        about = "   ".join(part for part in (now.text, now.hint) if part)
        return f"{now.state.value}: {about}" if about else now.state.value
    return ""


def recovery(now: Health, before: Health | None) -> str:
    """That a trouble is over; empty where there was none, or it goes on."""
    if before is None or before.state not in _TROUBLE or trouble(now):
        return ""
    return f"{now.state.value} again"


def match_text(listing: Listing) -> str:
    """How many packets the filter matches, and how far it has looked; empty without a filter."""
    if not listing.filtered:
        return ""
    if listing.problem is not None:
        return f"{len(listing):,} match, stopped: {listing.problem}"
    looked = listing.progress
    return f"{len(listing):,} match" + ("" if looked is None else f", {looked:.0%} searched")
