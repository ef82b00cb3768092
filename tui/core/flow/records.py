"""FlowRecords: everything that is known of each flow, one array per field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tui.core.columns import NONE32

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Index = NDArray[np.int64]
U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]

FIRST_SIZES = 8
"""Packets at the start of a flow whose sizes are kept, for classification."""
HISTORY = 16
"""Events in a flow's history, four bits each."""


class Seen:
    """Bits of `FlowRecords.seen`: what one side of a flow has sent. The low nine are the TCP flags."""

    FIN, SYN_ANY, RST, PSH, ACK, URG, ECE, CWR, AE = (1 << i for i in range(9))
    SYN = 1 << 9  # a SYN without ACK
    SYN_ACK = 1 << 10
    DATA = 1 << 11
    PURE_ACK = 1 << 12


class Known:
    """Bits of `FlowRecords.known`: which of a side's sequence numbers are set, and what its last segment was."""

    NEXT = 1  # next_seq
    BASE = 2  # base_seq
    KEEP_ALIVE = 4
    ZERO_WINDOW_PROBE = 8
    WINDOW_BY_SYN = 16
    NEW_DATA = 32
    GAP = 64  # edge_seq: something before next_seq is missing
    ACKED_UNSEEN = 128  # the other side acknowledged what was never seen of this one
    LAST = KEEP_ALIVE | ZERO_WINDOW_PROBE | WINDOW_BY_SYN | NEW_DATA


class Event:
    """Rows of `FlowRecords.events`."""

    RETRANSMISSION, OUT_OF_ORDER, DUPLICATE_ACK, ZERO_WINDOW, LOST_SEGMENT = range(5)
    COUNT = 5


SPEC: dict[str, tuple[DTypeLike, int]] = {
    "kind": (np.uint8, 1),
    "src_hi": (np.uint64, 1),
    "src_lo": (np.uint64, 1),
    "dst_hi": (np.uint64, 1),
    "dst_lo": (np.uint64, 1),
    "sport": (np.uint16, 1),
    "dport": (np.uint16, 1),
    "ip_proto": (np.uint8, 1),
    "code": (np.uint16, 1),
    "end": (np.uint64, 1),
    "slot": (np.int32, 1),
    "flow": (np.uint32, 1),
    "stream": (np.uint32, 1),
    "protocol": (np.uint16, 1),
    "first_ns": (np.int64, 1),
    "last_ns": (np.int64, 1),
    "packets": (np.uint32, 2),
    "bytes": (np.int64, 2),
    "payload": (np.int64, 2),
    "squares": (np.float64, 2),
    "first_dir_ns": (np.int64, 2),
    "last_dir_ns": (np.int64, 2),
    "gap_squares": (np.float64, 2),
    "sizes": (np.int16, FIRST_SIZES),
    "ttl": (np.uint8, 2),
    "seen": (np.uint16, 2),
    "history": (np.uint64, 1),
    "told_packets": (np.uint32, 2),
    "told_bytes": (np.int64, 2),
    "known": (np.uint8, 2),
    "next_seq": (np.uint32, 2),
    "edge_seq": (np.uint32, 2),
    "base_seq": (np.uint32, 2),
    "last_ack": (np.uint32, 2),
    "window": (np.uint16, 2),
    "scale": (np.int8, 2),
    "dup_acks": (np.uint16, 2),
    "next_ns": (np.int64, 2),
    "syn_ns": (np.int64, 1),
    "synack_ns": (np.int64, 1),
    "rtt_ns": (np.int64, 1),
    "live_rtt_ns": (np.int64, 2),
    "events": (np.uint32, Event.COUNT),
}
"""dtype and rows of each field; two rows are the sides: 0 the side that began (src), 1 the other."""


@dataclass(frozen=True, slots=True, eq=False)
class FlowRecords:
    """n flows: arrays of shape (n,), or (2, n) by side, about 330 bytes a flow."""

    kind: U8
    src_hi: U64
    src_lo: U64
    dst_hi: U64
    dst_lo: U64
    sport: U16
    dport: U16
    ip_proto: U8
    code: U16
    """ICMP type << 8 | code of the first packet."""
    end: U64
    """Hash of src and sport: tells the sides apart."""
    slot: I32
    """Where the flow table finds it."""
    flow: U32
    """Identity, never used twice; NONE32 for exchanges that are no IP flow (ARP, other link-layer traffic)."""
    stream: U32
    protocol: U16
    """The highest protocol that any packet showed."""
    first_ns: I64
    last_ns: I64
    packets: U32
    bytes: I64
    """On the wire, all headers included."""
    payload: I64
    """Bytes above the transport."""
    squares: F64
    """Sum of squared packet sizes."""
    first_dir_ns: I64
    last_dir_ns: I64
    gap_squares: F64
    """Sum of squared times between packets of one side, in s**2."""
    sizes: I16
    """Sizes of the first packets, shape (FIRST_SIZES, n); negative from the responder."""
    ttl: U8
    """Of the last packet."""
    seen: U16
    """Bits of Seen."""
    history: U64
    """Events in their order, four bits each from the lowest on; see `tcpstate.history_text`."""
    told_packets: U32
    """What the talkers have counted already."""
    told_bytes: I64
    known: U8
    next_seq: U32
    """The highest sequence number sent, plus one."""
    edge_seq: U32
    """Up to here nothing is missing (Wireshark's maxseqtobeacked); only with Known.GAP."""
    base_seq: U32
    """What relative sequence numbers count from (the initial sequence number, if it was seen)."""
    last_ack: U32
    window: U16
    scale: I8
    """Window scale that the side's SYN offered, -1 not known, -2 none offered."""
    dup_acks: U16
    next_ns: I64
    """When next_seq was reached."""
    syn_ns: I64
    synack_ns: I64
    rtt_ns: I64
    """From SYN to the ACK that completes the handshake; 0 not known."""
    live_rtt_ns: I64
    """The last time from a segment to the ACK of this side; 0 not known."""
    events: U32
    """Counts of Event."""

    table: NDArray[np.void]
    """The memory behind all fields: one item per flow, so that a flow's fields lie side by side."""

    def __len__(self) -> int:
        return len(self.table)

    @classmethod
    def over(cls, table: NDArray[np.void]) -> FlowRecords:
        """The fields of a structured array of ITEM, as views."""
        return cls(**{name: table[name].T for name in SPEC}, table=table)

    @classmethod
    def empty(cls, n: int) -> FlowRecords:
        """Room for n flows, all zero."""
        return cls.over(np.zeros(n, ITEM))

    @classmethod
    def room(cls, n: int) -> FlowRecords:
        """Room for n flows, to be filled by `copy_in`: what is there means nothing."""
        return cls.over(np.empty(n, ITEM))

    def copy_in(self, at: int, flows: FlowRecords, index: Index) -> None:
        """Copy the flows of an index array to `at` and the places behind it."""
        flows.table.view(_RAW).take(index, out=self.table.view(_RAW)[at : at + len(index)], mode="clip")

    def select(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> FlowRecords:
        """A copy of the flows that an index array or a mask picks."""
        return FlowRecords.over(self.table.view(_RAW)[index].view(ITEM))

    def over_ip(self) -> FlowRecords:
        """Those that are IP flows, and not other exchanges between two addresses (ARP, link-layer traffic)."""
        is_ip = self.flow != NONE32
        return self if is_ip.all() else self.select(is_ip)

    def head(self, n: int) -> FlowRecords:
        """The first n flows; views."""
        return FlowRecords.over(self.table[:n])

    def put(self, index: NDArray[np.int64], flows: FlowRecords) -> None:
        """Write flows over those of an index array."""
        self.table.view(_RAW)[index] = flows.table.view(_RAW)

    def clear(self, index: NDArray[np.int64]) -> None:
        """Set the flows of an index array to nothing."""
        self.table.view(_RAW)[index] = _NOTHING.view(_RAW)


ITEM = np.dtype(
    [(name, dtype) if rows == 1 else (name, dtype, (rows,)) for name, (dtype, rows) in SPEC.items()], align=True
)
_RAW = np.dtype(f"V{ITEM.itemsize}")  # copied whole, where a structured item would be copied field by field
_NOTHING = np.zeros(1, ITEM)
_NOTHING["flow"] = _NOTHING["stream"] = NONE32
_NOTHING["scale"] = -1


def concatenate(parts: list[FlowRecords]) -> FlowRecords:
    """One of several."""
    return FlowRecords.over(np.concatenate([p.table for p in parts])) if parts else FlowRecords.empty(0)
