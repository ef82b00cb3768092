"""Session: the worker thread that carries packets from source to store and model. The only door between threads.

The worker never waits for the screen and never dies silently: what goes wrong becomes a state. All that other threads
may touch is immutable, or a single assignment; no lock is held here, so a signal handler may call any of it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tui.capture.source import Source
from tui.core.alert.log import AlertLog
from tui.core.columns import Columns
from tui.core.decode import decode
from tui.core.flow.owners import NOBODY, Owners
from tui.core.frames import Frames
from tui.core.notes import Notes
from tui.core.snapshot import Health, Loss, Snapshot, State
from tui.engine.backlog import Backlog
from tui.engine.board import Board
from tui.engine.desk import Desk
from tui.engine.memory import Trimmer
from tui.engine.model import Model
from tui.errors import DamagedFile, NettuiError
from tui.store.contract import Store
from tui.store.layout import Owner
from tui.store.reader import Reader
from tui.store.rows import Rows, RowWriter
from tui.store.save import SaveReport, material, save
from tui.store.series import Lost

WAIT_S = 0.1
"""Longest sleep of the worker on a silent link: how late a request is served."""
TICK_S = 1.0
DRAIN_S = 2.0
"""How long the end of a capture may take: what is in the kernel's ring when it stops is still counted and kept."""
CATCH_UP = 2
"""Batches of the backlog that are counted for each that comes: it shrinks, and the kernel's ring does not overflow."""
EMERGENCY_S = 1.0
"""How long a save on a signal waits for the worker, before it takes what is published."""

logger = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """When a session ends by itself, and how many packets it keeps."""

    duration_s: float | None = None
    count: int | None = None
    keep_packets: int = 1_000_000


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
        on_batch: Callable[[Columns], None] | None = None,
        prepare: Callable[[], None] | None = None,
    ) -> None:
        """`owner`: to whom saved files belong. `on_batch` is called by the worker after each batch.

        `prepare` is what the model needs and takes long to import: it is called before any packet is counted, in a
        thread of its own, when the first packets are published and shown; at once where nothing is drawn (see `shown`).
        """
        self.source = source
        self.store = store
        self.damage: DamagedFile | None = None
        """Set when the file turned out to be damaged; it was read up to there."""
        self.error: NettuiError | None = None
        """Set when the worker failed."""
        self.owners: Owners = NOBODY
        """The processes of flows, as far as they are known; replaced as a whole."""
        self.told = ("", "")
        """What is to be said of this session once: for the status bar, and in a whole line."""
        self.notes = Notes()
        """What a person, or the file, says of packets."""
        self._monitor = monitor
        self._limits = limits or Limits()
        self._owner = owner
        self._on_batch = on_batch
        self._backlog = Backlog(prepare)
        self._pressure: Callable[[], float] | None = getattr(source, "pressure", None)
        self._writer = RowWriter(self._limits.keep_packets)
        self.reader = Reader(lambda: self._writer.rows, store)
        """Bytes of packets, for any thread."""
        self._board = Board(source, store, monitor, lambda: self._writer.rows)
        self._desk = Desk()
        self._ticked = self._counted_at = time.monotonic()
        self._trimmer = Trimmer()
        self._shift_ns = 0
        self._stopping = self._read_out = self._done = False
        self._saved_to = 0
        self._thread = threading.Thread(target=self._run, name="nettui-worker", daemon=True)

    # what any thread may call

    def start(self) -> None:
        """Begin to read."""
        self._board.begin()
        self._thread.start()

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
        return self._done

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
        if not self._done:
            return self._desk.ask(key, build)
        self._desk.build(key, build, self._monitor)  # the worker has gone, and nobody writes to the model any more
        answer: T | None = self._desk.answer(key)
        return answer

    def do(self, action: Callable[[], None]) -> None:
        """Have the worker do something between two batches: change the capture filter, acknowledge an alert."""
        self._desk.do(action)

    def warn(self, text: str) -> None:
        """Something beside the capture was given up: say so from now on."""
        self._board.warn(text)

    def decide(self, act: Callable[[AlertLog], object]) -> None:
        """What a person says about an alert, done by the worker: `lambda log: log.acknowledge(...)`."""
        self.do(lambda: self._monitor.decide(act))

    def set_notes(self, notes: tuple[str, ...]) -> None:
        """Change the standing facts that snapshots carry."""
        self.do(lambda: setattr(self._monitor, "notes", notes))

    def request_stop(self) -> None:
        """End soon, after what has arrived; does not wait."""
        self._stopping = True
        self._backlog.hurry()

    def stop(self, timeout_s: float = 10.0) -> bool:
        """End after what has arrived, and wait for it; False when that takes too long."""
        self.request_stop()
        return self.wait(timeout_s)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the worker has ended by itself."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def close(self) -> None:
        """End, write what is left, and let a private spool go."""
        self.stop()
        self.store.close()

    def save(self, path: Path, sequences: NDArray[np.int64] | None = None, comment: str = "") -> SaveReport:
        """Save all that is kept, or some of it, in the calling thread; during the capture and after it."""
        rows = self.rows
        said = self.notes.comments()
        what = material(rows, self.reader, self.store, self.source.interfaces, self._lost(), comment, said)
        report = save(what, path, sequences, self._owner)
        if not report.unsaid:
            self.notes.saved(sequences)
        if sequences is None:
            self._saved_to = max(self._saved_to, rows.end)
        return report

    def emergency_stop(self) -> None:
        """For a signal handler in the main thread: stop, and wait a second at most."""
        self.request_stop()
        begun = time.monotonic()
        while not self._done and self._thread.is_alive() and time.monotonic() - begun < EMERGENCY_S:
            if self._read_out and not self._backlog.done:
                break  # every packet is there; what is still imported would only count them
            time.sleep(0.01)

    def emergency_save(self, path: Path) -> SaveReport | None:
        """After an emergency stop: save what is not saved anywhere.

        None when nothing is unsaved. Afterwards the process should leave: a spool whose packets are saved is removed.
        """
        report = self.save(path) if self.unsaved else None
        self.store.abandon()
        return report

    def _lost(self) -> Sequence[Lost]:
        """Counters by interface; of several together nobody knows whose they are."""
        if not self.source.live or len(self.source.interfaces) != 1:
            return ()
        total = self._board.statistics
        return (Lost(total.received, total.interface_dropped, total.kernel_dropped),)

    # the worker

    def _run(self) -> None:
        try:
            self._loop()
            self._board.count_loss()
            self._read_out = True
            self._backlog.wait()
            self._catch_up()
            self._end(State.ENDED)
        except DamagedFile as damage:
            self.damage = damage
            self._end(State.ENDED, damage)
        except NettuiError as error:
            logger.warning("the capture ended: %s", error.message)
            self.error = error
            self._end(State.FAILED, error)
        except Exception as error:
            logger.exception("the worker failed")
            self.error = NettuiError(f"{type(error).__name__}: {error}", "this is a fault of nettui; see --log-file")
            self._end(State.FAILED, self.error)
        finally:
            self._done = True

    def _loop(self) -> None:
        deadline = time.monotonic() + (self._limits.duration_s or float("inf"))
        drained = float("inf")
        if self.source.live and self._backlog.unwatched:
            self._backlog.begin()
        while True:
            self._serve()
            now = time.monotonic()
            self._trimmer.trim(now)
            if (self._stopping or now >= deadline) and drained == float("inf"):
                if not self._stop_source():
                    return
                drained = now + DRAIN_S
            until = deadline if drained == float("inf") else drained
            frames = self._source_read(min(WAIT_S, max(0.0, until - now)))
            if frames is None:
                if self.source.state is State.ENDED or now >= drained:
                    return
                self._catch_up(CATCH_UP)
                self._tick()
            elif not self._take(frames):
                return

    def _source_read(self, timeout_s: float) -> Frames | None:
        frames = self.source.read(timeout_s)
        if (state := self.source.state) is not State.ENDED:
            self._board.enter(state)
        return frames

    def _take(self, frames: Frames) -> bool:
        """Store, decode, count, publish one batch; False when the limit of packets is reached."""
        first = self.rows.end
        some = frames
        if self._pressure:
            self._monitor.press(self._pressure())
        left = len(frames) if self._limits.count is None else self._limits.count - first
        if left < len(frames):
            some = frames.select(slice(0, left))
        try:
            if len(some):
                locators = self.store.write(some, first)
                columns = replace(decode(some), locator=locators)
                if (shift := getattr(self.source, "shift_ns", 0)) != self._shift_ns:  # of a replay in a loop
                    self._shift_ns = shift
                    self._monitor.begin_round()
                self._monitor.annotate(columns, some)
                rows = self._writer.append(columns, self.store.first_kept)
                self.store.forget(rows.first)
                self._count(columns, some)
        finally:
            self.source.release(frames)
        return self._limits.count is None or self.rows.end < self._limits.count

    def _count(self, columns: Columns, frames: Frames) -> None:
        """Have the model count packets, or let them wait until it can."""
        backlog = self._backlog
        backlog.begin()
        if backlog.full:
            backlog.shown()  # memory is bounded: the screen has had its time
        if backlog.full or not self.source.live:
            backlog.wait()  # a file can wait
        if backlog.ready and not backlog.packets:
            self._counted(columns, frames)
        else:
            backlog.add(columns)
            self._catch_up(CATCH_UP)

    def _catch_up(self, most: float = float("inf")) -> None:
        """Count packets that wait, once the model is ready; their bytes are read back from where they are kept."""
        done = 0
        while self._backlog.ready and done < most and (columns := self._backlog.take()) is not None:
            self._counted(columns, self.reader.frames_of(columns))
            done += 1

    def _counted(self, columns: Columns, frames: Frames) -> None:
        self._monitor.count(columns, frames)
        self._counted_at = time.monotonic()
        if self._on_batch:
            self._on_batch(columns)

    def _tick(self) -> None:
        """A silent link has no next packet: the clock goes on by itself."""
        now = time.monotonic()  # no other clock will do: somebody may set it, and far packets bear the time there
        if self.source.live and now - self._ticked >= TICK_S:
            self._monitor.tick(self._monitor.now_ns + int((now - max(self._ticked, self._counted_at)) * 1e9))
            self._ticked = now

    def _stop_source(self) -> bool:
        """Let no further packet in; False where there is nothing to wait for."""
        stop = getattr(self.source, "stop", None)
        if stop is None:
            return False
        stop()
        return True

    def _serve(self) -> None:
        """What other threads have asked for."""
        self._desk.serve(self._monitor)
        self.notes.add(getattr(self.source, "comments", {}))  # only a pcapng file has some
        self._board.serve()

    def _end(self, state: State, error: NettuiError | None = None) -> None:
        """Whatever happened: decide what waits, tell the state, close the source."""
        try:
            self._monitor.finish()
        except Exception:
            logger.exception("the model did not finish")
        self._board.enter(state, error)
        try:
            self._serve()
            self.store.conclude(self._lost(), self._board.build().now_ns)
        except Exception:
            logger.exception("no last snapshot")
        finally:
            self.source.close()
