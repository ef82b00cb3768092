"""How the packet list looks: columns, widths, times, colouring rules, places. What the settings say, put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tui.widgets.list_columns import DEFAULT, Layout, Times

INTERFACE, WIDEST_NAME = "interface", 18


class PlacedLike(Protocol):
    """Where an address is: `tui.dissect.places.Placed`."""

    @property
    def label(self) -> str: ...

    @property
    def words(self) -> str: ...


PlaceOf = Callable[[str], PlacedLike]
INKS = {"bad": "red", "warn": "amber", "good": "good", "accent": "accent", "bright": "bright", "dim": "dim"}
"""From the styles of the settings to the inks of the screen."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Packets that a display filter picks are written in an ink, with a letter before them."""

    filter: str
    ink: str
    letter: str


@dataclass(frozen=True, slots=True)
class Looks:
    """What the settings say of the list; the layout is shared by all sessions of a run."""

    layout: Layout = field(default_factory=Layout)
    rules: Sequence[Rule] = ()
    place_of: PlaceOf | None = None
    """Where an address is, from files that were named."""


class RuleLike(Protocol):
    """A colouring rule of the settings: `tui.settings.model.ColorRule`."""

    @property
    def filter(self) -> str: ...

    @property
    def style(self) -> str: ...

    @property
    def letter(self) -> str: ...


class Chosen(Protocol):
    """What the settings say of the list: `tui.settings.model.Settings`."""

    @property
    def list_columns(self) -> tuple[str, ...]: ...

    @property
    def list_widths(self) -> tuple[tuple[str, int], ...]: ...

    @property
    def list_time(self) -> str: ...

    @property
    def color(self) -> Sequence[RuleLike]: ...

    @property
    def geoip(self) -> tuple[Path, ...]: ...


def looks_of(chosen: Chosen, interfaces: Sequence[str] = ()) -> Looks:
    """Of several interfaces, or machines, each row says where it was captured, unless columns were chosen."""
    columns, widths = chosen.list_columns or DEFAULT, dict(chosen.list_widths)
    if len(interfaces) > 1 and not chosen.list_columns:
        columns = ("number", "time", INTERFACE, *DEFAULT[2:])
        widths.setdefault(INTERFACE, min(WIDEST_NAME, max(len(name) for name in interfaces)))
    layout = Layout(columns, widths, Times(chosen.list_time))
    rules = tuple(Rule(rule.filter, INKS[rule.style], rule.letter) for rule in chosen.color)
    if not chosen.geoip:
        return Looks(layout, rules)
    from tui.dissect.places import Places

    return Looks(layout, rules, Places(chosen.geoip).of)
