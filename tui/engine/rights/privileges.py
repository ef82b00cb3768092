"""Giving up every right once the capture sockets are open.

Capabilities, no_new_privs and Landlock bind the calling thread and those it starts later, so `drop` runs in the main
thread, before NumPy is imported (its pool is threads) and before any thread is started. Only the standard library and
ctypes.

There is no filter of system calls: no maintained Python library writes one, and a list kept by hand breaks with every
new libc. With no capability, no new privilege, Landlock, and no program to start, what it would add is small.
"""

from __future__ import annotations

import contextlib
import ctypes
import grp
import importlib.util
import os
import pwd
import resource
import signal
import struct
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tui.engine.rights import landlock
from tui.errors import CaptureError

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_KEEPCAPS = 1, 4, 8
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 24, 38, 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
CAPABILITY_VERSION_3 = 0x20080522
NOBODY = 65534
TASKS = Path("/proc/self/task")
SETS = ("CapInh", "CapPrm", "CapEff", "CapAmb")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who started the program: through sudo, doas or pkexec the user behind it."""

    uid: int
    gid: int
    name: str
    home: Path
    groups: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What binds this process; `notes` are for people, the first the most important."""

    caller: Caller
    confined: bool
    """False with --no-sandbox: nothing was given up."""
    landlock_abi: int = 0
    notes: tuple[str, ...] = ()


def caller(environment: Mapping[str, str] = os.environ) -> Caller:
    """The user who asked for this run. What sudo and its like say counts only when it is root who runs."""
    uid, gid = os.getuid(), os.getgid()
    if uid == 0:
        if (told := environment.get("SUDO_UID") or environment.get("PKEXEC_UID", "")).isdigit():
            uid = int(told)
        elif name := environment.get("DOAS_USER"):
            uid = _uid_of(name)
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        told = environment.get("SUDO_GID", "")
        return Caller(uid, int(told) if told.isdigit() else gid, str(uid), Path("/"))
    groups = tuple(sorted({entry.pw_gid, *(g.gr_gid for g in grp.getgrall() if entry.pw_name in g.gr_mem)}))
    return Caller(uid, entry.pw_gid, entry.pw_name, Path(entry.pw_dir), groups)


def hand_over(file: Path | int, to: Caller) -> None:
    """Give a file that was made before the drop, or the one of a descriptor, to the caller."""
    if os.geteuid() == 0 and to.uid:
        os.chown(file, to.uid, to.gid, follow_symlinks=isinstance(file, int))


def drop(
    writable: Iterable[Path] = (),
    *,
    sandbox: bool = True,
    bind_ports: Iterable[int] = (),
    connect_ports: Iterable[int] = (),
) -> Sandbox:
    """Become the caller with no right at all, and check it. CaptureError when something is left.

    `writable`: folders and files beside the working folder, the caller's home and /dev/null.
    """
    user = caller()
    if not sandbox:
        return Sandbox(user, confined=False, notes=(_given_up(user),))
    unreadable = _unreadable_for(user)
    if unreadable is not None:
        user = caller({})
    if sys.platform != "linux":
        become(user)
        return Sandbox(user, True, notes=(f"runs as {user.name}", "no sandbox on this system beyond that"))
    _no_new_privileges()
    _drop_bounding_set()
    become(user)
    _set_capabilities(0)
    folders = _write_list(user, writable)
    try:
        version = landlock.restrict(folders, bind_ports, connect_ports)
        note = f"writes only beneath {_join(folders)} (Landlock {version})" if version else "no Landlock in this kernel"
    except OSError as error:
        version, note = 0, f"no Landlock: {error.strerror}"
    if left := remaining():
        raise CaptureError(f"privileges could not be dropped: {'; '.join(left)}", "start it with --no-sandbox")
    notes = [f"runs as {user.name} with no capabilities and no new privileges", note]
    if unreadable is not None:
        notes.append(f"files belong to root: {caller().name} cannot read {unreadable}, where nettui is installed")
    return Sandbox(user, True, version, tuple(notes))


def become(user: Caller) -> None:
    """The caller's user, group and supplementary groups, for good; HOME and names follow."""
    if os.geteuid() == 0:
        os.setgroups(user.groups)
        os.setresgid(user.gid, user.gid, user.gid)
        os.setresuid(user.uid, user.uid, user.uid)
    if user.uid:
        os.environ.update(HOME=str(user.home), USER=user.name, LOGNAME=user.name)


def _data_size() -> int:
    """Bytes of data that this process has now (VmData of proc(5)); 0 where the system does not tell."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        return int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    return 0


def compute_only(memory: int) -> None:
    """For a helper that only computes: the caller, with no right, who writes nothing, starts nothing, takes at most so
    many bytes of memory beyond what it was given, gives way to everything else, and ends with this process.
    """
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")
    os.nice(10)
    memory += _data_size()
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    user = caller()
    if _unreadable_for(user) is not None:
        user = caller({})
    if sys.platform != "linux":
        become(user)
        return
    parent = os.getppid()
    _no_new_privileges()
    _drop_bounding_set()
    become(user)
    _set_capabilities(0)
    with contextlib.suppress(OSError):
        landlock.restrict([Path("/dev/null")])
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # after the user: a change of it takes this back
    if os.getppid() != parent:
        os._exit(0)


def keep_only(capabilities: Iterable[int]) -> None:
    """For a helper: these capabilities and no other, no way to any other, and a user who owns nothing."""
    kept = sum(1 << capability for capability in capabilities)
    _no_new_privileges()
    _drop_bounding_set()
    if os.geteuid() == 0:
        _prctl(PR_SET_KEEPCAPS, 1)
        os.setgroups(())
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    _set_capabilities(kept)


def remaining(tasks: Path = TASKS) -> list[str]:
    """What any thread of this process still may do; empty when all is given up."""
    found = []
    for task in sorted(tasks.iterdir()):
        lines = (task / "status").read_text().splitlines()
        status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
        found += [f"thread {task.name} has {name} {status[name]}" for name in SETS if int(status.get(name, "0"), 16)]
        if status.get("NoNewPrivs") != "1":
            found.append(f"thread {task.name} may gain privileges")
    return found


def _unreadable_for(user: Caller) -> Path | None:
    """What of the installation the caller cannot read, so that imports after the drop would fail; None if all is well.

    Asked of the kernel by a child that becomes the caller: modes, ACLs and mounts all count.
    """
    if os.geteuid() != 0 or not user.uid:
        return None
    specs = [importlib.util.find_spec(name) for name in ("os", "numpy", "tui", "encodings")]
    places = [Path(spec.origin) for spec in specs if spec and spec.origin and spec.origin != "frozen"]
    places += [Path(os.__file__), Path(sys.executable)]
    child = os.fork()
    if not child:
        try:
            become(user)
            os._exit(next((i for i, place in enumerate(places) if not os.access(place, os.R_OK)), len(places)))
        finally:
            os._exit(0)
    answer = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return places[answer].parent if 0 <= answer < len(places) else None


def _write_list(user: Caller, more: Iterable[Path]) -> list[Path]:
    """Existing places, resolved, each once; never the whole file system."""
    places = [Path.cwd(), user.home, *more, Path("/dev/null")]
    found = dict.fromkeys(place.resolve() for place in places)
    return [place for place in found if _is_there(place) and place != Path("/")]


def _is_there(place: Path) -> bool:
    """False too where that cannot be seen: root without rights does not look into a folder that is closed to others."""
    try:
        return place.exists()
    except OSError:
        return False


def _join(folders: list[Path]) -> str:
    return ", ".join(str(folder) for folder in folders if folder.is_dir())


def _no_new_privileges() -> None:
    if _prctl(PR_SET_NO_NEW_PRIVS, 1):
        raise CaptureError("the kernel refuses no_new_privs", "start it with --no-sandbox")


def _drop_bounding_set() -> None:
    """Needs CAP_SETPCAP; without it the set means nothing, as nothing can be gained from it any more."""
    capability = 0
    while _prctl(PR_CAPBSET_DROP, capability) == 0:
        capability += 1


def _set_capabilities(kept: int) -> None:
    """The bits that stay of what this thread has; and no core dump, and no tracer of the same user, gets at packets."""
    _prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    libc = ctypes.CDLL(None, use_errno=True)
    header, held = struct.pack("=Ii", CAPABILITY_VERSION_3, 0), ctypes.create_string_buffer(24)
    libc.capget(header, held)
    _, low, _, _, high, _ = struct.unpack("=6I", held.raw)  # effective, permitted, inheritable; twice 32 bits
    low, high = low & kept & 0xFFFFFFFF, high & kept >> 32
    if libc.capset(header, struct.pack("=6I", low, low, 0, high, high, 0)):
        raise CaptureError(f"capset: {os.strerror(ctypes.get_errno())}", "start it with --no-sandbox")
    _prctl(PR_SET_DUMPABLE, 0)


def _prctl(operation: int, value: int) -> int:
    zero = ctypes.c_ulong(0)
    call = ctypes.CDLL(None, use_errno=True).prctl
    return int(call(ctypes.c_int(operation), ctypes.c_ulong(value), zero, zero, zero))


def _uid_of(name: str) -> int:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return 0


def _given_up(user: Caller) -> str:
    if os.geteuid() == 0:
        return f"NO SANDBOX: hostile packets are read as root, with every right; files belong to root, not {user.name}"
    return "NO SANDBOX: hostile packets are read with the right to capture, and to write wherever you may"
