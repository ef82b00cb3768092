"""Texts: which segments carry the words of a login, a greeting or a request, by their first two bytes and ports."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import NONE16
from tui.core.decode.gather import one_of
from tui.detectors.batch import Batch
from tui.detectors.part import Why
from tui.detectors.tables import I64

_SMALL = 600
"""Bytes of payload below which a segment may be a command or its answer, and not a part of a transfer."""
_SMB_PORTS, _SMB_SMALL = (139, 445), 200
_TELNET_PORTS = (23, 2323)
_EMPTY_LINE = 0x0D0A0D0A
"""CR LF CR LF: where the head of an HTTP request ends (RFC 9112, section 2.1)."""


def _set_of(numbers: list[int]) -> NDArray[np.bool_]:
    """Membership of 16-bit numbers, to be looked up by index."""
    found = np.zeros(65_536, np.bool_)
    found[numbers] = True
    return found


def _begins(*words: bytes) -> NDArray[np.bool_]:
    """Membership of two-byte beginnings, as big-endian numbers."""
    return _set_of([int.from_bytes(word, "big") for word in words])


_CHATTY = _set_of([21, 23, 25, 110, 143, 587, 1433, 2323, 3306, 3389, 5432, 6379])
"""Ports of servers whose small segments are read: FTP, telnet, mail, databases, RDP."""
_REQUESTS = _begins(b"GE", b"PO", b"HE", b"PU")
_STARTS = _REQUESTS | _begins(
    b"SS", b"53", b"HT", b"PA", b"US", b"LO", b"AU", b"-E", b"-W", b"*2", b"\x16\x03"
)  # fmt: skip
"""Requests, and what SSH, SMTP and FTP refusals (53x), HTTP answers, PASS, USER, LOGIN, AUTH, Redis, TLS begin with."""


def mark(batch: Batch, tcp: NDArray[np.bool_]) -> None:
    """Set TEXT, DETAIL and WHOLE in `batch.why` of segments with such words; `tcp`: which packets to look at."""
    c = batch.columns
    rows = np.flatnonzero(tcp & (c.payload_len > 0) & (c.payload != NONE16))
    if not len(rows):
        return
    payload, size = c.payload.take(rows), c.payload_len.take(rows)
    sport, dport = c.sport.take(rows), c.dport.take(rows)
    at = batch.frames.offset.take(rows) + payload
    held = payload.astype(np.int64) + 2 <= batch.frames.caplen.take(rows)
    word = (batch.data.u8(at).astype(np.uint16) << 8) | batch.data.u8(at + 1)
    small = size < _SMALL
    text = _STARTS.take(word, mode="clip") & held
    text |= (_CHATTY.take(sport, mode="clip") | _CHATTY.take(dport, mode="clip")) & small
    text |= one_of(sport, _SMB_PORTS) & (size < _SMB_SMALL)
    batch.why[rows.compress(text)] |= Why.TEXT
    request = _REQUESTS.take(word, mode="clip") & held
    batch.why[rows.compress(request | (one_of(dport, _TELNET_PORTS) & small))] |= Why.DETAIL
    asked = rows.compress(request)
    if len(asked):
        batch.why[asked[_whole(batch, asked)]] |= Why.WHOLE


def _whole(batch: Batch, rows: I64) -> NDArray[np.bool_]:
    """Which of these segments end with an empty line, and were captured to their end."""
    c, frames = batch.columns, batch.frames
    stop = c.payload.take(rows).astype(np.int64) + c.payload_len.take(rows)
    last = batch.data.headers(np.maximum(frames.offset.take(rows) + stop - 4, 0), 4).u32(0)
    return np.asarray((last == _EMPTY_LINE) & (stop <= frames.caplen.take(rows)))
