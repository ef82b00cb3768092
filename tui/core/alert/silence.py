"""Silence: what a person does not want to hear of, and what it has held back."""

from __future__ import annotations

from collections.abc import Hashable

from tui.core.alert.alerts import Finding
from tui.core.alert.hushed import Hushed
from tui.core.alert.suppress import Suppression


class Silence:
    """Suppressions, and keys that were called normal. Each finding that is held back is counted."""

    def __init__(self) -> None:
        self.suppressions: list[Suppression] = []
        """What was allowed by options and settings, and what was muted; the first that matches counts the finding."""
        self.learned: set[Hashable] = set()
        """Keys of findings that a person called normal."""
        self._learned_hits = 0
        self._hushed = Hushed()

    def holds_back(self, finding: Finding, second: int) -> bool:
        """Whether a person has decided about this finding; it is counted and remembered then."""
        if not self._is_decided(finding):
            return False
        self._hushed.add(finding, second)
        return True

    def covers(self, finding: Finding, second: int) -> bool:
        """Whether the same was held back lately under another rule; see `Hushed`."""
        return self._hushed.covers(finding, second)

    def forget_lately(self, second: int) -> list[Finding]:
        """Forget what was held back lately, and return it, for the caller to report anew."""
        silenced, self._hushed = self._hushed.recent(second), Hushed()
        return silenced

    def in_force(self, now_ns: int) -> list[Suppression]:
        """The suppressions that have not run out."""
        return [s for s in self.suppressions if s.until_ns is None or s.until_ns > now_ns]

    def counts(self, now_ns: int) -> tuple[int, int]:
        """(suppressions in force and keys called normal, findings that were held back so far)."""
        hits = sum(s.hits for s in self.suppressions) + self._learned_hits
        return len(self.in_force(now_ns)) + len(self.learned), hits

    def _is_decided(self, finding: Finding) -> bool:
        if not self.learned.isdisjoint(finding.keys):
            self._learned_hits += 1
            return True
        for suppression in self.suppressions:
            if suppression.matches(finding, finding.last_ns):
                suppression.hits += 1
                return True
        return False
