"""The interface to begin with, and what is said of one that does not exist."""

from __future__ import annotations

import sys

import pytest

from tui.capture import interfaces as module
from tui.capture import netlink
from tui.capture.interfaces import default_interface, find, interfaces
from tui.errors import NoSuchInterface

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads rtnetlink")


def link(index: int, name: str, flags: int = 0x41, hatype: int = 1) -> netlink.Link:
    return netlink.Link(index, name, hatype, flags, "02:00:00:00:00:01", 1500, "", 0, 0, 65_600)


def here(monkeypatch: pytest.MonkeyPatch, *links: netlink.Link, default: int | None = None) -> None:
    monkeypatch.setattr(netlink, "links", lambda: list(links))
    monkeypatch.setattr(netlink, "addresses", dict)
    monkeypatch.setattr(netlink, "default_route_index", lambda: default)
    monkeypatch.setattr(module, "_speed", lambda name: None)


LO = link(1, "lo", 0x49, 772)


def test_the_default_is_where_the_default_route_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    here(monkeypatch, LO, link(2, "eth0"), link(3, "wlan0"), default=3)
    assert default_interface().name == "wlan0"


def test_without_a_route_the_only_one_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    here(monkeypatch, LO, link(2, "eth0", flags=0x1), link(3, "eth1"))
    assert default_interface().name == "eth1"


def test_where_nothing_decides_one_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    here(monkeypatch, LO, link(2, "eth0"), link(3, "eth1"))
    with pytest.raises(NoSuchInterface, match="default") as caught:
        default_interface()
    assert caught.value.hint == "choose one with --iface: eth0, eth1, lo, any"


def test_an_unknown_one_is_answered_with_those_that_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    here(monkeypatch, LO, link(2, "eth0", flags=0))
    with pytest.raises(NoSuchInterface, match="no such interface: eth9") as caught:
        find("eth9")
    assert caught.value.exit_code == 4
    assert "lo, eth0, any" in caught.value.hint


@pytest.mark.parametrize(("hatype", "linktype"), [(1, 1), (772, 1), (65534, 101), (803, 127), (778, 276), (512, 276)])
def test_link_types_by_hardware(monkeypatch: pytest.MonkeyPatch, hatype: int, linktype: int) -> None:
    here(monkeypatch, link(2, "x0", hatype=hatype))
    found = find("x0")
    assert found.linktype == linktype
    assert found.cooked == (linktype == 276)


def test_any_is_all_of_them_cooked() -> None:
    assert (find("any").index, find("any").linktype) == (0, 276)


def test_states_are_words(monkeypatch: pytest.MonkeyPatch) -> None:
    here(monkeypatch, link(1, "a"), link(2, "b", flags=1), link(3, "c", flags=0))
    assert [i.state for i in interfaces()] == ["up", "no carrier", "down"]
