"""Where the socket of a watch lies, who may connect, how it is found. Standard library only: used before the drop."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import stat
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tui.core.text import printable
from tui.engine.rights.privileges import Caller, caller
from tui.errors import CaptureError, NoSuchFile, PermissionNeeded, UsageError

SYSTEM = Path("/run/nettui")
SUFFIX = ".sock"
WAITING = 8
"""Connections that may wait to be taken."""
CONNECT_S = 5.0
GREETING_S = 1.0
GREETING, LENGTHS = 4096, 8
"""A greeting is no longer; its JSON begins after the lengths."""
CREDENTIALS = struct.Struct("3i")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seat:
    """A socket that listens, mode 0600, and where it lies."""

    listening: socket.socket
    path: Path
    users: frozenset[int]
    """Who may look: the user for whom the watch runs, and root."""

    def close(self) -> None:
        """Stop listening; the file goes where the sandbox lets it go, else whoever looks next takes it away."""
        self.listening.close()
        with contextlib.suppress(OSError):
            self.path.unlink()


def take(environment: Mapping[str, str] = os.environ) -> Seat | None:
    """Listen as the caller, while there are rights to become the caller; None where no place for a socket is.

    What cannot be looked at still runs: the reason goes to the log.
    """
    user = caller(environment)
    try:
        with _as(user):
            folder = _folder(user, environment)
            _make(folder, user)
            _sweep(folder)
            return _listen(folder / f"{os.getpid()}{SUFFIX}", user)
    except OSError as error:
        logger.warning("no terminal can be attached: %s", error)
        return None


def reach(given: str, environment: Mapping[str, str] = os.environ) -> tuple[socket.socket, Path]:
    """Connect to the watch of this path, or to the only one that can be looked at.

    Raises NoSuchFile, PermissionNeeded, CaptureError, UsageError.
    """
    if given:
        path = Path(given).expanduser()
        return connect(path), path
    found: list[tuple[socket.socket, Path]] = []
    refused: list[PermissionNeeded] = []
    for path in sockets(environment):
        try:
            found.append((connect(path), path))
        except PermissionNeeded as error:
            refused.append(error)
        except NoSuchFile:
            with contextlib.suppress(OSError):
                path.unlink()  # of one that was killed, or may not remove it
    if len(found) == 1:
        return found[0]
    names = [f"nettui attach {path} ({_interface(opened)})" for opened, path in found]
    for opened, _ in found:
        opened.close()
    if found:
        raise UsageError(f"{len(found)} watches run here", f"name one: {', '.join(names)}")
    if refused:
        raise refused[0]
    if os.getuid() and _is_closed(SYSTEM):
        raise PermissionNeeded("a watch that runs here belongs to another user", "sudo nettui attach")
    raise NoSuchFile("no watch runs here", "start one: sudo nettui watch -i NAME; as a service: nettui files service")


def connect(path: Path) -> socket.socket:
    """Connect to one socket, and check that it is a watch of ours or of root."""
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    opened.settimeout(CONNECT_S)
    try:
        opened.connect(str(path))
    except PermissionError:
        opened.close()
        raise PermissionNeeded(f"the watch at {path} belongs to another user", "sudo nettui attach") from None
    except (FileNotFoundError, NotADirectoryError):
        opened.close()
        raise NoSuchFile(f"there is no socket {path}", "nettui attach alone finds the watch that runs here") from None
    except ConnectionRefusedError:
        opened.close()
        raise NoSuchFile(f"no watch listens at {path} any more", "it has ended; start one: sudo nettui watch") from None
    except OSError as error:
        opened.close()
        why = error.strerror or error
        raise CaptureError(f"cannot connect to {path}: {why}", "name the socket of a watch") from None
    owner = peer(opened)
    me = os.getuid()
    if me and owner not in (0, me):
        opened.close()
        raise PermissionNeeded(f"{path} belongs to user {owner}, who is neither you nor root", "sudo nettui attach")
    return opened


def _is_closed(place: Path) -> bool:
    """Whether there are folders that we cannot look into: the service's belongs to a user of its own."""
    with contextlib.suppress(OSError):
        return any(part.is_dir() and not os.access(part, os.R_OK | os.X_OK) for part in place.iterdir())
    return False


def _interface(opened: socket.socket) -> str:
    """What the watch at the other end looks at, out of its greeting, which stays there to be read."""
    opened.settimeout(GREETING_S)
    try:
        text = opened.recv(GREETING, socket.MSG_PEEK)[LENGTHS:]
        return printable(str(json.loads(text)["interface"]), 40)
    except (OSError, ValueError, TypeError, KeyError):
        return "says nothing"


def peer(connected: socket.socket) -> int:
    """The user at the other end, as the kernel tells (unix(7), SO_PEERCRED)."""
    _, uid, _ = CREDENTIALS.unpack(connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size))
    return int(uid)


def sockets(environment: Mapping[str, str] = os.environ) -> Iterator[Path]:
    """Every socket that may be a watch's: those of root and of services first, then the caller's own."""
    user = caller(environment)
    mine = _folder(user, environment)
    places = [mine] if _given(environment) else dict.fromkeys((SYSTEM, mine, _own(user), _temporary(user)))
    for place in places:
        for pattern in (f"*{SUFFIX}", f"*/*{SUFFIX}"):
            with contextlib.suppress(OSError):
                yield from sorted(place.glob(pattern))


def _folder(user: Caller, environment: Mapping[str, str]) -> Path:
    """systemd's folder for this service, root's, that of the user's login, or one beneath /tmp."""
    if given := _given(environment):
        return Path(given)
    if not user.uid:
        return SYSTEM
    own = environment.get("XDG_RUNTIME_DIR", "") if os.getuid() == user.uid else ""
    if own.startswith("/") and Path(own).is_dir():
        return Path(own) / "nettui"
    return _own(user) if _own(user).parent.is_dir() else _temporary(user)


def _given(environment: Mapping[str, str]) -> str:
    """The folder that systemd has made for a service; empty where there is none."""
    first = environment.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    return first if first.startswith("/") else ""


def _own(user: Caller) -> Path:
    return Path(f"/run/user/{user.uid}/nettui")


def _temporary(user: Caller) -> Path:
    return Path(f"/tmp/nettui-{user.uid}")  # noqa: S108  owner and mode are checked below


def _make(folder: Path, user: Caller) -> None:
    """A folder that nobody else can write to, ours already or made now."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o755 if folder == SYSTEM else 0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (0, user.uid) or found.st_mode & 0o022:
        raise PermissionError(f"{folder} is not a folder of {user.name} alone")


def _sweep(folder: Path) -> None:
    """Take away what killed processes left."""
    for path in folder.glob(f"*{SUFFIX}"):
        if path.stem.isdecimal() and not Path(f"/proc/{path.stem}").exists():
            with contextlib.suppress(OSError):
                path.unlink()


def _listen(path: Path, user: Caller) -> Seat:
    with contextlib.suppress(FileNotFoundError):
        path.unlink()  # of a process that had this number before, and was killed
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
    before = os.umask(0o177)
    try:
        opened.bind(str(path))
        opened.listen(WAITING)
    except OSError:
        opened.close()
        raise
    finally:
        os.umask(before)
    return Seat(opened, path, frozenset({0, user.uid}))


@contextlib.contextmanager
def _as(user: Caller) -> Iterator[None]:
    """For the file system the caller, for a moment: what lies in the caller's folders is not to be trusted by root."""
    if os.geteuid() != 0 or not user.uid:
        yield
        return
    os.setegid(user.gid)
    os.seteuid(user.uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
