"""Lines of the anomalies screen: the strangest flows first, each with its score and the features that made it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from tui.core.flow.order import ends
from tui.core.judged import Ranking, Reason
from tui.core.protocols import NAMES
from tui.core.text import fit, middle
from tui.widgets.glyphs import Glyphs, bar
from tui.widgets.ink import Piece
from tui.widgets.numbers import octets, scaled
from tui.widgets.themes import family

HIGH, SOME = 0.7, 0.6
"""Scores from which on a flow is drawn as strange, or as somewhat strange. An isolation forest gives about one half
to what is usual (Liu, Ting and Zhou 2008, section 2)."""
_BAR = 6
_NARROW, _WIDE = 100, 150
"""Widths from which on a bar, packets and bytes, and more than the first reason, have room."""


class AnomalyLines:
    """A TableSource over a ranking."""

    def __init__(self, ranking: Ranking, glyphs: Glyphs) -> None:
        self.ranking = ranking
        self._glyphs = glyphs
        self._flows = [int(flow) for flow in ranking.flows.flow[ranking.order]]
        self._places = {flow: at for at, flow in enumerate(self._flows)}

    def __len__(self) -> int:
        return len(self._flows)

    def identity(self, place: int) -> Hashable:
        return self._flows[place]

    def place(self, identity: Hashable) -> int:
        return self._places.get(identity, -1) if isinstance(identity, int) else -1

    def header(self, width: int) -> list[Piece]:
        amounts = "Packets    Bytes  " if width >= _NARROW else ""
        end = _end_cells(width)
        heads = f" Score  {_gap(width)}{'Proto':<8}{'Source':<{end}} {'Destination':<{end}} {amounts}Why"
        return [(heads, "dim")]

    def lines(self, start: int, stop: int, width: int) -> Sequence[list[Piece]]:
        return [self._line(place, width) for place in range(start, min(stop, len(self)))]

    def _line(self, place: int, width: int) -> list[Piece]:
        ranking = self.ranking
        at = int(ranking.order[place])
        flows, score = ranking.flows, float(ranking.scores[at])
        protocol = NAMES[int(flows.protocol[at])]
        cells = _end_cells(width)
        source, target = (
            _with_port(address, int(port[at]), cells)
            for address, port in zip(ends(flows, at), (flows.sport, flows.dport), strict=True)
        )
        amounts = ""
        if width >= _NARROW:
            packets, volume = (float(field[:, at].sum()) for field in (flows.packets, flows.bytes))
            amounts = f"{scaled(packets):>7} {octets(volume):>8}  "
        ink = ink_of(score)
        shown = ranking.reasons[place][: 3 if width >= _WIDE else 1]
        return [
            (f" {score:.3f}  ", f"{ink} bold"),
            (bar(self._glyphs, score, 1.0, _BAR) + " " if width >= _NARROW else "", ink),
            (f"{fit(protocol, 8)}", f"proto--{family(protocol)}"),
            (f"{source} {target} ", "text"),
            (amounts, "dim"),
            ("  ".join(in_short(reason) for reason in shown), "text"),
        ]


def _gap(width: int) -> str:
    """Where the bar of the score stands, if there is room for it."""
    return " " * (_BAR + 1) if width >= _NARROW else ""


def ink_of(score: float) -> str:
    """The ink of a score; the number beside it says the same."""
    return "red" if score >= HIGH else "amber" if score >= SOME else "text"


def _end_cells(width: int) -> int:
    """Cells of an address with its port: the reasons have what is left."""
    return 17 if width < _NARROW else 22 if width < _WIDE else 28


def _with_port(address: str, port: int, cells: int) -> str:
    tail = f":{port}" if port else ""
    return fit(middle(address, max(1, cells - len(tail))).rstrip() + tail, cells)


def in_short(reason: Reason) -> str:
    """`packets_per_s 1,200 +12.4`: the feature, its value, and how far that is from the usual."""
    return f"{reason.feature} {amount(reason.value)} {reason.deviation:+.1f}"


def amount(value: float) -> str:
    """A feature's value: whole where it is large, four digits where it is small."""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"


def facts(ranking: Ranking, place: int, glyphs: Glyphs) -> list[list[Piece]]:
    """What made the score of one flow."""
    at = int(ranking.order[place])
    source, target = ends(ranking.flows, at)
    about = f"{source} port {int(ranking.flows.sport[at])} {glyphs.arrow} {target} port {int(ranking.flows.dport[at])}"
    lines: list[list[Piece]] = [[(f" {about}", "bright"), (f"   score {float(ranking.scores[at]):.3f}", "text")]]
    for reason in ranking.reasons[place]:
        side = "above" if reason.deviation > 0 else "below"
        lines.append([
            (f" {reason.feature:<18}", "dim"),
            (f"{amount(reason.value):>14}", "bright"),
            (f"   usual {amount(reason.usual)}; {abs(reason.deviation):.1f} deviations {side} it", "text"),
        ])  # fmt: skip
    return lines
