"""Lines of the flows screen: which columns fit, what each says, and what is known of the chosen flow."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import address_text
from tui.core.flow.listed import FlowRows
from tui.core.flow.order import FlowOrder, ends
from tui.core.flow.owners import NOBODY, Owner, Owners
from tui.core.flow.records import Event
from tui.core.flow.tcpstate import STATES, history_text
from tui.core.judged import Labels
from tui.core.protocols import NAMES
from tui.core.text import fit, middle, printable
from tui.widgets.glyphs import Glyphs
from tui.widgets.ink import Piece
from tui.widgets.numbers import bits_per_s, clock, octets, scaled
from tui.widgets.themes import family

_TCP = 6
_ASKED = (6, 17)
"""Transports whose sockets are asked about; of others nobody could say whose they are."""
_WORDS = {
    "OTH": "no handshake was seen", "S0": "asked, no answer", "S1": "open", "SF": "finished by both",
    "REJ": "refused", "S2": "closed by the first side only", "S3": "closed by the other side only",
    "RSTO": "reset by the first side", "RSTR": "reset by the other side", "RSTOS0": "asked, then reset by itself",
    "RSTRH": "answered, then reset by the other side", "SH": "asked and finished, no answer",
    "SHR": "answered and finished, the question was not seen",
}  # fmt: skip
"""Zeek's conn_state in words."""
_BAD = {"REJ", "RSTO", "RSTR", "RSTOS0", "RSTRH", "S0"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it sorts by, its title and cells, and from which width of the list on it is there."""

    sort: str
    title: str
    cells: int
    least: int
    right: bool = True


COLUMNS = (
    Column("protocol", "Proto", 7, 0, False),
    Column("src", "Source", 0, 0, False),
    Column("dst", "Destination", 0, 0, False),
    Column("state", "State", 6, 0, False),
    Column("duration", "Duration", 9, 70),
    Column("packets", "Packets", 7, 110),
    Column("bytes", "Bytes", 8, 0),
    Column("bytes_per_s", "Rate", 10, 60),
    Column("rtt", "RTT", 8, 90),
    Column("retransmissions", "Resent", 6, 100),
    Column("process", "Process", 12, 110, False),
    Column("place", "Place", 12, 130, False),
    Column("first", "Began", 9, 140),
    Column("live_rtt", "RTT now", 8, 170),
    Column("out_of_order", "Order", 6, 170),
    Column("zero_window", "Zero w", 6, 170),
    Column("ttl", "TTL", 7, 170),
    Column("label", "Label", 16, 0, False),
)
"""`src` and `dst` share what the others leave."""
_ROOMY = 120
"""Below this width a label takes the place of other columns."""
_EVENTS = {
    "retransmissions": Event.RETRANSMISSION, "out_of_order": Event.OUT_OF_ORDER, "zero_window": Event.ZERO_WINDOW,
}  # fmt: skip
_DIRECTIONS = 150
"""From this width on, bytes are written for each direction."""


@dataclass(slots=True)
class FlowLook:
    """How the flows are written; one for the life of the screen."""

    glyphs: Glyphs
    sort: str = "bytes"
    descending: bool = True
    names: Mapping[str, str] = field(default_factory=dict)
    """Names to write in place of addresses."""
    place_of: Callable[[str], str] | None = None
    """Where an address is; without files of places there is no such column."""
    owners: Owners = NOBODY
    """Whose flows they are; where nothing is known of any, of a file for instance, there is no such column."""
    labels: Labels | None = None
    """What a model takes the flows for; without a model there is no such column."""

    def shown(self, width: int) -> list[tuple[Column, int]]:
        """The columns that a list of so many cells has, with their widths."""
        return shown(width, labelled=self.labels is not None, owned=bool(self.owners.known), placed=bool(self.place_of))


class FlowLines:
    """A TableSource over ordered flows."""

    def __init__(self, order: FlowOrder, look: FlowLook) -> None:
        self.order = order
        self._look = look

    def __len__(self) -> int:
        return len(self.order)

    def identity(self, place: int) -> Hashable:
        return self.order.identity(place)

    def place(self, identity: Hashable) -> int:
        return self.order.place(identity)

    def header(self, width: int) -> list[Piece]:
        pieces: list[Piece] = [(" ", "")]
        for column, cells in self._look.shown(width):
            mark = (self._look.glyphs.down if self._look.descending else self._look.glyphs.up) * (
                column.sort == self._look.sort
            )
            title = fit(column.title + mark, cells)
            pieces.append(((title.rstrip().rjust(cells) if column.right else title) + " ", "bright" if mark else "dim"))
        return pieces

    def lines(self, start: int, stop: int, width: int) -> Sequence[list[Piece]]:
        columns = self._look.shown(width)
        return [self._line(int(at), columns) for at in self.order.order[start:stop]]

    def _line(self, at: int, columns: Sequence[tuple[Column, int]]) -> list[Piece]:
        rows = self.order.rows
        past = bool(rows.ended[at])
        pieces: list[Piece] = [(" ", "")]
        for column, cells in columns:
            text, ink = self._cell(column.sort, at, cells)
            text = text.rjust(cells) if column.right else fit(text, cells)
            pieces.append((text + " ", "dim" if past and ink == "text" else ink))
        return pieces

    def _cell(self, name: str, at: int, cells: int) -> Piece:
        rows, flows = self.order.rows, self.order.rows.flows
        if name == "protocol":
            protocol = NAMES[int(flows.protocol[at])]
            return protocol, f"proto--{family(protocol)}"
        if name in ("src", "dst"):
            return self._end(name, at, cells), "text"
        if name == "state":
            state = state_of(rows, at)
            return state, "amber" if state in _BAD else "text"
        if name == "duration":
            return lasted(int(flows.last_ns[at] - flows.first_ns[at])), "text"
        if name == "packets":
            return scaled(float(flows.packets[:, at].sum())), "text"
        if name == "bytes":
            return self._bytes(at, cells), "text"
        if name == "bytes_per_s":
            rate = float(rows.bytes_per_s[at])
            return (bits_per_s(8 * rate), "bright") if rate else ("", "dim")
        if name == "rtt":
            rtt = int(flows.rtt_ns[at])
            return (lasted(rtt), "text") if rtt else ("", "dim")
        if name == "first":
            return clock(int(flows.first_ns[at])), "dim"
        if name == "live_rtt":
            now = int(flows.live_rtt_ns[:, at].max())
            return (lasted(now), "text") if now else ("", "dim")
        if name == "label":
            return label_of(self._look.labels, int(flows.flow[at]), cells)
        if name == "ttl":
            return "/".join(str(ttl) if ttl else "-" for ttl in flows.ttl[:, at].tolist()), "text"
        if name == "place" and self._look.place_of:
            return self._place(at, self._look.place_of), "text"
        if name == "process":
            owner = self._look.owners.owner(int(flows.flow[at]))
            return (printable(owner.label), "text") if owner else ("?" * (int(flows.ip_proto[at]) in _ASKED), "dim")
        times = int(flows.events[_EVENTS[name], at])
        return (scaled(times), "amber") if times else ("", "dim")

    def _place(self, at: int, place_of: Callable[[str], str]) -> str:
        """Where the far end is: the one that is in the files."""
        source, target = ends(self.order.rows.flows, at)
        return place_of(target) or place_of(source)

    def _bytes(self, at: int, cells: int) -> str:
        sent, received = (float(n) for n in self.order.rows.flows.bytes[:, at])
        if cells > COLUMNS[6].cells:
            glyphs = self._look.glyphs
            return f"{glyphs.up}{octets(sent)} {glyphs.down}{octets(received)}"
        return octets(sent + received)

    def _end(self, side: str, at: int, cells: int) -> str:
        flows = self.order.rows.flows
        address = address_text(
            int(flows.kind[at]), int(getattr(flows, f"{side}_hi")[at]), int(getattr(flows, f"{side}_lo")[at])
        )
        name = self._look.names.get(address or "", "") or address or "?"
        port = int(getattr(flows, "sport" if side == "src" else "dport")[at])
        tail = f":{port}" if port else ""
        return middle(printable(name), max(1, cells - len(tail))).rstrip() + tail


def label_of(labels: Labels | None, flow: int, cells: int) -> Piece:
    """`benign 0.98`: what a model takes a flow for, and the probability."""
    number, sure = labels.of(np.array([flow], np.uint32)) if labels else (np.array([-1]), np.zeros(1))
    if labels is None or number[0] < 0:
        return "", "dim"
    name = labels.classes[int(number[0])]
    return f"{fit(printable(name), max(1, cells - 5)).rstrip()} {float(sure[0]):.2f}", _LABEL_INKS.get(name, "bright")


_LABEL_INKS = {"benign": "text", "unknown": "dim"}


def shown(width: int, *, labelled: bool = False, owned: bool = False, placed: bool = False) -> list[tuple[Column, int]]:
    """The columns that a list of so many cells has, with their widths."""
    empty = {name for name, there in (("label", labelled), ("process", owned), ("place", placed)) if not there}
    found = [column for column in COLUMNS if width >= column.least and column.sort not in empty]
    if labelled and width < _ROOMY:
        found = [column for column in found if column.sort not in ("duration", "rtt")]
    wide = {"bytes": 19} if width >= _DIRECTIONS else {}
    fixed = sum(wide.get(column.sort, column.cells) for column in found) + len(found) + 1
    each = max(8, (width - fixed) // 2)
    return [(column, wide.get(column.sort, column.cells) or each) for column in found]


def state_of(rows: FlowRows, at: int) -> str:
    """The flow's conn_state; only TCP has more than a question and an answer."""
    return STATES[int(rows.state[at])]


def lasted(time_ns: int) -> str:
    """A time in at most 8 cells: `480 us`, `12.4 ms`, `3.20 s`, `2:31 min`, `5:07 h`."""
    if time_ns < 1_000_000:
        return f"{time_ns // 1000} us"
    if time_ns < 1_000_000_000:
        return f"{time_ns / 1e6:.1f} ms"
    seconds = time_ns / 1e9
    if seconds < 100:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02} min" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02} h"


def facts(
    rows: FlowRows,
    at: int,
    names: Sequence[str],
    glyphs: Glyphs,
    labels: Labels | None = None,
    owner: Owner | None = None,
    places: str = "",
) -> list[list[Piece]]:
    """What is known of one flow beyond its line."""
    flows = rows.flows
    source, target = ends(flows, at)
    state = state_of(rows, at)
    about = f"{source} port {int(flows.sport[at])} {glyphs.arrow} {target} port {int(flows.dport[at])}"
    named = printable(", ".join(names), 200) if names else "no name was seen"
    counts = [
        f"{glyphs.up} {scaled(float(flows.packets[side, at]))} packets {octets(float(flows.bytes[side, at])).strip()}"
        for side in (0, 1)
    ]
    counts[1] = glyphs.down + counts[1].removeprefix(glyphs.up)
    parts = [f"began {clock(int(flows.first_ns[at]))}", *counts]
    parts.append("TTL " + " / ".join(str(int(t)) if t else "-" for t in flows.ttl[:, at]))
    tcp = int(flows.ip_proto[at]) == _TCP
    lines: list[list[Piece]] = [
        [(" ", ""), (about, "bright"), (f"   {state}: {_WORDS[state]}" if tcp else "", "text"),
         ("   ended" if rows.ended[at] else "", "dim"), ("   ", ""), label_of(labels, int(flows.flow[at]), 40)],
        [(" names  ", "dim"), (named, "text" if names else "dim"),
         *([("   process  ", "dim"), (printable(owner.words), "text")] if owner else []),
         *([("   places  ", "dim"), (places, "text")] if places else [])],
        [(" ", ""), ("   ".join(parts), "text")],
    ]  # fmt: skip
    lines.append(_tcp_facts(rows, at) if tcp else [])
    return lines


def _tcp_facts(rows: FlowRows, at: int) -> list[Piece]:
    """What went wrong comes first: it is not to be cut in a narrow terminal."""
    flows = rows.flows
    trips = [("handshake", int(flows.rtt_ns[at])), ("last out", int(flows.live_rtt_ns[1, at]))]
    trips.append(("last back", int(flows.live_rtt_ns[0, at])))
    words = ("resent", "out of order", "duplicate ACK", "zero window", "lost before capture")
    counts = zip(flows.events[: len(words), at].tolist(), words, strict=True)
    pieces: list[Piece] = [(f" {count:,} {word}  ", "amber") for count, word in counts if count]
    pieces += [(" RTT ", "dim"), (", ".join(f"{name} {lasted(ns)}" for name, ns in trips if ns) or "unknown", "text")]
    return [*pieces, ("   history ", "dim"), (history_text(int(flows.history[at])) or "-", "text")]


def process_rank(rows: FlowRows, owners: Owners) -> NDArray[np.int64]:
    """The place of each flow's process in the alphabet; unknown ones come last."""
    names = sorted({owner.label for owner in owners.known}, key=str.casefold)
    rank = {name: place for place, name in enumerate(names)}
    ranks = np.array([rank[owner.label] for owner in owners.known] + [len(names)], np.int64)
    return ranks[owners.of(rows.flows.flow)]
