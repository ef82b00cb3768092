"""What can be captured: the interfaces of this network namespace, and the one to begin with."""

from __future__ import annotations

import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from tui.capture import netlink
from tui.errors import NoSuchInterface

ANY = "any"
LINKTYPE_ETHERNET, LINKTYPE_SLL2 = 1, 276
LINKTYPES = {1: 1, 772: 1, 519: 101, 768: 101, 769: 101, 776: 101, 65534: 101, 801: 105, 802: 119, 803: 127}
"""By ARPHRD_ type (linux/if_arp.h): Ethernet and loopback; raw IP (cellular, IP in IP, tun); Wi-Fi monitors. All others
are captured cooked, with an SLL2 header."""
LINKTYPE_NAMES = {1: "Ethernet", 101: "raw IP", 105: "802.11", 119: "Prism", 127: "radiotap", 276: "Linux cooked v2"}


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface; index 0 stands for all of them. `speed_mbps` is None where the driver does not tell."""

    name: str
    index: int
    linktype: int
    up: bool = True
    running: bool = True
    loopback: bool = False
    default: bool = False
    kind: str = ""
    mac: str = ""
    mtu: int = 0
    speed_mbps: int | None = None
    addresses: tuple[str, ...] = ()
    largest_frame: int = 65_600

    @property
    def cooked(self) -> bool:
        return self.linktype == LINKTYPE_SLL2

    @property
    def state(self) -> str:
        """One word, as the lists show it."""
        if not self.up:
            return "down"
        return "up" if self.running else "no carrier"


def interfaces() -> list[Interface]:
    """All interfaces by index, without "any"."""
    if sys.platform != "linux":
        return [Interface(name, index, LINKTYPE_ETHERNET) for index, name in socket.if_nameindex()]
    addresses = netlink.addresses()
    default = netlink.default_route_index()
    return [_interface(link, tuple(addresses.get(link.index, ())), default) for link in netlink.links()]


def find(name: str) -> Interface:
    """The interface of that name, or all of them for "any". NoSuchInterface names those that exist."""
    found = interfaces()
    if name == ANY and sys.platform == "linux":
        return Interface(ANY, 0, LINKTYPE_SLL2, largest_frame=max((i.largest_frame for i in found), default=65_600))
    for interface in found:
        if interface.name == name:
            return interface
    raise NoSuchInterface(f"no such interface: {name}", _choices(found))


def default_interface() -> Interface:
    """The one of the default route (IPv4, else IPv6), else the only one that runs and is not loopback."""
    found = interfaces()
    if chosen := [i for i in found if i.default]:
        return chosen[0]
    running = [i for i in found if i.running and not i.loopback]
    if len(running) == 1:
        return running[0]
    raise NoSuchInterface("no default route, so no default interface", _choices(found))


def _choices(found: list[Interface]) -> str:
    names = [i.name for i in sorted(found, key=lambda i: (not i.running, i.loopback, i.index))]
    return f"choose one with --iface: {', '.join(names)}, {ANY}"


def _interface(link: netlink.Link, addresses: tuple[str, ...], default: int | None) -> Interface:
    return Interface(
        name=link.name,
        index=link.index,
        linktype=LINKTYPES.get(link.hatype, LINKTYPE_SLL2),
        up=link.up,
        running=link.running,
        loopback=bool(link.flags & netlink.IFF_LOOPBACK),
        default=link.index == default,
        kind=link.kind,
        mac=link.address if len(link.address) == 17 else "",
        mtu=link.mtu,
        speed_mbps=_speed(link.name),
        addresses=addresses,
        largest_frame=link.largest_frame,
    )


def _speed(name: str) -> int | None:
    """Megabits per second by sysfs; the read fails where the link is down or has no speed."""
    try:
        speed = int((Path("/sys/class/net") / name / "speed").read_text())
    except (OSError, ValueError):
        return None
    return speed if speed > 0 else None
