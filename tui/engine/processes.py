"""Which process has a socket: asked of a helper that kept the right to look, and can do nothing else.

The question is a list of flows, the answer a process for each, or none. The kernel's tables (/proc/net) give a socket's
inode, /proc/PID/fd the process that holds it. Standard library only.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from tui.engine.helpers import Helper
from tui.engine.privileges import keep_only

CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE = 2, 19
"""What reading the descriptors of other users' processes takes."""
TCP, UDP = 6, 17
TABLES = {TCP: ("tcp", "tcp6"), UDP: ("udp", "udp6")}
QUESTION = struct.Struct("!B16sH16sH")
"""Protocol, and both ends; IPv4 addresses as IPv4-mapped IPv6."""
ANSWER = struct.Struct("!IB16s")
"""Process number (0: none found), whether the match is exact, and the name of at most 15 bytes (proc(5), comm)."""
MOST_FLOWS = 1000
FRESH_S = 1.0
"""The tables are read at most so often."""
PROC = Path("/proc")

Address = IPv4Address | IPv6Address
Key = tuple[int, bytes, int, bytes, int]
ANYWHERE = bytes(16)


@dataclass(frozen=True, slots=True)
class Flow:
    """Both ends of a flow as in its packets; which one is here need not be known."""

    ip_proto: int
    source: Address
    sport: int
    destination: Address
    dport: int


@dataclass(frozen=True, slots=True)
class Process:
    pid: int
    name: str
    sure: bool
    """True: the socket has both ends of the flow. False: it listens, or receives from anyone, on its port."""


class Processes:
    """The monitor's side. Fork before the rights are dropped."""

    def __init__(self) -> None:
        table = SocketTable()
        self._helper = Helper(table.serve, _keep_reading)

    def find(self, flows: Sequence[Flow]) -> list[Process | None]:
        """The process of each flow, None where none of this machine has it, or it cannot be seen."""
        found: list[Process | None] = []
        for start in range(0, len(flows), MOST_FLOWS):
            some = flows[start : start + MOST_FLOWS]
            answer = self._helper.ask(b"".join(map(_question, some)))
            if answer is None or len(answer) != ANSWER.size * len(some):
                return [*found, *[None] * (len(flows) - len(found))]
            found += [_process(*parts) for parts in ANSWER.iter_unpack(answer)]
        return found

    def close(self) -> None:
        self._helper.close()


class SocketTable:
    """The helper's side."""

    def __init__(self, proc: Path = PROC) -> None:
        self._proc = proc
        self._inodes: dict[Key, int] = {}
        self._owners: dict[int, tuple[int, str]] = {}
        self._read_at = float("-inf")

    def serve(self, message: bytes) -> bytes:
        """Answer one message of questions; the tables are read again when they are old."""
        if time.monotonic() - self._read_at >= FRESH_S:
            self._inodes = dict(_sockets(self._proc))
            self._owners = _owners(self._proc, set(self._inodes.values()))
            self._read_at = time.monotonic()
        whole = message[: len(message) // QUESTION.size * QUESTION.size]
        return b"".join(self._answer(*parts) for parts in QUESTION.iter_unpack(whole))

    def _answer(self, proto: int, a: bytes, a_port: int, b: bytes, b_port: int) -> bytes:
        exact = ((proto, a, a_port, b, b_port), (proto, b, b_port, a, a_port))
        loose = [
            (proto, here, port, ANYWHERE, 0) for one, port in ((a, a_port), (b, b_port)) for here in (one, ANYWHERE)
        ]
        for sure, keys in ((True, exact), (False, loose)):
            for key in keys:
                if owner := self._owners.get(self._inodes.get(key, 0)):
                    return ANSWER.pack(owner[0], sure, owner[1].encode()[:16])
        return ANSWER.pack(0, False, b"")


def _keep_reading() -> None:
    """Nothing but reading other processes' descriptors; no Landlock, which would forbid just that."""
    keep_only((CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE))


def _question(flow: Flow) -> bytes:
    return QUESTION.pack(flow.ip_proto, _mapped(flow.source), flow.sport, _mapped(flow.destination), flow.dport)


def _process(pid: int, sure: bool, name: bytes) -> Process | None:
    return Process(pid, name.rstrip(b"\0").decode("utf-8", "replace"), bool(sure)) if pid else None


def _mapped(address: Address) -> bytes:
    """16 bytes for either family; an unspecified address is zero in both."""
    if address.is_unspecified:
        return ANYWHERE
    return address.packed if address.version == 6 else bytes(10) + b"\xff\xff" + address.packed


def _sockets(proc: Path) -> Iterable[tuple[Key, int]]:
    for proto, names in TABLES.items():
        for name in names:
            try:
                lines = (proc / "net" / name).read_text().splitlines()[1:]
            except OSError:
                continue
            for line in lines:
                words = line.split()
                here, there, inode = words[1], words[2], int(words[9])
                if inode:
                    yield (proto, *_end(here), *_end(there)), inode


def _end(text: str) -> tuple[bytes, int]:
    """ADDRESS:PORT as /proc/net has them: hexadecimal words in the byte order of this machine."""
    address, port = text.split(":")
    words = [int(address[at : at + 8], 16) for at in range(0, len(address), 8)]
    return _mapped(ip_address(struct.pack(f"={len(words)}I", *words))), int(port, 16)


def _owners(proc: Path, inodes: set[int]) -> dict[int, tuple[int, str]]:
    """(process number, name) by inode, of all processes whose descriptors can be read."""
    found: dict[int, tuple[int, str]] = {}
    for process in proc.iterdir():
        if not process.name.isdigit():
            continue
        if held := inodes.intersection(_held(process / "fd")):
            name = _name(process)
            found |= {inode: (int(process.name), name) for inode in held if inode not in found}
    return found


def _held(folder: Path) -> list[int]:
    """Inodes of the sockets among a process's descriptors."""
    found = []
    try:
        for descriptor in folder.iterdir():
            try:
                target = str(descriptor.readlink())
            except OSError:
                continue
            if target.startswith("socket:["):
                found.append(int(target[8:-1]))
    except OSError:
        return found
    return found


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return "?"
