"""Attempts: what became of each connection attempt, from the few packets that decide it.

An attempt fails by a RST, an ICMP error, silence, or a RST from its own sender after the SYN-ACK (a half-open probe);
it succeeds when the handshake completes or the datagram is answered. One-sided captures are read from the side that
is there: an acknowledgement after a SYN completes it though the SYN-ACK was never seen.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.core.alert.alerts import SECOND_NS
from tui.core.decode.gather import one_of
from tui.core.hashing import HashKey
from tui.core.ipproto import ICMP, ICMPV6, TCP, UDP
from tui.detectors import feeding, heads
from tui.detectors.entries import State
from tui.detectors.ledger import Ledger
from tui.detectors.outcomes import Connections, How, Results
from tui.detectors.part import Part, Why
from tui.detectors.quotes import quoted
from tui.detectors.tables import I64, groups

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
ANSWER_S = 5
"""Silence for so long is "no answer"."""
UDP_KEPT_S = 60
"""An answered datagram's pair is remembered so long, so that its next packet is no new attempt."""
TRACEROUTE_TTL = 30
"""Datagrams that leave with fewer hops measure a path; they try nothing."""


class Attempts:
    """The shared tracker. At most 65,536 connections; probes that wait go first when there are more."""

    def __init__(self, hash_key: HashKey, bits: int = 13) -> None:
        """Room for `8 << bits` connections. `hash_key`: the one that parts are hashed with."""
        self._ledger = Ledger(bits)
        self.table = self._ledger.table
        self._hash = hash_key
        self._open_now: int | None = None
        """TCP connections that are open; None until they are counted again."""

    def observe(self, part: Part, uncharged: NDArray[np.bool_]) -> None:
        """Take the packets of one part; `uncharged` marks openings that belong to a flood, not to a source."""
        self._open_now = None
        flags = part.tcp_flags & np.uint16(0x3F)
        tcp = (part.ip_proto == TCP) & (part.tuple != 0)
        opening = tcp & ((flags & (SYN | ACK | RST | FIN)) == SYN)
        self._open(part, np.flatnonzero(opening & ~uncharged))
        self._probe(part, flags, tcp)
        self._segments(part, np.flatnonzero(tcp & ~opening), flags)
        udp = (part.ip_proto == UDP) & (part.tuple != 0)
        self._datagrams(part, np.flatnonzero(udp))
        self._errors(part)

    def take(self, second: int) -> Results:
        """Decide what has waited long enough at the end of `second`; everything decided since the last time."""
        self._expire(second)
        return self._ledger.take()

    # ------------------------------------------------------------------ openings

    def _open(self, part: Part, rows: I64) -> None:
        if not len(rows):
            return
        first, _, count = groups(part.tuple[rows])
        rows = rows[first]
        slots, fresh = self.table.place(part.tuple[rows])
        there = slots >= 0
        rows, slots, fresh, count = rows[there], slots[there], fresh[there], count[there]
        again = ~fresh & (self.table["isn_c"][slots] == part.seq[rows]) & (self.table["state"][slots] == State.SENT)
        self.table["repeats"][slots[again]] += 1
        new = ~again
        self._write(part, rows[new], slots[new], State.SENT)
        self.table["repeats"][slots[new]] = np.minimum(count[new] - 1, 255)

    def _probe(self, part: Part, flags: NDArray[np.uint16], tcp: NDArray[np.bool_]) -> None:
        """Segments that open nothing and belong to nothing."""
        new = (part.why & Why.NEW) != 0
        loose = tcp & new & ((flags & (SYN | RST)) == 0) & (part.payload_len == 0)
        rows = np.flatnonzero(loose | (tcp & ((flags & (ACK | RST | SYN)) == 0)))
        if not len(rows):
            return
        first, _, _ = groups(part.tuple[rows])
        rows = np.sort(rows[first])
        rows = rows[self.table.find(part.tuple[rows]) < 0]
        slots, _ = self.table.place(part.tuple[rows])
        rows, slots = rows[slots >= 0], slots[slots >= 0]
        self._write(part, rows, slots, State.BARE)
        silent = (flags[rows] & ACK) == 0
        self.table["state"][slots[silent]] = State.SILENT
        self.table["isn_s"][slots] = part.ack[rows]

    def _write(self, part: Part, rows: I64, slots: I64, state: State) -> None:
        self._ledger.enter(part, rows, slots, state)
        self._ledger.wake(part.time_ns[rows], ANSWER_S)

    # ------------------------------------------------------------------ what follows

    def _segments(self, part: Part, rows: I64, flags: NDArray[np.uint16]) -> None:
        slots = self.table.find(part.tuple[rows])
        rows, slots = rows[slots >= 0], slots[slots >= 0]
        table = self.table
        later = part.number[rows] > table["number"][slots]
        rows, slots = rows[later], slots[later]
        if not len(rows):
            return
        client = (part.src[rows] == table["client"][slots]) & (part.sport[rows] == table["cport"][slots])
        kinds = flags[rows]
        seq, ack = part.seq[rows], part.ack[rows]
        one = np.uint32(1)
        reset = (kinds & RST) != 0

        def state(wanted: State) -> NDArray[np.bool_]:
            return np.asarray(table["state"][slots] == wanted)

        answer = ~client & ((kinds & (SYN | ACK | RST)) == SYN | ACK) & state(State.SENT)
        table["isn_s"][slots[answer]] = seq[answer]
        table["known_s"][slots[answer]] = True
        table["state"][slots[answer]] = State.ANSWERED
        refused = ~client & reset & state(State.SENT)
        self._ledger.failed(slots[refused], How.REFUSED)
        probed = ~client & reset & (state(State.SILENT) | (state(State.BARE) & (seq == table["isn_s"][slots])))
        self._ledger.failed(slots[probed], How.STEALTH)
        plain = ~reset & ((kinds & (SYN | ACK)) == ACK)
        completed = (
            client & plain & (state(State.ANSWERED) | (state(State.SENT) & (seq == table["isn_c"][slots] + one)))
        )
        unseen = completed & ~table["known_s"][slots]
        table["isn_s"][slots[unseen]] = ack[unseen] - one
        table["known_s"][slots[unseen]] = True
        behind = ~client & plain & state(State.SENT)  # the SYN-ACK was not captured
        table["isn_s"][slots[behind]] = seq[behind] - one
        table["known_s"][slots[behind]] = True
        self._ledger.opened(np.unique(slots[completed | behind]))
        half = client & reset & state(State.ANSWERED)
        self._ledger.failed(slots[half], How.HALF_OPEN)
        self._data(part, rows, slots, client, kinds)
        self._close(slots, client, kinds, state(State.OPEN))

    def _data(self, part: Part, rows: I64, slots: I64, client: NDArray[np.bool_], kinds: NDArray[np.uint16]) -> None:
        """How far both sides have come, by sequence numbers: no need to have seen the data itself."""
        table = self.table
        live = (table["state"][slots] == State.OPEN) & ((kinds & SYN) == 0)
        rows, slots, client, kinds = rows[live], slots[live], client[live], kinds[live]
        one = np.uint32(1)
        mine = np.where(client, table["isn_c"][slots], table["isn_s"][slots]) + one
        other = np.where(client, table["isn_s"][slots], table["isn_c"][slots]) + one
        out = (part.seq[rows] - mine).astype(np.int64) + part.payload_len[rows]
        back = (part.ack[rows] - other).astype(np.int64)
        back[(kinds & ACK) == 0] = 0
        back -= back > 0  # an acknowledged FIN counts as a byte at the end; one byte does not matter before
        far = 1 << 31  # older than the start, or forged
        out[(out < 0) | (out >= far)] = 0
        back[(back < 0) | (back >= far)] = 0
        out[(kinds & RST) != 0] = 0
        sent, received = table["sent"][slots], table["received"][slots]
        np.maximum.at(table["sent"], slots, np.where(client, out, back))
        np.maximum.at(table["received"], slots, np.where(client, back, out))
        np.maximum.at(table["last_ns"], slots, part.time_ns[rows])
        np.maximum.at(table.worth, slots, part.time_ns[rows] / SECOND_NS + 1e6)
        heads.note(table, slots[~client], part.head[rows[~client]])
        whole = client & ((part.why[rows] & Why.WHOLE) != 0)
        table["whole"][slots[whole]] = True
        feeding.note(table, slots, sent, received)

    def _close(self, slots: I64, client: NDArray[np.bool_], kinds: NDArray[np.uint16], live: NDArray[np.bool_]) -> None:
        table = self.table
        fin = live & ((kinds & FIN) != 0)
        self._ledger.wake(table["last_ns"][slots[fin]], ANSWER_S)
        np.bitwise_or.at(table["fins"], slots[fin], np.where(client[fin], 1, 2).astype(np.uint8))
        done = live & (((kinds & RST) != 0) | (table["fins"][slots] == 3))
        ended = np.unique(slots[done])
        self._ledger.ended(ended)
        self._ledger.forget(ended)

    # ------------------------------------------------------------------ datagrams

    def _datagrams(self, part: Part, rows: I64) -> None:
        if not len(rows):
            return
        table = self.table
        slots = table.find(part.tuple[rows])
        self._reply(part, rows, slots)
        new = rows[(slots < 0) & ((part.why[rows] & Why.NEW) != 0)]
        group = (part.dst_lo[new] >> np.uint64(28) == 0xE) & (part.kind[new] == 2)
        group |= (part.dst_hi[new] >> np.uint64(56) == 0xFF) & (part.kind[new] == 3)
        group |= (part.dst_mac[new] >> np.uint64(40)) & np.uint64(1) == 1
        group |= (part.dst_lo[new] == 0xFFFFFFFF) & (part.kind[new] == 2)
        answer = (part.sport[new] < 1024) & (part.dport[new] >= 1024)  # the middle of a conversation
        new = new[~group & ~answer & (part.ttl[new] > TRACEROUTE_TTL)]
        if not len(new):
            return
        first, _, _ = groups(part.tuple[new])
        new = np.sort(new[first])
        slots, _ = table.place(part.tuple[new])
        new, slots = new[slots >= 0], slots[slots >= 0]
        self._write(part, new, slots, State.DATAGRAM)
        # an answer in the same second came after its question was written only now
        self._reply(part, rows, table.find(part.tuple[rows]))

    def _reply(self, part: Part, rows: I64, slots: I64) -> None:
        """Datagrams from the server answer those that wait in these slots (-1: in none)."""
        table, known, at = self.table, rows[slots >= 0], slots[slots >= 0]
        back = (part.src[known] == table["server"][at]) & (part.sport[known] == table["sport"][at])
        back &= (table["state"][at] == State.DATAGRAM) & (part.number[known] > table["number"][at])
        answered = np.unique(at[back])
        self._ledger.told(answered)
        table["state"][answered] = State.REPLIED

    def _errors(self, part: Part) -> None:
        """ICMP errors end the attempt whose packet they quote; "time exceeded" ends it without a verdict."""
        error = (part.ip_proto == ICMP) & one_of(part.code >> 8, (3, 11))
        error |= (part.ip_proto == ICMPV6) & one_of(part.code >> 8, (1, 3))
        rows = np.flatnonzero(error)
        if not len(rows):
            return
        inner = quoted(part, rows, self._hash)
        slots = self.table.find(inner.tuple)
        waits = np.isin(self.table["state"][slots], (State.SENT, State.DATAGRAM, State.SILENT, State.BARE))
        mine = (slots >= 0) & waits & (self.table["client"][slots] == inner.src)
        expired = mine & np.where(part.ip_proto[rows] == ICMP, part.code[rows] >> 8 == 11, part.code[rows] >> 8 == 3)
        # "fragmentation needed" is advice on sizes, not a refusal
        advice = (part.ip_proto[rows] == ICMP) & (part.code[rows] == 0x0304)
        self._ledger.forget(np.unique(slots[expired]))
        self._ledger.failed(slots[mine & ~expired & ~advice], How.UNREACHABLE)

    # ------------------------------------------------------------------ time

    def due(self, second: int) -> bool:
        """Whether something may run out of time at the end of `second`."""
        return self._ledger.due(second)

    def _expire(self, second: int) -> None:
        if not self.due(second):
            return
        self._open_now = None
        ledger = self._ledger
        ledger.rest()
        slots = np.flatnonzero(self.table["state"])
        state, start, last = (self.table[name][slots] for name in ("state", "start_ns", "last_ns"))
        before = (second + 1 - ANSWER_S) * SECOND_NS
        old = start < before
        ledger.failed(slots[old & one_of(state, (State.SENT, State.DATAGRAM))], How.NO_ANSWER)
        ledger.failed(slots[old & (state == State.SILENT)], How.STEALTH)
        answered = old & (state == State.ANSWERED)
        ledger.told(slots[answered])
        closing = (state == State.OPEN) & (self.table["fins"][slots] != 0)
        closed = closing & (last < before)
        ledger.ended(slots[closed])
        replied = state == State.REPLIED
        stale = replied & (start < (second + 1 - UDP_KEPT_S) * SECOND_NS)
        ledger.forget(slots[answered | closed | stale | (old & (state == State.BARE))])
        ledger.wake(start[~old & ~replied & (state != State.OPEN)], ANSWER_S)
        ledger.wake(last[closing & ~closed], ANSWER_S)
        ledger.wake(start[replied & ~stale], UDP_KEPT_S)

    def open_at_least(self, count: int) -> bool:
        """Whether so many TCP connections are open."""
        if self._open_now is None:
            self._open_now = int(np.count_nonzero(self.table["state"] == State.OPEN))
        return self._open_now >= count

    @property
    def any_open(self) -> bool:
        """Whether a TCP connection is open."""
        return self.open_at_least(1)

    def fed_slowly(self, now_ns: int, seconds: float, bytes_per_s: float) -> Connections:
        """TCP connections that the client keeps feeding slowly, the server having nothing to say to it."""
        slots = np.flatnonzero(self.table["state"] == State.OPEN)
        return self._ledger.copy(slots[feeding.fed_slowly(self.table, slots, now_ns, seconds, bytes_per_s)], How.OK)

    def open_connections(self, before_ns: int) -> Connections:
        """TCP connections that are open and began before `before_ns`."""
        state = self.table["state"]
        return self._ledger.copy(np.flatnonzero((state == State.OPEN) & (self.table["start_ns"] < before_ns)), How.OK)
