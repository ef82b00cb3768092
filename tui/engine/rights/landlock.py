"""Landlock: the kernel lets this process write only beneath the folders it was given (landlock(7), since Linux 5.13).

It binds the calling thread and those it starts afterwards. Standard library and ctypes only.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""System calls; the numbers are the same on all architectures (linux/landlock.h)."""
VERSION = 1
PATH_BENEATH, NET_PORT = 1, 2
EXECUTE, WRITE_FILE = 1 << 0, 1 << 1
REMOVE_DIR, REMOVE_FILE, MAKE_CHAR, MAKE_DIR, MAKE_REG, MAKE_SOCK, MAKE_FIFO, MAKE_BLOCK, MAKE_SYM = (
    1 << bit for bit in range(4, 13)
)
REFER, TRUNCATE = 1 << 13, 1 << 14
BIND_TCP, CONNECT_TCP = 1 << 0, 1 << 1
SCOPE_ABSTRACT_SOCKETS = 1 << 0
IN_A_FOLDER = WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SOCK | MAKE_FIFO | MAKE_SYM
ON_A_FILE = WRITE_FILE


def abi() -> int:
    """The version of Landlock in this kernel; 0 where there is none or it is switched off."""
    return max(0, _call(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(VERSION)))


def restrict(writable: Iterable[Path], bind_ports: Iterable[int] = (), connect_ports: Iterable[int] = ()) -> int:
    """From now on write only beneath these folders (or to these files), start no program, listen on and connect to no
    TCP port but these. Needs no_new_privs. Returns the ABI in force, 0 for none; OSError where the kernel refuses.
    """
    version = abi()
    if not version:
        return 0
    later = (REFER if version >= 2 else 0) | (TRUNCATE if version >= 3 else 0)
    handled = EXECUTE | IN_A_FOLDER | MAKE_CHAR | MAKE_BLOCK | later
    network = BIND_TCP | CONNECT_TCP if version >= 4 else 0
    attributes = struct.pack("=QQQ", handled, network, SCOPE_ABSTRACT_SOCKETS if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = _call(CREATE_RULESET, attributes, ctypes.c_size_t(size), ctypes.c_uint(0))
    if ruleset < 0:
        raise _error()
    try:
        for path in writable:
            _allow_path(ruleset, path, later)
        if network:
            for right, ports in ((BIND_TCP, bind_ports), (CONNECT_TCP, connect_ports)):
                for port in ports:
                    _add(ruleset, NET_PORT, struct.pack("=QQ", right, port))
        if _call(RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint(0)):
            raise _error()
    finally:
        os.close(ruleset)
    return version


def _allow_path(ruleset: int, path: Path, later: int) -> None:
    """Allow writing beneath a folder or to a file; what does not exist needs no rule."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        access = IN_A_FOLDER | later if folder else ON_A_FILE | later & TRUNCATE
        _add(ruleset, PATH_BENEATH, struct.pack("=Qi", access, descriptor))
    finally:
        os.close(descriptor)


def _add(ruleset: int, kind: int, rule: bytes) -> None:
    if _call(ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(kind), rule, ctypes.c_uint(0)):
        raise _error()


def _error() -> OSError:
    code = ctypes.get_errno()
    return OSError(code, f"Landlock: {os.strerror(code)}")


def _call(number: int, *arguments: object) -> int:
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    return int(call(ctypes.c_long(number), *arguments))
