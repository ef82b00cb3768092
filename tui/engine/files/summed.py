"""The flow table of a summary: it collects flows that end, and spends no more time on long messages than is fair."""

from __future__ import annotations

from tui.core.flow.table import FlowTable

STEPS, STEPS_SHARE = 8_000, 0.001
"""Segments of messages that span several may cost a step of Python each: so many, and this share of all packets. The
segments beyond keep the name that they show by themselves: in a large file, TCP rather than TLS."""


def flow_table() -> FlowTable:
    """Made for one run over captures."""
    table = FlowTable(collect=True)
    table.dialogues.left, table.dialogues.gain = STEPS, STEPS_SHARE
    return table
