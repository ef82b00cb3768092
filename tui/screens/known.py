"""Known: what the program knows of a packet beside its bytes, as one more layer of the detail."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from tui.core.columns import NONE32, AddressKind, Columns, Mark, address_text
from tui.core.text import printable
from tui.dissect.services import service
from tui.screens.dressing import Dressing
from tui.screens.looks import PlaceOf
from tui.widgets.detail import Node

_ETHERNET = 1


def known(dressing: Dressing, sequence: int, data: bytes) -> list[Node]:
    """One layer with all that is known, the process in its title; none where there is nothing."""
    rows = dressing.session.rows
    if not rows.first <= sequence < rows.end:
        return []
    columns = rows.take(np.asarray([sequence]))
    lines = [
        *_said(dressing, sequence),
        *_process(dressing, columns),
        *_ends(columns, dressing.place_of),
        *_cards(columns, data, dressing.vendor_of),
    ]
    if not lines:
        return []
    name, what = lines[0]
    children = tuple(Node(f"{name}: {printable(words, 400)}") for name, words in lines)
    return [Node(f"Known beside the bytes, {name}: {printable(what, 120)}", children=children)]


def _said(dressing: Dressing, sequence: int) -> Iterator[tuple[str, str]]:
    if note := dressing.notes.get(sequence):
        yield "note", note
    if rule := dressing.alerted.get(sequence):
        yield "alert", rule


def _process(dressing: Dressing, columns: Columns) -> Iterator[tuple[str, str]]:
    flow = int(columns.flow[0])
    owner = dressing.session.owners.owner(flow) if flow != NONE32 else None
    if owner:
        yield "process", owner.words


def _ends(columns: Columns, place_of: PlaceOf | None) -> Iterator[tuple[str, str]]:
    """Places of both addresses, and what the ports are called."""
    kind = int(columns.kind[0])
    if kind not in (AddressKind.IPV4, AddressKind.IPV6):
        return
    for side, port in (("src", "sport"), ("dst", "dport")):
        words = "source" if side == "src" else "destination"
        address = address_text(kind, int(getattr(columns, f"{side}_hi")[0]), int(getattr(columns, f"{side}_lo")[0]))
        if place_of and address and (place := place_of(address).words):
            yield f"{words} place", place
        number = int(getattr(columns, port)[0])
        if columns.marks[0] & Mark.PORTS and (name := service(number, int(columns.ip_proto[0]))):
            yield f"{words} port", f"{number}, {name}"


def _cards(columns: Columns, data: bytes, vendor_of: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    if columns.linktype[0] != _ETHERNET or len(data) < 12:
        return
    for words, raw in (("destination card", data[:6]), ("source card", data[6:12])):
        if vendor := vendor_of(raw.hex(":")):
            yield words, f"{raw.hex(':')}, {vendor}"
