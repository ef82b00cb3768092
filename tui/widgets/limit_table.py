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
_VALUE, _UNIT, _LIMIT = 7, 12, 7
_MEASURE = _VALUE + 1 + _UNIT + 1 + _LIMIT
_TIMES = 1.995
"""Shares from which on it is told how many times the limit is passed: nobody counts in hundreds of per cent."""
_UNITLESS = frozenset({"score", "distance"})
"""Names of measures rather than of what is counted: a person says them before the number."""


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
        cells = _cells(width)
        share = fit("Of its limit" if width >= _WIDE else "Of limit", cells + 5)
        return [(f" {'Rule':<{_RULE}} {share} {'Now':>{_VALUE}} {'':<{_UNIT}} {'Limit':>{_LIMIT}}  Whose", "dim")]

    def lines(self, start: int, stop: int, width: int) -> Sequence[list[Piece]]:
        return [self._line(near, width) for near in self.measures[start:stop]]

    def _line(self, near: Near, width: int) -> list[Piece]:
        cells, share = _cells(width), near.share
        ink = "red" if share >= 1 else "amber" if share >= CLOSE else "accent"
        # a limit that is passed but held back by its other condition is never drawn as an alert
        idle = "dim" if share <= 0 else "text"
        left = max(0, width - (1 + _RULE + 1 + cells + 5 + 1 + _MEASURE + 2))
        whose = near.subject + (f" {self._glyphs.between} {near.gate}" if near.gate else "")
        return [
            (f" {fit(near.rule, _RULE)} ", idle),
            (bar(self._glyphs, min(share, 1.0), 1.0, cells), ink),
            (f"{_percent(share):>5} ", idle),
            (f"{_columns(near)}  ", idle),
            (fit(printable(whose), left), "bright" if near.subject else "dim"),
        ]


def facts(near: Near) -> list[list[Piece]]:
    """What the chosen line means, and how its limit is changed."""
    rule = RULES.get(near.rule)
    title = rule.title if rule else near.rule
    lines: list[list[Piece]] = [[(f" {title}", "bright"), (f"   {printable(near.subject)}", "text")]]
    if not near.setting:
        return [*lines, [(" alerts on one sighting; there is no limit to set", "dim")]]
    lines.append([(f" {measure(near)}: {_way(near.share)}", "text")])
    if near.gate:
        lines.append([(f" held back: {near.gate}", "amber")])
    return [*lines, [(" to change it: ", "dim"), (setting(near), "key"), ("   y copies", "dim")]]


def setting(near: Near) -> str:
    """The option that says what holds now, to be edited."""
    return f"--set {near.setting}={near.limit:g}" if near.setting else ""


def measure(near: Near) -> str:
    """`8 ports, limit 15`."""
    if not near.setting:
        return "one sighting is enough"
    value, unit, limit = _parts(near)
    words = f"{unit} {value}" if unit in _UNITLESS else f"{value} {unit}"
    return f"{words}, limit {limit}"


def _columns(near: Near) -> str:
    """The same in columns that stay where they are, whatever is measured."""
    if not near.setting:
        return fit(measure(near), _MEASURE)
    value, unit, limit = _parts(near)
    return f"{value:>{_VALUE}} {fit(unit, _UNIT)} {limit:>{_LIMIT}}"


def _parts(near: Near) -> tuple[str, str, str]:
    """What is measured, in what, and the limit of it."""
    if near.unit == "bytes":
        value, unit = octets(near.value).split()
        return value, unit, octets(near.limit).strip()
    return _short(near.value), near.unit, _short(near.limit)


def _short(value: float) -> str:
    if value >= 100_000:
        return scaled(value)
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def _way(share: float) -> str:
    """How far it is, as one would say it."""
    if share < 1:
        return f"{_percent(share).strip()} of the way to an alert"
    past = "past its limit" if share > 1 else "at its limit"
    return f"{_times(share)} times its limit" if share >= _TIMES else past


def _percent(share: float) -> str:
    """In five cells at most: `53%`, and what is far beyond the limit as `48x`."""
    return f"{_times(share)}x" if share >= _TIMES else f"{share:.0%}"


def _times(share: float) -> str:
    return ">999" if share >= 999.5 else f"{share:.0f}" if share >= 9.95 else f"{share:.1f}"


def _cells(width: int) -> int:
    """Of the bar."""
    return 20 if width >= _WIDE else 4
