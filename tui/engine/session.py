"""Session: one capture and all that is known of it. The only door between the worker's thread and all others.

All that other threads may touch is immutable, or a single assignment; no lock is held here, so a signal handler may
call any of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from tui.capture.source import Source
from tui.core.alert.log import AlertLog
from tui.core.columns import Columns
from tui.core.flow.owners import NOBODY, Owners
from tui.core.notes import Notes
from tui.core.snapshot import Health, Loss, Snapshot
from tui.engine.backlog import Backlog
from tui.engine.board import Board
from tui.engine.desk import Desk
from tui.engine.model import Model
from tui.engine.worker import Limits, Parts, Worker
from tui.errors import DamagedFile, NettuiError
from tui.store.contract import Store
from tui.store.layout import Owner
from tui.store.reader import Reader
from tui.store.rows import Rows, RowWriter
from tui.store.save import SaveReport, material, save

EMERGENCY_S = 1.0
"""How long a save on a signal waits for the worker, before it takes what is published."""

T = TypeVar("T")


class Notice(NamedTuple):
    """What is to be said of a session once: briefly, for the status bar, and in a whole line. Empty: nothing."""

    brief: str = ""
    line: str = ""


NOTHING = Notice()


class Session:
    """One source, one store, one model, one worker. A new interface or file is a new session."""

    def __init__(
        self,
        source: Source,
        store: Store,
        monitor: Model,
        limits: Limits | None = None,
        *,
        owner: Owner | None = None,
        notice: Notice = NOTHING,
        on_batch: Callable[[Columns], None] | None = None,
        prepare: Callable[[], None] | None = None,
    ) -> None:
        """`owner`: to whom saved files belong. `notice`: for whoever shows the session.

        `on_batch` is called by the worker after each batch.

        `prepare` is what the model needs and takes long to import: it is called before any packet is counted, in a
        thread of its own, when the first packets are published and shown; at once where nothing is drawn (see `shown`).
        """
        self.source = source
        self.store = store
        self.owners: Owners = NOBODY
        """The processes of flows, as far as they are known; replaced as a whole."""
        self.notice = notice
        self.notes = Notes()
        """What a person, or the file, says of packets."""
        limits = limits or Limits()
        self._monitor = monitor
        self._owner = owner
        self._backlog = Backlog(prepare)
        self._writer = RowWriter(limits.keep_packets)
        self.reader = Reader(lambda: self._writer.rows, store)
        """Bytes of packets, for any thread."""
        self._board = Board(source, store, monitor, lambda: self._writer.rows)
        self._desk = Desk()
        parts = Parts(
            source, store, monitor, self._writer, self.reader, self._board, self._desk, self.notes, self._backlog
        )
        self._worker = Worker(parts, limits, on_batch)
        self._saved_to = 0

    # what any thread may call

    def start(self) -> None:
        """Begin to read."""
        self._board.begin()
        self._worker.start()

    def shown(self) -> None:
        """The first packets are on the screen, or there is none: what takes long may begin."""
        self._backlog.shown()

    @property
    def interfaces(self) -> Sequence[str]:
        """Names, by their number in `Columns.interface`."""
        return [interface.name for interface in self.source.interfaces]

    @property
    def rows(self) -> Rows:
        """What is published."""
        return self._writer.rows

    @property
    def ended(self) -> bool:
        """Whether the worker is through: every packet is counted, every byte is given to the store."""
        return self._worker.done

    @property
    def damage(self) -> DamagedFile | None:
        """That the file turned out to be damaged; it was read up to there."""
        return self._worker.damage

    @property
    def error(self) -> NettuiError | None:
        """Why the worker failed."""
        return self._worker.error

    @property
    def health(self) -> Health:
        """State, with the warnings of all parts."""
        return self._board.health

    @property
    def loss(self) -> Loss:
        """The counters of loss as last read."""
        return self._board.loss

    @property
    def unsaved(self) -> int:
        """Packets that are kept only as long as this session lives."""
        rows = self.rows
        return rows.end - max(rows.first, self._saved_to) if self.store.temporary else 0

    def snapshot(self) -> Snapshot:
        """The last one; asks for the next, which the worker builds at most four times a second."""
        return self._board.snapshot()

    def ask(self, key: str, build: Callable[[Any], T]) -> T | None:
        """What `build(monitor)` gave in the worker, at most a second ago when it is asked for again and again.

        None until the first answer is there. `build` must return something that will not change.
        """
        if not self.ended:
            return self._desk.ask(key, build)
        self._desk.build(key, build, self._monitor)  # the worker has gone, and nobody writes to the model any more
        answer: T | None = self._desk.answer(key)
        return answer

    def do(self, action: Callable[[], None]) -> None:
        """Have the worker do something between two batches: change the capture filter, acknowledge an alert."""
        self._desk.do(action)

    def warn(self, text: str, count: int = 0) -> None:
        """Something beside the capture was given up: say so from now on; `count`: how often until now."""
        self._board.warn(text, count)

    def decide(self, act: Callable[[AlertLog], object]) -> None:
        """What a person says about an alert, done by the worker: `lambda log: log.acknowledge(...)`."""
        self.do(lambda: self._monitor.decide(act))

    def set_notes(self, notes: tuple[str, ...]) -> None:
        """Change the standing facts that snapshots carry."""
        self.do(lambda: setattr(self._monitor, "notes", notes))

    def request_stop(self) -> None:
        """End soon, after what has arrived; does not wait."""
        self._worker.request_stop()

    def stop(self, timeout_s: float = 10.0) -> bool:
        """End after what has arrived, and wait for it; False when that takes too long."""
        self.request_stop()
        return self.wait(timeout_s)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the worker has ended by itself."""
        return self._worker.wait(timeout_s)

    def close(self) -> None:
        """End, write what is left, and let a private spool go."""
        self.stop()
        self.store.close()

    def save(self, path: Path, sequences: NDArray[np.int64] | None = None, comment: str = "") -> SaveReport:
        """Save all that is kept, or some of it, in the calling thread; during the capture and after it."""
        rows = self.rows
        said = self.notes.comments()
        what = material(rows, self.reader, self.store, self.source.interfaces, self._board.lost, comment, said)
        report = save(what, path, sequences, self._owner)
        if not report.unsaid:
            self.notes.saved(sequences)
        if sequences is None:
            self._saved_to = max(self._saved_to, rows.end)
        return report

    def emergency_stop(self) -> None:
        """For a signal handler in the main thread: stop, and wait a second at most."""
        self._worker.stop_within(EMERGENCY_S)

    def emergency_save(self, path: Path) -> SaveReport | None:
        """After an emergency stop: save what is not saved anywhere.

        None when nothing is unsaved. Afterwards the process should leave: a spool whose packets are saved is removed.
        """
        report = self.save(path) if self.unsaved else None
        self.store.abandon()
        return report
