"""Two charts of who and how: flows by their rates and scores, and bytes between pairs of hosts."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tui.core.features import features
from tui.core.judged import Ranking
from tui.core.snapshot import Talker
from tui.core.text import fit, middle, printable
from tui.core.window import Window
from tui.widgets import chart
from tui.widgets.anomaly_table import HIGH, SOME
from tui.widgets.glyphs import ASCII, Glyphs
from tui.widgets.ink import Piece
from tui.widgets.numbers import octets, scaled

Line = list[Piece]
Numbers = NDArray[np.float64]
_LABEL = 7
"""Cells left of a chart."""
NO_RATE = 0.1
"""Where a flow without a rate is drawn: one packet has none, and a logarithm no 0."""
_INKS = ("dim", "amber", "red")
SHADES, PLAIN_SHADES = "░▒▓█", ".:*#"
_HOST, _CELL = 24, 3


def scatter(ranking: Ranking | None, window: Window | None, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Each flow as a point, bytes/s to the right, packets/s up, both as powers of ten; the strange ones on top."""
    if ranking is None:
        return [[(" the flows are being scored, beside the capture", "dim")]]
    there = np.ones(len(ranking.flows), np.bool_)
    if window is not None:
        there = (ranking.flows.first_ns < window.end_ns) & (ranking.flows.last_ns >= window.start_ns)
    flows, scores = ranking.flows.select(there), ranking.scores[there]
    if not len(flows):
        return [[(" no flow yet", "dim")]]
    found = features(flows)
    across, up = (np.log10(np.maximum(found[name], NO_RATE)) for name in ("bytes_per_s", "packets_per_s"))
    marks = ".o#" if glyphs is ASCII else "·○●"
    level = np.searchsorted([SOME, HIGH], scores, side="right")
    clouds = [(across[level == i].tolist(), up[level == i].tolist(), mark) for i, mark in enumerate(marks)]
    head: Line = [(" ", "")]
    for i, words in enumerate((f"below {SOME}", f"from {SOME}", f"from {HIGH}")):
        head.append((f"{marks[i]} {words}: {int((level == i).sum()):,}   ", _INKS[i]))
    head.append((f"flows without a rate stand at {NO_RATE}", "dim"))
    lines = chart.points(clouds, _powers(across, width // 16), _powers(up, height // 3), width, height - 1)
    return [head, *(_marked(line, marks) for line in lines[:-1]), *([(line, "dim")] for line in lines[-1:])]


def _powers(logs: Numbers, most: int) -> chart.Axis:
    """An axis over powers of ten, with a label at some of them."""
    low, high = math.floor(float(logs.min())), max(math.ceil(float(logs.max())), math.floor(float(logs.min())) + 1)
    step = max(1, -(-(high - low) // max(1, most)))
    return chart.Axis(low, high, tuple((at, _amount(10.0**at).rjust(_LABEL - 1)) for at in range(low, high + 1, step)))


def _amount(value: float) -> str:
    return scaled(value).strip().replace(".0", "") if value >= 1 else f"{value:g}"


def _marked(line: str, marks: str) -> Line:
    """A line of the chart: its label, and each run of equal marks with their ink."""
    pieces: Line = [(line[:_LABEL], "dim")]
    for sign in line[_LABEL:]:
        ink = _INKS[marks.index(sign)] if sign in marks else ""
        if pieces[-1][1] == ink:
            pieces[-1] = (pieces[-1][0] + sign, ink)
        else:
            pieces.append((sign, ink))
    return pieces


def heat_map(pairs: Sequence[Talker], width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Bytes from the host of each row to that of each column; a shade is so many times what the one before it is."""
    traffic = sent(pairs)
    room = max(1, min(height - 2, (width - _HOST - 6) // _CELL))
    hosts = busiest(traffic)[:room]
    if not hosts:
        return [[(" nobody has spoken yet", "dim")]]
    shades = PLAIN_SHADES if glyphs is ASCII else SHADES
    amounts = [n for (a, b), n in traffic.items() if a in hosts and b in hosts and n]
    low, high = math.log10(min(amounts, default=1)), math.log10(max(amounts, default=1))
    step = max(1e-9, (high - low) / len(shades))
    head = "".join(f"{number:>{_CELL - 1}} " for number in range(1, len(hosts) + 1))
    lines: list[Line] = [[(f" {'sends to':>{_HOST + 3}}  {head}", "dim")]]
    for number, host in enumerate(hosts, start=1):
        line: Line = [(f" {number:>2} ", "dim"), (fit(middle(printable(host), _HOST), _HOST) + " ", "text")]
        for other in hosts:
            amount = traffic.get((host, other), 0)
            at = min(len(shades) - 1, int((math.log10(amount) - low) / step)) if amount else -1
            line.append((f"{(shades[at] if at >= 0 else ' ') * (_CELL - 1)} ", "accent"))
        lines.append(line)
    legend = [f"{shade} from {octets(10 ** (low + i * step)).strip()}" for i, shade in enumerate(shades)]
    return [*lines, [(" " + "   ".join(legend), "dim")]]


def sent(pairs: Sequence[Talker]) -> dict[tuple[str, str], int]:
    """Bytes from one host to another, both ways of each pair."""
    found: dict[tuple[str, str], int] = {}
    for pair in pairs:
        sides = pair.label.replace("<->", " ").replace("↔", " ").split()
        if len(sides) == 2:
            found[sides[0], sides[1]] = pair.sent_bytes
            found[sides[1], sides[0]] = pair.received_bytes
    return found


def busiest(traffic: dict[tuple[str, str], int]) -> list[str]:
    """Hosts by what they sent and received."""
    sums: dict[str, int] = {}
    for pair, amount in traffic.items():
        for host in pair:
            sums[host] = sums.get(host, 0) + amount
    return sorted(sums, key=lambda host: (-sums[host], host))
