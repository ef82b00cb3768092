"""Export: what a list shows, as CSV or JSON lines in a file; the fields are those of `nettui packets` and `flows`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input
from textual.worker import get_current_worker

from tui.core.flow.names import NamedFlows
from tui.core.flow.owners import Owners
from tui.core.flow.records import FlowRecords
from tui.core.frames import FrameReader
from tui.core.judged import Labels
from tui.core.namestable import NameRow
from tui.core.text import printable
from tui.errors import NettuiError, UsageError
from tui.screens.dialog import Dialog
from tui.store.rows import Rows
from tui.widgets.choice import Choice, Words

SUFFIXES = (".csv", ".jsonl")
SLICE = 4_096
"""Rows turned into text between two looks at whether it is still wanted."""


class Exported(Protocol):
    """What can be written."""

    def __len__(self) -> int: ...

    def parts(self, suffix: str) -> Iterator[tuple[str, int]]:
        """The text of the file in pieces, each with how many rows are written then."""
        ...


@dataclass(frozen=True, slots=True)
class PacketExport:
    """Packets of a list; None for `sequences` means all of the rows."""

    rows: Rows
    reader: FrameReader
    sequences: NDArray[np.int64] | None

    def __len__(self) -> int:
        return len(self.rows) if self.sequences is None else len(self.sequences)

    def parts(self, suffix: str) -> Iterator[tuple[str, int]]:
        from tui.export import packets

        listed = np.arange(self.rows.first, self.rows.end) if self.sequences is None else self.sequences
        listed = listed[(listed >= self.rows.first) & (listed < self.rows.end)]
        yield packets.csv_header() if suffix == ".csv" else "", 0
        lines = packets.csv_lines if suffix == ".csv" else packets.json_lines
        for start in range(0, len(listed), SLICE):
            some = listed[start : start + SLICE]
            yield lines(packets.PacketRows(self.rows.take(some), self.reader.read(some), some + 1)), start + len(some)


@dataclass(frozen=True, slots=True)
class FlowExport:
    """Flows of a list, with the names and processes that are known of them."""

    flows: FlowRecords
    names: Callable[[], NamedFlows | None]
    """Asked when the file is written: the worker has answered by then."""
    owners: Owners
    labels: Labels | None = None
    """What a model takes them for."""

    def __len__(self) -> int:
        return len(self.flows)

    def parts(self, suffix: str) -> Iterator[tuple[str, int]]:
        from tui.export import flows

        told = self.names()
        names = told.names if told else {}

        def names_of(flow: int, target: str) -> list[str]:
            return list(names.get(flow, ()))

        def process_of(flow: int) -> str | None:
            owner = self.owners.owner(flow)
            return owner.name or None if owner else None

        yield flows.csv_header() if suffix == ".csv" else "", 0
        line = flows.csv_line if suffix == ".csv" else flows.json_line
        rows = flows.records(self.flows, names_of, self._judge, process_of=process_of)
        for number, row in enumerate(rows, 1):
            yield line(row), number

    def _judge(self, flows: FlowRecords) -> tuple[list[str | None], list[float | None], list[None]]:
        numbers, sure = self.labels.of(flows.flow) if self.labels else (np.full(len(flows), -1), np.zeros(len(flows)))
        classes = self.labels.classes if self.labels else ()
        labels = [classes[number] if number >= 0 else None for number in numbers.tolist()]
        chances = [round(float(p), 4) if label else None for p, label in zip(sure.tolist(), labels, strict=True)]
        return labels, chances, [None] * len(flows)


@dataclass(frozen=True, slots=True)
class NameExport:
    """Names of a list."""

    rows: Sequence[NameRow]

    def __len__(self) -> int:
        return len(self.rows)

    def parts(self, suffix: str) -> Iterator[tuple[str, int]]:
        fields = tuple(NameRow.__dataclass_fields__)
        yield _csv(fields) if suffix == ".csv" else "", 0
        for number, row in enumerate(self.rows, 1):
            values = asdict(row)
            if suffix == ".csv":
                yield _csv([" ".join(v) if isinstance(v, tuple) else v for v in values.values()]), number
            else:
                yield json.dumps(values, ensure_ascii=False) + "\n", number


def _csv(values: Sequence[object]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(values)
    return out.getvalue()


class ExportDialog(Dialog[str | None]):
    """Asks for the path, writes in a thread; answers with what to say of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self, what: Exported, name: str, folder: Path) -> None:
        """`name`: what the rows are, in one word; also of the file, which lies in `folder` at first."""
        super().__init__()
        self._what = what
        self._name_of = name
        self._folder = folder
        self._writing = False

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = f"export {len(self._what):,} {self._name_of}, one line each"
            with Horizontal(classes="line"):
                yield Words(("path", "dim"), id="path-label")
                path = self._folder / f"{self._name_of}{SUFFIXES[0]}"
                yield Input(str(path), id="path", compact=True, select_on_focus=False)
            with Horizontal(classes="line"):
                yield Words(("format", "dim"), id="format-label")
                yield Choice([suffix.removeprefix(".") for suffix in SUFFIXES], id="format")
            yield Words((" enter writes it   tab next line   ← → choose   esc goes back", "dim"), id="say")

    def on_mount(self) -> None:
        box = self.query_one(Input)
        box.cursor_blink = False
        box.focus()

    def on_choice_changed(self, event: Choice.Changed) -> None:
        box = self.query_one(Input)
        box.value = str(Path(box.value).with_suffix(SUFFIXES[event.at]))

    def on_input_changed(self, event: Input.Changed) -> None:
        suffix = Path(event.value).suffix
        if suffix in SUFFIXES:
            with self.prevent(Choice.Changed):
                self.query_one(Choice).choose(SUFFIXES.index(suffix))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        if self._writing or not text:
            return
        path = Path(text).expanduser()
        if path.suffix not in SUFFIXES:
            path = path.with_name(path.name + SUFFIXES[self.query_one(Choice).at])
        self._writing = True
        self.run_worker(lambda: self._write(path), thread=True, exit_on_error=False)

    def _write(self, path: Path) -> None:
        from tui.export.rowfile import write_rows

        worker = get_current_worker()
        try:
            lines = write_rows(path, self._told(path.suffix, lambda: worker.is_cancelled))
        except NettuiError as error:
            if not worker.is_cancelled:
                self.app.call_from_thread(self._failed, error)
            return
        rows = lines - (path.suffix == ".csv")
        self.app.call_from_thread(self.dismiss, f"wrote {rows:,} {self._name_of} to {path}")

    def _told(self, suffix: str, cancelled: Callable[[], bool]) -> Iterator[str]:
        """The pieces; how far it is stands in the dialog. Ends with an error where it is no longer wanted."""
        step = max(1, len(self._what) // 50)
        told = 0
        for text, done in self._what.parts(suffix):
            if cancelled():
                raise UsageError("stopped", "")
            if done - told >= step:
                told = done
                self.app.call_from_thread(self._say, f" {done:,} of {len(self._what):,}   esc stops", "bright")
            yield text

    def _failed(self, error: NettuiError) -> None:
        self._writing = False
        self.query_one("#say", Words).say((f" {printable(error.message)}", "red"), (f" {printable(error.hint)}", "dim"))

    def _say(self, text: str, ink: str) -> None:
        self.query_one("#say", Words).say((text, ink))

    def action_cancel(self) -> None:
        """Go back; what is being written is given up, and leaves no file."""
        self.workers.cancel_node(self)
        self.dismiss(None)
