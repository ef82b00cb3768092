"""HeldFlows: which record and which slot each flow that is held has, and which flows go when room is needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui.core.clock import NS
from tui.core.columns import NONE32, Columns, Mark
from tui.core.flow.ended import EndedFlows
from tui.core.flow.lanes import Index, Mask
from tui.core.flow.quoted import QuotedStreams, Quotes, Quoting
from tui.core.flow.records import FlowRecords, Seen
from tui.core.flow.slots import NOWHERE, SlotTable
from tui.core.hashing import U64

BITS = 18
"""Slots: 2**18, at most 60 % of them used, so 157,000 flows at about 330 bytes."""
RELIEF = 0.5
"""Idle flows are let go once the table is filled to this part: small captures keep all flows to the end."""
PRESSURE = 0.9
"""Beyond this part, flows that nobody answered are let go after a second."""

_TCP, _UDP = 6, 17


@dataclass(frozen=True, slots=True)
class FlowLimits:
    """Bounds, and after how many seconds of silence a flow may be let go when room is needed."""

    bits: int = BITS
    load: float = 0.6
    attempt_s: float = 5.0
    """Nobody answered (Zeek: tcp_attempt_delay)."""
    closed_s: float = 5.0
    """Both sides finished, or one reset (Zeek: tcp_close_delay)."""
    other_s: float = 60.0
    """UDP, ICMP and the rest (Zeek: udp_inactivity_timeout)."""
    tcp_s: float = 300.0
    """TCP that was answered (Zeek: tcp_inactivity_timeout)."""


class HeldFlows:
    """Records are taken and given back; flows have a number and streams one of their own, in the order they began."""

    def __init__(self, limits: FlowLimits, spare: int, collect: bool) -> None:
        """`spare`: records beyond the table's, for flows that end within a batch. `collect`: keep those that ended."""
        self._limits = limits
        self._collect = collect
        self._slots = SlotTable(limits.bits, limits.load)
        self._record_of = np.full(1 << limits.bits, -1, np.int32)
        capacity = self._slots.limit + spare
        self.records = FlowRecords.empty(capacity)
        self._live = np.zeros(capacity, np.bool_)
        self._free = np.arange(capacity, dtype=np.int64)[::-1].copy()
        self._free_n = capacity
        self.ended = EndedFlows()
        self._relieved_s = 0
        self.total = 0
        """IP flows ever seen: the next flow's identity."""
        self._streams = {_TCP: 0, _UDP: 0}
        """TCP and UDP streams ever seen."""
        self._quoted = QuotedStreams()

    def __len__(self) -> int:
        return self._slots.used

    @property
    def limit(self) -> int:
        """Flows that are held at most."""
        return self._slots.limit

    def live(self) -> Index:
        """Index in `records` of all flows that are held."""
        return np.flatnonzero(self._live)

    def place(self, keys: U64) -> Index:
        """The slot of each key, NOWHERE for those that find no room."""
        return self._slots.place(keys)[0]

    def find(self, keys: U64) -> Index:
        """The record of each key, -1 where no flow is held."""
        slots = self._slots.find(keys)
        return np.where(slots != NOWHERE, self._record_of[slots], -1)

    def at(self, slots: Index) -> Index:
        """The record in each slot, -1 where none is yet."""
        return self._record_of[slots].astype(np.int64)

    def put(self, slots: Index, of: Index) -> None:
        """These records are in these slots from now on; where a slot stands twice, the last one stays in it."""
        self._record_of[slots] = of

    def take(self, n: int) -> Index:
        """So many records that are free."""
        self._free_n -= n
        made = self._free[self._free_n : self._free_n + n][::-1]
        self._live[made] = True
        return made

    def number(self, columns: Columns, made: Index, row: Index, is_flow: Mask, keys: U64) -> None:
        """Give new flows their identity, and TCP and UDP streams their number; `row` of each ascending."""
        flows = made[is_flow]
        self.records.flow[flows] = (self.total + np.arange(len(flows))) % NONE32
        self.total += len(flows)
        has_ports = is_flow & ((columns.marks[row] & Mark.PORTS) != 0)
        for proto in self._streams:
            at = np.flatnonzero(has_ports & (columns.ip_proto[row] == proto))
            numbers, self._streams[proto] = self._quoted.number(proto, self._streams[proto], row[at], keys[at])
            self.records.stream[made[at]] = numbers % NONE32

    def ask(self, quotes: Quotes, rows: Index, keys: U64) -> Quoting:
        """Streams that ICMP errors quote in these rows of the batch that comes; those that are not held are opened."""
        record = self.find(keys)
        at = quotes.opening
        at = at[record[at] < 0]
        self._quoted.ask(quotes.columns.ip_proto[at], rows[at], keys[at])
        return Quoting(quotes, rows, keys, np.where(record >= 0, self.records.stream[record], np.uint32(NONE32)))

    def quoted(self, keys: U64) -> NDArray[np.uint32]:
        """The numbers that quotes have, once the batch is numbered; NONE32 where they opened no stream."""
        nothing = np.empty(0, np.int64)
        for proto, first in self._streams.items():
            self._streams[proto] = self._quoted.number(proto, first, nothing, keys[:0])[1]
        return self._quoted.streams(keys)

    def end(self, of: Index) -> None:
        """Hand the records out as ended, and take them back."""
        if self._collect:
            self.ended.add(self.records, of)
        self._live[of] = False
        self._free[self._free_n : self._free_n + len(of)] = of
        self._free_n += len(of)

    def let_go(self, of: Index) -> None:
        """End flows that are in the table."""
        if not len(of):
            return
        self.end(of)
        keep = self.live()
        slots = self._slots.rebuild(self.records.slot[keep].astype(np.int64))
        self._record_of.fill(-1)
        self._record_of[slots] = keep
        self.records.slot[keep] = slots

    def relieve(self, now_ns: int) -> None:
        """Let idle flows go where the table fills, the sooner the less they have shown; once a second."""
        if now_ns // NS == self._relieved_s or len(self) <= RELIEF * self.limit:
            return
        self._relieved_s = now_ns // NS
        of = self.live()
        r, limits = self.records, self._limits
        idle_s = (now_ns - r.last_ns[of]) / NS
        tcp, answered = r.ip_proto[of] == _TCP, r.packets[1, of] > 0
        either, both = r.seen[0, of] | r.seen[1, of], r.seen[0, of] & r.seen[1, of]
        closed = tcp & (((either & Seen.RST) != 0) | ((both & Seen.FIN) != 0))
        conditions = [closed, tcp & ~answered, tcp]
        patience = np.select(conditions, [limits.closed_s, limits.attempt_s, limits.tcp_s], limits.other_s)
        gone = idle_s >= patience
        if len(of) - np.count_nonzero(gone) > PRESSURE * self.limit:
            gone |= ~answered & (idle_s >= 1.0)
        self.let_go(of[gone])
