"""Judge: what a person decides about incidents, how it is taken back, and what of it outlives the run."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import partial

from tui.core.alert.alerts import SECOND_NS, Acknowledgement, Finding, Status
from tui.core.alert.decisions import ACKNOWLEDGED_NS, Decisions
from tui.core.alert.incidents import Incident
from tui.core.alert.silence import Silence
from tui.core.alert.suppress import SCOPES, Suppression
from tui.errors import UsageError


class Judge:
    """Writes to the silence and to the incidents of one alert log. Times are packet time in ns since 1970."""

    def __init__(self, silence: Silence, incidents: Mapping[str, Incident]) -> None:
        """`incidents`: those that the log holds now, by their id."""
        self._silence = silence
        self._incidents = incidents
        self._acknowledged: dict[Hashable, Acknowledgement] = {}
        """By key, so that what comes again tomorrow, or after a restart, still counts as seen."""
        self._undo: list[Callable[[], None]] = []
        """What takes each decision back, oldest first."""

    def acknowledge(self, incident: Incident, by: str, at_ns: int, note: str) -> None:
        """The incident stays visible, but no longer asks for attention."""
        seen = Acknowledgement(by, at_ns, note, until_ns=at_ns + ACKNOWLEDGED_NS)
        unmark = _mark(incident, Status.ACKNOWLEDGED, seen)
        keys = incident.best.keys
        self._acknowledged.update(dict.fromkeys(keys, seen))

        def back() -> None:
            unmark()
            for key in keys:
                self._acknowledged.pop(key, None)

        self._undo.append(back)

    def mute(self, incident: Incident, scope: str, by: str, at_ns: int, duration_s: int | None) -> Suppression:
        """Silence what is like the incident, as far as the scope goes, for a time; None is for good."""
        if scope not in SCOPES:
            raise UsageError(f"no such scope: {scope}", "one of " + ", ".join(SCOPES))
        until_ns = None if duration_s is None else at_ns + duration_s * SECOND_NS
        muted = Suppression.like(incident.best, scope, f"muted by {by}", until_ns)
        unmark = _mark(incident, Status.MUTED, Acknowledgement(by, at_ns, "", scope, until_ns))
        self._silence.suppressions.append(muted)

        def back() -> None:
            unmark()
            self._silence.suppressions.remove(muted)

        self._undo.append(back)
        return muted

    def learn(self, incident: Incident, by: str, at_ns: int) -> tuple[Hashable, ...]:
        """The incident's keys are normal from now on. Returns the keys that were new."""
        new = tuple(sorted(set(incident.best.keys) - self._silence.learned, key=repr))
        unmark = _mark(incident, Status.MUTED, Acknowledgement(by, at_ns, "learned as normal", "learned"))
        self._silence.learned.update(new)

        def back() -> None:
            unmark()
            self._silence.learned.difference_update(new)

        self._undo.append(back)
        return new

    def undo(self) -> bool:
        """Take the last decision back; False where there is none."""
        if not self._undo:
            return False
        self._undo.pop()()
        return True

    def acknowledgement(self, finding: Finding) -> Acknowledgement | None:
        """That of an earlier incident with the same key, while it is in force."""
        for key in finding.keys:
            seen = self._acknowledged.get(key)
            if seen and (seen.until_ns or 0) > finding.last_ns:
                return seen
        return None

    def decisions(self, now_ns: int) -> Decisions:
        """What is to be remembered in the next run: all that is still in force."""
        return Decisions(
            tuple(s for s in self._silence.in_force(now_ns) if not s.given),
            tuple(sorted(self._silence.learned, key=repr)),
            tuple((k, how) for k, how in self._acknowledged.items() if (how.until_ns or 0) > now_ns),
        )

    def restore(self, decisions: Decisions) -> None:
        """Take over what was decided in an earlier run; it can be undone like new decisions."""
        for muted in decisions.muted:
            self._silence.suppressions.append(muted)
            self._undo.append(partial(self._silence.suppressions.remove, muted))
        for key in decisions.learned:
            self._silence.learned.add(key)
            self._undo.append(partial(self._silence.learned.discard, key))
        self._acknowledged.update(decisions.acknowledged)
        for seen in dict.fromkeys(how for _, how in decisions.acknowledged):
            self._undo.append(partial(self._unsee, seen))

    def _unsee(self, seen: Acknowledgement) -> None:
        """What was acknowledged in an earlier run asks for attention again."""
        for key in [key for key, how in self._acknowledged.items() if how == seen]:
            del self._acknowledged[key]
        for incident in self._incidents.values():
            if incident.acknowledgement == seen:
                incident.acknowledgement = None
                if incident.status is Status.ACKNOWLEDGED:
                    incident.status = Status.OPEN


def _mark(incident: Incident, status: Status, seen: Acknowledgement) -> Callable[[], None]:
    """Note on an incident what a person has decided; the returned call puts back what was noted before."""
    before = (incident.status, incident.acknowledgement)
    if incident.status is not Status.CLOSED:
        incident.status = status
    incident.acknowledgement = seen

    def back() -> None:
        incident.status, incident.acknowledgement = before

    return back
