"""What a person decides about an alert: seen, muted, normal, or the last decision taken back."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.screen import Screen

from tui.core.alert.alerts import SECOND_NS, Alert
from tui.core.snapshot import Snapshot
from tui.screens import keys
from tui.screens.ask import Line, Pick
from tui.screens.contract import SessionLike
from tui.screens.expressions import joined
from tui.screens.suggest import Protect, Suggestion
from tui.widgets.alert_log import AlertLog

if TYPE_CHECKING:
    from tui.filters.flows import AlertFilter

HOUR_S, DAY_S = 3_600, 86_400
DURATIONS: tuple[tuple[str, int | None], ...] = (("an hour", HOUR_S), ("a day", DAY_S), ("good", None))


class AlertPane(AlertLog):
    """The alerts, with keys of their own while they have the focus."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings(keys.ALERTS))

    def ask_filter(self) -> None:
        """Have a filter typed; it holds for the alerts to come too."""
        words = 'ip.addr == 10.0.0.5, nettui.alert contains "scan"; empty shows all'
        self.app.push_screen(Line("filter alerts", words, self.only, compile_alerts), self._take_filter)

    def _take_filter(self, text: str | None) -> None:
        if text is not None:
            picked = compile_alerts(text)
            self.narrow(text, lambda alerts: picked.match(alerts).tolist())


def compile_alerts(text: str) -> AlertFilter:
    """Raises FilterError. The language is loaded when somebody first asks."""
    from tui.filters.flows import compile_alerts

    return compile_alerts(text)


class Verdicts:
    """Turns keys into decisions. `say` tells the person what was done, and how it is taken back."""

    def __init__(
        self, screen: Screen[None], session: SessionLike, say: Callable[[str], None], protect: Protect | None = None
    ) -> None:
        self._screen = screen
        self._session = session
        self._decide = session.decide
        self._say = say
        self._protect = protect or (lambda known: known)

    def acknowledge(self, alert: Alert, at_ns: int) -> None:
        """Seen: it stays, dimmed."""
        self._decide(lambda log: log.acknowledge(alert.incident_id, _me(), at_ns))
        self._say("seen; it stays here, dimmed   u takes it back")

    def learn(self, alert: Alert, at_ns: int) -> None:
        """Normal here: not told again."""
        self._decide(lambda log: log.learn(alert.incident_id, _me(), at_ns))
        self._say("learned as normal: it is not told again   u takes it back")

    def mute(self, alert: Alert, at_ns: int) -> None:
        """Ask for how much and how long, then be silent about it."""
        self._screen.app.push_screen(Pick("mute", choices(alert)), partial(self._muted, alert, at_ns))

    def suggest(self, alert: Alert, at_ns: int) -> None:
        """Show what would stop it."""
        self._screen.app.push_screen(Suggestion(alert, self._session, self._protect))

    def undo(self) -> None:
        """Take the last decision back."""
        self._decide(lambda log: log.undo())
        self._say("the last decision is taken back")

    def _muted(self, alert: Alert, at_ns: int, choice: str | None) -> None:
        if choice is not None:
            scope, duration_s = _read(choice)
            self._decide(lambda log: log.mute(alert.incident_id, scope, _me(), at_ns, duration_s))
            self._say(f"muted: {choice}   u takes it back")


def choices(alert: Alert) -> Sequence[tuple[str, str]]:
    """(name, what it silences) of every scope and duration; the narrowest and shortest first."""
    what = {
        "pair": f"{alert.rule} from {alert.src.ip or alert.src.mac} to {alert.dst.ip or alert.dst.mac}",
        "source": f"{alert.rule} from {alert.src.ip or alert.src.mac}",
        "rule": f"{alert.rule} from anyone",
    }
    if not (alert.dst.ip or alert.dst.mac):
        del what["pair"]
    if not (alert.src.ip or alert.src.mac):
        what = {"rule": what["rule"]}
    return [(f"this {scope} for {name}", words) for scope, words in what.items() for name, _ in DURATIONS]


def told(snapshot: Snapshot) -> tuple[object, ...]:
    """What the alert pane says: drawn again when it changes."""
    learning = None if snapshot.learning is None else round(snapshot.learning, 2)
    return snapshot.alerts, snapshot.quiet, learning, snapshot.window is None


def within(alert: Alert) -> str:
    """The display filter of an alert's packets, in the whole seconds that it spans."""
    first, last = alert.first_ns // SECOND_NS, alert.last_ns // SECOND_NS + 1
    return joined(alert.filter_display, f"frame.time_epoch >= {first} && frame.time_epoch < {last}")


def evidence(alert: Alert, first_kept: int) -> tuple[frozenset[int], int]:
    """The packets kept of those that show an alert, and how many are gone."""
    kept = frozenset(sample for sample in alert.evidence.samples if sample >= first_kept)
    return kept, len(set(alert.evidence.samples)) - len(kept)


def evidence_text(kept: int, gone: int) -> str:
    """`8 packets of the evidence are marked, n goes through them; 3 are no longer kept`."""
    told = [f"{kept} packets of the evidence are marked, n goes through them"] if kept else []
    told += [f"{gone} packets of the evidence are no longer kept"] if gone else []
    return "   ".join(told)


def _read(choice: str) -> tuple[str, int | None]:
    scope, _, duration = choice.removeprefix("this ").partition(" for ")
    return scope, dict(DURATIONS)[duration]


def _me() -> str:
    """Who decides; of a user without a name, the number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
