"""The top line: what is captured, since when, how much, and whether anything was lost."""

from __future__ import annotations

from collections.abc import Iterator

from tui.core.snapshot import Loss, Snapshot
from tui.core.state import State
from tui.core.text import cell_width, fit, middle, printable
from tui.widgets.glyphs import Glyphs
from tui.widgets.ink import Canvas, Piece
from tui.widgets.numbers import bits_per_s, lasts, octets, per_s, scaled, span, stretch, stretch_short

_STATE_INK = {
    State.LIVE: "good", State.REPLAY: "good", State.STARTING: "dim", State.ENDED: "dim",
    State.DOWN: "amber", State.GONE: "amber", State.FAILED: "red",
}  # fmt: skip
LEAST_NAME = 7
"""Cells that an interface's name keeps, whatever else is to be said."""
LEAST_HEAD = LEAST_NAME + 1 + len("● replay ")
"""Cells of the name and the state, which stand before a window's time."""
LEAST_TEXT = 12
"""Cells of a warning that are worth their room; it is cut rather than left out."""
NARROW = 100
"""Below this width counts are shortened to three figures."""


class StatusBar(Canvas):
    """One line. Where it is short, the name gives way first, in its middle; then notes, from the right; loss never.

    Nor does the window's time, as long as the state has room beside it: no other place tells it on every screen.
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._snapshot: Snapshot | None = None

    def show(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.redraw()

    def paint(self, width: int, height: int) -> Iterator[list[Piece]]:
        if self._snapshot is None:
            yield [(" nettui ", "badge")]
            return
        yield status_line(self._snapshot, width, self.glyphs)


def status_line(snapshot: Snapshot, width: int, glyphs: Glyphs) -> list[Piece]:
    """The segments that fit, most important first: state and loss, then amounts, then notes."""
    narrow = width < NARROW
    name, loss = printable(snapshot.interface), loss_pieces(snapshot.loss, narrow)
    window, tail = _window(snapshot, width - _width(loss), narrow), list(_tail(snapshot, narrow))
    amounts = [*_note(snapshot), *_amounts(snapshot, narrow)]
    wanted = [*window, *amounts, loss, *tail]
    always = [*window, loss]
    counters = sum(_width(counter) + 2 for counter in (*window, *amounts, loss))
    free = width - _width(_head(snapshot, "", glyphs, narrow)) - counters
    kept = _width(tail[0]) + 2
    if free >= kept + LEAST_NAME:  # no name is cut for what finds no room all the same
        free -= kept
    head = _head(snapshot, _shortened(name, min(16 if narrow else 24, free)), glyphs, narrow)
    must = sum(_width(segment) + 2 for segment in always)
    for less in (head[:-1], head[2:-1], head[2:4], head[3:4]):  # the time, the badge ...: loss is what must be seen
        if _width(head) + must > width:
            head = less
    gap = 3 if _width(head) + sum(_width(s) + 3 for s in wanted) <= width else 2
    room = width - _width(head) - sum(_width(segment) + gap for segment in always)
    line = head
    for segment in wanted:
        need = _width(segment) + gap
        if need > room >= LEAST_TEXT + gap and segment[0][1] == "amber":
            segment, need = [(fit(segment[0][0], room - gap), "amber")], room
        if segment not in always:
            if need > room:
                continue
            room -= need
        line += [(" " * gap, ""), *segment]
    return line


def loss_pieces(loss: Loss, narrow: bool = False) -> list[Piece]:
    """`lost 0` only while it is true and known; else every counter that is not zero, by name.

    What was seen and let go of, or not looked at, stands behind it.
    """
    lost = _named(narrow, ("interface", loss.interface), ("kernel", loss.kernel), ("not written", loss.unwritten))
    if lost:
        pieces = [(f"lost {lost}", "red bold")]
    elif loss.interface is None and loss.kernel is None:
        pieces = [("lost unknown", "dim")]
    else:
        pieces = [("lost 0", "good")]
    if rest := _named(
        narrow, ("evicted", loss.evicted), ("skipped" if narrow else "names skipped", loss.skipped_names)
    ):
        pieces.append((f", {rest}", "amber"))
    return pieces


def _named(narrow: bool, *counters: tuple[str, int | None]) -> str:
    """`12 interface, 3 kernel`: those that are known and not zero."""
    return ", ".join(f"{scaled(n) if narrow else f'{n:,}'} {name}" for name, n in counters if n)


def _shortened(name: str, width: int) -> str:
    """A name that says less where counters need the room: of several like it, both ends tell which it is."""
    return name if cell_width(name) <= width else middle(name, max(LEAST_NAME, width)).rstrip()


def _head(snapshot: Snapshot, name: str, glyphs: Glyphs, narrow: bool) -> list[Piece]:
    health = snapshot.health
    ink = _STATE_INK[health.state]
    seconds = (snapshot.now_ns - snapshot.first_ns) / 1e9 if snapshot.first_ns else 0
    return [
        (" nettui ", "badge"),
        ("  " if narrow else "   ", ""),
        (f"{name} ", "bright bold"),
        (f"{glyphs.dot} ", ink),
        (f"{health.state.value} ", ink),
        (span(seconds), "text"),
    ]


def _window(snapshot: Snapshot, width: int, narrow: bool) -> list[list[Piece]]:
    """Which stretch of time the numbers are of, where they are not of the whole session: one segment, or none."""
    window = snapshot.window
    if window is None:
        return []
    word = "" if narrow or window.whole else "window "
    forms = [(word, stretch(window)), ("", stretch(window)), ("", stretch_short(window)), ("window ", lasts(window))]
    room = width - LEAST_HEAD - 4  # two gaps
    fitting = (form for form in forms if cell_width("".join(form)) <= room)
    return [[(before, "accent"), (text, "accent bold")] for before, text in [*fitting][:1]]


def _note(snapshot: Snapshot) -> Iterator[list[Piece]]:
    if snapshot.window is not None and snapshot.window_note:
        yield [(printable(snapshot.window_note), "amber")]


def _amounts(snapshot: Snapshot, narrow: bool) -> Iterator[list[Piece]]:
    if narrow:
        yield [(scaled(snapshot.packets).rjust(6), "bright"), (" pkts", "dim")]
    else:
        yield [(f"{snapshot.packets:,}".rjust(9), "bright"), (" packets", "dim")]
        yield [(octets(snapshot.bytes), "bright")]
    packets_per_s, bits, has_room = snapshot.packets_per_s, snapshot.bits_per_s, not narrow
    over_s = (snapshot.now_ns - snapshot.first_ns) / 1e9 if snapshot.health.state is State.ENDED else 0
    if over_s > 0 and snapshot.window is None:  # a second that is long past says less than all of them
        packets_per_s, bits = snapshot.packets / over_s, 8 * snapshot.bytes / over_s
        has_room &= not snapshot.health.text  # why it ended is worth more
        yield [("mean", "dim"), (per_s(packets_per_s), "bright")]
    else:
        yield [(per_s(packets_per_s), "bright")]
    if has_room:
        yield [(bits_per_s(bits), "bright")]


def _tail(snapshot: Snapshot, narrow: bool) -> Iterator[list[Piece]]:
    kept = scaled(snapshot.kept) if narrow else f"{snapshot.kept:,}"
    yield [("kept ", "dim"), (kept, "bright")]
    for text in (*snapshot.health.warnings, *((snapshot.health.text,) if snapshot.health.text else ())):
        yield [(printable(text), "amber")]
    for note in snapshot.notes:
        yield [(printable(note), "dim")]


def _width(pieces: list[Piece]) -> int:
    return sum(cell_width(text) for text, _ in pieces)
