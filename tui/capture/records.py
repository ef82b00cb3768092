"""What the file formats share: a batch of records found in a piece of a file, and headers gathered at any offset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tui.capture.source import InterfaceInfo

Bytes = NDArray[np.uint8]
Int64 = NDArray[np.int64]

LARGEST_FRAME = 262_144
"""Longest frame that a file may hold (Wireshark's WTAP_MAX_PACKET_SIZE_STANDARD): beyond, the length is damaged."""
LARGEST_USB_FRAME = 128 << 20
"""The same for USB and D-Bus, whose messages are longer (WTAP_MAX_PACKET_SIZE_USBPCAP, _DBUS)."""
LONG_LINKTYPES = frozenset((189, 220, 231, 249))
"""LINKTYPE_USB_LINUX, USB_LINUX_MMAPPED, DBUS, USBPCAP."""


@dataclass(frozen=True, slots=True)
class Found:
    """The frames of one piece of a file; arrays of shape (n,), offsets from the first byte of the piece."""

    offset: Int64
    caplen: Int64
    length: Int64
    time_ns: Int64
    linktype: NDArray[np.uint16]
    interface: NDArray[np.uint16]
    direction: NDArray[np.uint8]
    consumed: int
    """Bytes of the piece that are done with."""
    need: int = 0
    """Bytes from `consumed` on that the next record takes, as far as it is known."""
    damage: str | None = None
    """Why nothing after `consumed` can be read."""


class RecordFormat(Protocol):
    """A capture format that has read its file header and finds records in what follows."""

    @property
    def size(self) -> int:
        """Bytes before the first record."""
        ...

    @property
    def interfaces(self) -> tuple[InterfaceInfo, ...]: ...

    def find(self, piece: Bytes, limit: int) -> Found:
        """The frames at the beginning of `piece`, about `limit` at most."""
        ...


def largest_frame(linktype: int) -> int:
    """Longest frame that a file of this link type may hold."""
    return LARGEST_USB_FRAME if linktype in LONG_LINKTYPES else LARGEST_FRAME


def gather(piece: Bytes, at: Int64, size: int, dtype: DTypeLike) -> NDArray[np.int64]:
    """`size` bytes at each place, as an (n, size / itemsize) array of numbers; all places must lie inside."""
    if not len(at):
        return np.zeros((0, size // np.dtype(dtype).itemsize), np.int64)
    every = np.ndarray((len(piece) - size + 1,), f"V{size}", piece, 0, (1,))
    return every[at].view(dtype).reshape(len(at), -1).astype(np.int64)


def nothing(consumed: int = 0, need: int = 0, damage: str | None = None) -> Found:
    """No frame in this piece."""
    none = np.zeros(0, np.int64)
    no_number = np.zeros(0, np.uint16)
    return Found(none, none, none, none, no_number, no_number, np.zeros(0, np.uint8), consumed, need, damage)


def leading(good: NDArray[np.bool_]) -> int:
    """How many are true before the first that is not."""
    return len(good) if good.all() else int(good.argmin())
