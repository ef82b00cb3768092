"""Whom no command may name: this machine, its gateways and name servers, who is at its SSH port. Read from /proc."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from tui.capture.interfaces import interfaces
from tui.core.alert.response import Guard
from tui.errors import NettuiError

PROC = Path("/proc/net")
RESOLVERS = (Path("/etc/resolv.conf"), Path("/run/systemd/resolve/resolv.conf"))
SSH = 22
_ESTABLISHED = "01"
_GATEWAY = 2
"""The flag of a route that leads to another router (linux/route.h)."""


def machine(protect: Iterable[str] = (), ssh_peers: Iterable[str] = (), proc: Path = PROC) -> Guard:
    """What stands now; routes and resolvers change while one watches. `protect`: what the caller named."""
    found = dict.fromkeys(ssh_peers, "the other end of your SSH connection")
    found.update(dict.fromkeys(_ssh_clients(proc), "connected to the SSH port here"))
    found.update(dict.fromkeys(_name_servers(), "a DNS server of this machine"))
    found.update(dict.fromkeys(_gateways(proc), "a gateway of this machine"))
    found.update(dict.fromkeys(_own(), "this machine"))
    return Guard(found, tuple(protect))


def _own() -> Iterator[str]:
    try:
        found = interfaces()
    except (NettuiError, OSError):
        return
    for interface in found:
        for address in interface.addresses:
            yield address.partition("/")[0].partition("%")[0]


def _gateways(proc: Path) -> Iterator[str]:
    for words in _table(proc / "route"):
        if len(words) > 3 and int(words[3], 16) & _GATEWAY:
            yield _address4(words[2])
    for words in _table(proc / "ipv6_route"):
        if len(words) > 8 and int(words[8], 16) & _GATEWAY:
            yield str(ipaddress.IPv6Address(int(words[4], 16)))


def _name_servers() -> Iterator[str]:
    for path in RESOLVERS:
        for line in _lines(path):
            words = line.split()
            if len(words) > 1 and words[0] == "nameserver":
                yield words[1].partition("%")[0]


def _ssh_clients(proc: Path) -> Iterator[str]:
    """Everyone with a connection to port 22 here: another administrator is not locked out either."""
    for name in ("tcp", "tcp6"):
        for words in _table(proc / name):
            if len(words) > 3 and words[3] == _ESTABLISHED and int(words[1].rpartition(":")[2], 16) == SSH:
                yield _address(words[2].rpartition(":")[0])


def _table(path: Path) -> Iterator[list[str]]:
    """The lines of a table of the kernel, without its header."""
    for line in _lines(path):
        words = line.split()
        if words and not words[0].startswith(("Iface", "sl")):
            yield words


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []


def _address(text: str) -> str:
    """An address as the kernel prints it: words in the byte order of the machine."""
    if len(text) == 8:
        return _address4(text)
    words = (int(text[at : at + 8], 16) for at in range(0, 32, 8))
    found = ipaddress.IPv6Address(b"".join(struct.pack("=I", word) for word in words))
    return str(found.ipv4_mapped or found)


def _address4(text: str) -> str:
    return str(ipaddress.IPv4Address(struct.pack("=I", int(text, 16))))
