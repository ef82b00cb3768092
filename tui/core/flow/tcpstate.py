"""The life of a TCP connection: what each side has sent, the handshake, and the state that Zeek would give it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.core.arrays import run_lengths, run_starts
from tui.core.columns import TcpFlag
from tui.core.flow.lanes import Index, Lanes
from tui.core.flow.records import HISTORY, FlowRecords, Known, Seen

U16 = NDArray[np.uint16]

_TCP, _UDP = 6, 17
STATES = ("OTH", "S0", "S1", "SF", "REJ", "S2", "S3", "RSTO", "RSTR", "RSTOS0", "RSTRH", "SH", "SHR")
"""Zeek's conn_state (base/protocols/conn/main.zeek)."""
_CODE = {name: code for code, name in enumerate(STATES)}
_LETTERS = "shadfr"
"""Zeek's history letters: SYN, SYN-ACK, pure ACK, data, FIN, RST; upper case from the originator."""
_EVENT_BITS = (Seen.SYN, Seen.SYN_ACK, Seen.PURE_ACK, Seen.DATA, Seen.FIN, Seen.RST)


def _seen_table() -> U16:
    """`seen` bits of each combination of the nine TCP flags, for a segment without data."""
    flags = np.arange(512, dtype=np.uint16)
    syn, ack = (flags & TcpFlag.SYN) != 0, (flags & TcpFlag.ACK) != 0
    bits = flags.copy()
    bits[syn & ~ack] |= Seen.SYN
    bits[syn & ack] |= Seen.SYN_ACK
    bits[ack & ((flags & (TcpFlag.SYN | TcpFlag.FIN | TcpFlag.RST)) == 0)] |= Seen.PURE_ACK
    return bits


_SEEN = _seen_table()


def seen_bits(flags: U16, size: Index) -> U16:
    """Bits of Seen for each segment."""
    data = size > 0
    bits: U16 = _SEEN.take(flags & np.uint16(0x1FF), mode="clip")
    bits &= ~(data * np.uint16(Seen.PURE_ACK))
    bits |= data * np.uint16(Seen.DATA)
    return bits


def note_seen(records: FlowRecords, lanes: Lanes, bits: U16) -> None:
    """Add the bits of a batch to each side, and what is new to the history, in packet order."""
    have = records.seen
    added = lanes.either(bits) & ~have
    records.seen[...] = have | added
    wanted = np.uint16(sum(_EVENT_BITS))
    added &= wanted
    runs = np.flatnonzero(added[0] | added[1])
    if not len(runs):
        return
    # the first packet of each side that brought each event, then all of them in packet order
    fresh = added.T.ravel().take(lanes.lane) & bits
    rows = np.flatnonzero(fresh)
    lane, fresh = lanes.lane[rows], fresh[rows]
    first_of = np.empty(2 * len(records), np.int64)
    found = []
    for code, bit in enumerate(_EVENT_BITS):
        at = np.flatnonzero(fresh & bit)
        first_of[lane[at[::-1]]] = at[::-1]  # the first is written last
        at = at[first_of[lane[at]] == at]
        found.append(rows[at] << 4 | (code + 1 + 8 * (lane[at] & 1)))
    events = np.concatenate(found)
    events.sort()
    row, codes = events >> 4, events & 15
    run = lanes.run[row]
    starts = run_starts(run)
    rank = np.arange(len(run)) - np.repeat(starts, run_lengths(starts, len(run)))
    at = rank + _used_nibbles(records.history[run])
    codes[at >= HISTORY] = 0  # there is no room for it
    shifted = codes.astype(np.uint64) << (4 * np.minimum(at, HISTORY - 1)).astype(np.uint64)
    records.history[run[starts]] |= np.bitwise_or.reduceat(shifted, starts)


def _used_nibbles(history: NDArray[np.uint64]) -> Index:
    bits = np.frexp(history.astype(np.float64))[1]  # exact: no code is 15, so rounding never reaches the next bit
    return np.asarray((bits + 3) // 4, np.int64)


def history_text(history: int) -> str:
    """Zeek's history: `ShADadFf`; the letters of the originator are capitals."""
    text = ""
    while history:
        code = history & 15
        letter = _LETTERS[(code & 7) - 1]
        text += letter if code & 8 else letter.upper()
        history >>= 4
    return text


def handshakes(records: FlowRecords, lanes: Lanes, flags: U16, time_ns: Index) -> Index:
    """Note the times of the handshake; the packet that completed it in this batch for each run, or -1."""
    done = np.full(len(records), -1)
    opening = np.flatnonzero(flags & TcpFlag.SYN)
    synack_at = np.full(len(records), -1)
    if len(opening):
        answer = (flags[opening] & TcpFlag.ACK) != 0
        asked, answered = opening[~answer & ~lanes.back[opening]], opening[answer & lanes.back[opening]]
        records.syn_ns[lanes.run[asked]] = time_ns[asked]
        records.synack_ns[lanes.run[answered]] = time_ns[answered]
        synack_at[lanes.run[answered]] = answered
    waits = (records.rtt_ns == 0) & (records.syn_ns > 0) & (records.synack_ns > 0)
    if waits.any():
        edges = TcpFlag.SYN | TcpFlag.RST | TcpFlag.ACK
        rows = np.flatnonzero(waits[lanes.run] & ~lanes.back & ((flags & edges) == TcpFlag.ACK))
        rows = rows[rows > synack_at[lanes.run[rows]]]
        done[lanes.run[rows[::-1]]] = rows[::-1]  # the first one is written last
        runs = np.flatnonzero(done >= 0)
        records.rtt_ns[runs] = np.maximum(time_ns[done[runs]] - records.syn_ns[runs], 0)
    return done


def note_bases(
    records: FlowRecords, lanes: Lanes, flags: U16, seq: NDArray[np.uint32], ack: NDArray[np.uint32]
) -> None:
    """Note what relative sequence numbers count from, once for each side (packet-tcp.c, `base_seq`).

    A SYN's own number; else one less than the first number seen of the side, or acknowledged by the other.
    """
    missing = (records.known & Known.BASE) == 0
    if not missing.any():
        return
    m = len(lanes.run)
    late = np.arange(m, 0, -1)  # the first of those that tell has the most; 0 is none
    acks = (flags & TcpFlag.ACK) != 0
    for side, mine in enumerate((~lanes.back, lanes.back)):
        first = m - np.maximum.reduceat(late * (mine | acks), lanes.starts)
        runs = np.flatnonzero(missing[side] & (first < lanes.stops))
        at = first[runs]
        own = mine[at]
        before = np.where(own, seq[at] - ((flags[at] & TcpFlag.SYN) == 0), ack[at] - np.uint32(1))
        records.base_seq[side, runs] = before.astype(np.uint32)
        records.known[side, runs] |= Known.BASE


def conn_states(records: FlowRecords) -> NDArray[np.uint8]:
    """Index into STATES for each flow."""
    o, r = records.seen.astype(np.int64)
    talks, answers = records.packets[0] > 0, records.packets[1] > 0
    tcp, udp = records.ip_proto == _TCP, records.ip_proto == _UDP
    opened, accepted = (o & (Seen.SYN | Seen.SYN_ACK)) != 0, (r & (Seen.SYN_ACK | Seen.SYN)) != 0
    silent = (records.payload[0] == 0) & (records.payload[1] == 0)
    o_fin, r_fin = (o & Seen.FIN) != 0, (r & Seen.FIN) != 0
    o_rst, r_rst = (o & Seen.RST) != 0, (r & Seen.RST) != 0
    rejected = r_rst & ((opened & ~accepted & ~o_rst) | (o_rst & silent & ~accepted))
    conditions = [
        tcp & rejected,
        tcp & r_rst & ~opened,
        tcp & r_rst,
        tcp & o_rst & ~accepted,
        tcp & o_rst,
        tcp & o_fin & r_fin,
        tcp & o_fin & ~accepted,
        tcp & o_fin,
        tcp & r_fin & ~opened,
        tcp & r_fin,
        tcp & opened & ~answers,
        tcp & opened & accepted,
        udp & talks & answers,
        udp & talks,
        udp & answers,
    ]
    names = ("REJ", "RSTRH", "RSTR", "RSTOS0", "RSTO", "SF", "SH", "S2", "SHR", "S3", "S0", "S1", "SF", "S0", "SHR")
    return np.select(conditions, [np.uint8(_CODE[name]) for name in names], np.uint8(0))
