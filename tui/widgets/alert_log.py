"""The alerts: newest first, each with when, how bad, which rule, who, and the evidence in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from textual.message import Message

from tui.core.alert.alerts import Alert, Event, Severity, Status
from tui.core.text import fit, printable
from tui.widgets.ink import Canvas, Piece
from tui.widgets.numbers import clock

_WORDS = {Severity.INFO: "INFO", Severity.LOW: "LOW ", Severity.HIGH: "HIGH", Severity.CRITICAL: "CRIT"}
_SAID = {Status.OPEN: "over: ", Status.ACKNOWLEDGED: "seen: ", Status.MUTED: "muted: ", Status.CLOSED: "over: "}
_INKS = {Severity.INFO: "dim", Severity.LOW: "amber", Severity.HIGH: "red bold", Severity.CRITICAL: "red bold"}
NONE = "none: no rule has found anything"

Keep = Callable[[Sequence[Alert]], Sequence[bool]]
"""Which of some alerts are shown."""


def _all(alerts: Sequence[Alert]) -> Sequence[bool]:
    return [True] * len(alerts)


class AlertLog(Canvas, can_focus=True):
    """Incidents, one line each; Enter asks for the packets of the chosen one."""

    class Chosen(Message):
        def __init__(self, alert: Alert) -> None:
            super().__init__()
            self.alert = alert

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._all: Sequence[Alert] = ()
        self._alerts: Sequence[Alert] = ()
        self._chosen: str | None = None
        self._open = ""
        self._only = ""
        self._keep: Keep = _all
        self._none = NONE

    def show(
        self,
        alerts: Sequence[Alert],
        counts: Mapping[int, int],
        quiet: tuple[int, int] = (0, 0),
        learning: float | None = None,
        *,
        none: str = NONE,
    ) -> None:
        """The alerts, newest first; of each incident the last event stands for it. `none`: said where there is none.

        `quiet`: what was muted or learned as normal, and how many findings that has silenced. `learning`: how much of
        it is done; until then nothing alerts because it is new.
        """
        self._none = none
        latest: dict[str, Alert] = {}
        for alert in alerts:
            latest.setdefault(alert.incident_id, alert)
        self._all = tuple(latest.values())
        between = self.glyphs.between
        learned = "" if learning is None else f" {between} learning {learning:.0%}"
        self._open = counts_text(counts, between) + quiet_text(quiet, between) + learned
        self._narrow()

    def narrow(self, text: str, keep: Keep) -> None:
        """Show only the alerts that `keep` picks, of these and of those to come; the title says by which filter.

        The counts stay those of all: no alert is ever hidden without a word.
        """
        self._only, self._keep = text, keep if text else _all
        self._narrow()

    @property
    def only(self) -> str:
        """The filter of these alerts; empty where all are shown."""
        return self._only

    def _narrow(self) -> None:
        picked = self._keep(self._all)
        self._alerts = tuple(alert for alert, yes in zip(self._all, picked, strict=True) if yes)
        shown = (
            f"{len(self._alerts):,} of {len(self._all):,}: {self._only} {self.glyphs.between} " if self._only else ""
        )
        self.title("alerts", shown + self._open)
        self.redraw()

    def on_mount(self) -> None:
        self.show((), {})

    def move(self, by: int) -> None:
        if self._alerts:
            at = max(0, min(len(self._alerts) - 1, self._at() + by))
            self._chosen = self._alerts[at].incident_id
        self.redraw()

    @property
    def chosen(self) -> Alert | None:
        """The incident that keys act on."""
        return self._alerts[self._at()] if self._alerts else None

    def choose(self) -> None:
        if self.chosen is not None:
            self.post_message(self.Chosen(self.chosen))

    def on_focus(self) -> None:
        self.redraw()

    def on_blur(self) -> None:
        self.redraw()

    def on_click(self, event: object) -> None:
        y = int(getattr(event, "y", 0)) - 1 + self._top(self.content_size.height)
        if 0 <= y < len(self._alerts):
            self._chosen = self._alerts[y].incident_id
            self.redraw()

    def _at(self) -> int:
        """Where the chosen incident stands now: new ones push it down, it stays chosen."""
        return next((at for at, alert in enumerate(self._alerts) if alert.incident_id == self._chosen), 0)

    def _top(self, height: int) -> int:
        return max(0, self._at() - height + 1) if self.has_focus else 0

    def paint(self, width: int, height: int) -> Iterator[list[Piece]]:
        if not self._alerts:
            words = f"none of {len(self._all):,} matches {self._only}" if self._only else self._none
            yield [(f" {words}", "dim")]
            return
        top = self._top(height)
        for at, alert in enumerate(self._alerts[top : top + height], top):
            chosen = " chosen" if self.has_focus and at == self._at() else ""
            yield alert_line(alert, width, self.glyphs.arrow, chosen)


def alert_line(alert: Alert, width: int, arrow: str, chosen: str = "") -> list[Piece]:
    """`12:01:22 HIGH scan.vertical  10.0.4.9 -> 10.0.4.17   412 of 430 ports refused in 3 s (limit 15)`."""
    narrow = width < 100
    over = alert.event is Event.CLOSED or alert.status is not Status.OPEN
    time = clock(alert.last_ns)[: 5 if narrow else 8]
    who = who_text(alert, arrow)
    words = printable(alert.text.what)
    if over:
        words = _SAID[alert.status] + words
    return [
        (f" {time} ", f"dim{chosen}"),
        (_WORDS[alert.severity], f"{'dim' if over else _INKS[alert.severity]}{chosen}"),
        (f" {fit(alert.rule, 15)} ", f"text{chosen}"),
        (f"{fit(who, 26 if narrow else 34)} ", f"{'text' if over else 'bright'}{chosen}"),
        (fit(words, max(0, width - (13 + 16 + 27 if narrow else 14 + 17 + 35))), f"text{chosen}"),
    ]


def who_text(alert: Alert, arrow: str) -> str:
    """The two sides, or the one that is known."""
    sides = [printable(str(side)) for side in (alert.src, alert.dst) if str(side) != "?"]
    return f" {arrow} ".join(sides)


def counts_text(counts: Mapping[int, int], between: str) -> str:
    """`1 high · 2 low`: open incidents, the worst first."""
    named = [(severity.name.lower(), counts.get(int(severity), 0)) for severity in reversed(Severity)]
    return f" {between} ".join(f"{n} {name}" for name, n in named if n) or "none open"


def quiet_text(quiet: tuple[int, int], between: str) -> str:
    """` · 3 muted, 412 hits`: what is kept silent is never hidden."""
    rules, hits = quiet
    return f" {between} {rules:,} muted, {hits:,} hits" if rules else ""


def suspects(alerts: Sequence[Alert]) -> frozenset[str]:
    """Addresses that stand as the attacker in an alert that is high and not over."""
    over = {alert.incident_id for alert in alerts if alert.event is Event.CLOSED}
    return frozenset(
        alert.src.ip
        for alert in alerts
        if alert.severity >= Severity.HIGH and alert.src.ip and alert.incident_id not in over
    )
