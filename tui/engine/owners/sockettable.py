"""Sockets and the processes that hold them, read from /proc by a helper that kept the right to look.

The kernel's tables (/proc/net, and /proc/PID/net for other network namespaces) give a socket's inode and user,
/proc/PID/fd the process that holds it. Standard library only: the helper is forked before anything large is there.
"""

from __future__ import annotations

import re
import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tui.capture import netlink
from tui.core.ipproto import TCP, UDP

TABLES = {TCP: "tcp", UDP: "udp"}
QUESTION = struct.Struct("!B16sH16sH")
"""Protocol, and both ends, the side that began first; IPv4 addresses as IPv4-mapped IPv6."""
ANSWER = struct.Struct("!IIB16s12s")
"""Process number (0: not seen), user number, how sure (core.flow.owners.How), name (proc(5), comm) and container."""
NO_USER = 0xFFFFFFFF
NOTHING = ANSWER.pack(0, NO_USER, 0, b"", b"")
EXACT, PORT = 1, 2
WHERE, WHO = b"A", b"Q"
"""First byte of a message: which addresses are here, or whose these sockets are."""
FRESH_S = 0.2
"""Tables are read at most so often,"""
SHARE = 10
"""and reading takes no more than a tenth of the time."""
PLACES_S = 5.0
"""Namespaces and their addresses are looked for at most so often."""
MOST_PLACES = 64
"""Network namespaces looked into: this one, and the first that processes are in."""
MOST_TABLE = 64 << 20
"""Bytes read of one table: about 400,000 sockets."""
MAPPED = bytes(10) + b"\xff\xff"
PROC = Path("/proc")
_LOCAL = re.compile(r"\|-- (\d+\.\d+\.\d+\.\d+)\n\s+/32 host LOCAL")
_CONTAINER = re.compile(r"([0-9a-f]{12})[0-9a-f]{52}")

Ends = tuple[int, str, str]
"""Protocol, local and remote end, as the tables write them."""


@dataclass(slots=True)
class Place:
    """A network namespace."""

    process: Path
    """A process in it, through whose folder its tables are read."""
    own: bool
    addresses: frozenset[bytes] = frozenset()
    sockets: dict[Ends, tuple[int, int]] = field(default_factory=dict)
    """(inode, user) of the sockets that were asked about."""


class SocketTable:
    """Answers messages; holds what was read last."""

    def __init__(self, proc: Path = PROC) -> None:
        self._proc = proc
        self._places: list[Place] = []
        self._owners: dict[int, tuple[int, str, str]] = {}
        """(process, name, container) by inode; those that were asked about."""
        self._looked_at = self._read_at = float("-inf")
        self._wait_s = FRESH_S

    def serve(self, message: bytes) -> bytes:
        """The addresses that are here, 16 bytes each, or an ANSWER for each QUESTION."""
        self._look_around()
        if message[:1] == WHERE:
            return b"".join(sorted(frozenset[bytes]().union(*(place.addresses for place in self._places))))
        whole = (len(message) - 1) // QUESTION.size * QUESTION.size
        questions = list(QUESTION.iter_unpack(message[1 : 1 + whole])) if message[:1] == WHO else []
        self._read_tables(questions)
        found = [self._socket(question) for question in questions]
        self._find_owners({inode for inode, _, _ in filter(None, found)})
        return b"".join(self._answer(one) for one in found)

    def _answer(self, found: tuple[int, int, int] | None) -> bytes:
        if found is None:
            return NOTHING
        inode, user, how = found
        pid, name, container = self._owners.get(inode, (0, "", ""))
        return ANSWER.pack(pid, user, how, name.encode()[:16], container.encode())

    # where

    def _look_around(self) -> None:
        """Find the network namespaces that processes are in, and the addresses of each."""
        if time.monotonic() - self._looked_at < PLACES_S:
            return
        mine = _link(self._proc / "self/ns/net")
        found = {mine: Place(self._proc / "self", True)}
        for process in _processes(self._proc):
            space = _link(process / "ns/net")
            if space and space not in found and len(found) < MOST_PLACES:
                found[space] = Place(process, False)
        for place in found.values():
            place.addresses = frozenset(_own_addresses() if place.own else _addresses(place.process / "net"))
        self._places = list(found.values())
        self._looked_at = time.monotonic()
        self._read_at = float("-inf")

    # which socket

    def _read_tables(self, questions: Iterable[tuple[int, bytes, int, bytes, int]]) -> None:
        """Read the sockets that may answer these questions, unless that was done a moment ago."""
        wanted = {ends for question in questions for _, ends in _candidates(*question)}
        if not wanted:
            return
        begun = time.monotonic()
        if begun - self._read_at < self._wait_s:
            time.sleep(self._wait_s - (begun - self._read_at))  # only the asking thread waits
            begun = time.monotonic()
        for place in self._places:
            place.sockets = {}
            for proto in {ends[0] for ends in wanted}:
                for version in ("", "6"):
                    place.sockets |= _sockets(place.process / "net" / (TABLES[proto] + version), proto, wanted)
        self._read_at = time.monotonic()
        self._wait_s = max(FRESH_S, SHARE * (self._read_at - begun))

    def _socket(self, question: tuple[int, bytes, int, bytes, int]) -> tuple[int, int, int] | None:
        """Inode, user, and how sure, of the socket that has this flow here."""
        loopback = any(address[:13] == MAPPED + b"\x7f" or address == bytes(15) + b"\1" for address in question[1:4:2])
        places = [place for place in self._places if place.own or not loopback]  # each has a loopback of its own
        for how in (EXACT, PORT):
            for place in places:
                for local, ends in _candidates(*question, how):
                    if local in place.addresses and (socket_ := place.sockets.get(ends)):
                        return (*socket_, how)
        return None

    # whose

    def _find_owners(self, inodes: set[int]) -> None:
        """Look through the descriptors of all processes for sockets whose process is not known yet."""
        self._owners = {inode: owner for inode, owner in self._owners.items() if inode in inodes}
        missing = {inode for inode in inodes if inode and inode not in self._owners}
        if not missing:
            return
        mine = _link(self._proc / "self/ns/net")
        for process in _processes(self._proc):
            held = missing.intersection(_held(process / "fd"))
            if held:
                owner = (int(process.name), _name(process), _container(process, mine))
                self._owners |= dict.fromkeys(held, owner)
                missing -= held
                if not missing:
                    return


def _candidates(proto: int, a: bytes, a_port: int, b: bytes, b_port: int, how: int = 0) -> Iterator[tuple[bytes, Ends]]:
    """Local address and ends of the sockets that may have a flow: exact ones, those that wait on a port, or all."""
    if proto not in TABLES:
        return
    for here, port, there, other in ((a, a_port, b, b_port), (b, b_port, a, a_port)):
        for write, anywhere in _ways(here):
            if how != PORT:
                yield here, (proto, _end(write(here), port), _end(write(there), other))
            if how != EXACT:
                nobody = _end(anywhere, 0)
                yield here, (proto, _end(write(here), port), nobody)
                yield here, (proto, _end(anywhere, port), nobody)


def _ways(address: bytes) -> tuple[tuple[Callable[[bytes], bytes], bytes], ...]:
    """How sockets may hold an address, with "any" in the same form: IPv4 also in a socket for IPv6."""
    if address.startswith(MAPPED):
        return (lambda a: a[12:], bytes(4)), (lambda a: a, bytes(16))
    return ((lambda a: a, bytes(16)),)


def _end(address: bytes, port: int) -> str:
    """As /proc/net has it: hexadecimal words in the byte order of this machine."""
    words = struct.unpack(f"={len(address) // 4}I", address)
    return "".join(f"{word:08X}" for word in words) + f":{port:04X}"


def _sockets(path: Path, proto: int, wanted: set[Ends]) -> dict[Ends, tuple[int, int]]:
    """(inode, user) of those sockets of one table that are wanted."""
    found: dict[Ends, tuple[int, int]] = {}
    try:
        with path.open() as table:
            lines = table.read(MOST_TABLE).splitlines()
    except OSError:
        return found
    for line in lines[1:]:
        words = line.split(None, 3)
        if len(words) == 4 and (key := (proto, words[1], words[2])) in wanted:
            rest = words[3].split(None, 7)
            if len(rest) > 6 and rest[6] != "0":  # no inode: nobody holds it any more
                found.setdefault(key, (int(rest[6]), int(rest[4])))
    return found


def _own_addresses() -> Iterator[bytes]:
    try:
        every = [text for some in netlink.addresses().values() for text in some]
    except OSError:
        return
    for text in every:
        yield packed(text.partition("/")[0])


def _addresses(folder: Path) -> Iterator[bytes]:
    """Addresses of another network namespace."""
    for name in ("fib_trie", "if_inet6"):
        try:
            with (folder / name).open() as table:
                text = table.read(1 << 20)
        except OSError:
            continue
        if name == "fib_trie":
            yield from map(packed, dict.fromkeys(_LOCAL.findall(text)))
        else:
            yield from (bytes.fromhex(line.split()[0]) for line in text.splitlines() if line)


def packed(address: str) -> bytes:
    """16 bytes for either family."""
    if ":" in address:
        return socket.inet_pton(socket.AF_INET6, address)
    return MAPPED + socket.inet_aton(address)


def _processes(proc: Path) -> Iterator[Path]:
    """Folders of all processes, the oldest numbers first: of a socket that is shared, the parent is named."""
    numbers = sorted(int(entry.name) for entry in proc.iterdir() if entry.name.isdigit())
    return (proc / str(number) for number in numbers)


def _held(folder: Path) -> list[int]:
    """Inodes of the sockets among a process's descriptors."""
    try:
        targets = [_link(descriptor) for descriptor in folder.iterdir()]
    except OSError:
        return []
    return [int(target[8:-1]) for target in targets if target.startswith("socket:[")]


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text(errors="replace").strip()
    except OSError:
        return ""


def _container(process: Path, mine: str) -> str:
    """Twelve digits of a container's id, "netns" for another network namespace, or nothing."""
    try:
        found = _CONTAINER.search((process / "cgroup").read_text(errors="replace"))
    except OSError:
        found = None
    if found:
        return found.group(1)
    return "netns" if mine and _link(process / "ns/net") not in ("", mine) else ""


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""
