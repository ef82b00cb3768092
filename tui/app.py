"""NettuiApp: the session, one screen, one timer, one table of keys. Glue only."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from rich.console import RenderableType
from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.screen import Screen

from tui.errors import NettuiError, ScreenFailed
from tui.screens.bell import Bell
from tui.screens.contract import DeckLike, LearnerLike, SessionLike
from tui.screens.detailing import Dissect
from tui.screens.keymap import changed, keymap
from tui.screens.keys import ALERTS, ANOMALIES, LIVE, Key
from tui.screens.listing import Describe
from tui.screens.live import Compile, LiveScreen
from tui.screens.looks import looks_of
from tui.screens.messages import FollowStream, ShowPackets
from tui.screens.pace import Pace
from tui.screens.parts import compile_filter, describe, dissect, load_late
from tui.screens.save import Leave, SaveDialog, SaveResult, save_dialog, saved_text
from tui.settings.model import Settings
from tui.widgets import thrift
from tui.widgets.driver import SteadyDriver
from tui.widgets.glyphs import ASCII, plain
from tui.widgets.ink import Canvas, inks
from tui.widgets.themes import SIXTEEN, THEMES, following

if TYPE_CHECKING:
    from tui.screens.page import Page


@dataclass(frozen=True, slots=True)
class ExitChoice:
    """How the person left the screen; the caller prints the line and, where nothing was chosen, follows its policy."""

    saved: Path | None = None
    """What was saved on the way out; nothing is left to save then."""
    discard: bool = False
    """The person said not to save."""


NO_RANKING = "no flows are ranked here, w saves packets for: nettui anomalies FILE"
"""Why there is no screen of anomalies: of another session's flows none are given to a learner."""
PATIENCE_S = 0.5
"""How long the libraries that take long to import wait for the first packets to be drawn."""


def run(
    session: SessionLike, settings: Settings, deck: DeckLike | None = None, *, withheld: frozenset[str] = frozenset()
) -> ExitChoice:
    """Show the session until the person leaves; the terminal is restored whatever happens.

    With a deck, interface and capture filter can be changed on the way. `withheld`: actions that are not offered.
    Raises ScreenFailed where the screen could not go on: nobody has chosen anything, and nothing may be let go.
    """
    if settings.ascii:
        Canvas.glyphs = ASCII
    gc.disable()  # until the first paint: what is made up to then stays
    try:
        learner = deck.learner if deck else None
        app = NettuiApp(session, settings, deck, learner=learner, withheld=withheld)
        choice = app.run()
    finally:
        gc.enable()
    if app.return_code:  # Textual has told what it was, and raises nothing
        hint = "what stands above says where; `nettui watch` works without one"
        raise ScreenFailed("the screen failed", hint) from app._exception
    return choice or ExitChoice()


class NettuiApp(App[ExitChoice]):
    """The whole screen. `session` is already running."""

    CSS_PATH = "nettui.tcss"
    TITLE = "nettui"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c,ctrl+q", "quit", show=False, priority=True)]

    def __init__(
        self,
        session: SessionLike,
        settings: Settings,
        deck: DeckLike | None = None,
        *,
        learner: LearnerLike | None = None,
        withheld: frozenset[str] = frozenset(),
        describe: Describe = describe,
        compile_filter: Compile = compile_filter,
        dissect: Dissect = dissect,
        late: Callable[[], None] = load_late,
    ) -> None:
        super().__init__(driver_class=SteadyDriver)
        self._describe = describe
        self._compile = compile_filter
        self._dissect = dissect
        self._late = late
        self._session = session
        self._settings = settings
        self._deck = deck
        self._learner = learner
        self._withheld = withheld
        self._keys = changed(settings.keys)
        self._looks = looks_of(settings, session.interfaces)
        self._shadow = thrift.Shadow()
        self._loaded = False
        self._bell = Bell(self.bell) if settings.bell else None
        self._limited = settings.duration is not None or settings.count is not None
        """The capture ends by itself, and then we leave."""
        for theme in THEMES:
            self.register_theme(theme)
        self.live = self._live_screen(settings.display_filter, settings.protocol)
        """The screen that is always there, under the dialogs."""
        self._pages: dict[str, Page] = {}
        """The other screens that were opened, as they were left."""
        self.theme = settings.theme or ("monochrome" if self.no_color else "dark")

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Themes that are not ours lack our names; the dark ones stand in."""
        return THEMES[0].variables

    def get_css_variables(self) -> dict[str, str]:
        """Asked for at the start and whenever the theme changes: what is drawn line by line follows."""
        variables = super().get_css_variables()
        if self.console.color_system == "standard":
            variables |= SIXTEEN.get(self.theme, {})
        Canvas.inks = inks(variables, colourless=self.no_color)
        return variables

    def get_default_screen(self) -> Screen[None]:
        self.live._push_result_callback(self, None)  # Textual replaces only screens that somebody has pushed
        return self.live

    def _live_screen(self, display_filter: str, protocol: str | None) -> LiveScreen:
        return LiveScreen(
            self._session,
            self._describe,
            self._compile,
            self._dissect,
            self.offered,
            pace=Pace(lambda: self._shadow.sent, min(self._settings.fps, 4.0)),
            display_filter=display_filter,
            protocol=protocol,
            looks=self._looks,
            learner=self._learner,
            protect=self._deck.protect if self._deck else None,
            replay=self._deck.replay if self._deck else None,
            folder=self._folder,
        )

    @property
    def _folder(self) -> Path:
        """Where files go unless one says otherwise."""
        return self._settings.save_dir or Path.cwd()

    def on_mount(self) -> None:
        self.set_class(self._settings.ascii, "-ascii")
        self.set_keymap(keymap(self._settings.keys))
        self.app_resume_signal.subscribe(self, lambda _: self.action_redraw())
        self.call_after_refresh(self._after_first_paint)

    def _after_first_paint(self) -> None:
        """The timer; packets that came before the first paint are drawn at once."""
        gc.freeze()
        gc.enable()
        self.set_interval(1 / max(1.0, self._settings.fps), self._tick)
        self._tick()
        self.set_timer(PATIENCE_S, self._load_late)

    @property
    def front(self) -> LiveScreen | Page:
        """The screen under the dialogs."""
        for screen in reversed(self.screen_stack):
            if not screen.is_modal and hasattr(screen, "place"):
                return cast("Page", screen)
        return self.live

    def _tick(self) -> None:
        if self._bell:
            self._bell.look(self._session.snapshot().alerts)
        if self.live.is_attached and self.live.is_mounted:
            self.live.travel.tick()
            self.front.tick()
            if not self._loaded and len(self._session.rows):
                self.call_after_refresh(self._load_late)
            if self._limited and self._session.ended:
                self._limited = False  # once: who then stays may look as long as they like
                self.call_later(self.action_quit)

    def _load_late(self) -> None:
        """Packets are on the screen, or none came: what takes long to import may begin."""
        if not self._loaded:
            self._loaded = True
            self._session.shown()
            if self._deck and self._deck.replay:
                self._deck.replay.measure()
            threading.Thread(target=self._late, name="load", daemon=True).start()

    # keys

    def offered(self, place: str = LIVE) -> list[Key]:
        """The keys that do something on a screen, with this session."""
        fixed = self._deck is None or not self._deck.live
        useless = {*self._withheld, *({"app.interface", "app.capture_filter"} if fixed else ())}
        if self._learner is None:
            useless.add("app.show('anomalies')")
        return [key for key in self._keys if place in key.on and key.action not in useless]

    def _listed(self) -> list[Key]:
        """The keys of the screen in front, those of its panes too."""
        place = self.front.place
        return [*self.offered(place), *(self.offered(ALERTS) if place == LIVE else ())]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in {"interface", "capture_filter"}:
            return any(key.action == f"app.{action}" for key in self.offered())
        return super().check_action(action, parameters)

    def get_system_commands(self, screen: Screen[object]) -> Iterator[SystemCommand]:
        """The palette offers the keys' own actions in the help's own words."""
        for key in self._listed():
            shown = plain(key.first) if self._settings.ascii else key.first
            yield SystemCommand(f"{key.words}  ({shown})", key.help, partial(self._run, key.action))

    def action_command_palette(self) -> None:
        if any(isinstance(screen, CommandPalette) for screen in self.screen_stack):
            return  # it is open, it may be behind the help: a second one would have the same name
        self.push_screen(CommandPalette(placeholder="what to do", id="--command-palette"))

    async def _run(self, action: str) -> None:
        await self.run_action(action, default_namespace=self.front)

    def action_help(self) -> None:
        from tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(self._listed()))

    def action_theme(self) -> None:
        self.theme = following(self.theme)
        self.front.say(f"theme: {self.theme}")

    # the other screens

    async def action_show(self, name: str) -> None:
        """Go to a screen by its name; it is as it was left."""
        if self.front.place == name:
            return
        if name == ANOMALIES and self._learner is None:
            self.front.say(NO_RANKING)
            return
        while self.screen is not self.live:
            await self.pop_screen()
        if name == LIVE:
            return
        page = self._pages.get(name)
        if page is None:
            from tui.screens.pages import make

            offered, place_of = self.offered(name), self._looks.place_of
            page = make(name, self.live.past, offered, self._folder, self._learner, place_of)
            self._pages[name] = page
            self.install_screen(page, name)
        page.tick_soon()
        await self.push_screen(page)

    async def on_show_packets(self, event: ShowPackets) -> None:
        await self.action_show(LIVE)
        self.live.filter_by(event.expression)

    def on_follow_stream(self, event: FollowStream) -> None:
        from tui.screens.stream import StreamScreen

        self.push_screen(StreamScreen(self._session, self.offered("stream"), event.flow, self._folder))

    # another interface, another capture filter

    def action_interface(self) -> None:
        """Choose an interface; unsaved packets of this one are asked about before it is left."""
        from tui.screens.ask import Pick

        assert self._deck is not None
        found = self._deck.interfaces()
        lines = [(i.name, f"{i.state:<10} {i.kind:<10} {'  '.join(i.addresses)}") for i in found]
        self.push_screen(Pick("capture on", lines, self._session.snapshot().interface), self._chosen)

    def _chosen(self, name: str | None) -> None:
        if name is None or name == self._session.snapshot().interface:
            return
        if self._session.unsaved and not self._settings.no_save:
            self.push_screen(self._dialog("switch"), partial(self._after_save, name))
        else:
            self._switch(name)

    def _after_save(self, name: str, result: SaveResult | None) -> None:
        if result is not None and result.end is not Leave.STAY:
            self._switch(name)

    def _switch(self, name: str) -> None:
        """A new interface is a new session on a new screen; nothing is reset."""
        assert self._deck is not None
        try:
            self._session = self._deck.switch([name])
        except NettuiError as error:
            self.live.say(f"{error.message}   {error.hint}", bad=True)
            return
        for page in self._pages:
            self.uninstall_screen(page)
        self._pages = {}
        self.live = self._live_screen(self.live.filter_text, self.live.protocol)
        self.switch_screen(self.live)

    def action_capture_filter(self) -> None:
        from tui.screens.ask import Line

        assert self._deck is not None
        words = "packets that do not match are not captured; empty captures all   enter applies   esc goes back"
        self.push_screen(Line("capture filter (BPF)", words, self._deck.capture_filter, self._deck.set_capture_filter))

    # leaving and saving

    def _dialog(self, going: str = "") -> SaveDialog:
        listing = self.live.listing
        matching = listing.sequences if listing.filtered else None
        return save_dialog(self._session, self._folder, time.time(), matching, self.live.past.sequences, going)

    def action_save(self) -> None:
        self.push_screen(self._dialog(), self._saved)

    def _saved(self, result: SaveResult | None) -> None:
        if result is not None and result.end is Leave.SAVED:
            self.live.say(saved_text(result))

    async def action_quit(self) -> None:
        """Leave; ask when packets are unsaved. Ctrl-C on the question saves."""
        if isinstance(self.screen, SaveDialog):
            # the second of two quick keys may come before the question is drawn
            self.screen.call_after_refresh(self.screen.action_save_now)
        elif self._must_ask():
            self.push_screen(self._dialog("leave"), self._left)
        else:
            self.exit(ExitChoice())

    def _must_ask(self) -> bool:
        """Whether leaving would lose packets that nobody has decided about, or notes; -w has no notes."""
        settings, session = self._settings, self._session
        decided = settings.no_save or settings.save or settings.write
        notes = session.notes.unsaved and not (settings.no_save or settings.save)
        return bool(notes) or (session.unsaved > 0 and (settings.ask or not decided))

    def _left(self, result: SaveResult | None) -> None:
        if result is not None and result.end is not Leave.STAY:
            self.exit(ExitChoice(result.path, result.end is Leave.DISCARD))

    # Textual's own way to the terminal, with only the changes written.

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        super()._display(screen, thrift.thrifty(renderable, self._shadow))

    def on_resize(self, event: events.Resize) -> None:
        self._shadow.forget()

    def action_redraw(self) -> None:
        self._shadow.forget()
        self.refresh(layout=True)
