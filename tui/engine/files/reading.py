"""Reading: the packets of capture files, one file after the other, decoded."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tui.capture.growing import open_file
from tui.capture.records import Bytes
from tui.capture.source import Source
from tui.core.columns import Columns
from tui.core.decode import decode
from tui.core.frames import Frames
from tui.core.state import State
from tui.errors import DamagedFile, NettuiError

if TYPE_CHECKING:
    from tui.core.flow.records import FlowRecords

PATIENCE_S = 0.25
"""How long one read waits for a pipe that gives nothing; then it is asked again, unless nobody reads any more."""


class Read(NamedTuple):
    """A batch that is decoded."""

    frames: Frames
    columns: Columns
    file: int
    """Index of the file among those that are read."""
    release: Callable[[], None]
    """Call it when nobody needs these frames and columns any more."""


class Damage(NamedTuple):
    """Where a file could not be read further."""

    file: int
    error: DamagedFile


class Silence(NamedTuple):
    """A pipe gave nothing for a while."""


Item = Read | Damage | Silence


class Counting(Protocol):
    """What is counted of packets whose flows have been followed, and of flows that have ended."""

    def add(self, frames: Frames, columns: Columns) -> None: ...

    def add_flows(self, flows: FlowRecords) -> None: ...

    def result(self) -> object:
        """All that was counted; it may come from another process."""


MakeCounting = Callable[[], Counting]
"""Called once, late: what it imports then delays no packet."""


class Files(NamedTuple):
    """What is read, and how much of it at a time."""

    paths: Sequence[str]
    window: int
    """Bytes of a file in memory."""
    batch: int
    """Frames of a batch, about."""
    follow: bool = False
    """Whether a file that ends may grow; the first of them is then the last."""

    def read(
        self,
        room: Callable[[int], Bytes] | None = None,
        on_end: Callable[[], None] | None = None,
        place: Callable[[Frames], Columns | None] | None = None,
    ) -> Generator[Item, None, None]:
        """What the files hold. Raises NoSuchFile and FormatError for what is no capture.

        `room` makes the windows; `on_end` is called between two files, when the windows of the first are needed no
        more but for the batches that are out. `place` says where the columns of a batch are to lie, if anywhere.
        """
        for index, path in enumerate(self.paths):
            source = self._open(path, room)
            try:
                while not _ended(source):
                    frames = source.read(PATIENCE_S)
                    if frames is not None:
                        into = place(frames) if place else None
                        yield Read(frames, decode(frames, into), index, partial(source.release, frames))
                    elif not _ended(source):
                        yield Silence()
            except DamagedFile as damage:
                yield Damage(index, damage.about(path) if len(self.paths) > 1 else damage)
            finally:
                source.close()
                if on_end is not None and index + 1 < len(self.paths):
                    on_end()

    def _open(self, path: str, room: Callable[[int], Bytes] | None) -> Source:
        try:
            return open_file(path, self.follow, window=self.window, batch=self.batch, room=room)
        except NettuiError as error:
            raise (error.about(path) if len(self.paths) > 1 else error) from None


def _ended(source: Source) -> bool:
    return source.state is State.ENDED
