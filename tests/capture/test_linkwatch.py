"""Down, gone, back: what the watch says, with the kernel's answers given by hand."""

from __future__ import annotations

import errno
from dataclasses import replace

import pytest

from tui.capture import linkwatch, netlink
from tui.capture.linkwatch import LinkWatch
from tui.core.state import State

UP = netlink.Link(5, "eth0", 1, 0x41, "02:00:00:00:00:01", 1500, "", 10, 0, 65_600)


class Socket:
    """A capture socket that remembers what it was bound to."""

    def __init__(self, index: int = 5) -> None:
        self.index = index

    def bind(self, index: int, promiscuous: bool = True) -> None:
        self.index = index

    def bound_index(self) -> int:
        return self.index


class Kernel:
    """The links there are."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.links = {5: UP}
        monkeypatch.setattr(netlink, "link", self.links.get)
        monkeypatch.setattr(netlink, "links", lambda: list(self.links.values()))
        monkeypatch.setattr(linkwatch.socket, "if_nametoindex", self.index)

    def index(self, name: str) -> int:
        for link in self.links.values():
            if link.name == name:
                return link.index
        raise OSError(errno.ENODEV, "No such device")


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    return Kernel(monkeypatch)


def test_a_link_without_carrier_is_down_and_comes_back(kernel: Kernel) -> None:
    watch = LinkWatch(Socket(), "eth0", 5, True)
    kernel.links[5] = replace(UP, flags=0x1)
    assert watch.look(1.0)
    assert watch.state is State.DOWN
    kernel.links[5] = UP
    assert not watch.look(1.5)  # looked just now
    assert watch.look(2.5)
    assert watch.state is State.LIVE


def test_an_error_of_the_socket_is_looked_into_at_once(kernel: Kernel) -> None:
    watch = LinkWatch(Socket(), "eth0", 5, True)
    watch.look(1.0)
    watch.note_error(errno.ENETDOWN)
    assert watch.state is State.DOWN
    assert watch.look(1.001)
    assert watch.state is State.LIVE


def test_what_is_removed_is_gone_until_one_of_that_name_is_back(kernel: Kernel) -> None:
    socket = Socket()
    watch = LinkWatch(socket, "eth0", 5, True)
    socket.index = -1
    kernel.links.clear()
    watch.look(1.0)
    assert watch.state is State.GONE
    kernel.links[9] = replace(UP, index=9)
    watch.look(2.0)
    assert watch.state is State.LIVE
    assert socket.index == 9


def test_one_of_another_link_type_is_not_it(kernel: Kernel) -> None:
    """Its frames could not stand in the same file."""
    socket = Socket()
    watch = LinkWatch(socket, "eth0", 5, True)
    socket.index = -1
    kernel.links.clear()
    kernel.links[9] = replace(UP, index=9, hatype=65534)
    watch.look(1.0)
    assert watch.state is State.GONE


def test_all_interfaces_at_once_are_never_down(kernel: Kernel) -> None:
    watch = LinkWatch(Socket(0), "any", 0, True)
    kernel.links.clear()
    assert not watch.look(9.0)
    assert watch.state is State.LIVE


def test_drops_are_counted_from_the_start_and_through_a_reset(kernel: Kernel) -> None:
    watch = LinkWatch(Socket(), "eth0", 5, True)
    assert watch.dropped() == 0
    kernel.links[5] = replace(UP, dropped=14)
    assert watch.dropped() == 4
    kernel.links[5] = replace(UP, dropped=3)  # the driver began anew
    assert watch.dropped() == 7


def test_drops_of_all_interfaces_are_added_up(kernel: Kernel) -> None:
    watch = LinkWatch(Socket(0), "any", 0, True)
    kernel.links |= {5: replace(UP, dropped=11), 6: replace(UP, index=6, dropped=2)}
    assert watch.dropped() == 3


def test_drops_count_from_when_the_capture_was_opened(kernel: Kernel) -> None:
    """What was lost while the program still imported its parts was nobody's."""
    assert netlink.drops(5) == {5: 10}
    kernel.links[5] = replace(UP, dropped=25)
    assert LinkWatch(Socket(), "eth0", 5, True, {5: 10}).dropped() == 15
    assert LinkWatch(Socket(), "eth0", 5, True).dropped() == 0
