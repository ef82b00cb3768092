"""Apart: a process of its own reads and decodes the next batches, on a second core, and counts those before.

A thread would do it with less ceremony, but two threads that both do array operations wait for each other at the
interpreter's lock: together they were no faster than one. Bytes and columns pass through memory that both have;
messages tell what lies where.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import signal
import warnings
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tui.engine.files.ahead import ENDING, Reader, be_the_reader
from tui.engine.files.reading import Files, Item, MakeCounting, Read
from tui.engine.files.shared import ONE, Lies, Shared, Whole, counter
from tui.errors import CaptureError

if TYPE_CHECKING:
    from tui.core.flow.records import FlowRecords

_ENDING: list[int] = []
"""Children that have said their last word. Giving their memory back takes them 10 ms, in which we go on."""
_PART = 8_192
"""Flow records told at a time at the end."""


def second_core() -> bool:
    """Whether this process may run on more than one core: on a single one, a second process brings nothing."""
    return len(os.sched_getaffinity(0)) > 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) > 1


def _reap() -> None:
    """Wait for those that are ending: not every container has somebody who would do it after us."""
    while _ENDING:
        os.waitpid(_ENDING.pop(), 0)


atexit.register(_reap)


class Apart:
    """What `files.read()` gives, made by a child from this moment on. What that raises is raised at its place.

    Be done with a batch before you ask for more: its bytes and columns are then overwritten, once the child has counted
    them. `close` it, read to the end or not.
    """

    def __init__(self, files: Files, counting: MakeCounting | None = None) -> None:
        """`counting` is made and fed by the child."""
        self._shared = Shared(files)
        self._counting = counting is not None
        _reap()
        done, self._done = counter()
        lives, self._lives = os.pipe()
        said_read, said_write = os.pipe()
        told_read, told_write = os.pipe()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)  # the child has nothing of ours to do at a Ctrl-C
        try:
            with warnings.catch_warnings():
                # the child touches no lock that another thread could hold: it has its own files and pipes, never logs
                warnings.simplefilter("ignore", DeprecationWarning)
                self._child = os.fork()
            if not self._child:
                for ours in (self._done, self._lives, said_read, told_write):
                    os.close(ours)
                said, told = os.fdopen(said_write, "wb"), os.fdopen(told_read, "rb")
                be_the_reader(Reader(self._shared, counting, done, lives, said, told), before)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for theirs in (done, lives, said_write, told_read):
            os.close(theirs)
        self._said = os.fdopen(said_read, "rb")
        self._told = os.fdopen(told_write, "wb")
        self._is_over = False
        """Whether the child has said its last word."""
        self._came = self._finished = 0
        """Batches."""
        self._wholes: deque[int] = deque()
        """Numbers of those that are out and not in shared memory."""
        self._ended: NDArray[Any] = np.empty(0, np.uint8)
        """Records of flows of which the child does not know yet."""

    def __iter__(self) -> Iterator[Item]:
        while (said := self._hear()) is not None:
            if isinstance(said, Whole):
                self._wholes.append(self._came)
                said = Read(said.frames, said.columns, said.file, self._release)
            elif isinstance(said, Lies):
                said = Read(*self._shared.batch(self._came, said), said.file, self._release)
            self._came += isinstance(said, Read)
            yield said
        self._is_over = not self._counting

    def _hear(self) -> Any:
        """What the child says next. Raises what was raised there, and CaptureError where it says no more."""
        try:
            said = pickle.load(self._said)  # noqa: S301  # from our own child
        except (EOFError, pickle.UnpicklingError) as error:  # between two words, or within one
            hint = "was it killed? `dmesg` tells when memory ran out"
            raise CaptureError("the process that reads the capture ended by itself", hint) from error
        if isinstance(said, BaseException):
            raise said
        return said

    def _release(self) -> None:
        with contextlib.suppress(BrokenPipeError):  # all is read, and the child gone
            os.write(self._done, ONE)

    def done(self, read: Read, ended: FlowRecords | None = None) -> None:
        """The oldest batch that is out is followed: it is counted now, and so are the flows that ended by it."""
        if self._counting:
            self._gather(ended)
            self._ended = self._ended[self._shared.put_ended(self._finished, self._ended) :]
        read.release()
        if self._wholes and self._wholes[0] == self._finished:
            self._wholes.popleft()
            if self._counting:
                self._tell(read.columns)
        self._finished += 1

    def finish(self, ended: FlowRecords | None = None) -> Any:
        """What was counted, once all is read and done, and the last flows have ended."""
        self._gather(ended)
        for start in range(0, len(self._ended), _PART):
            self._tell(self._ended[start : start + _PART])
        self._tell(None)
        result = self._hear()
        self._is_over = True
        return result

    def _gather(self, ended: FlowRecords | None) -> None:
        if ended is not None and len(ended):
            self._ended = np.concatenate([self._ended, ended.table]) if len(self._ended) else ended.table

    def _tell(self, item: object) -> None:
        """For the child, which is waiting for it."""
        with contextlib.suppress(BrokenPipeError):  # it has ended: `_hear` says so
            pickle.dump(item, self._told, pickle.HIGHEST_PROTOCOL)
            self._told.flush()

    def close(self) -> None:
        os.close(self._done)
        os.close(self._lives)
        self._said.close()
        with contextlib.suppress(BrokenPipeError):
            self._told.close()
        if self._is_over:
            _ENDING.append(self._child)
        else:
            os.kill(self._child, signal.SIGKILL)  # it may be waiting for a pipe that gives nothing
            os.waitpid(self._child, 0)
