"""Putting a session together: a source, where its packets are kept, and the model they feed."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui.capture.growing import open_file
from tui.capture.pacing import PacedSource
from tui.capture.pcapfile import is_plain
from tui.capture.source import Source
from tui.core.baseline import Baseline
from tui.core.state import State
from tui.engine.alerting.decisions import place, recall
from tui.engine.alerting.kept import Kept, network_of, take_up
from tui.engine.begin import DEMO, Begun
from tui.engine.monitor import Monitor
from tui.engine.owners.attribution import Attribution
from tui.engine.resolver import Resolving
from tui.engine.session import Notice, Session
from tui.engine.worker import Limits
from tui.errors import NoSuchFile, UsageError
from tui.settings.model import Settings
from tui.store.contract import Store
from tui.store.filestore import FileStore
from tui.store.layout import FileLayout, Owner, SpoolLayout, default_place
from tui.store.spool import SegmentStore

if TYPE_CHECKING:
    from tui.detectors.moment import Link
    from tui.detectors.registry import DetectorSet

PATIENCE_S = 1.0
"""How long a replay waits for a slow disk; live packets do not wait."""


def assemble(begun: Begun, generation: int = 0, *, paced: bool = False) -> Session:
    """A session for what was begun, ready to start. Raises NoSuchFile, FormatError, SaveError, UsageError.

    `paced`: a file that is read as fast as it goes can be paused and slowed down, too.
    """
    settings = begun.settings
    source = _source(begun, paced)
    kept = _known(begun)
    known, network = kept.baseline, network_of(begun.opened.interfaces) if begun.opened else ""
    notes = (*begun.notes, kept.note) if kept.note else begun.notes
    monitor = Monitor(interface=begun.name, generation=generation, live=source.live, notes=notes)
    decided = place(begun)
    limits = Limits(settings.duration, settings.count, settings.keep_packets)

    def prepare() -> None:
        made = detectors(settings, source, known, network)
        if decided and (problem := recall(decided, made.log)):
            session.warn(problem)
        made.log.silence.suppressions.extend(replace(rule) for rule in settings.allow)
        monitor.lookout.detectors = made

    if settings.thresholds:
        detectors(settings, source, known)  # a limit that does not exist is told before the screen opens
    notice = Notice(kept.note, kept.line)
    store = _store(begun, source)
    session = Session(source, store, monitor, limits, owner=owner(begun), notice=notice, prepare=prepare)
    if begun.processes:
        Attribution(begun.processes, session, monitor.flows).start()
    if begun.names:
        Resolving(begun.names, session, monitor.flows, monitor.names).start()
    return session


def detectors(settings: Settings, source: Source, known: Baseline | None = None, network: str = "") -> DetectorSet:
    """The detectors with the limits that were set. Imported late: the first packets need not wait."""
    from tui.detectors.registry import DetectorSet
    from tui.detectors.thresholds import Thresholds

    thresholds = Thresholds()
    for text in settings.thresholds:
        name, _, value = text.partition("=")
        thresholds = thresholds.with_setting(name, value)
    names = [interface.name for interface in source.interfaces]
    learn_s = settings.learn if source.live else 0.0
    link = partial(_link, source) if source.live else None
    return DetectorSet(
        thresholds,
        live=source.live,
        baseline=known,
        learn_s=learn_s,
        renews=source.live and settings.baseline is None,
        interfaces=names,
        network=network,
        link=link,
    )


def _link(source: Source) -> Link:
    """How the interface is now: asked by the worker, which owns the source."""
    from tui.detectors.moment import Link

    counted = source.statistics()
    down = source.state in (State.DOWN, State.GONE)
    return Link(down, (counted.interface_dropped or 0) + (counted.kernel_dropped or 0))


def owner(begun: Begun) -> Owner | None:
    """To whom files belong: the user who called sudo, where that is somebody else."""
    caller = begun.sandbox.caller
    return Owner(caller.uid, caller.gid) if begun.sandbox.confined else None


def default_save(begun: Begun, now: datetime | None = None) -> Path:
    """IFACE-YYYYMMDD-HHMMSS.pcapng in the folder for saves; never a file that is there."""
    name = begun.name if begun.opened or begun.remotes else begun.name.rsplit(".", 1)[0]
    stem = f"{name.replace(':', '-')}-{(now or datetime.now()):%Y%m%d-%H%M%S}"
    path = begun.save_dir / f"{stem.replace('/', '_')}.pcapng"
    number = 1
    while path.exists():
        number += 1
        path = begun.save_dir / f"{stem.replace('/', '_')}-{number}.pcapng"
    return path


def _source(begun: Begun, paced: bool) -> Source:
    """What packets come from: sockets, other machines, or a file."""
    if begun.opened:
        return begun.opened.source()
    if not begun.remotes:
        return _replay(begun.settings, paced)
    from tui.capture.remote import Link, RemoteSource

    return RemoteSource(
        [
            Link(remote.target.name, number, remote.channel, remote.stream, begun.settings.snaplen)
            for number, remote in enumerate(begun.remotes)
        ]
    )


def read_path(settings: Settings) -> str:
    """The file that is read; `-` is standard input."""
    return str(DEMO) if settings.demo else settings.read or "-"


def _replay(settings: Settings, paced: bool) -> Source:
    """A file in the time of its packets, or as fast as it can be read."""
    path = read_path(settings)
    loop = settings.loop or settings.demo
    if loop and path == "-":
        raise UsageError("standard input cannot be read twice", "leave --loop out, or name a file")
    speed = float("inf") if settings.follow else settings.speed
    if speed == float("inf") and not loop and not paced:
        return open_file(path, settings.follow)
    return PacedSource(lambda: open_file(path, settings.follow), speed, loop)


def _store(begun: Begun, source: Source) -> Store:
    """The files of -w, a plain capture file as it stands, or a private spool."""
    settings, mine = begun.settings, owner(begun)
    wait_s = 0.0 if source.live else PATIENCE_S
    if settings.write:
        files = FileLayout(settings.write, settings.rotate_size or 0, settings.rotate_files or 0, mine)
        return SegmentStore(files, lambda: source.interfaces, wait_s=wait_s)
    path = str(DEMO) if settings.demo else settings.read
    if path and is_plain(path):
        return FileStore(path)
    place = settings.spool or default_place(begun.sandbox.caller.home)
    about: dict[str, object] = {"interface": begun.name, "begun": time.time(), "pid": os.getpid()}
    return SegmentStore(SpoolLayout(place, settings.keep, about, mine), lambda: source.interfaces, wait_s=wait_s)


def _known(begun: Begun) -> Kept:
    """The baseline that was named, else the one that an earlier run has kept for this interface."""
    settings = begun.settings
    if settings.baseline:
        return Kept(_baseline(settings.baseline))
    path = place(begun, kind="baseline")
    if not (settings.kept_baseline and begun.opened and path):
        return Kept()
    return take_up(path, begun.name, network_of(begun.opened.interfaces), time.time_ns())


def _baseline(path: Path) -> Baseline:
    try:
        return Baseline.loads(path.read_bytes())
    except OSError as error:
        raise NoSuchFile(f"cannot read {path}: {error.strerror}", "check --baseline") from None
