"""Find: the next packet of the list with a text, with bytes, or that a filter picks; looked for in a thread."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from tui.core.frames import FrameReader, Frames
from tui.core.text import printable
from tui.errors import FilterError, NettuiError, UsageError
from tui.screens.dialog import Dialog
from tui.screens.listing import Describe, FilterLike
from tui.store.rows import Rows
from tui.widgets.choice import Choice, Words

if TYPE_CHECKING:
    from tui.filters import Place

Int64 = NDArray[np.int64]
FIRST_SLICE, SLICE = 1_024, 16_384
"""Packets looked at between two looks at whether it is still wanted; their bytes are read at once. The first slice is
small, for what is looked for is often near; each is twice the one before.
"""


class Kind(Enum):
    """What is looked for."""

    TEXT = "text"
    HEX = "hex"
    FILTER = "filter"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for, ready to be looked for. `Wanted.of` makes it."""

    kind: Kind
    text: str
    bytes: bytes = b""
    """In the bytes; of a text in lower case, and then found in any case."""
    chosen: FilterLike | None = None

    @classmethod
    def of(cls, kind: Kind, text: str, compile_filter: Callable[[str], FilterLike]) -> Wanted:
        """Raises FilterError, or UsageError for what are no bytes."""
        if kind is Kind.FILTER:
            return cls(kind, text, chosen=compile_filter(text))
        if kind is Kind.TEXT:
            return cls(kind, text, text.encode().lower())
        digits = re.sub(r"[\s:.-]|0x", "", text)
        try:
            return cls(kind, text, bytes.fromhex(digits))
        except ValueError:
            raise UsageError(f"{text!r} are no bytes", "write pairs of digits, such as 47 45 54") from None


class Cancelled(Exception):
    """It is no longer wanted."""


@dataclass(frozen=True, slots=True)
class Seeker:
    """Looks through the packets of a list. Everything it holds may be used in another thread."""

    rows: Rows
    reader: FrameReader
    describe: Describe
    sequences: Int64 | None
    """The packets of the list; None: all of `rows`."""
    place: Callable[[str, Int64], Place]
    """What a filter of this text may know of packets beside their bytes."""

    def seek(
        self, wanted: Wanted, after: int | None, by: int, tell: Callable[[float], bool]
    ) -> tuple[int, bool] | None:
        """The next (by 1) or previous (-1) packet after one, and whether the end of the list was passed on the way.

        `tell` hears the part that was looked at, and says whether to go on. Raises Cancelled.
        """
        listed = self.sequences if self.sequences is not None else np.arange(self.rows.first, self.rows.end)
        listed = listed[(listed >= self.rows.first) & (listed < self.rows.end)]
        here = after if after is not None else -1 if by > 0 else self.rows.end
        cut = int(np.searchsorted(listed, here, "right" if by > 0 else "left"))
        parts = (listed[cut:], listed[:cut]) if by > 0 else (listed[:cut], listed[cut:])
        looked = 0
        for passed, part in enumerate(parts):
            for some in _slices(part, by):
                hits = self._hits(wanted, some, by)
                if len(hits):
                    return int(hits[0 if by > 0 else -1]), bool(passed)
                looked += len(some)
                if not tell(looked / max(1, len(listed))):
                    raise Cancelled
        return None

    def _hits(self, wanted: Wanted, some: Int64, by: int) -> Int64:
        """Packets of a slice that have it; of a text that is in no bytes, perhaps the nearest only."""
        frames = self.reader.read(some)
        if wanted.chosen is not None:
            return some[wanted.chosen.match(self.rows.take(some), frames.select, self.place(wanted.text, some))]
        rows = _with_bytes(frames, wanted.bytes, any_case=wanted.kind is Kind.TEXT)
        if wanted.kind is Kind.HEX:
            return some[rows]
        # the info text takes longer to make than bytes to look through: only for rows that are nearer than a hit
        near = slice(0, rows[0] if len(rows) else None) if by > 0 else slice(rows[-1] + 1 if len(rows) else 0, None)
        nearer, low = some[near], wanted.text.lower()
        infos = self.describe(self.rows.take(nearer), frames.select(near), low)
        told = [row for row, info in enumerate(infos) if low in info.lower()]
        return nearer[told] if told else some[rows]


def _slices(listed: Int64, by: int) -> Iterator[Int64]:
    """Pieces of a list, from its beginning, or from its end; each up to twice as long as the one before."""
    done, size = 0, FIRST_SLICE
    while done < len(listed):
        yield listed[done : done + size] if by > 0 else listed[max(0, len(listed) - done - size) : len(listed) - done]
        done, size = done + size, min(SLICE, 2 * size)


def _with_bytes(frames: Frames, wanted: bytes, *, any_case: bool) -> Int64:
    """Rows whose bytes have the wanted ones: one search over the buffer, and which frame each hit lies in."""
    order = np.argsort(frames.offset, kind="stable")
    order = order[frames.caplen[order] >= max(1, len(wanted))]
    if not len(order):
        return order
    starts, stops = frames.offset[order], frames.offset[order] + frames.caplen[order]
    data = frames.buffer[starts[0] : stops.max()].tobytes()
    data = data.lower() if any_case else data
    starts, stops = starts - starts[0], stops - starts[0]
    found, at = [], data.find(wanted)
    while at >= 0:
        frame = int(np.searchsorted(starts, at, "right")) - 1
        if at + len(wanted) <= stops[frame]:
            found.append(order[frame])
        # on with the next frame: what begins further on in this one is either the same frame's, or does not fit into it
        at = data.find(wanted, int(starts[frame + 1])) if frame + 1 < len(starts) else -1
    return np.sort(np.array(found, np.int64))


class FindDialog(Dialog[Wanted | None]):
    """Type what to look for; tab changes what kind of thing it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", show=False),
        Binding("tab,shift+tab", "kind", show=False, priority=True),
    ]

    def __init__(self, last: Wanted | None, compile_filter: Callable[[str], FilterLike]) -> None:
        super().__init__()
        self._last = last
        self._compile = compile_filter

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "find"
            yield Choice([kind.value for kind in Kind], id="kind")
            yield Input(self._last.text if self._last else "", id="path", compact=True)
            yield Words((" in info texts and bytes, in any case", "dim"), (_KEYS, "dim"), id="say")

    def on_mount(self) -> None:
        box = self.query_one(Input)
        box.cursor_blink = False
        box.focus()
        if self._last:
            self.query_one(Choice).choose([*Kind].index(self._last.kind))
        self._explain()

    @property
    def kind(self) -> Kind:
        every = tuple(Kind)
        return every[self.query_one(Choice).at]

    def _explain(self) -> None:
        self.query_one("#say", Words).say((f" {_ABOUT[self.kind]}", "dim"), (_KEYS, "dim"))

    def on_choice_changed(self) -> None:
        self._explain()

    def action_kind(self) -> None:
        self.query_one(Choice).action_move(1)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value:
            self.dismiss(None)
            return
        try:
            self.dismiss(Wanted.of(self.kind, event.value, self._compile))
        except FilterError as error:
            self._fail(error, f"{' ' * min(error.position, 60)}^ {error.hint}")
        except NettuiError as error:
            self._fail(error, error.hint)

    def _fail(self, error: NettuiError, hint: str) -> None:
        self.query_one("#say", Words).say((f" {printable(error.message)}", "red"), (f" {printable(hint)}", "dim"))

    def action_cancel(self) -> None:
        self.dismiss(None)


_KEYS = " tab text, hex, filter   enter finds, n and N go on   esc goes back"
_ABOUT = {
    Kind.TEXT: "in info texts and bytes, in any case",
    Kind.HEX: "in the bytes: 47 45 54, 47:45:54 or 474554",
    Kind.FILTER: "a display filter: tcp.flags.reset == 1; the list stays as it is",
}
