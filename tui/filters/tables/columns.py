"""Fields that say what the list shows: the layers of a packet, and the protocol and info columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import NONE16, Columns, Mark
from tui.core.info.batch import infos
from tui.core.protocols import NAMES, Layer
from tui.core.shown import protocol_names
from tui.filters.fields import Field
from tui.filters.kinds import Kind
from tui.filters.packets import Packets
from tui.filters.sources import Computed, Cost
from tui.filters.tables.protocols import NAME_OF
from tui.filters.values import Chunk, Values

_LINKS = {
    0: "null", 1: "eth", 9: "ppp", 12: "raw", 14: "raw", 50: "ppp", 101: "raw", 104: "chdlc", 105: "wlan", 108: "null",
    113: "sll", 119: "prism:wlan", 127: "radiotap:wlan_radio:wlan", 192: "ppi:wlan_radio:wlan", 195: "wpan",
    228: "raw", 229: "raw", 230: "wpan", 276: "sll",
}  # fmt: skip
"""What frames of each link type begin with."""
_WITH_TYPE = ("eth", "sll")
_NETWORKS = {0x0800: "ip", 0x86DD: "ipv6", 0x0806: "arp", 0x8035: "arp"}
_TRANSPORTS = {
    1: "icmp", 2: "igmp", 6: "tcp", 17: "udp", 33: "dccp", 47: "gre", 50: "esp", 51: "ah", 58: "icmpv6", 89: "ospf",
    103: "pim", 112: "vrrp", 132: "sctp",
}  # fmt: skip
_BETWEEN = ((Layer.MPLS, "mpls"), (Layer.PPPOE, "pppoes:ppp"), (Layer.LLC, "llc"))
_TUNNELS = ((Layer.VXLAN, "vxlan"), (Layer.GENEVE, "geneve"), (Layer.GTP, "gtp"), (Layer.L2TP, "l2tp:ppp"))


def _protocols(packets: Packets) -> Values:
    """The names of the layers, from the frame inwards, as far as decode knows them."""
    texts: list[str] = [""] * len(packets)
    last = packets.levels[-1].depth
    for level in packets.levels:
        rows = range(len(packets)) if level.rows is None else level.rows.tolist()
        for row, text in zip(rows, _stacks(level.columns, level.depth, innermost=level.depth == last), strict=True):
            texts[row] += (":" if texts[row] else "") + text
    return [Chunk([text.encode() for text in texts], np.arange(len(packets), dtype=np.int64))]


def _stacks(c: Columns, depth: int, *, innermost: bool) -> list[str]:
    """The layers of one level; packets that have the same are worked out once."""
    inner = (c.marks & np.uint32(Mark.INNER)) != 0
    plain = np.zeros(len(c), np.bool_) if innermost else inner
    there = (c.l4 != NONE16) & ((c.marks & np.uint32(Mark.FRAGMENT)) == 0)
    telling: list[NDArray[np.uint64]] = [
        np.asarray(part).astype(np.uint64)
        for part in (c.linktype, c.ethertype, c.ip_proto, c.protocol, c.layers, c.vlan != NONE16, there, inner | plain)
    ]
    different, which = np.unique(np.stack(telling, axis=1), axis=0, return_inverse=True)
    made = [_stack([int(value) for value in row], depth) for row in different]
    return [made[i] for i in np.ravel(which).tolist()]


def _stack(telling: list[int], depth: int) -> str:
    linktype, ethertype, proto, protocol, layers, tagged, there, inner = telling
    parts = []
    link = _LINKS.get(linktype, "") if not depth else "eth" if layers >> Layer.ETH & 1 else ""
    network = _NETWORKS.get(ethertype, "")
    if link:
        parts.append(link)
        parts += ["ethertype"] * (link in _WITH_TYPE and bool(ethertype or network))
        parts += ["vlan:ethertype"] * bool(tagged)
    parts += [name for layer, name in _BETWEEN if not depth and layers >> layer & 1]
    if network:
        parts.append(network)
    if there and proto in _TRANSPORTS:
        parts.append(_TRANSPORTS[proto])
        parts += [name for layer, name in _TUNNELS if proto == 17 and inner and layers >> layer & 1]
    own = NAME_OF.get(NAMES[protocol], "")
    if own and not inner and own not in parts:
        parts.append(own)
    elif proto == 6 and not inner and layers >> Layer.TLS & 1:
        parts.append("tls")  # a record begins in this segment and ends in another
    return ":".join(parts)


def _names(packets: Packets) -> Values:
    names = [name.encode() for name in protocol_names(packets.columns)]
    return [Chunk(names, np.arange(len(packets), dtype=np.int64))]


def _infos(packets: Packets) -> Values:
    if packets.frames is None:
        return []
    texts = infos(packets.columns, packets.frames)
    return [Chunk([text.encode("utf-8", "replace") for text in texts], np.arange(len(packets), dtype=np.int64))]


COLUMNS: tuple[Field, ...] = (
    Field("frame.protocols", Kind.STRING, Computed(_protocols, Cost.BYTES), "all layers: eth:ethertype:ip:tcp:tls"),
    Field("_ws.col.Protocol", Kind.STRING, Computed(_names), "the protocol column"),
    Field("_ws.col.protocol", Kind.STRING, Computed(_names), "the protocol column"),
    Field("_ws.col.Info", Kind.STRING, Computed(_infos, Cost.PAYLOAD), "the info column"),
    Field("_ws.col.info", Kind.STRING, Computed(_infos, Cost.PAYLOAD), "the info column"),
)
