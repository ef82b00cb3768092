"""Feeding: connections in which the client goes on, bit by bit, while the server says nothing.

The tracker's table has these fields for each open TCP connection. "To go on" is to send something new after the last
word of the server, whatever that word was: nothing at all, the end of a TLS handshake, a refusal that it sent at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.core.alert.alerts import SECOND_NS
from tui.detectors.tables import I64, Field, Table

FIELDS: dict[str, Field] = {
    "heard_ns": np.int64,  # the server's last word
    "went_ns": np.int64,  # the client's first after it
    "fed_ns": np.int64,  # and its last
    "before": np.int64,  # bytes from the client up to the server's last word
    "feeds": np.uint8,  # seconds or more lie between two of them
    "whole": np.bool_,  # the client's request ended with an empty line
    "upgraded": np.bool_,  # the server has agreed to another protocol (a WebSocket): either side may talk alone
}
FEEDS = 2
"""A request that comes in one piece and waits for its answer was fed once: a long poll does this."""
APART_NS = SECOND_NS
"""What comes sooner after the last feed belongs to it."""
GREETED_NS = 2 * SECOND_NS
"""A server that speaks later than so long after the start does talk in this connection: now and then, as it likes."""


def note(table: Table, slots: I64, sent: I64, received: I64) -> None:
    """Some packets were seen of open connections: `sent` and `received` are as they were before. Slots may repeat."""
    now = table["last_ns"][slots]
    spoke = table["received"][slots] > received
    heard = slots[spoke]
    table["heard_ns"][heard] = now[spoke]
    table["before"][heard] = table["sent"][heard]
    table["feeds"][heard] = 0
    fed = ~spoke & (table["sent"][slots] > sent)
    slots, now = slots[fed], now[fed]
    feeds = table["feeds"][slots]
    first = feeds == 0
    table["went_ns"][slots[first]] = now[first]
    apart = first | (now - table["fed_ns"][slots] >= APART_NS)
    table["feeds"][slots[apart]] = np.minimum(feeds[apart], 254) + 1
    table["fed_ns"][slots[apart]] = now[apart]


def fed_slowly(table: Table, slots: I64, now_ns: int, seconds: float, bytes_per_s: float) -> NDArray[np.bool_]:
    """Where the client has gone on for `seconds`, slower than so, and the server has not spoken since.

    Requests that are whole and wait, uploads, and connections in which the server speaks up later are not among them.
    """
    heard, feeds = table["heard_ns"][slots], table["feeds"][slots]
    waits = now_ns - table["went_ns"][slots]
    slow = (table["sent"][slots] - table["before"][slots]) * float(SECOND_NS) < bytes_per_s * waits
    goes_on = feeds >= FEEDS
    goes_on |= (feeds == 1) & (heard == 0) & ~table["whole"][slots]
    early = (heard == 0) | (heard - table["start_ns"][slots] <= GREETED_NS)
    return np.asarray(goes_on & early & slow & (waits > seconds * SECOND_NS) & ~table["upgraded"][slots], np.bool_)
