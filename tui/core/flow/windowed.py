"""The flows of a window, as a screen lists them: counts of the window, and what the session knows of the flows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.core.arrays import sum_of_sides
from tui.core.flow.listed import FlowRows
from tui.core.flow.records import FlowRecords
from tui.core.flow.tcpstate import conn_states
from tui.core.window import Window

KEPT = ("protocol", "rtt_ns", "syn_ns", "synack_ns", "live_rtt_ns", "history", "sizes", "scale")
"""What is a flow's own, not the window's: taken over from the session where it still knows the flow."""


def _completed(counted: FlowRecords, held: FlowRecords) -> NDArray[np.int64]:
    """Fill in what the session knows of the same flows; of each counted flow the index among `held`, or -1."""
    order = np.argsort(held.flow, kind="stable")
    at = np.searchsorted(held.flow[order], counted.flow)
    at = np.minimum(at, max(len(order) - 1, 0))
    match = np.full(len(counted), -1)
    if len(order):
        candidate = order[at]
        same = held.flow[candidate] == counted.flow
        match[same] = candidate[same]
        here = np.flatnonzero(same)
        for name in KEPT:
            getattr(counted, name)[..., here] = getattr(held, name)[..., match[here]]
    return match


def window_rows(counted: FlowRecords, held: FlowRows, window: Window, beyond: int = 0) -> FlowRows:
    """Packets, bytes, times and troubles are those of the window; state and round trips are the flow's.

    `beyond`: flows of the window that are not among them.
    """
    flows = counted.select(np.arange(len(counted)))
    match = _completed(flows, held.flows)
    known = np.flatnonzero(match >= 0)
    state, ended = conn_states(flows), np.ones(len(flows), np.bool_)
    state[known], ended[known] = held.state[match[known]], held.ended[match[known]]
    seconds = max(window.seconds, 1e-3)
    return FlowRows(
        flows,
        state,
        ended,
        sum_of_sides(flows.bytes) / seconds,
        sum_of_sides(flows.packets) / seconds,
        len(flows) + beyond,
    )


def picked(rows: FlowRows, wanted: NDArray[np.uint32]) -> FlowRows:
    """Those of the flows whose numbers are wanted (ascending)."""
    if not len(wanted):
        index = np.zeros(0, np.int64)
    else:
        at = np.minimum(np.searchsorted(wanted, rows.flows.flow), len(wanted) - 1)
        index = np.flatnonzero(wanted[at] == rows.flows.flow)
    return FlowRows(
        rows.flows.select(index),
        rows.state[index],
        rows.ended[index],
        rows.bytes_per_s[index],
        rows.packets_per_s[index],
        len(index),
    )
