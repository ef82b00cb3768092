"""The screen over invented packets, to look at: `python -m tests.screens.harness [packets a second]`."""

from __future__ import annotations

import sys

from tests.screens.fake import FakeSession, compile_filter, describe, dissect
from tests.screens.learned import FakeLearner
from tui.app import NettuiApp
from tui.settings.model import Settings
from tui.widgets import chart


def make(n: int = 1_204_331, **settings: object) -> NettuiApp:
    """The app over a session that has received `n` packets."""
    session = FakeSession().receive(n)
    return app_over(session, Settings(**settings))


def app_over(session: FakeSession, settings: Settings, learner: FakeLearner | None = None) -> NettuiApp:
    """The app with invented parts; the chart's library is loaded at once, so that every picture has a chart."""
    chart.load()
    parts = {"describe": describe, "compile_filter": compile_filter, "dissect": dissect, "late": lambda: None}
    return NettuiApp(session, settings, learner=learner or FakeLearner(settings.model is not None), **parts)


def main() -> None:
    rate = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    app = make(5_000)
    app.call_later(app.set_interval, 0.1, lambda: app._session.receive(rate // 10))
    app.run()


if __name__ == "__main__":
    main()
