"""AttachedSession: a watch's session as the screens see one, kept up by a thread that looks at it through the socket.

Rows are copied as they come, so filters, charts and streams work here and cost the watch nothing; bytes of packets are
asked for when they are looked at. Nothing here can change the watch.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tui.core.alert.log import AlertLog
from tui.core.columns import DTYPES, Columns
from tui.core.flow.owners import NOBODY, Owners
from tui.core.frames import Frames
from tui.core.notes import Notes
from tui.core.snapshot import Health, Snapshot
from tui.core.state import State
from tui.engine.attach.answers import CALLS, COLUMNS, PACKETS, ROWS
from tui.engine.attach.line import Gone, Line
from tui.engine.attach.values import Interface, WireError, shaped
from tui.engine.attach.wire import Message
from tui.engine.desk import Desk
from tui.errors import CaptureError, SaveError
from tui.store.reader import framed
from tui.store.rows import Rows, RowWriter
from tui.store.save import Material, SaveReport, save
from tui.store.series import Interface as Described

LOOK_S = 0.25
"""How often the watch is looked at; its snapshots are no more frequent."""
BYTES_S = 1.0
"""How long a screen waits for bytes; rows are then drawn without what only the bytes tell."""
CALM_S = 2.0
"""After bytes did not come in time, they are not asked for so long: the screen stays quick."""
KEEP = 1 << 62
"""The watch bounds what is kept."""
SAVE_S = 30.0
LATER_S, AGAIN_S = 1.0, 0.03
"""How long the worker of a watch is waited for, and how often it is asked again."""
FIELDS = ("length", "time_ns", "linktype", "interface", "direction")
NOTE = "attached"

logger = logging.getLogger(__name__)
T = TypeVar("T")


class Later(Exception):
    """The worker of the watch has not answered yet."""


class AttachedSession:
    """What the screens need of a session: `tui.screens.contract.SessionLike`."""

    unsaved = 0
    """Packets live in the watch: leaving loses none."""

    def __init__(self, look: Line, fetch: Line) -> None:
        """`look` is for what is looked at all the time, `fetch` for bytes. Raises CaptureError where nothing comes."""
        self._look = look
        self._writer = RowWriter(KEEP)
        self._told: Sequence[Described] = ()
        self._snapshot: Snapshot | None = None
        self._desk = Desk()
        self._model = DistantModel(look)
        self._missing: set[str] = set()
        """What was asked for and does not travel: said once."""
        self._closing = threading.Event()
        self.ended = False
        self.owners = NOBODY
        self.notes = Notes()
        self.reader = DistantReader(fetch, lambda: self.rows)
        self._thread = threading.Thread(target=self._run, name="nettui-look", daemon=True)
        try:
            self._take_look()
        except (Gone, WireError) as error:
            raise CaptureError(f"the watch cannot be looked at: {error}", "is it still running?") from None
        if self._snapshot is None:
            raise CaptureError("the watch does not answer", "it may be very busy; try again")

    def start(self) -> None:
        """Keep up with the watch from now on."""
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join(LOOK_S * 2)
        self._look.close()
        self.reader.close()

    @property
    def interfaces(self) -> Sequence[str]:
        """Names, by their number in `Columns.interface`."""
        return [interface.name for interface in self._told]

    @property
    def rows(self) -> Rows:
        return self._writer.rows

    def snapshot(self) -> Snapshot:
        assert self._snapshot is not None
        return self._snapshot

    def ask(self, key: str, build: Callable[[Any], T]) -> T | None:
        """What `build` gave of the distant model, a second ago at most; None until the first answer is there."""
        return self._desk.ask(key, lambda model: self._tried(key, build, model))

    def shown(self) -> None:
        """Nothing waits for the screen here."""

    def decide(self, act: Callable[[AlertLog], object]) -> None:
        """Who is attached decides nothing; the keys are not offered."""

    def save(self, path: Path, sequences: NDArray[np.int64] | None = None) -> SaveReport:
        """Fetch the packets and write them here."""
        rows = self.rows
        patient = DistantReader(self.reader.line, lambda: rows, patient=True)
        report = save(Material(rows, patient, self._told, notes=self.notes.comments()), path, sequences)
        if not report.unsaid:
            self.notes.saved(sequences)
        return report

    # the thread

    def _run(self) -> None:
        try:
            while not self._closing.is_set():
                begun = time.monotonic()
                more = self._take_look()
                self._desk.serve(self._model)
                if self.ended and not more:
                    break
                if not more:
                    self._closing.wait(max(0.0, LOOK_S - (time.monotonic() - begun)))
        except (Gone, WireError) as error:
            logger.info("%s", error)
            self._tell_end(State.ENDED, "the watch has ended", "q leaves; what was read stays here to look at")
        except Exception as error:
            logger.exception("the look at the watch failed")
            self._tell_end(State.FAILED, f"{type(error).__name__}: {error}", "a fault of nettui; see --log-file")

    def _take_look(self) -> bool:
        """One look; whether more rows are there than it brought."""
        answer = self._look.ask({"ask": "look", "rows": self.rows.end})
        if answer is None:
            return False
        head, arrays = answer.head, answer.arrays
        if (told := head.get("owners")) is not None:
            self.owners = shaped(Owners, told, arrays)
        if (told := head.get("snapshot")) is not None:
            self._take_snapshot(shaped(Snapshot, told, arrays), bool(head.get("same alerts")))
            self._told = shaped(tuple[Interface, ...], head.get("interfaces"), arrays)
        start, first, end, columns = (shaped(int, head.get(name), ()) for name in ("start", "first", "end", "columns"))
        self._take_rows(start, first, arrays[columns:])
        self.ended = shaped(bool, head.get("ended"), ())
        return bool(self.rows.end < end)

    def _take_snapshot(self, snapshot: Snapshot, same_alerts: bool) -> None:
        if same_alerts and self._snapshot is not None:
            snapshot = replace(snapshot, alerts=self._snapshot.alerts)
        self._snapshot = replace(snapshot, notes=(NOTE, *snapshot.notes))

    def _take_rows(self, start: int, first: int, arrays: Sequence[NDArray[Any]]) -> None:
        """Append what came; where packets went before we were told of them, begin anew behind them."""
        if start != self.rows.end:
            self._writer = RowWriter(KEEP, start)
        if arrays:
            self._writer.append(_columns(arrays), first)

    def _tried(self, key: str, build: Callable[[Any], T], model: Any) -> T | None:
        """In the thread: a new answer, or the last one where none came."""
        try:
            return build(model)
        except Later:
            pass
        except AttributeError as error:
            if key not in self._missing:
                self._missing.add(key)
                logger.warning("a screen asked for what does not travel: %s", error)
        last: T | None = self._desk.answer(key)
        return last

    def _tell_end(self, state: State, text: str, hint: str) -> None:
        last = self.snapshot()
        if last.health.state not in (State.ENDED, State.FAILED):
            self._snapshot = replace(last, health=Health(state, text, hint, last.health.warnings))
        self.ended = True


def _columns(arrays: Sequence[NDArray[Any]]) -> Columns:
    """WireError where the arrays are not those of rows."""
    n = len(arrays[0])
    right = len(arrays) == len(COLUMNS) and n <= ROWS
    if not right or any(
        len(a) != n or a.dtype != np.dtype(DTYPES[name]) for a, name in zip(arrays, COLUMNS, strict=True)
    ):
        raise WireError("no rows")
    return Columns(**dict(zip(COLUMNS, arrays, strict=True)), locator=np.zeros(n, np.uint64))


class DistantModel:
    """The lists that screens ask of the model, asked through the socket. Raises Later, AttributeError."""

    def __init__(self, line: Line, path: str = "") -> None:
        self._line = line
        self._path = path

    def __getattr__(self, name: str) -> Any:
        path = f"{self._path}.{name}" if self._path else name
        if path not in CALLS and not any(known.startswith(f"{path}.") for known in CALLS):
            raise AttributeError(path)
        return DistantModel(self._line, path)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        question = {"ask": "call", "path": self._path, "arguments": arguments, "named": named}
        deadline = time.monotonic() + LATER_S
        while (answer := self._line.ask(question)) is None or answer.head.get("later"):
            if time.monotonic() >= deadline:
                raise Later
            time.sleep(AGAIN_S)
        return shaped(CALLS[self._path].gives, answer.head.get("given"), answer.arrays)


class DistantReader:
    """A FrameReader that asks the watch for the bytes."""

    def __init__(self, line: Line, rows: Callable[[], Rows], *, patient: bool = False) -> None:
        """`patient`: wait as long as it takes, as one who saves does, and raise SaveError where nothing comes."""
        self.line = line
        self._rows = rows
        self._patient = patient
        self._calm_until_s = 0.0

    def close(self) -> None:
        self.line.close()

    def read(self, sequences: NDArray[np.int64]) -> Frames:
        """The frames of these sequence numbers; those that are not kept, or did not come in time, have caplen 0."""
        sizes, parts = [], []
        at = 0
        while at < len(sequences):
            size, data = self._fetch(sequences[at : at + PACKETS])
            sizes.append(size)
            parts.append(data)
            at += len(size)
        caplen = np.concatenate(sizes) if sizes else np.empty(0, np.int64)
        return self._frames(sequences, caplen, np.concatenate(parts) if parts else np.empty(0, np.uint8))

    def _fetch(self, sequences: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Sizes of at least one of the packets, and their bytes."""
        nothing = np.zeros(len(sequences), np.int64), np.empty(0, np.uint8)
        if not self._patient and time.monotonic() < self._calm_until_s:
            return nothing
        try:
            answer = self.line.ask({"ask": "bytes"}, [sequences], SAVE_S if self._patient else BYTES_S)
        except Gone:
            answer = None
        if answer is None:
            if self._patient:
                raise SaveError("the watch does not give the packets", "is it still running? Its own files have them")
            self._calm_until_s = time.monotonic() + CALM_S
            return nothing
        return _sizes_and_bytes(answer, len(sequences))

    def _frames(self, sequences: NDArray[np.int64], caplen: NDArray[np.int64], data: NDArray[np.uint8]) -> Frames:
        rows = self._rows()
        known = (sequences >= rows.first) & (sequences < rows.end)
        told = {name: np.zeros(len(sequences), DTYPES[name]) for name in FIELDS}
        for name, values in zip(FIELDS, rows.pick(sequences[known], FIELDS), strict=True):
            told[name][known] = values
        return framed(told, data, np.cumsum(caplen) - caplen, caplen)


def _sizes_and_bytes(answer: Message, most: int) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """WireError where the answer has not the form of one."""
    if len(answer.arrays) != 2:
        raise WireError("no bytes")
    size, data = answer.arrays
    if size.dtype != np.int64 or data.dtype != np.uint8 or not 0 < len(size) <= most:
        raise WireError("no bytes")
    if (size < 0).any() or int(size.sum()) != len(data):
        raise WireError("bytes are missing")
    return size, data
