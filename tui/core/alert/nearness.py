"""Nearness: how much a rule has seen of what it alerts on, so that limits can be set by looking."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Near:
    """The highest measure of one rule now, and whose it is."""

    rule: str
    value: float
    limit: float
    unit: str
    subject: str = ""
    """Whose measure it is; empty where nothing is measured now."""
    gate: str = ""
    """A second condition that is not met: with it the limit alone does not alert."""
    gate_share: float = 1.0
    """How far that condition is met, 0 to 1."""
    setting: str = ""
    """What `--set` calls the limit; empty where one sighting is enough."""

    @property
    def share(self) -> float:
        """Of the way to an alert: 1 is there."""
        if self.limit <= 0:
            return 0.0
        return max(0.0, min(self.value / self.limit, self.gate_share if self.gate else float("inf")))


def highest(found: Iterable[Near]) -> dict[str, Near]:
    """Of each rule the nearest; what measures nothing is left out."""
    best: dict[str, Near] = {}
    for near in found:
        if near.value > 0 and (near.rule not in best or near.share > best[near.rule].share):
            best[near.rule] = near
    return best
