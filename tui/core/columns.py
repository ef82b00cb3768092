"""Columns: a batch of packets as one array per header field. The one data type that all layers share."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import DTypeLike, NDArray

NONE16 = 0xFFFF
"""In `vlan`, `l3`, `l4` and `payload`: there is none."""
NONE32 = 0xFFFFFFFF
"""In `flow` and `stream`: not part of a flow."""


class AddressKind:
    """How `src_*` and `dst_*` are to be read: a MAC and an IPv4 address stand in the low word."""

    NONE, MAC, IPV4, IPV6, EUI64, POINT = range(6)
    """POINT: one of the two ends of a link that has no addresses (PPP, HDLC)."""


NO_ADDRESS = 1
"""In the high word of a MAC address: the frame has none on this side (an acknowledgement of 802.11 has no sender)."""


class Mark:
    """Bits of `Columns.marks`."""

    MALFORMED = 1 << 0  # some header was cut, or contradicts itself
    CUT = 1 << 1  # captured shorter than it was on the wire (snaplen)
    PORTS = 1 << 2  # sport and dport are real
    FRAGMENT = 1 << 3  # any fragment of a datagram
    LATER_FRAGMENT = 1 << 4  # a fragment with an offset: no transport header
    MORE_FRAGMENTS = 1 << 5
    DONT_FRAGMENT = 1 << 6
    INNER = 1 << 7  # carries another network header: a tunnel, or the packet an ICMP error quotes
    OPTIONS = 1 << 8  # IPv4 options or IPv6 extension headers
    BROADCAST = 1 << 9  # link-layer destination ff:ff:ff:ff:ff:ff
    MULTICAST = 1 << 10  # link-layer group address, without broadcast
    # set by the flow table, which has seen the packets before
    RETRANSMISSION = 1 << 12
    FAST_RETRANSMISSION = 1 << 13
    OUT_OF_ORDER = 1 << 14
    DUPLICATE_ACK = 1 << 15
    ZERO_WINDOW = 1 << 16
    LOST_SEGMENT = 1 << 17
    KEEP_ALIVE = 1 << 18
    WINDOW_FULL = 1 << 19
    WINDOW_UPDATE = 1 << 20
    FROM_RESPONDER = 1 << 21  # sent by the side that did not start the flow
    KEEP_ALIVE_ACK = 1 << 22
    ZERO_WINDOW_PROBE = 1 << 23
    ZERO_WINDOW_PROBE_ACK = 1 << 24
    SPURIOUS_RETRANSMISSION = 1 << 25  # of what was acknowledged already; also a RETRANSMISSION, as a fast one is
    PORTS_REUSED = 1 << 26  # begins a new stream on the addresses and ports of an old one
    ACK_LOST_SEGMENT = 1 << 27  # acknowledges what was not captured


class TcpFlag:
    """Bits of `tcp_flags` (RFC 9293 section 3.1; AE as RFC 7560 places NS)."""

    FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, AE = (1 << i for i in range(9))


DTYPES: dict[str, DTypeLike] = {
    "time_ns": np.int64,  # since the epoch
    "length": np.uint32,  # bytes on the wire
    "caplen": np.uint32,  # bytes captured
    "linktype": np.uint16,  # LINKTYPE_ of pcap
    "interface": np.uint16,
    "direction": np.uint8,  # frames.Direction
    "kind": np.uint8,  # AddressKind of src and dst
    "src_hi": np.uint64,
    "src_lo": np.uint64,
    "dst_hi": np.uint64,
    "dst_lo": np.uint64,
    "sport": np.uint16,  # of the transport that belongs to src and dst
    "dport": np.uint16,
    "ip_proto": np.uint8,  # after all extension headers; 0 without IP
    "ttl": np.uint8,  # or hop limit
    "tcp_flags": np.uint16,  # 12 bits
    "window": np.uint16,  # as in the header, not scaled
    "window_shift": np.uint8,  # what the window is shifted by to scale it, set by the flow table; 0 where not known
    "seq": np.uint32,
    "ack": np.uint32,
    "seq_base": np.uint32,  # what relative numbers count from, set by the flow table; 0 where it does not know
    "ack_base": np.uint32,
    "payload_len": np.uint32,  # bytes above the transport, by the IP length
    "vlan": np.uint16,  # outermost tag, 12 bits, or NONE16
    "ethertype": np.uint16,  # of the network layer; 0 where the link has none
    "code": np.uint16,  # ICMP and ICMPv6 type << 8 | code; ARP opcode; IGMP type << 8
    "l3": np.uint16,  # offsets from the first byte of the frame, or NONE16
    "l4": np.uint16,
    "payload": np.uint16,
    "layers": np.uint64,  # bit Layer.X: some layer of this packet is an X, inner ones too
    "protocol": np.uint16,  # index into protocols.PROTOCOLS: the highest that is recognised
    "marks": np.uint32,  # bits of Mark
    "flow": np.uint32,  # identity of the flow, never used twice in a session; set by the flow table
    "stream": np.uint32,  # tcp.stream and udp.stream as Wireshark counts them
    "locator": np.uint64,  # where the store keeps the bytes; only the store reads it
}


_NONES = {"vlan": NONE16, "l3": NONE16, "l4": NONE16, "payload": NONE16, "flow": NONE32, "stream": NONE32}
"""The "none" value of a field, where it is not 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """n packets, one array of shape (n,) per field; dtypes in `DTYPES`. About 120 bytes a packet."""

    time_ns: NDArray[np.int64]
    length: NDArray[np.uint32]
    caplen: NDArray[np.uint32]
    linktype: NDArray[np.uint16]
    interface: NDArray[np.uint16]
    direction: NDArray[np.uint8]
    kind: NDArray[np.uint8]
    src_hi: NDArray[np.uint64]
    src_lo: NDArray[np.uint64]
    dst_hi: NDArray[np.uint64]
    dst_lo: NDArray[np.uint64]
    sport: NDArray[np.uint16]
    dport: NDArray[np.uint16]
    ip_proto: NDArray[np.uint8]
    ttl: NDArray[np.uint8]
    tcp_flags: NDArray[np.uint16]
    window: NDArray[np.uint16]
    window_shift: NDArray[np.uint8]
    seq: NDArray[np.uint32]
    ack: NDArray[np.uint32]
    seq_base: NDArray[np.uint32]
    ack_base: NDArray[np.uint32]
    payload_len: NDArray[np.uint32]
    vlan: NDArray[np.uint16]
    ethertype: NDArray[np.uint16]
    code: NDArray[np.uint16]
    l3: NDArray[np.uint16]
    l4: NDArray[np.uint16]
    payload: NDArray[np.uint16]
    layers: NDArray[np.uint64]
    protocol: NDArray[np.uint16]
    marks: NDArray[np.uint32]
    flow: NDArray[np.uint32]
    stream: NDArray[np.uint32]
    locator: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.time_ns)

    @classmethod
    def empty(cls, n: int) -> Columns:
        """Room for n packets, all fields at their "none" value."""
        made = {name: np.zeros(n, dtype) for name, dtype in DTYPES.items()}
        for name, none in _NONES.items():
            made[name].fill(none)
        return cls(**made)

    def clear(self) -> None:
        """Set all fields to their "none" value."""
        for name in NAMES:
            getattr(self, name).fill(_NONES.get(name, 0))

    def select(self, index: NDArray[np.bool_] | NDArray[np.int64] | slice) -> Columns:
        """The packets that a mask or an index array picks (a copy), or a slice (a view)."""
        return Columns(**{name: getattr(self, name)[index] for name in NAMES})


NAMES = tuple(f.name for f in fields(Columns))


def concatenate(parts: Iterable[Columns]) -> Columns:
    """One batch of several."""
    some = list(parts)
    if not some:
        return Columns.empty(0)
    return Columns(**{name: np.concatenate([getattr(p, name) for p in some]) for name in NAMES})


def address_text(kind: int, hi: int, lo: int) -> str | None:
    """An address as Wireshark writes it; None where there is none."""
    if kind == AddressKind.IPV4:
        return f"{lo >> 24 & 255}.{lo >> 16 & 255}.{lo >> 8 & 255}.{lo & 255}"
    if kind == AddressKind.IPV6:
        return str(ipaddress.IPv6Address(hi << 64 | lo))
    if kind == AddressKind.MAC:
        return None if hi == NO_ADDRESS else lo.to_bytes(6, "big").hex(":")
    if kind == AddressKind.EUI64:
        return lo.to_bytes(8, "big").hex(":")
    if kind == AddressKind.POINT:
        return "N/A"  # Wireshark's words
    return None
