"""Lines of the limits screen: of each rule how far it is on the way to an alert, the nearest first."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from tui.core.alert.nearness import Near
from tui.core.alert.rules import RULES
from tui.core.text import fit, printable
from tui.widgets.glyphs import Glyphs, bar
from tui.widgets.ink import Piece
from tui.widgets.numbers import octets, scaled

CLOSE = 0.7
"""Shares from which on a limit is drawn as near."""
_WIDE = 100
_RULE = 21


class LimitLines:
    """A TableSource over the measures of all rules, in their order."""

    def __init__(self, measures: Sequence[Near], glyphs: Glyphs) -> None:
        self.measures = tuple(measures)
        self._glyphs = glyphs
        self._places = {near.rule: at for at, near in enumerate(self.measures)}

    def __len__(self) -> int:
        return len(self.measures)

    def identity(self, place: int) -> Hashable:
        return self.measures[place].rule

    def place(self, identity: Hashable) -> int:
        return self._places.get(identity, -1) if isinstance(identity, str) else -1

    def header(self, width: int) -> list[Piece]:
        cells, words = _cells(width)
        return [(f" {'Rule':<{_RULE}} {'Of its limit':<{cells + 5}} {'Measure':<{words}} Whose", "dim")]

    def lines(self, start: int, stop: int, width: int) -> Sequence[list[Piece]]:
        return [self._line(near, width) for near in self.measures[start:stop]]

    def _line(self, near: Near, width: int) -> list[Piece]:
        (cells, words), share = _cells(width), near.share
        ink = "red" if share >= 1 else "amber" if share >= CLOSE else "accent"
        # a limit that is passed but held back by its other condition is never drawn as an alert
        idle = "dim" if share <= 0 else "text"
        left = max(0, width - (1 + _RULE + 1 + cells + 5 + 1 + words + 1))
        whose = near.subject + (f" {self._glyphs.between} {near.gate}" if near.gate else "")
        return [
            (f" {fit(near.rule, _RULE)} ", idle),
            (bar(self._glyphs, min(share, 1.0), 1.0, cells), ink),
            (f"{_percent(share):>5} ", idle),
            (f"{fit(measure(near), words)} ", idle),
            (fit(printable(whose), left), "bright" if near.subject else "dim"),
        ]


def facts(near: Near) -> list[list[Piece]]:
    """What the chosen line means, and how its limit is changed."""
    rule = RULES.get(near.rule)
    title = rule.title if rule else near.rule
    lines: list[list[Piece]] = [[(f" {title}", "bright"), (f"   {printable(near.subject)}", "text")]]
    if not near.setting:
        return [*lines, [(" alerts on one sighting; there is no limit to set", "dim")]]
    lines.append([(f" {measure(near)}: {_percent(near.share)} of the way to an alert", "text")])
    if near.gate:
        lines.append([(f" held back: {near.gate}", "amber")])
    return [*lines, [(" to change it: ", "dim"), (setting(near), "key"), ("   y copies", "dim")]]


def setting(near: Near) -> str:
    """The option that says what holds now, to be edited."""
    return f"--set {near.setting}={near.limit:g}" if near.setting else ""


def measure(near: Near) -> str:
    """`8 of 15 ports`."""
    if near.unit == "bytes":
        return f"{octets(near.value).strip()} of {octets(near.limit).strip()}"
    if not near.setting:
        return "one sighting is enough"
    return f"{_short(near.value)} of {_short(near.limit)} {near.unit}"


def _short(value: float) -> str:
    if value >= 100_000:
        return scaled(value).strip()
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def _percent(share: float) -> str:
    return ">999%" if share >= 9.995 else f"{share:.0%}"


def _cells(width: int) -> tuple[int, int]:
    """Of the bar, and of the measure in words."""
    return (20, 27) if width >= _WIDE else (7, 22)
