"""How long the messages of a protocol are, told by their headers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui.core.protocols import ID, NAMES

LONGEST = 1 << 24
"""A message that claims more than this is taken for nonsense, as Wireshark does."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A length field of a message's header."""

    at: int
    width: int
    extra: int
    """Bytes of the message that the field does not count."""
    least: int = 1
    """A length (with `extra`) below this is nonsense."""
    little: bool = False
    check: Callable[[bytes], bool] | None = None
    """Whether the first bytes can begin a message at all."""
    first: Iterable[int] = range(256)
    """Values that the first byte of a message may have."""
    may_begin: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        table = np.zeros(256, np.bool_)
        table[list(self.first)] = True
        object.__setattr__(self, "may_begin", table)

    @property
    def need(self) -> int:
        """Bytes without which the length is not known."""
        return self.at + self.width

    def size(self, head: bytes) -> int:
        """Bytes of the message that begins with `head` (at least `need` bytes); 0 where none can begin so."""
        if not self.may_begin[head[0]] or (self.check is not None and not self.check(head)):
            return 0
        size = int.from_bytes(head[self.at : self.need], "little" if self.little else "big") + self.extra
        return size if self.least <= size <= LONGEST else 0


def _is_tls(head: bytes) -> bool:
    return 20 <= head[0] <= 24 and head[1] == 3 and head[2] <= 4 and (head[3] << 8 | head[4]) <= 18432


def _is_netbios(head: bytes) -> bool:
    return head[0] == 0 or 0x81 <= head[0] <= 0x85


FRAMES: dict[str, Frame] = {
    "TLS": Frame(3, 2, 5, 6, check=_is_tls, first=range(20, 25)),
    "NBSS": Frame(1, 3, 4, 4, check=_is_netbios, first=(0, *range(0x81, 0x86))),
    "DNS": Frame(0, 2, 2, 14),
    "BGP": Frame(16, 2, 0, 19, check=lambda h: h[:16] == b"\xff" * 16, first=(255,)),
    "KRB5": Frame(0, 4, 4, 8),
    "MySQL": Frame(0, 3, 4, 5, little=True),
    "PGSQL": Frame(1, 4, 1, 5, first=(*range(0x31, 0x3A), *range(0x41, 0x5B), *range(0x61, 0x7B))),
    "TDS": Frame(2, 2, 0, 8, first=range(1, 19)),
    "TPKT": Frame(2, 2, 0, 7, check=lambda h: h[0] == 3 and h[1] == 0, first=(3,)),
    "Modbus/TCP": Frame(4, 2, 6, 8, check=lambda h: h[2] == h[3] == 0),
    "DCERPC": Frame(8, 2, 0, 16, little=True, check=lambda h: h[0] == 5 and h[1] <= 1, first=(5,)),
    "Kafka": Frame(0, 4, 4, 8),
    "OpenFlow": Frame(2, 2, 0, 8, first=range(1, 7)),
}
"""Protocols whose messages are followed over segments."""
SAME_FRAME = {"SMB": "NBSS", "SMB2": "NBSS", "RDP": "TPKT", "COTP": "TPKT", "S7COMM": "TPKT"}
"""Protocols that stand on the messages of another one."""


def _by_id() -> dict[int, Frame]:
    framed = {ID[name]: frame for name, frame in FRAMES.items()}
    return framed | {ID[name]: FRAMES[below] for name, below in SAME_FRAME.items()}


FRAME_OF: dict[int, Frame] = _by_id()
"""By protocol id."""


def is_framed() -> NDArray[np.bool_]:
    table = np.zeros(len(NAMES), np.bool_)
    table[list(FRAME_OF)] = True
    return table


FRAMED = is_framed()
"""By protocol id: its messages are followed."""
