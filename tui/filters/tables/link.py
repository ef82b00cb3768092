"""Fields of the link layer: Ethernet, VLAN, ARP."""

from __future__ import annotations

import numpy as np

from tui.filters import guards
from tui.filters.fields import Field
from tui.filters.kinds import Kind
from tui.filters.packets import Level, Mask, Packets, Rows
from tui.filters.sources import Computed, Cost, in_headers, number
from tui.filters.starts import at_ethernet, at_l3, at_start
from tui.filters.tables.make import Header, column, truth, union
from tui.filters.values import Chunk, Data, Values

MAX_TAGS = 4
"""VLAN tags read of one frame; two are common, four are known from stacked provider networks."""
_TAG_TYPES = (0x8100, 0x88A8, 0x9100, 0x9200, 0x9300)
_TYPE_AT = {1: 12, 113: 14}  # where the ethertype stands, by link type: Ethernet, Linux cooked

_ETH = Header(guards.ethernet, at_ethernet)
_ARP = Header(guards.arp, at_l3)
_SLL = Header(guards.linktype(113), at_start)
_SLL2 = Header(guards.linktype(276), at_start)
_ETHERTYPES = {"ipv4": 0x0800, "arp": 0x0806, "ipv6": 0x86DD, "802.1q virtual lan": 0x8100, "vlan": 0x8100}
_OPCODES = {"request": 1, "reply": 2, "reverse request": 3, "reverse reply": 4}


def _tags(shift: int, mask: int, *, following: bool = False) -> Computed:
    """Bits of every VLAN tag of a frame, or the ethertype that follows each of them."""

    def values(packets: Packets) -> Values:
        rows, some = packets.within(guards.vlan)
        if not len(rows):
            return []
        if some.frames is None or packets.read is None:
            data = some.columns.vlan >> np.uint16(shift) & np.uint16(mask)
            return [] if following or shift else [Chunk(data, rows)]
        return _read_tags(rows, some, shift, mask, following)

    return Computed(values, Cost.BYTES)


def _read_tags(rows: Rows, some: Packets, shift: int, mask: int, following: bool) -> Values:
    frames = some.frames
    assert frames is not None
    found: Values = []
    index = np.arange(len(rows), dtype=np.int64)
    at = np.full(len(rows), -1, np.int64)
    for linktype, place in _TYPE_AT.items():
        at[some.columns.linktype == linktype] = place
    for _ in range(MAX_TAGS):
        kind, known = number(frames, index, at, 2)
        tagged = known & np.isin(kind, _TAG_TYPES)
        index, at = index[tagged], at[tagged]
        data, known = number(frames, index, at + (4 if following else 2), 2)
        index, at, data = index[known], at[known] + 4, data[known]
        if not len(index):
            break
        found.append(Chunk(data >> np.uint64(shift) & np.uint64(mask), rows[index]))
    return found


_LG_SRC = _ETH.number("eth.src.lg", 6, 1, "locally administered source", shift=1, mask=1, kind=Kind.BOOLEAN, bits=1)
_LG_DST = _ETH.number("eth.dst.lg", 0, 1, "locally administered target", shift=1, mask=1, kind=Kind.BOOLEAN, bits=1)
_IG_SRC = _ETH.number("eth.src.ig", 6, 1, "group source address", mask=1, kind=Kind.BOOLEAN, bits=1)
_IG_DST = _ETH.number("eth.dst.ig", 0, 1, "group destination address", mask=1, kind=Kind.BOOLEAN, bits=1)
_OUI_SRC = _ETH.number("eth.src.oui", 6, 3, "maker's part of the source")
_OUI_DST = _ETH.number("eth.dst.oui", 0, 3, "maker's part of the destination")
_SRC = _ETH.address("eth.src", Kind.ETHER, 6, "source MAC address")
_DST = _ETH.address("eth.dst", Kind.ETHER, 0, "destination MAC address")
_ARP_SRC = column("arp.src.proto_ipv4", Kind.IPV4, "src", guards.arp_ipv4, "sender's IPv4 address")
_ARP_DST = column("arp.dst.proto_ipv4", Kind.IPV4, "dst", guards.arp_ipv4, "target's IPv4 address")


def _cooked(name: str, place: tuple[int, int], place2: tuple[int, int], text: str) -> Field:
    """A number of the header that Linux gives packets of any interface, in its first form and its second."""
    named = _ETHERTYPES if name == "sll.etype" else {}
    least = 0x600 if named else 0
    first, second = (
        header.number(name, *at, text, names=named, least=least)
        for header, at in ((_SLL, place), (_SLL2, place2))
    )  # fmt: skip
    return union(name, (first, second), text)


def _cooked_sources(packets: Packets) -> Values:
    """Addresses of six bytes; other links have longer ones, or none."""
    found: Values = []
    for linktype, length_at, place in ((113, 5, 6), (276, 11, 12)):

        def read(level: Level, index: Rows, length_at: int = length_at, place: int = place) -> tuple[Data, Mask]:
            assert level.frames is not None
            base = np.zeros(len(index), np.int64)
            size, told = number(level.frames, index, base + length_at, 1)
            address, known = number(level.frames, index, base + place, 6)
            known &= told & (size == 6)
            return address[known], known

        found += in_headers(packets, guards.linktype(linktype), read)
    return found


_COOKED = (
    _cooked("sll.pkttype", (0, 2), (10, 1), "0 to us, 1 broadcast, 2 multicast, 3 to another, 4 by us"),
    _cooked("sll.hatype", (2, 2), (8, 2), "kind of link address"),
    _cooked("sll.halen", (4, 2), (11, 1), "bytes of the link address"),
    Field("sll.src.eth", Kind.ETHER, Computed(_cooked_sources, Cost.BYTES), "source MAC address"),
    _cooked("sll.etype", (14, 2), (0, 2), "ethertype"),
    _SLL2.number("sll.ifindex", 4, 4, "number of the interface"),
)

LINK: tuple[Field, ...] = (
    _SRC,
    _DST,
    union("eth.addr", (_SRC, _DST), "source or destination MAC address"),
    _ETH.number("eth.type", 12, 2, "ethertype", names=_ETHERTYPES, least=0x600),
    _LG_SRC,
    _LG_DST,
    _IG_SRC,
    _IG_DST,
    union("eth.lg", (_LG_SRC, _LG_DST), "a locally administered address"),
    union("eth.ig", (_IG_SRC, _IG_DST), "a group address"),
    union("eth.addr.oui", (_OUI_SRC, _OUI_DST), "maker's part of an address"),
    _OUI_SRC,
    _OUI_DST,
    *_COOKED,
    Field("vlan.id", Kind.UNSIGNED, _tags(0, 0xFFF), "VLAN number, of every tag", 16),
    Field("vlan.priority", Kind.UNSIGNED, _tags(13, 7), "priority, of every tag", 16),
    Field("vlan.dei", Kind.BOOLEAN, _tags(12, 1), "drop eligible, of every tag", 1),
    Field("vlan.etype", Kind.UNSIGNED, _tags(0, 0xFFFF, following=True), "ethertype behind each tag", 16, _ETHERTYPES),
    column("arp.opcode", Kind.UNSIGNED, "code", guards.arp, "1 request, 2 reply", bits=16, names=_OPCODES),
    _ARP.number("arp.hw.type", 0, 2, "kind of link address"),
    _ARP.number("arp.proto.type", 2, 2, "kind of network address"),
    _ARP.number("arp.hw.size", 4, 1, "bytes of a link address"),
    _ARP.number("arp.proto.size", 5, 1, "bytes of a network address"),
    _ARP_SRC,
    _ARP_DST,
    truth("arp.isgratuitous", guards.arp_gratuitous, "announces its own address"),
    truth("arp.isannouncement", guards.arp_announcement, "announces its own address, and asks nobody"),
    truth("arp.isprobe", guards.arp_probe, "asks whether an address is free"),
    _ARP.address("arp.src.hw_mac", Kind.ETHER, 8, "sender's MAC address", guards.arp_ipv4),
    _ARP.address("arp.dst.hw_mac", Kind.ETHER, 18, "target's MAC address", guards.arp_ipv4),
)  # fmt: skip
