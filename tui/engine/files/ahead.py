"""Ahead: the process that reads and decodes the next batches, and counts those whose flows have been followed."""

from __future__ import annotations

import os
import pickle
import select
import signal
import traceback
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import IO, Any, NamedTuple

import numpy as np

from tui.core.columns import Columns
from tui.core.frames import Frames
from tui.engine.files.reading import Counting, MakeCounting, Read
from tui.engine.files.shared import DEPTH, ONE, Lies, Shared, Whole
from tui.errors import NettuiError

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def be_the_reader(reader: Reader, mask: Iterable[int]) -> None:
    """The life of the child. It never returns, and leaves nothing of the parent's behind: no buffer, no handler."""
    try:
        for number in ENDING:
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


class _Out(NamedTuple):
    """A batch that the parent has."""

    frames: Frames
    columns: Columns | None
    """Where the parent writes what it learns of the packets; None: it sends them back."""
    release: Callable[[], None]


@dataclass(slots=True)
class Reader:
    """The child's side."""

    shared: Shared
    make_counting: MakeCounting | None
    done: int
    """Where the parent counts the batches that it is done with, in their order."""
    lives: int
    """Comes to its end with the parent."""
    said: IO[bytes]
    told: IO[bytes]
    """What the parent tells that has no place in the shared memory."""
    counting: Counting | None = None
    placed: int | None = None
    """The window of the batch that is being read; None: it does not lie in shared memory."""
    out: deque[_Out] = field(default_factory=deque)
    sent: int = 0

    def run(self) -> None:
        try:
            for item in self.shared.files.read(self.shared.room, self._end_file, self._place):
                if isinstance(item, Read):
                    if len(self.out) == DEPTH:
                        self._wait()
                    self._send(item)
                else:
                    self._say(item)
                while self.out and self._may_go_on(0):
                    self._finish()
            self._say(None)
            if self.make_counting:
                self._say(self._result())
        except BrokenPipeError:
            raise
        except NettuiError as error:
            self._say(error)
        except Exception:  # noqa: BLE001  # the parent raises it
            self._say(RuntimeError(traceback.format_exc()))

    def _place(self, frames: Frames) -> Columns | None:
        """Where the parent finds the columns of the batch that is being read, and its frames, which are put there."""
        window = next((i for i, window in enumerate(self.shared.windows) if frames.buffer is window), None)
        room = self.shared.arrays(self.sent, len(frames)) if window is not None else None
        self.placed = None
        if window is None or room is None:
            return None
        for name, values in room[0].items():
            given = getattr(frames, name)
            if given is not None:
                values[:] = given
        self.placed = window
        return Columns(**room[1])

    def _send(self, read: Read) -> None:
        """Tell the parent where a batch lies; what does not lie in shared memory is sent."""
        frames, batch = read.frames, self.sent
        self.sent += 1
        if self.placed is None:
            self._say(Whole(read.file, frames, read.columns))
            self.out.append(_Out(frames, None, read.release))
            if self.make_counting:
                self._wait_for_all()  # the parent sends it back: neither may write while the other does
            return
        lies = Lies(read.file, self.placed, len(frames), frames.position is not None)
        self._say(lies)
        self.out.append(_Out(*self.shared.batch(batch, lies), read.release))

    def _say(self, item: object) -> None:
        pickle.dump(item, self.said, pickle.HIGHEST_PROTOCOL)
        self.said.flush()

    def _hear(self) -> Any:
        try:
            return pickle.load(self.told)  # noqa: S301  # from our own parent
        except (EOFError, pickle.UnpicklingError) as error:
            raise BrokenPipeError from error

    def _wait(self) -> None:
        """Until the parent is done with one batch more, which is then counted."""
        self._may_go_on(None)
        self._finish()

    def _may_go_on(self, timeout_s: float | None) -> bool:
        """Whether the parent is done with the oldest batch that is out."""
        ready = select.select([self.done, self.lives], [], [], timeout_s)[0]
        if self.lives in ready and self.done not in ready:
            raise BrokenPipeError
        return self.done in ready

    def _finish(self) -> None:
        """Count the oldest batch that is out, with which the parent is done, and give it back."""
        os.read(self.done, len(ONE))
        if self.make_counting:
            from tui.core.flow.records import ITEM  # when there is time for it

            frames, columns, _ = self.out[0]
            self._counted().add(frames, columns or self._hear())
            self._count_flows(self.shared.take_ended(self.sent - len(self.out), ITEM))
        self.out.popleft().release()

    def _wait_for_all(self) -> None:
        while self.out:
            self._wait()

    def _end_file(self) -> None:
        """Until the parent is done with all: then every window is free for the next file."""
        self._wait_for_all()
        self.shared.refill()

    # ------------------------------------------------------------------ counting

    def _counted(self) -> Counting:
        if self.counting is None:
            assert self.make_counting is not None
            self.counting = self.make_counting()
        return self.counting

    def _count_flows(self, table: np.ndarray) -> None:
        if len(table):
            from tui.core.flow.records import FlowRecords

            self._counted().add_flows(FlowRecords.over(table))

    def _result(self) -> object:
        """What was counted, once the parent has told of the last flows."""
        self._wait_for_all()
        while (table := self._hear()) is not None:
            self._count_flows(table)
        return self._counted().result()
