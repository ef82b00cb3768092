"""The keys of the alerts' pane on the live screen: what a person decides about the chosen one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tui.core.alert.alerts import Alert
from tui.screens import keys
from tui.screens.alerts import Verdicts
from tui.screens.panes import Panes
from tui.screens.past import Past


class Deciding(Panes):
    """For the live screen, which gives it the session, and says which keys are offered."""

    past: Past
    verdicts: Verdicts
    _offered: Callable[[str], Sequence[keys.Key]]

    def on_descendant_focus(self) -> None:
        """The last line shows the keys of the pane that has the focus, where it has some."""
        panes: dict[object, str] = {self.alerts: keys.ALERTS, self.chart: keys.CHART}
        first = self._offered(panes[self.focused]) if self.focused in panes else ()
        rest = [key for key in self._offered(keys.LIVE) if key not in first]
        self.key_bar.show([*keys.footer(first), *keys.footer(rest)])

    def _decide(self, verdict: Callable[[Alert, int], None]) -> None:
        if self.alerts.chosen is None:
            self.say("there is no alert to decide about")
        else:
            verdict(self.alerts.chosen, self.past.whole().now_ns)

    def action_acknowledge(self) -> None:
        self._decide(self.verdicts.acknowledge)

    def action_mute(self) -> None:
        self._decide(self.verdicts.mute)

    def action_learn(self) -> None:
        self._decide(self.verdicts.learn)

    def action_suggest(self) -> None:
        self._decide(self.verdicts.suggest)

    def action_undo(self) -> None:
        self.verdicts.undo()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is done about an alert may be withheld."""
        named = f"screen.{action}"
        if any(key.action == named for key in keys.KEYS):
            return any(key.action == named for key in self._offered(keys.ALERTS))
        return super().check_action(action, parameters)
