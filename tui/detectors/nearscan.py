"""How near the tables of the port scan rules are to their limits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tui.core.alert.alerts import SECOND_NS
from tui.core.alert.nearness import Near
from tui.core.columns import address_text
from tui.detectors.scanlimits import ScanThresholds
from tui.detectors.scanstate import ScanState
from tui.detectors.tables import Table


def near_scans(state: ScanState, limits: ScanThresholds) -> Iterator[Near]:
    """Of each table the entry that needs least to alert; a measure weighs no more than its share of failures allows."""
    slow = "firm", "llr", limits.trw_score
    yield from _nearest(state, limits, state.pairs, "scan.vertical", "failed", limits.vertical_ports, "ports")
    yield from _nearest(state, limits, state.ports, "scan.horizontal", "failed", limits.horizontal_hosts, "hosts")
    yield from _nearest(state, limits, state.sources, "scan.random", "firm", limits.random_attempts, "services")
    yield from _nearest(state, limits, state.sources, "scan.slow_trw", slow[1], slow[2], "score")
    yield from _nearest(state, limits, state.targets, "scan.distributed", "failed", limits.distributed_ports, "ports")


def _nearest(
    state: ScanState, limits: ScanThresholds, table: Table, rule: str, measure: str, limit: float, unit: str
) -> Iterator[Near]:
    value = table[measure].astype(np.float64)
    failed, ok = table["failed"], table["ok"]
    fresh = (table.keys != 0) & (table["last_ns"] >= (state.second - limits.idle_s) * SECOND_NS)
    ratio = failed / np.maximum(failed + ok, 1.0)
    gate = ratio / limits.ratio
    if rule == "scan.distributed":
        gate = table["several"] / limits.distributed_sources
    if rule == "scan.slow_trw":
        gate = np.minimum(gate, table["firm"] / limits.trw_failures)
    share = np.where(fresh, np.minimum(value / limit, gate), 0.0)
    slot = int(share.argmax())
    if share[slot] <= 0:
        return
    yield Near(
        rule, float(value[slot]), limit, unit, _subject(table, slot, rule),
        _gate(table, slot, rule, float(ratio[slot]), limits) if gate[slot] < 1 else "", float(gate[slot]),
    )  # fmt: skip


def _gate(table: Table, slot: int, rule: str, ratio: float, limits: ScanThresholds) -> str:
    if rule == "scan.distributed":
        return f"{table['several'][slot]:.0f} of {limits.distributed_sources} sources"
    if rule == "scan.slow_trw" and ratio >= limits.ratio:
        return f"{table['firm'][slot]:.0f} of {limits.trw_failures} failures"
    return f"only {ratio:.0%} failed"


def _subject(table: Table, slot: int, rule: str) -> str:
    kind = int(table["kind"][slot])
    source = address_text(kind, int(table["hi"][slot]), int(table["lo"][slot])) or "?"
    if rule == "scan.vertical":
        return f"{source} > {address_text(kind, int(table['peer_hi'][slot]), int(table['peer_lo'][slot]))}"
    return f"{source} port {int(table['port'][slot])}" if rule == "scan.horizontal" else source
