"""Moment: what every detector is given at the end of a second; and the class that detectors derive from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tui.core.alert.alerts import SECOND_NS, Finding
from tui.core.alert.nearness import Near
from tui.core.baseline import Baseline
from tui.core.names import NameEvent
from tui.detectors.outcomes import Results
from tui.detectors.part import Part

CLOSEST = 8
"""Of a table of things that are costly to judge, so many of the fullest are."""


@dataclass(frozen=True, slots=True)
class Link:
    """How the interface itself is: what a file cannot tell."""

    down: bool = False
    """No carrier, or the interface is gone: nothing can arrive."""
    lost: int = 0
    """Packets that interface and kernel have dropped since the capture began."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The end of `second`: all its packets were shown."""

    second: int
    first_ns: int
    """Time of the first packet of the capture."""
    results: Results
    packets: int
    bytes: int
    """Of this second, exact."""
    sampled: int
    """1:n of the bulk packets of this second were looked at."""
    known: Baseline | None = None
    """What was learned before; None where nothing is known, as in a file without a baseline."""
    learning: bool = False
    """What is met now is taken as known: nothing may alert because it is new."""
    ended: bool = False
    """No packet will come any more."""
    link: Link | None = None
    """None where there is no interface: in a file."""

    @property
    def now_ns(self) -> int:
        return (self.second + 1) * SECOND_NS

    @property
    def age_s(self) -> int:
        """Whole seconds since the capture began, this one included."""
        return self.second - self.first_ns // SECOND_NS + 1


class Detector:
    """One family of rules. Everything it keeps is bounded; it decides at the end of each second only."""

    rules: tuple[str, ...] = ()

    def observe(self, part: Part) -> None:
        """Packets of the second at hand, in order; a busy second comes in several parts."""

    def named(self, events: Sequence[NameEvent]) -> None:
        """Names that packets of this second carried; `row` is the number of the packet."""

    def decide(self, moment: Moment) -> Iterable[Finding]:
        """The second is over: what is to be told."""
        return ()

    @property
    def idle(self) -> bool:
        """Whether a second without packets, and in which no attempt was decided, leaves everything as it is."""
        return False

    def near(self) -> Iterable[Near]:
        """How near its measures are to their limits, asked between two seconds; a few of the highest are enough."""
        return ()
