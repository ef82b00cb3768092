"""What becomes of an interface while it is watched: down, gone, back; and what it lost by itself."""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping
from typing import Protocol

from tui.capture import netlink
from tui.core.state import State

LOOK_EVERY_S = 1.0
LOOK_FOR_LOST_EVERY_S = 0.2
"""How often an interface that is gone is looked for."""


class Bound(Protocol):
    """The capture socket, as far as it matters here."""

    def bind(self, index: int, promiscuous: bool = True) -> None: ...

    def bound_index(self) -> int: ...


class LinkWatch:
    """The state of one interface (index 0: all of them, which are never down).

    The kernel keeps a socket bound while the interface is down or renamed and feeds it again by itself; after a removal
    it must be bound to the new one of that name.
    """

    def __init__(
        self, bound: Bound, name: str, index: int, promiscuous: bool, before: Mapping[int, int] | None = None
    ) -> None:
        """`before`: what each interface had lost when the capture was opened; None: as of now."""
        self.state = State.LIVE
        self._bound = bound
        self._name = name
        self._index = index
        self._promiscuous = promiscuous
        self._hatype = found.hatype if index and (found := netlink.link(index)) else 0
        self._next_look = 0.0
        self._lost = 0
        self._last_lost: Mapping[int, int] = netlink.drops(index) or {} if before is None else before

    def note_error(self, code: int) -> None:
        """What poll reported of the socket; ENETDOWN stands for down and for removed."""
        if code == errno.ENETDOWN:
            self.state = State.DOWN
            self._next_look = 0.0

    def look(self, now_s: float) -> bool:
        """Look after the interface if it is time; True when the state changed."""
        if not self._index or now_s < self._next_look:
            return False
        before = self.state
        if self._bound.bound_index() < 0:
            self.state = State.LIVE if self._bind_again() else State.GONE
        if self.state is not State.GONE:
            found = netlink.link(self._index)
            self.state = State.LIVE if found and found.running else State.DOWN
        self._next_look = now_s + (LOOK_FOR_LOST_EVERY_S if self.state is State.GONE else LOOK_EVERY_S)
        return self.state is not before

    def dropped(self) -> int:
        """Packets that the interface lost since the watch began: differences, so that a new one counts right."""
        counters = netlink.drops(self._index)
        if counters is None:
            return self._lost
        for index, lost in counters.items():
            before = self._last_lost.get(index, 0)
            self._lost += lost - before if lost >= before else lost
        self._last_lost = counters
        return self._lost

    def _bind_again(self) -> bool:
        """Bind to the interface that bears the name now, if it has the same link type."""
        try:
            index = socket.if_nametoindex(self._name)
            found = netlink.link(index)
            if found is None or found.hatype != self._hatype:
                return False
            self._bound.bind(index, self._promiscuous)
        except OSError:
            return False
        self._index = index
        return True
