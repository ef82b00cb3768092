"""Hushed: the findings that a decision has silenced lately, so that they do not come back under another rule.

One run of attempts may be found by two rules, `scan.vertical` and `scan.random`. Both findings share a key, a source
and a target. Who has muted the one rule does not want to hear of the same attempts from the other.
"""

from __future__ import annotations

from collections.abc import Hashable

from tui.core.alert.alerts import Finding

MOST = 4_096
"""Entries remembered. At the bound the oldest goes: another rule may then tell of the same attempts."""


class Hushed:
    """The last finding silenced of each (key, source, target), for its `quiet_s`: as long as an incident stays open."""

    def __init__(self) -> None:
        self._last: dict[tuple[Hashable, str | None, str | None], tuple[int, Finding]] = {}
        """The finding, and the last second in which it is remembered; in order of insertion."""

    def add(self, finding: Finding, second: int) -> None:
        """Remember a finding that was silenced in that second."""
        for key in finding.keys:
            where = (key, finding.src.ip, finding.dst.ip)
            self._last.pop(where, None)
            if len(self._last) >= MOST:
                del self._last[next(iter(self._last))]
            self._last[where] = (second + finding.quiet_s, finding)

    def covers(self, finding: Finding, second: int) -> bool:
        """Whether one with the same key, source and target was silenced that was at least as severe."""
        for key in finding.keys if self._last else ():
            until, silenced = self._last.get((key, finding.src.ip, finding.dst.ip), (-1, finding))
            if second <= until and finding.severity <= silenced.severity:
                return True
        return False

    def recent(self, second: int) -> list[Finding]:
        """The findings that are still remembered in that second, each once."""
        return list({id(finding): finding for until, finding in self._last.values() if second <= until}.values())
