"""Knowledge: what is usual where this run looks, how that is learned, and what the next run may begin with."""

from __future__ import annotations

from tui.core.baseline import Baseline
from tui.detectors.learner import Learner
from tui.detectors.moment import Moment
from tui.detectors.part import Part

RENEW_S = 3_600
"""What is known is renewed so often, and at the end, by what has passed in peace since the start."""


class Knowledge:
    """Shown what the detectors are shown; `advance` is called whether or not that went well."""

    def __init__(self, known: Baseline | None, learner: Learner | None, learn_s: float, *, renews: bool) -> None:
        """`known`: from an earlier run. Without it, `learner` learns for the first `learn_s` seconds; 0: never.

        `renews`: what is known is for the next run too, and `kept` follows what passes.
        """
        self.baseline = known
        """What this run is judged by."""
        self.kept: Baseline | None = None
        """What the next run may begin with; another object whenever there is something new to it."""
        self.learning = learn_s > 0 and known is None
        self._learn_s = learn_s
        self._renews = renews
        self._renew_at = RENEW_S
        self._learner = learner if self.learning else self._renewal()
        """Of what is usual, while that is learned; then of what renews it."""

    @property
    def learned(self) -> Baseline | None:
        """The baseline in use, or what was learned so far."""
        return self._learner.baseline if self.learning and self._learner is not None else self.baseline

    def progress(self, age_s: int) -> float | None:
        """How much of the learning is done after so long, 0 to 1; None when there is none, or it has ended."""
        return min(1.0, age_s / self._learn_s) if self.learning else None

    def observe(self, part: Part) -> None:
        """Packets of the second at hand."""
        if self._learner is not None:
            self._learner.observe(part)

    def decide(self, moment: Moment, disturbed: bool) -> None:
        """The second is over. `disturbed`: an incident is held or open, so nothing of it is normal."""
        if self._learner is not None:
            self._learner.decide(moment, disturbed)

    def advance(self, age_s: int) -> None:
        """The capture has lasted so long: end the learning, or renew what is known, when it is time."""
        if self.learning and age_s >= self._learn_s:
            self.baseline = self.kept = self.learned
            self.learning = False
            self._learner = self._renewal()
        elif age_s >= self._renew_at:
            self._renew_at = age_s + RENEW_S
            self.renew()

    def renew(self) -> None:
        """Keep what has passed, where there is enough of it; this run is judged by what was known at its start."""
        if self.learning or self._learner is None or self.baseline is None:
            return
        passed = self._learner.baseline
        if not passed.provisional:
            self.kept = self.baseline.renewed(passed)

    def _renewal(self) -> Learner | None:
        return Learner() if self._renews and self.baseline is not None else None
