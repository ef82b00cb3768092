"""Evidence: the packets that show an incident, and the seconds before a bad one, saved by themselves as pcapng."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import ref

from tui.core.alert.alerts import SECOND_NS, Alert, Event, Severity
from tui.errors import NettuiError, SaveError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tui.engine.session import Session
    from tui.store.rows import Rows

LEAST_FREE = 256 << 20
"""Bytes of disk that recordings leave free: nobody watches over them."""


@dataclass(slots=True)
class Evidence:
    """Called by one thread, which is not the worker. What cannot be saved becomes a warning of the session, once."""

    samples_in: Path | None
    """Where the packets of each incident go; None for nowhere."""
    record_s: float | None
    """How many seconds before a high alert are recorded with all their packets."""
    record_in: Path
    _recorded: int = 0
    """Packets before this number are recorded: none is twice."""
    _of: Callable[[], Session | None] = lambda: None
    """The session whose numbers these are."""

    def take(self, session: Session, alert: Alert, interface: str) -> None:
        """Save what belongs to this event of an incident."""
        if self.samples_in is not None and alert.event is not Event.RAISED:
            self._try(session, lambda folder: self._save_samples(session, alert, folder), self.samples_in)
        if self.record_s is not None and alert.event is not Event.CLOSED and alert.severity >= Severity.HIGH:
            self._try(session, lambda folder: self._record(session, alert, interface, folder), self.record_in)

    def _try(self, session: Session, act: Callable[[Path], None], folder: Path) -> None:
        try:
            act(folder)
        except NettuiError as error:
            session.warn(f"evidence is not saved: {error.message}")

    def _save_samples(self, session: Session, alert: Alert, folder: Path) -> None:
        """Made anew with all of the incident's packets when it closes, unless fewer are left by then."""
        import numpy as np

        samples = np.unique(np.asarray(alert.evidence.samples, np.int64))
        kept = samples[samples >= session.rows.first]
        if len(kept) and (alert.event is Event.OPEN or len(kept) == len(samples)):
            session.save(folder / f"{alert.rule}-{alert.incident_id}.pcapng", kept, alert.line)

    def _record(self, session: Session, alert: Alert, interface: str, folder: Path) -> None:
        assert self.record_s is not None
        if self._of() is not session:
            self._recorded, self._of = 0, ref(session)
        rows = session.rows
        wanted = _since(rows, self._recorded, alert.detected_ns, int(self.record_s * SECOND_NS))
        if not len(wanted):
            return
        disk = os.statvfs(folder)
        if disk.f_bavail * disk.f_frsize < LEAST_FREE:
            raise SaveError(f"less than {LEAST_FREE >> 20} MB are free in {folder}", "make room")
        self._recorded = rows.end
        moment = datetime.fromtimestamp(alert.detected_ns / SECOND_NS)
        name = f"{interface}-{moment:%Y%m%d-%H%M%S}-{alert.rule}-{alert.incident_id[-6:]}.pcapng"
        session.save(folder / name.replace("/", "_"), wanted, alert.line)


def _since(rows: Rows, first: int, detected_ns: int, span_ns: int) -> NDArray[np.int64]:
    """Numbers of the packets from `first` on that are not older than this span, whatever order their times have.

    The clock that detects may be ahead of the packets' own, where that was set back: then the newest ends the span.
    """
    import numpy as np

    found, oldest = [np.empty(0, np.int64)], detected_ns - span_ns
    for _, columns in rows.slices(rows.end - 1, rows.end):
        oldest = min(oldest, int(columns.time_ns[0]) - span_ns)
    for at, columns in rows.slices(first, rows.end):
        found.append(at + np.flatnonzero(columns.time_ns >= oldest))
    return np.concatenate(found)
