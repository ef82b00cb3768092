"""Worker: the thread that carries packets from source to store and model, until there are no more.

It never waits for a screen and never dies silently: what goes wrong becomes a state. No lock is held here, so a signal
handler may call any of what other threads may call.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from tui.capture.source import Source
from tui.core.columns import Columns
from tui.core.decode import decode
from tui.core.frames import Frames
from tui.core.notes import Notes
from tui.core.state import State
from tui.engine.backlog import Backlog
from tui.engine.board import Board
from tui.engine.desk import Desk
from tui.engine.memory import Trimmer
from tui.engine.model import Model
from tui.errors import DamagedFile, NettuiError
from tui.store.contract import Store
from tui.store.reader import Reader
from tui.store.rows import Rows, RowWriter

WAIT_S = 0.1
"""Longest sleep of the worker on a silent link: how late a request is served."""
TICK_S = 1.0
DRAIN_S = 2.0
"""How long the end of a capture may take: what is in the kernel's ring when it stops is still counted and kept."""
CATCH_UP = 2
"""Batches of the backlog that are counted for each that comes: it shrinks, and the kernel's ring does not overflow."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """When a session ends by itself, and how many packets it keeps."""

    duration_s: float | None = None
    count: int | None = None
    keep_packets: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Parts:
    """What a worker works with. Nobody else writes to them; board, desk, notes and backlog take words from all."""

    source: Source
    store: Store
    model: Model
    writer: RowWriter
    reader: Reader
    board: Board
    desk: Desk
    notes: Notes
    backlog: Backlog


class Worker:
    """One thread for one session."""

    def __init__(self, parts: Parts, limits: Limits, on_batch: Callable[[Columns], None] | None = None) -> None:
        self.damage: DamagedFile | None = None
        """Set when the file turned out to be damaged; it was read up to there."""
        self.error: NettuiError | None = None
        """Set when the worker failed."""
        self.done = False
        """Whether it is through: every packet is counted, every byte is given to the store."""
        self._source, self._store, self._model = parts.source, parts.store, parts.model
        self._writer, self._reader = parts.writer, parts.reader
        self._board, self._desk, self._notes, self._backlog = parts.board, parts.desk, parts.notes, parts.backlog
        self._limits = limits
        self._on_batch = on_batch
        self._pressure: Callable[[], float] | None = getattr(parts.source, "pressure", None)
        self._ticked = self._counted_at = time.monotonic()
        self._trimmer = Trimmer()
        self._shift_ns = 0
        self._stopping = self._read_out = False
        self._thread = threading.Thread(target=self._run, name="nettui-worker", daemon=True)

    # what any thread may call

    def start(self) -> None:
        """Begin to read, once."""
        self._thread.start()

    def request_stop(self) -> None:
        """End soon, after what has arrived; does not wait."""
        self._stopping = True
        self._backlog.hurry()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the worker has ended by itself."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def stop_within(self, seconds: float) -> None:
        """For a signal handler: stop, and wait so long at most."""
        self.request_stop()
        begun = time.monotonic()
        while not self.done and self._thread.is_alive() and time.monotonic() - begun < seconds:
            if self._read_out and not self._backlog.done:
                break  # every packet is there; what is still imported would only count them
            time.sleep(0.01)

    # the thread

    @property
    def _rows(self) -> Rows:
        return self._writer.rows

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
            self.done = True

    def _loop(self) -> None:
        deadline = time.monotonic() + (self._limits.duration_s or float("inf"))
        drained = float("inf")
        if self._source.live and self._backlog.unwatched:
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
                if self._source.state is State.ENDED or now >= drained:
                    return
                self._catch_up(CATCH_UP)
                self._tick()
            elif not self._take(frames):
                return

    def _source_read(self, timeout_s: float) -> Frames | None:
        frames = self._source.read(timeout_s)
        if (state := self._source.state) is not State.ENDED:
            self._board.enter(state)
        return frames

    def _take(self, frames: Frames) -> bool:
        """Store, decode, count, publish one batch; False when the limit of packets is reached."""
        first = self._rows.end
        some = frames
        if self._pressure:
            self._model.press(self._pressure())
        left = len(frames) if self._limits.count is None else self._limits.count - first
        if left < len(frames):
            some = frames.select(slice(0, left))
        try:
            if len(some):
                locators = self._store.write(some, first)
                columns = replace(decode(some), locator=locators)
                if (shift := getattr(self._source, "shift_ns", 0)) != self._shift_ns:  # of a replay in a loop
                    self._model.begin_round(shift - self._shift_ns)
                    self._shift_ns = shift
                self._model.annotate(columns, some)
                rows = self._writer.append(columns, self._store.first_kept)
                self._store.forget(rows.first)
                self._count(columns, some)
        finally:
            self._source.release(frames)
        return self._limits.count is None or self._rows.end < self._limits.count

    def _count(self, columns: Columns, frames: Frames) -> None:
        """Have the model count packets, or let them wait until it can."""
        backlog = self._backlog
        backlog.begin()
        if backlog.full:
            backlog.shown()  # memory is bounded: the screen has had its time
        if backlog.full or not self._source.live:
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
            self._counted(columns, self._reader.frames_of(columns))
            done += 1

    def _counted(self, columns: Columns, frames: Frames) -> None:
        self._model.count(columns, frames)
        self._counted_at = time.monotonic()
        if self._on_batch:
            self._on_batch(columns)

    def _tick(self) -> None:
        """A silent link has no next packet: the clock goes on by itself."""
        now = time.monotonic()  # no other clock will do: somebody may set it, and far packets bear the time there
        if self._source.live and now - self._ticked >= TICK_S:
            self._model.tick(self._model.now_ns + int((now - max(self._ticked, self._counted_at)) * 1e9))
            self._ticked = now

    def _stop_source(self) -> bool:
        """Let no further packet in; False where there is nothing to wait for."""
        stop = getattr(self._source, "stop", None)
        if stop is None:
            return False
        stop()
        return True

    def _serve(self) -> None:
        """What other threads have asked for."""
        self._desk.serve(self._model)
        self._notes.add(getattr(self._source, "comments", {}))  # only a pcapng file has some
        self._board.serve()

    def _end(self, state: State, error: NettuiError | None = None) -> None:
        """Whatever happened: decide what waits, tell the state, close the source."""
        try:
            self._model.finish()
        except Exception:
            logger.exception("the model did not finish")
        self._board.enter(state, error)
        try:
            self._serve()
            self._store.conclude(self._board.lost, self._board.build().now_ns)
        except Exception:
            logger.exception("no last snapshot")
        finally:
            self._source.close()
