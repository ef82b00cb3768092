"""Past: the session as it was in a window of time. All screens look through it; without a window nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from tui.core.alert.alerts import Alert, Event, Status
from tui.core.alert.log import KEPT_EVENTS, AlertLog
from tui.core.alert.windowed import Memory, Told
from tui.core.flow.listed import FlowRows
from tui.core.flow.owners import Owners
from tui.core.flow.windowed import picked, window_rows
from tui.core.frames import FrameReader
from tui.core.namestable import NameRow
from tui.core.notes import Notes
from tui.core.snapshot import Snapshot
from tui.core.timeindex import Index, cut
from tui.core.window import Window
from tui.core.windowcount import Counted
from tui.screens.contract import SaveOutcome, SessionLike
from tui.store.counting import Counting
from tui.store.namecount import NameCount
from tui.store.rows import Rows
from tui.widgets.numbers import clock

T = TypeVar("T")
FLOWS_MOST = 200_000
"""Flows that the session is asked for: more than it holds."""


class Past:
    """A SessionLike over another. With a window, rows, counters, flows, names and alerts are those of its time.

    What is counted is counted in threads that a newer window cancels; the capture never waits for it.
    """

    def __init__(self, session: SessionLike) -> None:
        self.session = session
        self.window: Window | None = None
        self.news = False
        """Counters have changed since the screen took this away."""
        self._counting: Counting | None = None
        self._counted: Counted | None = None
        """Of this window, or of the one before until this one is counted."""
        self._number = 0
        self._asked: Counted | None = None
        """The count whose flows the session is being asked about."""
        self._flows: FlowRows | None = None
        self._flows_of: Counted | None = None
        self._names: NameCount | None = None
        self._named: list[NameRow] | None = None
        self._memory = Memory()

    # the window

    def look(self, window: Window | None) -> None:
        """Show another window, or the whole session (None)."""
        counting, self.window = self._counting, window
        if counting and window and window.first == counting.first and window.end >= counting.end:
            counting.extend(window.end)
            return
        self._let_go()
        if window is None:
            self._counted = None
        else:
            self._counting = Counting(lambda: self.session.rows, window, self._have_counted)

    def close(self) -> None:
        """Nothing more is wanted."""
        self._let_go()

    def _let_go(self) -> None:
        if self._counting:
            self._counting.cancel()
        if self._names:
            self._names.cancel()
        self._counting = self._names = None
        self._asked = self._flows = self._flows_of = self._named = None

    def _have_counted(self) -> None:
        self.news = True

    def index(self) -> Index:
        """Finds packets of the whole session by their time."""
        snapshot, rows = self.session.snapshot(), self.session.rows

        def times(first: int, stop: int) -> Iterator[tuple[int, NDArray[np.int64]]]:
            for start, columns in rows.slices(first, stop):
                yield start, columns.time_ns

        now_ns = max(snapshot.now_ns, self.time_of(rows.end - 1))
        return Index(snapshot.series, snapshot.packets, rows.end, now_ns, snapshot.first_ns, times)

    def retained_since(self) -> int:
        """Time of the oldest packet that is kept; 0 where there is none."""
        return self.time_of(self.session.rows.first)

    def time_of(self, sequence: int | None) -> int:
        """Time of a packet; 0 where it is not kept."""
        rows = self.session.rows
        if sequence is None or not rows.first <= sequence < rows.end:
            return 0
        return int(rows.pick(np.asarray([sequence]), ["time_ns"])[0][0])

    @property
    def sequences(self) -> NDArray[np.int64] | None:
        """The packets of the window that are kept; None without a window."""
        rows = self.rows
        return None if self.window is None else np.arange(rows.first, rows.end, dtype=np.int64)

    @property
    def unretained(self) -> str:
        """What is missing of the window's packets; empty where nothing is."""
        window, kept = self.window, self.session.rows
        if window is None or kept.first <= window.first or not len(window):
            return ""
        if kept.first >= window.end:
            return "packets not retained"
        return f"packets from {clock(self.retained_since())} on"

    # what the screens see

    @property
    def rows(self) -> Rows:
        rows, window = self.session.rows, self.window
        return rows if window is None else rows.between(window.first, window.end)

    @property
    def reader(self) -> FrameReader:
        return self.session.reader

    @property
    def unsaved(self) -> int:
        return self.session.unsaved

    @property
    def notes(self) -> Notes:
        return self.session.notes

    @property
    def interfaces(self) -> Sequence[str]:
        return self.session.interfaces

    @property
    def owners(self) -> Owners:
        return self.session.owners

    @property
    def ended(self) -> bool:
        return self.session.ended

    def shown(self) -> None:
        self.session.shown()

    def decide(self, act: Callable[[AlertLog], object]) -> None:
        self.session.decide(act)

    def save(self, path: Path, sequences: NDArray[np.int64] | None = None) -> SaveOutcome:
        return self.session.save(path, sequences)

    def whole(self) -> Snapshot:
        """The session as it is now, whatever the window."""
        return self.session.snapshot()

    def snapshot(self) -> Snapshot:
        """The counters of the window. State, loss and the clock are always those of the session."""
        snapshot, window = self.session.snapshot(), self.window
        if window is None:
            return snapshot
        counting = self._counting
        if counting and counting.result:
            self._counted = counting.result
        counted = self._counted
        alerts = self._alerts(window, snapshot)
        series = cut(snapshot.series, window)
        snapshot = replace(
            snapshot,
            packets=len(window),
            kept=len(self.rows),
            packets_per_s=_rate(len(window), series.packets, window),
            series=series,
            alerts=tuple(alerts),
            alert_counts=_counts(alerts),
            window=window,
            window_note=self._note(counting),
        )
        # whole seconds know the bytes of packets that are not kept any more
        volume = int(series.bytes.sum() + series.older_bytes.sum()) if self.unretained or not counted else counted.bytes
        snapshot = replace(snapshot, bytes=volume, bits_per_s=8 * _rate(volume, series.bytes, window))
        if counted is None:
            return replace(snapshot, protocols=(), talkers=(), ports=(), pairs=())
        return replace(
            snapshot,
            protocols=counted.protocols,
            talkers=counted.talkers,
            ports=counted.ports,
            pairs=counted.pairs,
        )

    def _note(self, counting: Counting | None) -> str:
        if counting and counting.problem:
            return f"not counted: {counting.problem}"
        if counting and not counting.result:
            return f"counting {counting.progress:.0%}"
        return self.unretained

    def _alerts(self, window: Window, snapshot: Snapshot) -> list[Alert]:
        """The incidents that lasted at some time of the window, each as it stood at its end; newest first."""
        told = self.session.ask("alerts of a window", partial(_told, self._memory.total))
        if told is not None:
            self._memory.hear(told)
        return self._memory.alerts(cast("tuple[Alert, ...]", snapshot.alerts), window)

    def ask(self, key: str, build: Callable[[Any], T]) -> T | None:
        """See SessionLike. Flows and names are those of the window; what else is asked is of the whole session."""
        if self.window is None or key not in ("flows", "all names"):
            return self.session.ask(key, build)
        return cast("T | None", self._window_flows() if key == "flows" else self._window_names(self.window))

    def _window_flows(self) -> FlowRows | None:
        """Counted from the columns, and completed once with what the session knows of the flows."""
        counting, window = self._counting, self.window
        if counting is None or counting.result is None or window is None or counting.result is self._flows_of:
            return self._flows
        if self._asked is None:
            self._asked, self._number = counting.result, self._number + 1
        wanted = self._asked.flows
        answer = self.session.ask("flows of a window", partial(_held, self._number, wanted.flow))
        if answer is not None and answer[0] == self._number:
            self._flows, self._flows_of = window_rows(wanted, answer[1], window, self._asked.beyond), self._asked
            self._asked = None
        return self._flows

    def _window_names(self, window: Window) -> list[NameRow] | None:
        """Read anew; while the window grows, the last ones that were read to the end."""
        names, wanted = self._names, (window.first, window.end)
        if names is not None and names.rows is not None:
            self._named = names.rows
        if names is None or (names.range != wanted and names.ended):
            self._names = NameCount(lambda: self.session.rows, self.session.reader, *wanted)
        return self._named


def _rate(amount: int, per_s: NDArray[np.int64], window: Window) -> float:
    """Of a stretch of time the mean; of all that was until a time, the last whole second."""
    if window.whole:
        return float(per_s[-2]) if len(per_s) > 1 else 0.0
    return amount / max(window.seconds, 1e-3)


def _held(number: int, wanted: NDArray[np.uint32], monitor: Any) -> tuple[int, FlowRows]:
    """Asked of the worker: what it knows of some flows, and for which question."""
    return number, picked(monitor.flow_rows(limit=FLOWS_MOST, sort="first", descending=True), wanted)


def _told(since: int, monitor: Any) -> Told:
    """Asked of the worker: what was told of incidents since then."""
    told: Told = monitor.told_alerts(since=since, limit=KEPT_EVENTS)
    return told


def _counts(alerts: Sequence[Alert]) -> dict[int, int]:
    """Open incidents by severity."""
    counts: dict[int, int] = {}
    for alert in alerts:
        if alert.event is Event.CLOSED or alert.status is not Status.OPEN:
            continue
        counts[int(alert.severity)] = counts.get(int(alert.severity), 0) + 1
    return counts
