"""Apart: a process of its own reads and decodes the next batches, on a second core.

A thread would do it with less ceremony, but two threads that both do array operations wait for each other at the
interpreter's lock: together they were no faster than one. Bytes and columns pass through memory that both have;
messages tell what lies where.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import pickle
import select
import signal
import sys
import traceback
import warnings
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tui.capture.records import Bytes
from tui.core.columns import DTYPES, Columns
from tui.core.frames import Frames
from tui.engine.files.reading import Files, Item, Read
from tui.errors import CaptureError, NettuiError

DEPTH = 3
"""Batches that are read and decoded, and not yet done with."""
WINDOWS = DEPTH + 1
"""Pieces of a file in shared memory: one for each batch that is out, and the one being read."""
FRAME_FIELDS: Mapping[str, DTypeLike] = {
    "offset": np.int64, "caplen": np.int64, "length": np.int64, "time_ns": np.int64, "position": np.int64,
    "linktype": np.uint16, "interface": np.uint16, "direction": np.uint8,
}  # fmt: skip
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LINE = 64
_ONE = (1).to_bytes(8, sys.byteorder)


def second_core() -> bool:
    """Whether this process may run on more than one core: on a single one, a second process brings nothing."""
    return len(os.sched_getaffinity(0)) > 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) > 1


def _counter() -> tuple[int, int]:
    """(where to read, where to write): _ONE can be read as often as it was written.

    A pipe would do everywhere; but who writes into one is taken to wait for an answer (WF_SYNC of the kernel's
    scheduler), and has to share its core with the one that it wakes.
    """
    if not hasattr(os, "eventfd"):
        return os.pipe()
    counter = os.eventfd(0, os.EFD_SEMAPHORE | os.EFD_CLOEXEC)
    return counter, os.dup(counter)


class _Lies(NamedTuple):
    """Where a batch lies in shared memory."""

    file: int
    window: int
    n: int
    positions: bool


class _Whole(NamedTuple):
    """A batch that did not fit there: a record longer than a window, or very many tiny ones."""

    file: int
    frames: Frames
    columns: Columns


@dataclass(slots=True)
class _Shared:
    """The memory that both processes have."""

    files: Files
    windows: list[Bytes] = field(init=False)
    free: list[Bytes] = field(init=False)
    """Those that the reader may still take."""
    slots: list[Bytes] = field(init=False)
    """Room for the arrays of each batch that is out."""

    def __post_init__(self) -> None:
        size = self.files.window
        slot = sum(np.dtype(d).itemsize for d in (*DTYPES.values(), *FRAME_FIELDS.values())) * 2 * self.files.batch
        slot = -(-slot // mmap.PAGESIZE) * mmap.PAGESIZE + mmap.PAGESIZE
        whole = np.frombuffer(mmap.mmap(-1, WINDOWS * size + DEPTH * slot), np.uint8)
        self.windows = [whole[i * size : (i + 1) * size] for i in range(WINDOWS)]
        self.slots = list(whole[WINDOWS * size :].reshape(DEPTH, slot))
        self.refill()

    def refill(self) -> None:
        """No batch is out: all windows may be taken again."""
        self.free = list(self.windows)

    def room(self, size: int) -> Bytes:
        """A window; one of its own memory where a longer one is needed."""
        return self.free.pop() if self.free and size == self.files.window else np.empty(size, np.uint8)

    def arrays(self, slot: int, n: int) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]] | None:
        """(arrays of Frames, arrays of Columns) of n packets in a slot; None where they do not fit."""
        memory, at = self.slots[slot], 0
        made: list[dict[str, NDArray[Any]]] = []
        for fields in (FRAME_FIELDS, DTYPES):
            made.append({})
            for name, dtype in fields.items():
                end = at + n * np.dtype(dtype).itemsize
                if end > len(memory):
                    return None
                made[-1][name] = memory[at:end].view(dtype)
                at = -(-end // _LINE) * _LINE
        return made[0], made[1]


class Apart:
    """What `files.read()` gives, made by a child from this moment on. What that raises is raised at its place.

    Release a batch before you ask for more: its bytes and columns are then overwritten. `close` it, read to the end or
    not.
    """

    def __init__(self, files: Files) -> None:
        self._shared = _Shared(files)
        done, self._done = _counter()
        lives, self._lives = os.pipe()
        said_read, said_write = os.pipe()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)  # the child has nothing of ours to do at a Ctrl-C
        try:
            with warnings.catch_warnings():
                # the child touches no lock that another thread could hold: it has its own files and pipes, never logs
                warnings.simplefilter("ignore", DeprecationWarning)
                self._child = os.fork()
            if not self._child:
                for ours in (self._done, self._lives, said_read):
                    os.close(ours)
                _be_the_reader(_Reader(self._shared, done, lives, os.fdopen(said_write, "wb")), before)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for theirs in (done, lives, said_write):
            os.close(theirs)
        self._said = os.fdopen(said_read, "rb")
        self._batches = 0

    def __iter__(self) -> Iterator[Item]:
        while (item := self._next()) is not None:
            yield item

    def _next(self) -> Item | None:
        """What the child says next; None when all is read."""
        try:
            said = pickle.load(self._said)  # noqa: S301  # from our own child
        except (EOFError, pickle.UnpicklingError) as error:  # between two words, or within one
            hint = "was it killed? `dmesg` tells when memory ran out"
            raise CaptureError("the process that reads the capture ended by itself", hint) from error
        if isinstance(said, BaseException):
            raise said
        if isinstance(said, _Lies):
            return self._pick_up(said)
        if isinstance(said, _Whole):
            self._batches += 1
            return Read(said.frames, said.columns, said.file, self._release)
        item: Item | None = said
        return item

    def _pick_up(self, said: _Lies) -> Read:
        found = self._shared.arrays(self._batches % DEPTH, said.n)
        assert found is not None
        self._batches += 1
        of_frames: dict[str, Any] = dict(found[0])
        if not said.positions:
            of_frames["position"] = None
        frames = Frames(self._shared.windows[said.window], **of_frames)
        return Read(frames, Columns(**found[1]), said.file, self._release)

    def _release(self) -> None:
        with contextlib.suppress(BrokenPipeError):  # all is read, and the child gone
            os.write(self._done, _ONE)

    def close(self) -> None:
        os.close(self._done)
        os.close(self._lives)
        self._said.close()
        os.kill(self._child, signal.SIGKILL)  # it may be waiting for a pipe that gives nothing
        os.waitpid(self._child, 0)


def _be_the_reader(reader: _Reader, mask: Iterable[int]) -> None:
    """The life of the child. It never returns, and leaves nothing of the parent's behind: no buffer, no handler."""
    try:
        for number in _ENDING:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # for the parent to take
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)  # whoever reads our output waits for the parent alone
        reader.run()
    except BrokenPipeError:
        pass  # the parent is gone
    finally:
        os._exit(0)


@dataclass(slots=True)
class _Reader:
    """The child's side."""

    shared: _Shared
    done: int
    """Where the parent counts the batches that it is done with, in their order."""
    lives: int
    """Comes to its end with the parent."""
    said: IO[bytes]
    out: deque[Read] = field(default_factory=deque)
    sent: int = 0

    def run(self) -> None:
        try:
            for item in self.shared.files.read(self.shared.room, self._end_file):
                if isinstance(item, Read):
                    if len(self.out) == DEPTH:
                        self._wait()
                    self._say(self._lay_down(item))
                    self.out.append(item)
                    self.sent += 1
                else:
                    self._say(item)
            self._say(None)
        except BrokenPipeError:
            raise
        except NettuiError as error:
            self._say(error)
        except Exception:  # noqa: BLE001  # the parent raises it
            self._say(RuntimeError(traceback.format_exc()))

    def _lay_down(self, read: Read) -> _Lies | _Whole:
        """Put the arrays of a batch where the parent finds them."""
        frames, columns = read.frames, read.columns
        window = next((i for i, window in enumerate(self.shared.windows) if frames.buffer is window), None)
        room = self.shared.arrays(self.sent % DEPTH, len(frames))
        if window is None or room is None:
            return _Whole(read.file, frames, columns)
        of_frames, of_columns = room
        for name, values in of_frames.items():
            given = getattr(frames, name)
            if given is not None:
                values[:] = given
        for name, values in of_columns.items():
            values[:] = getattr(columns, name)
        return _Lies(read.file, window, len(frames), frames.position is not None)

    def _say(self, item: object) -> None:
        pickle.dump(item, self.said, pickle.HIGHEST_PROTOCOL)
        self.said.flush()

    def _wait(self) -> None:
        """Until the parent is done with one batch more."""
        if self.done not in select.select([self.done, self.lives], [], [])[0]:
            raise BrokenPipeError
        os.read(self.done, len(_ONE))
        self.out.popleft().release()

    def _end_file(self) -> None:
        """Until the parent is done with all: then every window is free for the next file."""
        while self.out:
            self._wait()
        self.shared.refill()
