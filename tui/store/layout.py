"""Where packets are kept: a private spool that goes when it is no longer needed, or the files that `-w` names."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tui.errors import SaveError
from tui.store.places import is_folder, is_there
from tui.store.segments import Descriptor

LOCK, NOTE = "lock", "about.json"
FALLBACK = Path("/var/tmp")  # noqa: S108  a private folder is made in it
PREFIX = "nettui-"
UNFIT_SYSTEMS = frozenset(("tmpfs", "ramfs", "nfs", "nfs4", "cifs", "smb3", "9p", "afs", "ceph", "fuse.sshfs"))
"""File systems where a spool would eat the memory that we promise to bound, or the network that we watch."""
SEGMENTS = 32
"""Into how many segments a spool is divided, about: eviction takes one at a time."""
SMALLEST_SEGMENT, LARGEST_SEGMENT = 1 << 20, 64 << 20
LARGEST_FLOOR = 256 << 20
"""A spool leaves a twentieth of the disk free, but no more than this."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The user who called sudo: files belong to them."""

    uid: int
    gid: int

    def take(self, path: str | Path | int) -> None:
        """Give a file or folder (or an open one) to this user; without the right to do so it stays ours."""
        with contextlib.suppress(PermissionError):
            os.chown(path, self.uid, self.gid)


class Layout(Protocol):
    """Names, sizes and format of the files of one store."""

    suffix: str
    """`.pcap` or `.pcapng`."""
    per_interface: bool
    """Each interface has files of its own, so that link types never mix in one."""
    segment_bytes: int
    keep_bytes: int
    keep_files: int
    free_floor: int
    """Free disk space below which the oldest segments go."""
    owner: Owner | None

    def path(self, number: int, series: int) -> Path: ...

    def close(self) -> None: ...


class SpoolLayout:
    """A private folder, locked as long as its process lives; others find by the lock whether it does."""

    suffix = ".pcap"
    per_interface = True
    keep_files = 1 << 30

    def __init__(self, parent: Path, keep_bytes: int, about: dict[str, object], owner: Owner | None = None) -> None:
        self.keep_bytes = keep_bytes
        self.owner = owner
        self.folder = Path()
        try:
            self._make_parent(parent)
            self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
            lock = os.open(self.folder / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            self._lock: Descriptor | None = Descriptor(lock)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            (self.folder / NOTE).write_text(json.dumps(about))
            (self.folder / NOTE).chmod(0o600)
            total = os.statvfs(self.folder)
        except OSError as error:
            if self.folder.name:  # on a full disk there is room for the folder, and for nothing in it
                shutil.rmtree(self.folder, ignore_errors=True)
            raise SaveError(
                f"no spool can be made in {parent}: {error.strerror}", "name a folder: --spool DIR"
            ) from error
        disk = total.f_blocks * total.f_frsize
        self.segment_bytes = max(SMALLEST_SEGMENT, min(LARGEST_SEGMENT, min(keep_bytes, disk) // SEGMENTS))
        # Looked at when a file is begun: there must be room until the next one is
        self.free_floor = max(min(LARGEST_FLOOR, disk // 20), 2 * self.segment_bytes)
        for path in (self.folder, self.folder / LOCK, self.folder / NOTE):
            if owner:
                owner.take(path)

    def _make_parent(self, parent: Path) -> None:
        made = [p for p in (parent, *parent.parents) if not is_there(p)]
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in made:
            if self.owner:
                self.owner.take(path)

    def path(self, number: int, series: int) -> Path:
        """Names sort in the order in which the files were begun."""
        return self.folder / f"{number:08d}-if{series}{self.suffix}"

    def close(self) -> None:
        """The packets are saved or not wanted: the folder goes."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock = None


class FileLayout:
    """The files of `-w`: one, or a bounded row of them, which goes on where an earlier run's ended."""

    per_interface = False
    free_floor = 0

    def __init__(self, path: Path, rotate_bytes: int = 0, rotate_files: int = 0, owner: Owner | None = None) -> None:
        """`rotate_bytes` 0: one file without end; `rotate_files` 0: as many as there come."""
        self._path = path
        self.suffix = ".pcapng" if path.suffix in (".pcapng", ".ntar") else ".pcap"
        self._rotates = rotate_bytes > 0
        self.segment_bytes = rotate_bytes or 1 << 39
        self.keep_bytes = 1 << 62
        self.keep_files = rotate_files or 1 << 30
        self.owner = owner
        if not os.access(path.parent, os.W_OK):
            raise SaveError(f"{path.parent} cannot be written to", "name a file in a folder of yours")
        if is_folder(path):
            raise SaveError(f"{path} is a folder", f"name a file in it: -w {path / 'capture.pcapng'}")
        self._earlier = self._found() if self._rotates else {}
        """Files of earlier runs, by their number."""
        self._last = max(self._earlier, default=0)

    def path(self, number: int, series: int) -> Path:
        """FILE itself, or FILE-00001, FILE-00002 with rotation. For each new file the oldest of an earlier run goes."""
        if not self._rotates:
            return self._path
        while len(self._earlier) + number > self.keep_files and self._earlier:
            with contextlib.suppress(OSError):
                self._earlier.pop(min(self._earlier)).unlink()
        return self._path.with_name(f"{self._path.stem}-{self._last + number:05d}{self._ending}")

    @property
    def _ending(self) -> str:
        return self._path.suffix or self.suffix

    def _found(self) -> dict[int, Path]:
        """A service that is started again must not write over what made somebody look."""
        stem = f"{self._path.stem}-"
        beside = [p for p in self._path.parent.iterdir() if p.name.startswith(stem) and p.name.endswith(self._ending)]
        numbered = ((p.name.removeprefix(stem).removesuffix(self._ending), p) for p in beside)
        return {
            int(number): p for number, p in numbered if len(number) >= 5 and number.isascii() and number.isdecimal()
        }

    def close(self) -> None:
        """The files stay."""


def default_place(home: Path) -> Path:
    """The folder for spools of a user: the cache folder, or /var/tmp where that lies in memory or on the network."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    standing = next((p for p in (cache, *cache.parents) if p.exists()), Path("/"))
    if home == Path("/nonexistent") or not os.access(standing, os.W_OK) or _unfit(standing):
        return FALLBACK
    return cache / "nettui"


def _unfit(path: Path) -> bool:
    """Whether a folder lies on a file system of memory or of the network."""
    best, kind = "", ""
    try:
        mounts = Path("/proc/self/mounts").read_text(errors="replace").splitlines()
    except OSError:
        return False
    where = str(path.resolve())
    for line in mounts:
        fields = line.split()
        point = fields[1].replace("\\040", " ")
        if (where == point or where.startswith(point.rstrip("/") + "/")) and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind in UNFIT_SYSTEMS
