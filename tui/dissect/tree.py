"""tree(data, linktype) -> Dissection: the layers of one packet, within a budget of time and depth; never raises."""

from __future__ import annotations

import time
from typing import Any

from tui.dissect.http import http_layers
from tui.dissect.library import layer_of, scapy
from tui.dissect.nodes import Dissection, Field, Layer
from tui.dissect.tls import tls_layers
from tui.dissect.walk import MAX_LAYERS, Budget, Exhausted, walk_layer

TIME_S = 0.08
"""So that the detail of any packet opens within a tenth of a second."""
MAX_BYTES = 9216
"""Dissected of one packet: a jumbo frame. What offloading put together beyond that is payload."""


def tree(data: bytes, linktype: int, time_s: float = TIME_S) -> Dissection:
    """Dissect a packet. Loads scapy the first time; call `library.scapy` in a thread beforehand."""
    scapy()
    layers: list[Layer] = []
    pads: list[tuple[int, int]] = []
    kind: Any = layer_of(linktype)
    start, end, under = 0, min(len(data), MAX_BYTES), None
    budget = Budget(time.perf_counter() + time_s)
    complete = True
    for _ in range(MAX_LAYERS):
        if start >= end or kind is None:
            break
        if kind.__name__ in ("Raw", "Padding", "NoPayload"):
            break
        try:
            step = walk_layer(kind, data, start, end, under, budget)
        except (Exhausted, Exception):  # noqa: BLE001  # scapy's dissectors raise anything on hostile bytes
            complete = False
            break
        if step.payload_start > start:
            layers.append(step.layer)
        if step.payload_end < end:
            pads.append((step.payload_end, end))
        start, end, kind, under = step.payload_start, step.payload_end, step.next_class, step.packet
    for native in (tls_layers, http_layers):
        if known := native(data, start, end):
            layers += known
            start = known[-1].end
            break
    if start < end:
        layers.append(_bytes("Raw", "Data", data, start, end))
    for first, last in reversed(pads):
        if last > first:
            layers.append(_bytes("Padding", "Padding", data, first, last))
    if len(data) > MAX_BYTES:
        layers.append(_bytes("Raw", "Data", data, MAX_BYTES, len(data)))
    return Dissection(data, tuple(layers), complete and not budget.failed and len(layers) < MAX_LAYERS)


def _bytes(name: str, words: str, data: bytes, start: int, end: int) -> Layer:
    size = end - start
    shown = data[start : min(end, start + 32)].hex(" ") + (" …" if size > 32 else "")
    return Layer(name, f"{words}, {size:,} bytes", start, end, (Field("bytes", shown, start, end),))
