"""NettuiApp: the session, one screen, one timer, one table of keys. Glue only."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from rich.console import RenderableType
from textual import events
from textual.app import App
from textual.screen import Screen

from tui.core.columns import Columns
from tui.screens.contract import SessionLike
from tui.screens.listing import Describe, Match
from tui.screens.live import Compile, LiveScreen
from tui.screens.pace import Pace
from tui.settings.model import Settings
from tui.widgets import chart, thrift
from tui.widgets.glyphs import ASCII
from tui.widgets.ink import Canvas
from tui.widgets.themes import THEMES, following


@dataclass(frozen=True, slots=True)
class ExitChoice:
    """How the person left the screen; the caller prints the line and, where nothing was chosen, follows its policy."""

    saved: Path | None = None
    """What was saved on the way out; nothing is left to save then."""
    discard: bool = False
    """The person said not to save."""


def describe(columns: Columns, row: int, data: bytes) -> str:
    """The info line of one packet."""
    from tui.core.info import info

    return info(columns, row, data)


def compile_filter(text: str) -> Match:
    """The predicate of a display filter."""
    from tui import filters

    compiled = filters.compile(text)
    return compiled.match


def run(session: SessionLike, settings: Settings) -> ExitChoice:
    """Show the session until the person leaves; the terminal is restored whatever happens."""
    if settings.ascii:
        Canvas.glyphs = ASCII
    app = NettuiApp(session, settings)
    choice = app.run()
    return choice or ExitChoice()


class NettuiApp(App[ExitChoice]):
    """The whole screen. `session` is already running."""

    CSS_PATH = "nettui.tcss"
    TITLE = "nettui"

    def __init__(
        self,
        session: SessionLike,
        settings: Settings,
        *,
        describe: Describe = describe,
        compile_filter: Compile = compile_filter,
    ) -> None:
        super().__init__()
        self._describe = describe
        self._compile = compile_filter
        self._session = session
        self._settings = settings
        self._shadow = thrift.Shadow()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = settings.theme or ("monochrome" if self.no_color else "dark")

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Themes that are not ours lack our names; the dark ones stand in."""
        return THEMES[0].variables

    def get_default_screen(self) -> Screen[None]:
        settings = self._settings
        return LiveScreen(
            self._session,
            self._describe,
            self._compile,
            pace=Pace(lambda: self._shadow.sent, min(settings.fps, 4.0)),
            display_filter=settings.display_filter,
            protocol=settings.protocol,
        )

    def on_mount(self) -> None:
        self.set_class(self._settings.ascii, "-ascii")
        self.set_interval(1 / max(1.0, self._settings.fps), self._tick)
        self.call_after_refresh(self._after_first_paint)

    def _after_first_paint(self) -> None:
        threading.Thread(target=chart.load, name="load", daemon=True).start()

    def _tick(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, LiveScreen):
                screen.tick()

    def action_theme(self) -> None:
        self.theme = following(self.theme)

    # Textual's own way to the terminal, with only the changes written.

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        super()._display(screen, thrift.thrifty(renderable, self._shadow))

    def on_resize(self, event: events.Resize) -> None:
        self._shadow.forget()

    def action_redraw(self) -> None:
        self._shadow.forget()
        self.refresh(layout=True)
