"""The columns dialog: which columns the packet list has, in which order, how wide, and how times are written."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from tui.core.text import fit, printable
from tui.errors import FilterError
from tui.screens.dialog import Dialog
from tui.widgets.choice import Words
from tui.widgets.ink import Piece
from tui.widgets.lines import Lines
from tui.widgets.list_columns import DEFAULT, KNOWN, TIME_WORDS, Layout, Times, column_of, widened

KEYS = " space on, off   ← → width   J K order   a add a field   t times   r undo all"
ENDS = " enter applies   y copies the lines for the settings file   esc goes back"


class ColumnsDialog(Dialog[Layout | None]):
    """Answers with another layout, or with None where nothing is to change."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", show=False),
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("space", "turn", show=False),
        Binding("left", "widen(-1)", show=False),
        Binding("right", "widen(1)", show=False),
        Binding("K,shift+up", "shift(-1)", show=False),
        Binding("J,shift+down", "shift(1)", show=False),
        Binding("a", "add", show=False),
        Binding("t", "times", show=False),
        Binding("r", "reset", show=False),
        Binding("y", "copy", show=False),
        Binding("enter", "take", show=False),
    ]

    def __init__(self, layout: Layout, check: Callable[[str], None], total: int) -> None:
        """`check` raises FilterError for a field that does not exist; `total`: cells of the list."""
        super().__init__()
        self._check = check
        self._total = total
        self._put(layout)

    def _put(self, layout: Layout) -> None:
        self._order = [*layout.names, *(name for name in KNOWN if name not in layout.names)]
        self._on = set(layout.names)
        self._widths = dict(layout.widths)
        self._times = layout.times

    @property
    def layout_made(self) -> Layout:
        """What the dialog shows, as a layout."""
        names = tuple(name for name in self._order if name in self._on)
        return Layout(names or DEFAULT, self._widths, self._times)

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "columns of the packet list"
            yield Lines(self._lines(), id="options")
            yield Input(id="path", compact=True, placeholder="a field, such as tcp.window_size")
            yield Words((KEYS, "dim"), (ENDS, "dim"), id="say")

    def on_mount(self) -> None:
        self.query_one(Input).display = False
        self.query_one(Input).cursor_blink = False
        lines = self.query_one(Lines)
        lines.styles.height = max(1, min(len(self._order), self.app.size.height - 8))
        lines.choose(0)

    def _lines(self) -> list[list[Piece]]:
        cells = {column.name: width for column, width in self.layout_made.fitted(self._total)}
        return [self._line(name, cells) for name in self._order]

    def _line(self, name: str, cells: dict[str, int]) -> list[Piece]:
        column, on = column_of(name), name in self._on
        about = TIME_WORDS[self._times] if name == "time" else column.about
        width = str(cells[name]) if name in cells else "no room" if on else ""
        ink = "text" if on else "dim"
        return [(" [x] " if on else " [ ] ", ink), (fit(name, 18), "bright" if on else "dim"),
                (width.rjust(7) + "  ", ink), (printable(about), "dim")]  # fmt: skip

    @property
    def _here(self) -> str:
        return self._order[self.query_one(Lines).at]

    def _redraw(self) -> None:
        self.query_one(Lines).put(self._lines())

    def action_move(self, by: int) -> None:
        lines = self.query_one(Lines)
        lines.choose(lines.at + by)

    def action_turn(self) -> None:
        self._on ^= {self._here}
        self._redraw()

    def action_widen(self, by: int) -> None:
        fitted = {column.name: cells for column, cells in self.layout_made.fitted(self._total)}
        if fitted.get(self._here):
            self._widths = widened(self._widths, self._here, fitted[self._here], by)
            self._redraw()

    def action_shift(self, by: int) -> None:
        """Move the column in the order."""
        at = self.query_one(Lines).at
        to = at + by
        if 0 <= to < len(self._order):
            self._order[at], self._order[to] = self._order[to], self._order[at]
            self._redraw()
            self.query_one(Lines).choose(to)

    def action_times(self) -> None:
        every = [*Times]
        self._times = every[(every.index(self._times) + 1) % len(every)]
        self._redraw()

    def action_reset(self) -> None:
        self._put(Layout())
        self._redraw()

    def action_add(self) -> None:
        """Type the name of a field of display filters."""
        box = self.query_one(Input)
        box.display = True
        box.value = ""
        box.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        name = event.value.strip()
        try:
            if name not in KNOWN:
                self._check(name)
        except FilterError as error:
            self._say(error.message, error.hint)
            return
        if name not in self._order:
            at = self._order.index("info") if "info" in self._on else len(self._on)
            self._order.insert(at, name)
        self._on.add(name)
        self._done_typing()
        self._redraw()
        self.query_one(Lines).choose(self._order.index(name))

    def _done_typing(self) -> None:
        self.query_one(Input).display = False
        self.set_focus(None)
        self.query_one("#say", Words).say((KEYS, "dim"), (ENDS, "dim"))

    def _say(self, text: str, hint: str) -> None:
        self.query_one("#say", Words).say((f" {printable(text)}", "red"), (f" {printable(hint)}", "dim"))

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self.layout_made.setting())
        self.query_one("#say", Words).say(
            (" copied: put it into ~/.config/nettui/config.toml", "bright"), (ENDS, "dim")
        )

    def action_take(self) -> None:
        self.dismiss(self.layout_made)

    def action_cancel(self) -> None:
        if self.query_one(Input).display:
            self._done_typing()
        else:
            self.dismiss(None)
