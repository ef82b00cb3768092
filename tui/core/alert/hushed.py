"""Hushed: what a decision has silenced lately: not to be told by another name, and told when it is taken back.

The attempts of one scan may be a vertical scan and a scan of many services at once. Both findings share a key, a
source and a target; who has muted the one does not want to hear of the other.
"""

from __future__ import annotations

from collections.abc import Hashable

from tui.core.alert.alerts import Finding

MOST = 4_096
"""Keys remembered; the oldest goes first, and is then told again."""


class Hushed:
    """The last finding silenced of each key, source and target, for as long as its incident would have been open."""

    def __init__(self) -> None:
        self._last: dict[tuple[Hashable, str | None, str | None], tuple[int, Finding]] = {}
        """With the last second of that time."""

    def add(self, finding: Finding, second: int) -> None:
        """This one was silenced in that second."""
        for key in finding.keys:
            where = (key, finding.src.ip, finding.dst.ip)
            self._last.pop(where, None)
            if len(self._last) >= MOST:
                del self._last[next(iter(self._last))]
            self._last[where] = (second + finding.quiet_s, finding)

    def covers(self, finding: Finding, second: int) -> bool:
        """Whether it is the same by another name, and no graver."""
        for key in finding.keys if self._last else ():
            until, silenced = self._last.get((key, finding.src.ip, finding.dst.ip), (-1, finding))
            if second <= until and finding.severity <= silenced.severity:
                return True
        return False

    def recent(self, second: int) -> list[Finding]:
        """The last of each that would still be open, had it been told."""
        return list({id(finding): finding for until, finding in self._last.values() if second <= until}.values())
