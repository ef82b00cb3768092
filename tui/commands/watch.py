"""The same engine with no screen: a daemon, or a bounded run with a JSON summary."""

from __future__ import annotations

import argparse
import json
import signal
import socket
import sys
import time
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from tui.engine import log
from tui.engine.begin import Begun, begin
from tui.engine.leaving.signals import ENDING, HeldSignals
from tui.engine.notify import Manager
from tui.errors import NettuiError
from tui.export.metrics import MetricsServer, listen
from tui.settings import Settings, resolve
from tui.settings.sources import add_options

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tui.core.frames import Frames
    from tui.engine.session import Session
    from tui.filters import Run as FilterRun

SIGNALS = (signal.SIGINT, *ENDING)
POLL_S = 0.2
LABELS_S = 10.0
"""How long the end of a run waits until its last flows have their labels."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_options(parser, "watch")


def run(arguments: argparse.Namespace) -> int:
    """Capture until a limit or a signal; then save what was asked for, and say what was seen."""
    settings = resolve(arguments).settings
    log.to_file(settings.log_file, settings.log_level)
    # a file has nothing to lose, and a pipe that gives nothing must not keep the process
    # ssh may wait for a password: whoever is asked may go
    here = settings.read is None and not settings.demo and not settings.remote
    held = HeldSignals(SIGNALS) if here else None
    # what must not be in the sandbox comes first; what follows `begin` imports NumPy
    port = listen(*settings.metrics) if settings.metrics else None
    manager = Manager()
    begun = begin(settings, attachable=True)
    try:
        return Watch(begun, port, manager).run(held)
    finally:
        if begun.seat:
            begun.seat.close()


class Watch:
    """One run without a screen."""

    def __init__(self, begun: Begun, port: socket.socket | None, manager: Manager) -> None:
        from tui.commands.placing import located
        from tui.engine.alerting.outputs import Outputs
        from tui.engine.assemble import assemble
        from tui.export.alertsink import sinks

        self._begun = begun
        self._settings: Settings = begun.settings
        self._filter = self._compile()
        self._session: Session = assemble(begun)
        self._outputs = Outputs(begun, located(begun.settings), [*sinks(begun.settings.eve, begun.syslog, begun.name)])
        self._outputs.follow(self._session, begun.name)
        self._learner = begun.learner
        if self._learner:
            self._learner.follow(self._session)
        self._port = port
        self._manager = manager

    def run(self, held: HeldSignals | None = None) -> int:
        """Start, wait, stop, save, report; the exit code. `held`: what came before there was anything to end."""
        from tui.engine.attach.server import Lookers

        session, begun = self._session, self._begun
        began = time.monotonic()
        if line := session.notice.line:
            print(f"nettui: {line}", file=sys.stderr)
        session.shown()  # there is no screen to wait for
        session.start()
        for number in SIGNALS:
            signal.signal(number, self._on_signal)
        if held and held.came:
            session.request_stop()
        lookers = Lookers(begun.seat, session, begun.name) if begun.seat else None
        labels = self._learner.labels if self._learner else None
        metrics = MetricsServer(self._port, session.snapshot, self._outputs.opened, labels) if self._port else None
        self._manager.ready()
        while not session.wait(POLL_S):
            self._manager.alive(session.snapshot(), self._status)
        self._manager.stopping()
        took_s = time.monotonic() - began
        if self._learner:
            self._learner.close(LABELS_S)
        self._outputs.close()
        code = self._complain()
        try:
            saved, unsaved = self._save(), ""
        except NettuiError as error:
            print(f"nettui: {error.message}\nhint: {error.hint}", file=sys.stderr)
            session.store.flush()
            code, saved, unsaved = error.exit_code, (), "not saved"
            if session.store.temporary:  # the packets stay where they are
                unsaved = "not saved; nettui recover has them"
        report, line = self._summary(took_s, saved), self._line(saved, unsaved)
        if not unsaved:
            session.close()
        if metrics:
            metrics.close()
        if lookers:
            lookers.close()
        if self._settings.summary:
            print(json.dumps(report, ensure_ascii=False), flush=True)
        else:
            print(line, file=sys.stderr if self._settings.eve == "-" else sys.stdout, flush=True)
        return code

    def _save(self) -> tuple[Path, ...]:
        """--save PATH saves what is kept, and of that only what -Y matches; -w has saved already. The files."""
        from tui.engine.leaving.farewell import files_of

        settings, session = self._settings, self._session
        saved = session.save(settings.save, self._matching()).path if settings.save else settings.write
        return files_of(session.store, saved, settings.write)

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

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """End after what has arrived; a second signal does not hurry what is being written."""
        self._session.request_stop()

    def _complain(self) -> int:
        """How the session ended, on standard error; the exit code."""
        from tui.engine.leaving.farewell import incomplete

        missing = incomplete(self._session.store, self._settings.write)
        for error in (self._session.error, self._session.damage, missing):
            if error:
                print(f"nettui: {error.message}\nhint: {error.hint}", file=sys.stderr)
                return error.exit_code
        return 0

    def _summary(self, took_s: float, saved: tuple[Path, ...]) -> dict[str, Any]:
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
                "unwritten": loss.unwritten,
            },
            "protocols": {p.name: {"packets": p.packets, "bytes": p.bytes} for p in snapshot.protocols},
            "alerts": dict(self._outputs.opened),
            **self._labels(),
            "saved": str(saved[-1]) if saved else None,
            "health": session.health.state.value,
            "files": [str(path) for path in saved],
            "warnings": list(session.health.warnings),
        }

    def _labels(self) -> dict[str, Any]:
        """With a model: flows and bytes by what it takes them for; None where it has failed."""
        if self._learner is None:
            return {}
        labels = self._learner.labels()
        if labels is None:
            return {"labels": None if self._learner.problem else {}}
        return {"labels": {kind.label: {"flows": kind.flows, "bytes": kind.bytes} for kind in labels.traffic}}

    def _status(self) -> str:
        """For `systemctl status`."""
        snapshot, loss = self._session.snapshot(), self._session.loss
        opened = sum(self._outputs.opened.values())
        return f"{snapshot.packets:,} packets, {loss.lost:,} lost, {opened:,} incident{'s' * (opened != 1)}"

    def _line(self, saved: tuple[Path, ...], unsaved: str) -> str:
        from tui.engine.leaving.farewell import farewell

        return farewell(self._session, self._begun.name, saved, unsaved)


def _read(session: Session, first: int, rows: NDArray[np.int64]) -> Frames:
    return session.reader.read(first + rows)
