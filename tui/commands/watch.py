"""The same engine with no screen: a daemon, or a bounded run with a JSON summary."""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import socket
import sys
import time
from collections import Counter, deque
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from tui.engine import log
from tui.engine.begin import Begun, begin
from tui.engine.runner import Runner
from tui.export.metrics import MetricsServer, listen
from tui.settings import Settings, resolve
from tui.settings.sources import add_options

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tui.core.alerts import Alert
    from tui.core.frames import Frames
    from tui.engine.monitor import Monitor
    from tui.engine.session import Session
    from tui.export.alertsink import EveFile
    from tui.filters import Run as FilterRun

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
POLL_S = 0.2
MAX_EVIDENCE = 1_000
"""Incidents whose packets wait to be saved; the oldest are given up first."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_options(parser, "watch")


def run(arguments: argparse.Namespace) -> int:
    """Capture until a limit or a signal; then save what was asked for, and say what was seen."""
    settings = resolve(arguments).settings
    log.to_file(settings.log_file, settings.log_level)
    # what needs rights, or must not be in the sandbox, comes first; what follows `begin` imports NumPy
    runner = Runner(shlex.split(settings.on_alert)) if settings.on_alert else None
    port = listen(*settings.metrics) if settings.metrics else None
    begun = begin(settings)
    return Watch(begun, runner, port).run()


class Watch:
    """One run without a screen."""

    def __init__(self, begun: Begun, runner: Runner | None, port: socket.socket | None) -> None:
        from tui.engine.assemble import assemble

        self._begun = begun
        self._settings: Settings = begun.settings
        self._filter = self._compile()
        self._session: Session = assemble(begun)
        self._opened: Counter[str] = Counter()
        self._evidence: deque[Alert] = deque(maxlen=MAX_EVIDENCE)
        self._runner = runner
        self._eve = self._open_eve()
        self._port = port
        self._metrics: MetricsServer | None = None

    def run(self) -> int:
        """Start, wait, stop, save, report; the exit code."""
        session = self._session
        session.ask("alerts", self._listen)
        for number in SIGNALS:
            signal.signal(number, self._on_signal)
        began = time.monotonic()
        session.shown()  # there is no screen to wait for
        session.start()
        self._metrics = MetricsServer(self._port, session.snapshot) if self._port else None
        while not session.wait(POLL_S):
            self._save_evidence()
        self._save_evidence()
        code = self._complain()
        saved = self._save()
        report, line = self._summary(time.monotonic() - began, saved), self._line(saved)
        self._close()
        if self._settings.summary:
            print(json.dumps(report, ensure_ascii=False), flush=True)
        else:
            print(line, file=sys.stderr if self._settings.eve == "-" else sys.stdout, flush=True)
        return code

    def _listen(self, monitor: Monitor) -> bool:
        """In the worker, before the first packet."""
        monitor.listeners.append(self._on_alert)
        return True

    def _on_alert(self, alert: Alert) -> None:
        """In the worker."""
        from tui.export.eve import eve

        if alert.event.value == "open":
            self._opened[alert.rule] += 1
        if self._eve:
            self._eve.write(alert)
        if self._runner:
            self._runner.alert(eve(alert, self._begun.name))
        if self._settings.evidence and alert.event.value != "raised":
            self._evidence.append(alert)

    def _save_evidence(self) -> None:
        """A pcapng for each incident, with the packets that show it; made anew with all of them when it closes."""
        import numpy as np

        while self._evidence and self._settings.evidence:
            alert = self._evidence.popleft()
            path = self._settings.evidence / f"{alert.rule}-{alert.incident_id}.pcapng"
            samples = np.unique(np.asarray(alert.evidence.samples, np.int64))
            samples = samples[samples >= self._session.rows.first]
            if len(samples):
                self._session.save(path, samples, alert.line)

    def _save(self) -> Path | None:
        """--save PATH saves what is kept, and of that only what -Y matches; -w has saved already."""
        if not self._settings.save:
            return self._settings.write
        return self._session.save(self._settings.save, self._matching()).path

    def _matching(self) -> NDArray[np.int64] | None:
        """Sequence numbers of the packets that -Y matches; None without -Y."""
        if self._filter is None:
            return None
        import numpy as np

        session, found = self._session, [np.empty(0, np.int64)]
        rows = session.rows
        for first, columns in rows.slices(rows.first, rows.end):
            read = partial(_read, session, first)
            found.append(first + np.flatnonzero(self._filter.match(columns, read, first)))
        return np.concatenate(found)

    def _compile(self) -> FilterRun | None:
        """The filter of -Y; FilterError tells where it is wrong, before the capture begins."""
        if not self._settings.display_filter:
            return None
        from tui import filters

        return filters.Run(filters.compile(self._settings.display_filter))

    def _open_eve(self) -> EveFile | None:
        from tui.export.alertsink import EveFile

        return EveFile(self._settings.eve, self._begun.name) if self._settings.eve else None

    def _close(self) -> None:
        self._session.close()
        for part in (self._eve, self._runner, self._metrics):
            if part:
                part.close()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """End after what has arrived; a second signal does not hurry what is being written."""
        self._session.request_stop()

    def _complain(self) -> int:
        """How the session ended, on standard error; the exit code."""
        for error in (self._session.error, self._session.damage):
            if error:
                print(f"nettui: {error.message}\nhint: {error.hint}", file=sys.stderr)
                return error.exit_code
        return 0

    def _summary(self, took_s: float, saved: Path | None) -> dict[str, Any]:
        session = self._session
        snapshot, loss = session.snapshot(), session.loss
        duration = took_s
        if not session.source.live:
            duration = (snapshot.now_ns - snapshot.first_ns) / 1e9
        return {
            "packets": snapshot.packets,
            "bytes": snapshot.bytes,
            "duration_s": round(duration, 6),
            "packets_per_s": round(snapshot.packets / duration, 3) if duration > 0 else 0.0,
            "lost": {
                "interface": loss.interface,
                "kernel": loss.kernel,
                "evicted": loss.evicted,
                "skipped_names": loss.skipped_names,
            },
            "protocols": {p.name: {"packets": p.packets, "bytes": p.bytes} for p in snapshot.protocols},
            "alerts": dict(self._opened),
            "saved": str(saved) if saved else None,
            "health": session.health.state.value,
        }

    def _line(self, saved: Path | None) -> str:
        from tui.engine.farewell import exit_line, replay_line

        rows = self._session.rows
        if not self._session.source.live:
            return replay_line(rows.end, self._begun.name, saved)
        return exit_line(rows.end, self._session.loss, len(rows), saved)


def _read(session: Session, first: int, rows: NDArray[np.int64]) -> Frames:
    return session.reader.read(first + rows)
