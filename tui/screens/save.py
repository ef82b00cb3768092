"""The save dialog: where, which packets, which format; and, on the way out, whether at all."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from tui.core.text import printable
from tui.errors import NettuiError
from tui.screens.contract import SaveOutcome, SessionLike
from tui.screens.dialog import Dialog
from tui.store.capturewriter import PCAPNG_SUFFIXES
from tui.store.save import noted
from tui.widgets.choice import Choice, Words

SUFFIXES = (".pcapng", ".pcap")
KEYS = " enter does it   tab next line   ← → choose   esc stay"


class Leave(Enum):
    """How a dialog ended."""

    STAY = "stay"
    SAVED = "saved"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True)
class SaveResult:
    """How the save dialog was left, and what was saved."""

    end: Leave
    path: Path | None = None
    packets: int = 0
    unsaid: int = 0
    """Packets that are in the file without their notes and marks."""


_ENDING = re.compile(r"\.(pcapng|pcap|cap)(\.gz)?$", re.IGNORECASE)
"""What capture files end in."""


def default_path(folder: Path, interface: str, now_s: float) -> Path:
    """`IFACE-YYYYMMDD-HHMMSS.pcapng` in the folder; of a file its name without what it ends in."""
    interface = _ENDING.sub("", interface)
    name = "".join(c if c.isalnum() or c in "-_." else "_" for c in interface) or "packets"
    return folder / f"{name}-{time.strftime('%Y%m%d-%H%M%S', time.localtime(now_s))}.pcapng"


def saved_text(result: SaveResult) -> str:
    """What was saved, where; and before that, for the line is short, what was not."""
    lost = f", without notes of {result.unsaid:,} (pcapng keeps them)," if result.unsaid else ""
    return f"saved {result.packets:,} packets{lost} to {result.path}"


class SaveDialog(Dialog[SaveResult]):
    """Saves in a thread; an error stays on the dialog with what would mend it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stay", show=False),
        Binding("enter", "go", show=False),
        Binding("ctrl+c", "save_now", show=False, priority=True),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(
        self,
        save: Callable[[Path, NDArray[np.int64] | None], SaveOutcome],
        path: Path,
        kept: int,
        matching: NDArray[np.int64] | None,
        window: NDArray[np.int64] | None = None,
        *,
        going: str = "",
        said: Callable[[NDArray[np.int64] | None], int] = lambda _: 0,
        unsaved: str = "packets are not saved",
    ) -> None:
        """`going`: what is to be done after it, as a verb ("leave"), while something is `unsaved`; empty: only a save.

        `said`: how many of some packets (None: all) have notes or marks, which a pcap file cannot hold.

        `matching`: the packets of the filter, `window`: those of the time that is looked at; None: there is none.
        """
        super().__init__()
        self._save = save
        self._path = path
        parts: list[tuple[str, NDArray[np.int64] | None]] = [(f"all {kept:,} kept", None)]
        parts += [(f"the {len(window):,} of the window", window)] if window is not None else []
        parts += [(f"the {len(matching):,} that match", matching)] if matching is not None else []
        self._parts = parts
        self._going = going
        self._said = said
        self._unsaved = unsaved
        self._saving = False

    def compose(self) -> ComposeResult:
        go = self._going
        ends = (f"save and {go}", f"{go} without saving", "stay") if go else ("save", "cancel")
        with Vertical(id="dialog") as dialog:
            dialog.border_title = f"{go}: {self._unsaved}" if go else "save packets"
            with Horizontal(classes="line"):
                yield Words(("path", "dim"), id="path-label")
                yield Input(str(self._path), id="path", compact=True, select_on_focus=False)
            with Horizontal(classes="line"):
                yield Words(("packets", "dim"), id="what-label")
                yield Choice([words for words, _ in self._parts], id="what")
            with Horizontal(classes="line"):
                yield Words(("format", "dim"), id="format-label")
                yield Choice([s.removeprefix(".") for s in SUFFIXES], id="format")
            yield Choice(ends, id="end")
            yield Words((KEYS, "dim"), id="say")

    def on_mount(self) -> None:
        self.query_one("#path", Input).cursor_blink = False
        self.query_one("#end", Choice).focus()

    def on_choice_changed(self, event: Choice.Changed) -> None:
        if event.choice.id == "format":
            box = self.query_one("#path", Input)
            box.value = str(Path(box.value).with_suffix(SUFFIXES[event.at]))
        self._warn()

    def on_input_changed(self, event: Input.Changed) -> None:
        """The suffix that is typed is the format."""
        suffix = Path(event.value).suffix
        if suffix in SUFFIXES:
            with self.prevent(Choice.Changed):
                self.query_one("#format", Choice).choose(SUFFIXES.index(suffix))
        self._warn()

    @property
    def _part(self) -> NDArray[np.int64] | None:
        return self._parts[self.query_one("#what", Choice).at][1]

    def _warn(self) -> None:
        """Before anything is lost: what the format cannot hold."""
        keeps = Path(self.query_one("#path", Input).value.strip()).suffix in PCAPNG_SUFFIXES
        lost = 0 if keeps else self._said(self._part)
        if lost:
            whose = "a packet" if lost == 1 else f"{lost:,} packets"
            why = "pcap has no place for them, pcapng has"
            self._say(f"notes and marks of {whose} will not be in it", "amber", why)
        else:
            self._say(KEYS.strip(), "dim")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_save_now()

    def action_go(self) -> None:
        """Do what the last line says."""
        at = self.query_one("#end", Choice).at
        if at == 0:
            self.action_save_now()
        elif at == 1 and self._going:
            self.dismiss(SaveResult(Leave.DISCARD))
        else:
            self.action_stay()

    def action_stay(self) -> None:
        if not self._saving:
            self.dismiss(SaveResult(Leave.STAY))

    def action_save_now(self) -> None:
        """Save where the first line says."""
        text = self.query_one("#path", Input).value.strip()
        if self._saving or not text:
            return
        self._saving = True
        part = self._part
        self._say("saving ...", "bright")
        self.run_worker(lambda: self._write(Path(text).expanduser(), part), thread=True, exit_on_error=False)

    def _write(self, path: Path, part: NDArray[np.int64] | None) -> None:
        try:
            outcome = self._save(path, part)
        except (NettuiError, OSError) as error:
            self.app.call_from_thread(self._failed, error)
        else:
            result = SaveResult(Leave.SAVED, outcome.path, outcome.packets, outcome.unsaid)
            self.app.call_from_thread(self.dismiss, result)

    def _failed(self, error: NettuiError | OSError) -> None:
        self._saving = False
        hint = error.hint if isinstance(error, NettuiError) else ""
        self._say(str(error), "red", hint)
        self.query_one("#path", Input).focus()

    def _say(self, text: str, ink: str, hint: str = "") -> None:
        parts = [(printable(text), ink), (printable(hint), "dim")]
        self.query_one("#say", Words).say(*((f" {words}", ink) for words, ink in parts if words))


def save_dialog(
    session: SessionLike,
    folder: Path,
    now_s: float,
    matching: NDArray[np.int64] | None,
    window: NDArray[np.int64] | None,
    going: str,
) -> SaveDialog:
    """The dialog over a session, with what it would lose."""
    snapshot, notes = session.snapshot(), session.notes
    lost = "1 note is not saved" if notes.unsaved == 1 else f"{notes.unsaved:,} notes are not saved"
    return SaveDialog(
        session.save,
        default_path(folder, snapshot.interface, now_s),
        snapshot.kept,
        matching,
        window,
        going=going,
        said=lambda some: len(noted(notes.comments(), session.rows, some)),
        unsaved="packets are not saved" if session.unsaved else lost,
    )
