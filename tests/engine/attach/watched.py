"""A session that is looked at: real packets of the demo capture, a real model, no worker; packets come when told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tests.conftest import DEMO
from tui.capture.pcapfile import open_capture
from tui.core.decode import decode
from tui.core.flow.owners import NOBODY, Owners
from tui.core.frames import Frames, from_packets
from tui.core.snapshot import Health, Loss, Snapshot
from tui.core.state import State
from tui.engine.attach.line import Line
from tui.engine.attach.place import Seat, connect, take
from tui.engine.attach.server import Lookers
from tui.engine.attach.session import AttachedSession
from tui.engine.monitor import Monitor
from tui.store.rows import Rows, RowWriter

T = TypeVar("T")


def demo_packets(most: int) -> list[tuple[bytes, int]]:
    """(bytes, time) of the first packets of the demo."""
    source = open_capture(str(DEMO))
    found: list[tuple[bytes, int]] = []
    while len(found) < most and (frames := source.read(1.0)) is not None:
        found += [(frames.bytes_of(i), int(frames.time_ns[i])) for i in range(len(frames))]
        source.release(frames)
    source.close()
    return found[:most]


class Watched:
    """Offers what `tui.engine.attach.answers.Looked` asks for."""

    def __init__(self, keep: int = 1_000_000) -> None:
        self.source = SimpleNamespace(interfaces=[SimpleNamespace(name="eth0", description="the line")])
        self.monitor = Monitor(interface="eth0", live=False)
        self.writer = RowWriter(keep)
        self.packets: list[bytes] = []
        self.owners: Owners = NOBODY
        self.ended = False
        self.reader = self
        self._all = iter(demo_packets(6_000))
        self._snapshot: Snapshot | None = None

    def receive(self, count: int) -> Watched:
        some = [next(self._all) for _ in range(count)]
        frames = from_packets([data for data, _ in some], times_ns=[at for _, at in some])
        columns = decode(frames)
        self.monitor.annotate(columns, frames)
        self.monitor.count(columns, frames)
        self.packets += [data for data, _ in some]
        self.writer.append(columns)
        self._snapshot = None
        return self

    @property
    def rows(self) -> Rows:
        return self.writer.rows

    def read(self, sequences: NDArray[np.int64]) -> Frames:
        rows = self.rows
        return from_packets([self.packets[s] if rows.first <= s < rows.end else b"" for s in sequences.tolist()])

    def snapshot(self) -> Snapshot:
        if self._snapshot is None:
            self._snapshot = self.monitor.snapshot(Health(State.LIVE), Loss(0, 0), len(self.rows))
        return self._snapshot

    def ask(self, key: str, build: Callable[[Any], T]) -> T | None:
        return build(self.monitor)


def seat_in(folder: Path) -> Seat:
    """A socket that listens in a folder of the test's own."""
    seat = take({"RUNTIME_DIRECTORY": str(folder)})
    assert seat is not None
    return seat


@contextmanager
def served(watched: Watched, folder: Path) -> Iterator[Path]:
    """The path of the socket by which it can be looked at."""
    seat = seat_in(folder)
    lookers = Lookers(seat, watched, "eth0")
    try:
        yield seat.path
    finally:
        lookers.close()


@contextmanager
def attached(path: Path) -> Iterator[AttachedSession]:
    """Somebody who looks, and keeps looking."""
    session = AttachedSession(Line(connect(path)), Line(connect(path)))
    session.start()
    try:
        yield session
    finally:
        session.close()
