"""ScanState: distinct attempts, counted by source, by pair, by port and by target, in tables of fixed size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui.core.alert.alerts import SECOND_NS
from tui.core.arrays import run_lengths, run_starts
from tui.core.ipproto import UDP
from tui.detectors.outcomes import Connections, How
from tui.detectors.tables import I64, U64, Field, SeenTable, Table, groups

SAMPLE_SLOTS = 16
"""Packet numbers kept for each source, pair and port: the first ones."""
PORT_SLOTS = 8
_COUNTS: dict[str, Field] = {
    "failed": np.float64, "ok": np.float64, "first_ns": np.int64, "last_ns": np.int64, "told": np.float64,
    "hi": np.uint64, "lo": np.uint64, "kind": np.uint8, "peer_hi": np.uint64, "peer_lo": np.uint64,
    "proto": np.uint8, "port": np.uint16, "samples": (np.int64, SAMPLE_SLOTS), "interface": np.uint16,
    "ports": (np.uint16, PORT_SLOTS), "stealth": np.float64, "source": np.uint64, "target": np.uint64,
    "silent": np.float64, "answered": np.float64, "counted": np.bool_,
}  # fmt: skip
_PER_SOURCE: dict[str, Field] = {
    **_COUNTS,
    "llr": np.float64,
    "distinct": np.float64,
    "high": np.float64,
    "firm": np.float64,
}
_PER_TARGET: dict[str, Field] = {**_COUNTS, "several": np.float64, "largest": np.float64}
_ONE, _TWO, _THREE = (np.uint64(x) for x in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))
_WELL_KNOWN = 10_000
"""Ports from here on are those that peer-to-peer programs choose at random."""


@dataclass(frozen=True, slots=True)
class Touched:
    """Slots of each table that changed in this second."""

    sources: I64
    pairs: I64
    ports: I64
    targets: I64


class ScanState:
    """Only a source's second distinct failure enters it: a spoofed flood of sources passes by (doorkeeper)."""

    def __init__(self, idle_s: int, theta: float) -> None:
        self._idle_ns = idle_s * SECOND_NS
        self._step = float(np.log((1 - theta) / theta))
        self._attempts = Table(14, {"last_ns": np.int64, "failed": np.bool_})
        self._door = SeenTable(20, turn_s=3_600)
        self._target_ports = SeenTable(18, turn_s=idle_s)
        self.sources = Table(11, _PER_SOURCE)
        self.pairs = Table(11, _COUNTS)
        self.ports = Table(11, _COUNTS)
        self.targets = Table(9, _PER_TARGET)
        self.second = 0

    def advance(self, second: int) -> None:
        self.second = second
        self._door.advance(second)
        self._target_ports.advance(second)

    def add(self, c: Connections, floor: float) -> Touched | None:
        """Count the attempts that are new; None where there are none."""
        c = self._distinct(self._admitted(c))
        if not len(c):
            return None
        failed = c.how != How.OK
        service = (c.sport.astype(np.uint64) << np.uint64(8)) | c.proto
        source_keys = c.client | np.uint64(1)
        sources = self._count(self.sources, c, source_keys, failed)
        pairs = self._count(self.pairs, c, _mix(c.client, c.server), failed)
        ports = self._count(self.ports, c, _mix(c.client, service * _THREE), failed)
        self._walk(c, source_keys, failed, ports, floor)
        targets = self._aim(c, failed, pairs, service)
        return Touched(*(np.unique(s[s >= 0]) for s in (sources, pairs, ports, targets)))

    def _admitted(self, c: Connections) -> Connections:
        """Attempts of sources that failed before, and of those that fail for the second time now."""
        known = self.sources.find(c.client | np.uint64(1)) >= 0
        attempt = _mix(_mix(c.client, c.server), c.sport.astype(np.uint64))
        fails = np.flatnonzero(~known & (c.how != How.OK))
        # of each source's first two different failures the first opens the door, the second enters
        if len(fails):
            _, once = np.unique(attempt[fails], return_index=True)
            fails = np.sort(fails[once])
            first = self._door.first(c.client[fails])
            known[fails[~first]] = True
            entered = np.isin(c.client, c.client[fails[~first]])
            known |= entered
        return c.take(known)

    def _distinct(self, c: Connections) -> Connections:
        """The attempts of a (source, target, port) that was not tried within the idle time."""
        if not len(c):
            return c
        keys = _mix(_mix(c.client, c.server), (c.sport.astype(np.uint64) << np.uint64(8)) | c.proto)
        first, _, _ = groups(keys)
        first = np.sort(first)
        slots, fresh = self._attempts.place(keys[first])
        there = slots >= 0
        now = c.last_ns[first[there]]
        old = now - self._attempts["last_ns"][slots[there]] > self._idle_ns
        self._attempts["last_ns"][slots[there]] = now
        self._attempts.worth[slots[there]] = now / SECOND_NS
        new = ~there
        new[there] = fresh[there] | old
        return c.take(first[new])

    def _count(self, table: Table, c: Connections, keys: U64, failed: NDArray[np.bool_]) -> I64:
        """Add the attempts to one table; the slot of each, or -1."""
        first, group, _ = groups(keys)
        slots, fresh = table.place(keys[first])
        there = np.flatnonzero(slots >= 0)
        at = slots[there]
        quiet = fresh[there] | (c.start_ns[first[there]] - table["last_ns"][at] > self._idle_ns)
        new, row = at[quiet], first[there[quiet]]
        table.clear(new)
        table["hi"][new], table["lo"][new] = c.client_hi[row], c.client_lo[row]
        table["peer_hi"][new], table["peer_lo"][new] = c.server_hi[row], c.server_lo[row]
        table["source"][new], table["target"][new] = c.client[row], c.server[row]
        table["kind"][new], table["proto"][new], table["port"][new] = c.kind[row], c.proto[row], c.sport[row]
        table["first_ns"][new], table["interface"][new] = c.start_ns[row], c.interface[row]
        each = slots[group]
        valid = each >= 0
        bad = valid & failed
        np.add.at(table["failed"], each[bad], _weight(c)[bad])
        np.add.at(table["ok"], each[valid & ~failed], 1.0)
        np.add.at(table["stealth"], each[bad & (c.how == How.STEALTH)], 1.0)
        np.add.at(table["silent"], each[bad & (c.how == How.NO_ANSWER)], 1.0)
        np.maximum.at(table["last_ns"], each[valid], c.start_ns[valid])
        table.worth[at] = table["failed"][at] * 1e10 + table["last_ns"][at] / SECOND_NS
        _keep(table["samples"], each[bad], c.number[bad] + 1)
        answered = valid & ((c.how == How.OK) | (c.how == How.HALF_OPEN))
        np.add.at(table["answered"], each[answered], 1.0)
        _keep(table["ports"], each[answered], c.sport[answered])
        return each

    def _walk(self, c: Connections, keys: U64, failed: NDArray[np.bool_], ports: I64, floor: float) -> None:
        """The threshold random walk of each source (Jung 2004): failures go up, successes down to a floor."""
        slots = self.sources.find(keys)
        firm = failed & ((c.proto != UDP) | (c.how != How.NO_ANSWER))
        step = np.where(failed, np.where(firm, self._step, 0.0), -self._step)
        table = self.sources
        order = np.lexsort((c.number, slots))
        slots, step, firm = slots[order], step[order], firm[order]
        high = (c.sport[order] >= _WELL_KNOWN) & firm
        valid = slots >= 0
        np.add.at(table["firm"], slots[valid & firm], 1.0)
        np.add.at(table["high"], slots[valid & high], 1.0)
        starts = run_starts(slots)
        for start, stop in zip(starts.tolist(), [*starts[1:].tolist(), len(slots)], strict=True):
            if slots[start] >= 0:
                llr = table["llr"][slots[start]]
                walk = np.concatenate([[llr], step[start:stop]]).cumsum()
                # the walk that never goes below the floor, without a step in Python (Lindley)
                low = np.minimum.accumulate(walk - floor)
                table["llr"][slots[start]] = (walk - np.minimum(low, 0.0))[-1]
        by_port = ports[order]
        once = valid & firm & (by_port >= 0)
        if once.any():
            new = np.unique(by_port[once])
            first_time = new[self.ports["failed"][new] <= 1.0]
            owner = table.find(self.ports["source"][first_time] | np.uint64(1))
            np.add.at(table["distinct"], owner[owner >= 0], 1.0)

    def _aim(self, c: Connections, failed: NDArray[np.bool_], pairs: I64, service: U64) -> I64:
        """By target: distinct ports that failed, and how many sources tried at least three of them."""
        bad = np.flatnonzero(failed & (pairs >= 0))
        if not len(bad):
            return np.empty(0, np.int64)
        table, some = self.targets, c.take(bad)
        new_port = self._target_ports.first(_mix(some.server, service[bad]))
        first, group, _ = groups(some.server | np.uint64(1))
        slots, fresh = table.place(some.server[first] | np.uint64(1))
        there = np.flatnonzero(slots >= 0)
        at, row = slots[there], first[there]
        quiet = fresh[there] | (some.start_ns[row] - table["last_ns"][at] > self._idle_ns)
        table.clear(at[quiet])
        table["first_ns"][at[quiet]] = some.start_ns[row[quiet]]
        table["hi"][at], table["lo"][at], table["kind"][at] = some.server_hi[row], some.server_lo[row], some.kind[row]
        table["target"][at], table["proto"][at] = some.server[row], some.proto[row]
        each = slots[group]
        valid = each >= 0
        np.add.at(table["failed"], each[valid & new_port], 1.0)
        np.maximum.at(table["last_ns"], each[valid], some.start_ns[valid])
        _keep(table["samples"], each[valid], some.number[valid] + 1)
        touched = np.unique(pairs[bad])
        owner = table.find(self.pairs["target"][touched] | np.uint64(1))
        touched, owner = touched[owner >= 0], owner[owner >= 0]
        crossed = (self.pairs["failed"][touched] >= 3) & ~self.pairs["counted"][touched]
        self.pairs["counted"][touched[crossed]] = True
        np.add.at(table["several"], owner[crossed], 1.0)
        np.maximum.at(table["largest"], owner, self.pairs["failed"][touched])
        table.worth[at] = table["failed"][at] * 1e10 + table["last_ns"][at] / SECOND_NS
        return each


def _weight(c: Connections) -> NDArray[np.float64]:
    """A datagram without an answer is half a failure: many services answer nothing, many peers are gone."""
    return np.where((c.proto == UDP) & (c.how == How.NO_ANSWER), 0.5, 1.0)


def _mix(one: U64, other: U64) -> U64:
    """A directional key of two hashes; never 0."""
    key = one * _ONE
    key ^= key >> np.uint64(31)
    key += other * _TWO
    key ^= key >> np.uint64(29)
    return np.asarray(key * _THREE | np.uint64(1))


def _keep(kept: NDArray[np.generic], slots: I64, values: NDArray[np.generic]) -> None:
    """Write values into the first free places of their rows; 0 is free. What finds none is left out."""
    if not len(slots):
        return
    order = np.argsort(slots, kind="stable")
    slots, values = slots[order], values[order]
    starts = run_starts(slots)
    position = np.arange(len(slots)) - np.repeat(starts, run_lengths(starts, len(slots)))
    place = position + np.count_nonzero(kept[slots], axis=1)
    fits = place < kept.shape[1]
    kept[slots[fits], place[fits]] = values[fits]
