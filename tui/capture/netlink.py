"""Links, addresses, routes and counters of this network namespace, read by rtnetlink; no rights and no program needed.

Only the standard library: the start needs it before NumPy is imported. Layouts: linux/rtnetlink.h, linux/if_link.h.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE = 18, 22, 26
NLM_F_REQUEST, NLM_F_DUMP = 0x1, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_LINKINFO, IFLA_STATS64 = 1, 3, 4, 18, 23
IFLA_GSO_MAX_SIZE, IFLA_GRO_MAX_SIZE = 41, 58
IFLA_INFO_KIND = 1
IFA_ADDRESS, IFA_LOCAL = 1, 2
RTA_OIF, RTA_PRIORITY, RTA_MULTIPATH, RTA_TABLE = 4, 6, 9, 15
RT_TABLE_MAIN, RTN_UNICAST = 254, 1
IFF_UP, IFF_LOOPBACK, IFF_RUNNING = 0x1, 0x8, 0x40
REPLY = 1 << 16
"""More than the kernel puts into one datagram of a dump (at most 32 KB)."""


@dataclass(frozen=True, slots=True)
class Link:
    """One interface as the kernel describes it. `dropped`: see `interface_drops`."""

    index: int
    name: str
    hatype: int
    """ARPHRD_ type: 1 Ethernet, 772 loopback, 65534 none (tun)."""
    flags: int
    address: str
    mtu: int
    kind: str
    """The driver's family ("veth", "bridge", "tun"); empty for hardware."""
    dropped: int
    packets: int
    largest_frame: int
    """What offloading may hand over as one frame: 64 KB, more with BIG TCP."""

    @property
    def up(self) -> bool:
        return bool(self.flags & IFF_UP)

    @property
    def running(self) -> bool:
        """Up, and the link below carries."""
        return self.flags & (IFF_UP | IFF_RUNNING) == IFF_UP | IFF_RUNNING


def links() -> list[Link]:
    """All interfaces, by index."""
    return sorted((_link(body) for body in _dump(RTM_GETLINK, struct.pack("=BxHiII", 0, 0, 0, 0, 0))), key=_index)


def link(index: int) -> Link | None:
    """One interface by index; None when it is gone."""
    try:
        return next((_link(b) for b in _ask(RTM_GETLINK, struct.pack("=BxHiII", 0, 0, index, 0, 0), 0)), None)
    except OSError:
        return None


def drops(index: int) -> dict[int, int] | None:
    """What an interface (0: each of them) has lost so far, by index; None where the kernel does not tell."""
    try:
        found = [link(index)] if index else links()
    except OSError:
        return None
    return {one.index: one.dropped for one in found if one is not None}


def addresses() -> dict[int, list[str]]:
    """Addresses with prefix lengths, by interface index."""
    found: dict[int, list[str]] = {}
    for body in _dump(RTM_GETADDR, struct.pack("=BBBBI", 0, 0, 0, 0, 0)):
        prefix, index = body[1], struct.unpack_from("=I", body, 4)[0]
        parts = dict(_attributes(body, 8))
        raw = parts.get(IFA_LOCAL) or parts.get(IFA_ADDRESS)
        if raw:
            found.setdefault(index, []).append(f"{ipaddress.ip_address(raw)}/{prefix}")
    return found


def default_route_index() -> int | None:
    """The interface of the default route with the lowest metric, IPv4 before IPv6; None without one."""
    for family in (socket.AF_INET, socket.AF_INET6):
        request = struct.pack("=BBBBBBBBI", family, 0, 0, 0, 0, 0, 0, 0, 0)
        routes = [r for body in _dump(RTM_GETROUTE, request) if (r := _default(body, family))]
        if routes:
            return min(routes)[1]
    return None


def _default(body: bytes, family: int) -> tuple[int, int] | None:
    """(metric, interface index) of a route message that is a usable default route of the main table."""
    its_family, prefix, _, _, table, _, _, kind = struct.unpack_from("=8B", body)
    parts = dict(_attributes(body, 12))
    table = _u32(parts.get(RTA_TABLE), table)
    if its_family != family or prefix or table != RT_TABLE_MAIN or kind != RTN_UNICAST:
        return None
    index = _u32(parts.get(RTA_OIF), 0)
    if not index and (hops := parts.get(RTA_MULTIPATH)):
        index = struct.unpack_from("=i", hops, 4)[0]
    return (_u32(parts.get(RTA_PRIORITY), 0), index) if index else None


def _link(body: bytes) -> Link:
    hatype, index, flags = struct.unpack_from("=HiI", body, 2)
    parts = dict(_attributes(body, 16))
    kind = dict(_attributes(parts.get(IFLA_LINKINFO, b""), 0)).get(IFLA_INFO_KIND, b"")
    mtu = _u32(parts.get(IFLA_MTU), 0)
    statistics = parts.get(IFLA_STATS64, b"").ljust(128, b"\0")
    return Link(
        index=index,
        name=os.fsdecode(parts.get(IFLA_IFNAME, b"?\0").rstrip(b"\0")),
        hatype=hatype,
        flags=flags,
        address=parts.get(IFLA_ADDRESS, b"").hex(":"),
        mtu=mtu,
        kind=kind.rstrip(b"\0").decode("ascii", "replace"),
        dropped=interface_drops(statistics),
        packets=struct.unpack_from("=Q", statistics, 0)[0],
        largest_frame=64 + max(mtu, _u32(parts.get(IFLA_GSO_MAX_SIZE), 0), _u32(parts.get(IFLA_GRO_MAX_SIZE), 0)),
    )


def interface_drops(statistics: bytes) -> int:
    """What the interface lost before any capture could see it: rx_dropped + rx_fifo_errors + rx_missed_errors.

    The numbers of /sys/class/net/NAME/statistics, of `struct rtnl_link_stats64`. rx_over_errors is left out:
    drivers that use it count the same packets in one of the others, or count events.
    """
    rx_dropped, rx_fifo, rx_missed = (struct.unpack_from("=Q", statistics, 8 * place)[0] for place in (6, 14, 15))
    return int(rx_dropped + rx_fifo + rx_missed)


def _index(found: Link) -> int:
    return found.index


def _u32(raw: bytes | None, otherwise: int) -> int:
    return int(struct.unpack_from("=I", raw)[0]) if raw else otherwise


def _dump(kind: int, request: bytes) -> Iterator[bytes]:
    return _ask(kind, request, NLM_F_DUMP)


def _ask(kind: int, request: bytes, flags: int) -> Iterator[bytes]:
    """The bodies of the answers to one request."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0) as asked:
        asked.settimeout(5.0)
        asked.send(struct.pack("=IHHII", 16 + len(request), kind, NLM_F_REQUEST | flags, 1, 0) + request)
        while True:
            data = asked.recv(REPLY)
            at = 0
            while at + 16 <= len(data):
                length, its_kind = struct.unpack_from("=IH", data, at)
                if its_kind == NLMSG_DONE or length < 16:
                    return
                if its_kind == NLMSG_ERROR:
                    code = -struct.unpack_from("=i", data, at + 16)[0]
                    raise OSError(code, os.strerror(code))
                yield data[at + 16 : at + length]
                at += (length + 3) & ~3
            if not flags & NLM_F_DUMP:
                return


def _attributes(body: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(body):
        length, kind = struct.unpack_from("=HH", body, at)
        if length < 4:
            return
        yield kind & 0x3FFF, body[at + 4 : at + length]
        at += (length + 3) & ~3
