"""Beginning a run: sockets are opened, rights are given up, and only then is anything large imported.

begun = begin(settings)      # may raise PermissionNeeded, NoSuchInterface, UsageError
session = begun.session()    # imports NumPy; see tui.engine.assemble
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tui.capture.farside import Request
from tui.capture.opening import CaptureOptions, OpenedCapture, open_live
from tui.capture.ownssh import own_connections
from tui.engine.alerting.runner import Runner, command, webhook
from tui.engine.alerting.syslog import Syslog
from tui.engine.attach.place import Seat, take
from tui.engine.learner import Learner
from tui.engine.owners.processes import Processes
from tui.engine.remotes import Remote, connect
from tui.engine.resolver import Names
from tui.engine.rights.privileges import Sandbox, caller, drop, hand_over
from tui.errors import SaveError
from tui.settings.model import Settings
from tui.store.places import is_folder, is_there

if TYPE_CHECKING:
    from tui.core.alert.response import Guard

DEMO = Path(__file__).resolve().parent.parent / "data/demo.pcap"


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that may no longer do more than it needs."""

    settings: Settings
    opened: OpenedCapture | None
    """The live capture; None for a file."""
    sandbox: Sandbox
    save_dir: Path
    """Where saves without a path go."""
    runners: tuple[Runner, ...] = ()
    """What runs the command of --on-alert and posts to --webhook, outside the sandbox."""
    syslog: Syslog | None = None
    remotes: tuple[Remote, ...] = ()
    """The captures on other machines, of which packets have come."""
    learner: Learner | None = None
    """Where flows are scored and labelled."""
    names: Names | None = None
    """Asks for names, where the settings say so."""
    processes: Processes | None = None
    """Knows whose sockets are whose; only where this machine's own interfaces are captured."""
    ssh_peers: tuple[str, ...] = ()
    """Who watches this terminal."""
    seat: Seat | None = None
    """Where others may look at this run."""

    @property
    def name(self) -> str:
        """What is looked at, for titles and file names."""
        if self.opened:
            return "+".join(interface.name for interface in self.opened.interfaces)
        if self.remotes:
            return "+".join(remote.target.name for remote in self.remotes)
        return "demo" if self.settings.demo else file_name(self.settings.read or "-")

    @property
    def notes(self) -> tuple[str, ...]:
        """Standing facts for the status bar: what is left out, and what binds us."""
        return (*(self.opened.notes if self.opened else self._remote_notes()), *self.sandbox.notes)

    def guard(self, known: Guard) -> Guard:
        """Whom no suggested command may name: what is known from the link, and what this machine itself knows."""
        from tui.engine.alerting.guards import machine  # imports NumPy

        return machine(self.settings.protect, self.ssh_peers).also(known.addresses, known.allowed)

    def _remote_notes(self) -> tuple[str, ...]:
        """What a live capture tells of itself, for captures elsewhere."""
        if not self.remotes:
            return ()
        told = [] if self.settings.include_own_ssh else ["own ssh out"]
        if self.settings.capture_filter:
            told.append(f"capture filter {self.settings.capture_filter}")
        return tuple(told)


def begin(settings: Settings, *, learns: bool = False, attachable: bool = False) -> Begun:
    """Open what needs rights, then give every right up. Call from the main thread, before NumPy is imported.

    `learns`: somebody may ask for anomalies. With a model there is a learner anyhow.
    `attachable`: other terminals may look at the run.
    """
    # before the sockets are there: a helper inherits none of them
    runners = tuple(_runners(settings))
    learner = Learner(settings.baseline, settings.model) if learns or settings.model else None
    if learner:
        learner.check()  # a model takes a second to load: better before anything is captured than after
    names = Names() if settings.resolve else None
    opened = None
    remotes = connect(settings.remote, _request(settings)) if settings.remote else ()
    here = settings.read is None and not settings.demo and not remotes
    processes = Processes() if here and sys.platform == "linux" else None
    if here:
        leave_out = () if settings.include_own_ssh else own_connections()
        opened = open_live(
            settings.iface,
            CaptureOptions(
                buffer=settings.buffer,
                snaplen=settings.snaplen,
                promiscuous=settings.promiscuous,
                capture_filter=settings.capture_filter,
                leave_out=leave_out,
            ),
        )
    syslog = Syslog(settings.syslog) if settings.syslog else None
    peers = tuple(str(connection.client) for connection in own_connections())
    save_dir = save_folder(settings)
    if settings.evidence:
        _make_folder(settings.evidence)
    seat = take() if attachable else None
    writable = [*_write_list(settings, save_dir), *([seat.path.parent] if seat else [])]
    sandbox = drop(writable, sandbox=not settings.no_sandbox)
    return Begun(
        settings,
        opened,
        sandbox,
        save_dir,
        runners,
        syslog,
        remotes,
        ssh_peers=peers,
        processes=processes,
        names=names,
        learner=learner,
        seat=seat,
    )


def _request(settings: Settings) -> Request:
    """The same options, for the tcpdump of another machine."""
    return Request(
        ssh=settings.ssh,
        snaplen=settings.snaplen,
        buffer=settings.buffer,  # more than the machine has is no error there: libpcap asks for less and less
        promiscuous=settings.promiscuous,
        capture_filter=settings.capture_filter,
        leave_out="nothing" if settings.include_own_ssh else "one",
    )


def file_name(path: str) -> str:
    """A capture file's name without its folder; what standard input is called."""
    return "standard input" if path == "-" else Path(path).name


def save_folder(settings: Settings) -> Path:
    """The working folder where the caller may write there, else the caller's home.

    Raises SaveError where it, or what `--save` names, cannot be: at the end of a run that would be late.
    """
    if settings.save and is_folder(settings.save):
        raise SaveError(f"{settings.save} is a folder", f"name a file in it: --save {settings.save / 'capture.pcapng'}")
    if settings.save and not is_folder(settings.save.resolve().parent):
        raise SaveError(f"there is no folder {settings.save.parent}", "make it, or name another file for --save")
    if settings.save_dir:
        if not is_folder(settings.save_dir):
            raise SaveError(f"there is no folder {settings.save_dir}", "make it, or name another --save-dir")
        return settings.save_dir.resolve()
    user = caller()
    here = Path.cwd()
    mine = here.stat().st_uid == user.uid or (os.getuid() == user.uid and os.access(here, os.W_OK))
    return here if mine else user.home


def _runners(settings: Settings) -> Iterable[Runner]:
    """A helper for each, so that a slow command keeps no webhook waiting."""
    if settings.on_alert:
        yield Runner("--on-alert", command(shlex.split(settings.on_alert)))
    if settings.webhook:
        yield Runner("--webhook", webhook(settings.webhook))


def _make_folder(path: Path) -> None:
    """A folder of the caller's, while we may still give it away: the sandbox opens only what is there."""
    user = caller()
    for folder in [p for p in (path, *path.parents) if not is_there(p)][::-1]:
        try:
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise SaveError(f"{folder} cannot be made: {error.strerror}", "name another folder: --evidence") from None
        hand_over(folder, user)


def _write_list(settings: Settings, save_dir: Path) -> Iterable[Path]:
    """Every folder that an option says will be written to."""
    files = (settings.write, settings.save, settings.log_file, Path(settings.eve) if settings.eve else None)
    folders = (settings.spool, settings.evidence, save_dir, Path("/var/tmp"))  # noqa: S108  where a spool may lie
    return [*(file.resolve().parent for file in files if file), *(folder for folder in folders if folder)]
