"""Recovering: spools whose process is gone, found by their free lock, and saved as one capture file."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import stat
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tui.store.layout import FALLBACK, LOCK, NOTE, PREFIX, default_place

FRESH_S = 60.0
"""An empty spool younger than this may belong to a process that is about to lock it."""


@dataclass(frozen=True, slots=True)
class Stale:
    """A spool that nobody holds; `files` in the order in which they were begun."""

    folder: Path
    files: tuple[Path, ...]
    bytes: int
    interfaces: tuple[str, ...]
    modified_s: float
    """When a packet was written to it last, seconds since the epoch."""


def find_stale(places: Iterable[Path], users: Collection[int]) -> list[Stale]:
    """Spools of these users in these folders whose lock is free, the newest first. Empty ones are removed."""
    found = []
    for place in places:
        try:
            folders = [p for p in place.iterdir() if p.name.startswith(PREFIX) and _is_ours(p, users)]
        except OSError:
            continue
        for folder in folders:
            stale = _look(folder)
            if stale:
                found.append(stale)
    return sorted(found, key=lambda s: -s.modified_s)


def _is_ours(path: Path, users: Collection[int]) -> bool:
    """Whether a path is a folder, no link, that belongs to one of the users: others may put theirs in /var/tmp."""
    status = path.lstat()
    return stat.S_ISDIR(status.st_mode) and status.st_uid in users


def _look(folder: Path) -> Stale | None:
    """What is in a folder, if it is a spool of ours and its process is gone."""
    try:
        with locked(folder) as free:
            files = tuple(sorted(folder.glob("*.pcap")))
            stats = [f.stat() for f in files]
            modified = max([s.st_mtime for s in stats], default=folder.stat().st_mtime)
            if not free:
                return None
            if not sum(s.st_size for s in stats):
                if time.time() - modified > FRESH_S:
                    shutil.rmtree(folder, ignore_errors=True)
                return None
            return Stale(folder, files, sum(s.st_size for s in stats), _interfaces(folder), modified)
    except OSError:  # not ours to read, or gone meanwhile
        return None


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Hold the lock of a spool meanwhile; gives False when its process lives and holds it."""
    fd = os.open(folder / LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        yield _lock(fd)
    finally:
        os.close(fd)


def remove(stale: Stale) -> None:
    """Its packets are saved, or not wanted."""
    shutil.rmtree(stale.folder, ignore_errors=True)


def places(spool: Path | None, home: Path) -> list[Path]:
    """Folders in which spools of this user may lie."""
    if spool:
        return [spool]
    return list(dict.fromkeys((default_place(home), home / ".cache/nettui", FALLBACK)))


def _lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _interfaces(folder: Path) -> tuple[str, ...]:
    try:
        about = json.loads((folder / NOTE).read_text())
        return tuple(str(about["interface"]).split("+"))
    except (OSError, ValueError, KeyError, TypeError):
        return ()
