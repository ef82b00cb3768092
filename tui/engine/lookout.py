"""Lookout: the detectors of a session, shown its packets second by second; whoever wants to hears of their alerts."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from tui.core.alert.alerts import Alert
from tui.core.alert.decisions import Decisions
from tui.core.alert.log import AlertLog
from tui.core.alert.nearness import Near
from tui.core.alert.windowed import Told
from tui.core.baseline import Baseline
from tui.core.columns import Columns
from tui.core.frames import Frames
from tui.core.names import NameEvent
from tui.errors import NettuiError

EMPTY_SECONDS = 120
"""Silent seconds decided one by one; a longer silence is decided at its end only."""

logger = logging.getLogger(__name__)


class Detectors(Protocol):
    """What watches for trouble; `tui.detectors.registry.DetectorSet` is the one that ships."""

    log: AlertLog

    @property
    def learned(self) -> Baseline | None:
        """The baseline in use, or what was learned so far."""

    @property
    def kept(self) -> Baseline | None:
        """What the next run may begin with; another object whenever there is something new to it."""

    @property
    def learning(self) -> float | None:
        """How much of the learning is done; None when there is none, or it has ended."""

    def near(self) -> tuple[Near, ...]:
        """How near each rule is to its limit."""

    def observe(self, columns: Columns, frames: Frames, first_sequence: int, names: Sequence[NameEvent]) -> None:
        """Packets of one second, or a part of one; `NameEvent.row` counts within them."""

    def decide(self, second: int) -> None:
        """All packets before `second` (since the epoch) have been observed."""

    def finish(self, last_ns: int) -> None:
        """No packet will come any more."""

    def ease(self, sample: int) -> None:
        """Of the bulk packets of a busy second, look at every `sample`-th."""


class Lookout:
    """A failure of the detectors switches them off and is said; everything else goes on."""

    def __init__(self, detectors: Detectors | None) -> None:
        self.detectors = detectors
        self.listeners: list[Callable[[Alert], None]] = []
        """Told of each alert as it happens, by the thread that writes."""
        self.on_decision: Callable[[Decisions], None] | None = None
        """Told of what is to be remembered, after each decision of a person."""
        self.on_learned: Callable[[Baseline], None] | None = None
        """Told what was learned, when the learning at the start has ended; then of each renewal."""
        self.warnings: tuple[str, ...] = ()
        self._told = 0
        self._kept: Baseline | None = None
        self._failed = False

    def show(self, columns: Columns, frames: Frames, first_sequence: int, names: Sequence[NameEvent]) -> None:
        """Packets of one second, or a part of one."""
        self._guarded(lambda watch: watch.observe(columns, frames, first_sequence, names))

    def decide(self, last: int, second: int) -> None:
        """The clock went from the second `last` to `second`: what lies between may be decided."""
        first = second if second - last > EMPTY_SECONDS else last + 1

        def decide(watch: Detectors) -> None:
            for due in range(first, second + 1):
                watch.decide(due)

        self._guarded(decide)
        self._tell()
        self._keep_learned()

    def finish(self, last_ns: int) -> None:
        """No packet will come any more."""
        self._guarded(lambda watch: watch.finish(last_ns))
        self._tell()
        self._keep_learned()

    def ease(self, sample: int) -> None:
        """Of the bulk packets of a busy second, look at every `sample`-th."""
        self._guarded(lambda watch: watch.ease(sample))

    @property
    def learning(self) -> float | None:
        """How much of the learning is done; None when there is none, or it has ended."""
        return self.detectors.learning if self.detectors else None

    def near(self) -> list[Near]:
        """How near each rule is to its limit now, the nearest first; none while there are no detectors."""
        return list(self.detectors.near()) if self.detectors and not self._failed else []

    def told(self, since: int, limit: int) -> Told:
        """What was told after the first `since` events, the newest of it; nothing while there are no detectors."""
        if self.detectors is None:
            return Told(0)
        log = self.detectors.log
        return Told(log.total, log.since(max(since, log.total - limit)), log.decided())

    def act(self, act: Callable[[AlertLog], object]) -> None:
        """Acknowledge, mute, learn or undo; what is no longer there is left as it is."""
        if self.detectors is None:
            return
        try:
            act(self.detectors.log)
        except NettuiError as error:
            logger.info("no decision: %s", error.message)
        else:
            if self.on_decision:
                self.on_decision(self.detectors.log.decisions)

    def _keep_learned(self) -> None:
        kept = self.detectors.kept if self.detectors else None
        if kept is not None and kept is not self._kept:
            self._kept = kept
            if self.on_learned:
                self.on_learned(kept)

    def _tell(self) -> None:
        """Pass new alerts on; a listener that fails is dropped, and that is said."""
        if self.detectors is None or self.detectors.log.total == self._told:
            return
        alerts, self._told = self.detectors.log.since(self._told), self.detectors.log.total
        for listener in tuple(self.listeners):
            try:
                for alert in alerts:
                    listener(alert)
            except Exception as error:
                logger.exception("an alert could not be passed on")
                self.listeners.remove(listener)
                self.warnings = (*self.warnings, f"alerts are no longer passed on: {error}")

    def _guarded(self, act: Callable[[Detectors], None]) -> None:
        if self.detectors is None or self._failed:
            return
        try:
            act(self.detectors)
        except Exception as error:
            logger.exception("detectors failed")
            self._failed = True
            self.warnings = (*self.warnings, f"detectors off: {type(error).__name__}")
