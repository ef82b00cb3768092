"""Part: the packets of one second that detectors look at, as arrays, with the first bytes of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import AddressKind, address_text
from tui.detectors.tables import I64, U64

ARP = 0x0806
"""The ethertype of ARP (RFC 826)."""
HEAD = 48
"""First bytes kept of each selected packet: an IPv6 header and the ports that an ICMPv6 error quotes."""


class Why:
    """Bits of `Part.why`: what made a packet worth looking at."""

    NEW = 1 << 0  # the first packet of its ports and addresses, connection openings apart
    OPENING = 1 << 1  # the first acknowledgement or data after a SYN-ACK, from either side
    TEXT = 1 << 2  # its first bytes are those of a login, a greeting, a status line
    DETAIL = 1 << 3  # `detail` holds its bytes
    WHOLE = 1 << 4  # a request that ends with an empty line: nothing of it is missing


TAKEN = (
    "time_ns", "length", "kind", "src_hi", "src_lo", "dst_hi", "dst_lo", "sport", "dport", "ip_proto", "ttl",
    "tcp_flags", "seq", "ack", "payload_len", "code", "marks", "interface", "vlan", "linktype", "ethertype",
)  # fmt: skip
"""Columns that a Part takes over under the same names."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """n selected packets of one second, in packet order; arrays of shape (n,)."""

    time_ns: I64
    length: NDArray[np.uint32]
    kind: NDArray[np.uint8]
    src_hi: U64
    src_lo: U64
    dst_hi: U64
    dst_lo: U64
    sport: NDArray[np.uint16]
    dport: NDArray[np.uint16]
    ip_proto: NDArray[np.uint8]
    ttl: NDArray[np.uint8]
    tcp_flags: NDArray[np.uint16]
    seq: NDArray[np.uint32]
    ack: NDArray[np.uint32]
    payload_len: NDArray[np.uint32]
    code: NDArray[np.uint16]
    marks: NDArray[np.uint32]
    interface: NDArray[np.uint16]
    vlan: NDArray[np.uint16]
    linktype: NDArray[np.uint16]
    ethertype: NDArray[np.uint16]
    number: I64
    """Sequence number of the packet; the first ever is 0."""
    weight: NDArray[np.int32]
    """How many packets of the second it stands for: sums of weights estimate totals; 0 where only its state counts."""
    why: NDArray[np.uint8]
    tuple: U64
    """Hash of both addresses, both ports and the protocol, the same in either direction; 0 without ports."""
    src: U64
    dst: U64
    """Hashes of the addresses alone."""
    src_mac: U64
    dst_mac: U64
    """0 where the link has none."""
    new_mac: NDArray[np.bool_]
    """The source MAC was not met in the last minutes."""
    head: NDArray[np.uint8]
    """(n, HEAD): the first bytes of the payload, of the ARP message, of what an ICMP error quotes; then zeros."""
    detail: dict[int, bytes] = field(default_factory=dict)
    """By packet number: more bytes of the few packets that are parsed one by one, from where `head` begins."""

    def __len__(self) -> int:
        return len(self.time_ns)

    def take(self, index: NDArray[np.bool_] | I64 | slice) -> Part:
        """The packets that a mask, an index array or a slice picks."""
        made = {n: getattr(self, n)[index] for n in ARRAYS}
        return Part(**made, detail=self.detail)

    def address(self, row: int, source: bool) -> str | None:
        """One address of a row as text."""
        side = "src" if source else "dst"
        hi, lo = getattr(self, f"{side}_hi")[row], getattr(self, f"{side}_lo")[row]
        return address_text(int(self.kind[row]), int(hi), int(lo))


ARRAYS = tuple(f.name for f in fields(Part) if f.name != "detail")


def join(parts: Sequence[Part]) -> Part:
    """One part of several."""
    if len(parts) == 1:
        return parts[0]
    made = {n: np.concatenate([getattr(p, n) for p in parts]) for n in ARRAYS}
    detail: dict[int, bytes] = {}
    for part in parts:
        detail.update(part.detail)
    return Part(**made, detail=detail)


def mac_text(mac: int) -> str | None:
    """A MAC address as Wireshark writes it; None for 0."""
    return address_text(AddressKind.MAC, 0, mac) if mac else None
