"""Heads: what the first bytes of a segment say."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.detectors.outcomes import Greeting
from tui.detectors.tables import I64, Table


def has(head: NDArray[np.uint8], at: int, text: bytes) -> NDArray[np.bool_]:
    """Which rows have these bytes at that place.

    Byte by byte: most rows fail at the first, and a reduction over short rows costs five times as much.
    """
    found = head[:, at] == text[0]
    for place, byte in enumerate(text[1:], at + 1):
        found &= head[:, place] == byte
    return np.asarray(found)


def note(table: Table, slots: I64, head: NDArray[np.uint8]) -> None:
    """Take what servers of open connections begin their segments with, a row for each slot. Slots may repeat."""
    table["greeting"][slots[has(head, 0, b"SSH-")]] = Greeting.SSH
    confirms = has(head, 0, b"\3\0") & has(head, 5, b"\xd0")  # TPKT (RFC 1006), X.224 connection confirm
    table["greeting"][slots[confirms]] = Greeting.RDP
    table["upgraded"][slots[has(head, 0, b"HTTP") & has(head, 9, b"101")]] = True
