"""The SSH connections through which this monitor is being watched: unfiltered, the screen would feed itself.

sshd tells its sessions their connection in SSH_CONNECTION. sudo strips it, so the ancestors' environments are read too;
under tmux and screen the server is no child of the session, so the environments of its clients count instead.
Read before the rights are dropped. Nothing but the standard library.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

PROC = Path("/proc")
MULTIPLEXERS = ("tmux: server", "screen", "SCREEN", "zellij")
CLIENTS = ("tmux: client", "screen", "zellij")


@dataclass(frozen=True, slots=True, order=True)
class Connection:
    """Both ends of a TCP connection, as they stand in the packets."""

    client: IPv4Address | IPv6Address
    client_port: int
    server: IPv4Address | IPv6Address
    server_port: int


def parse(text: str) -> Connection | None:
    """SSH_CONNECTION: client address, its port, server address, its port. None for anything else."""
    words = text.split()
    if len(words) != 4:
        return None
    try:
        client, server = _address(words[0]), _address(words[2])
        ports = int(words[1]), int(words[3])
    except ValueError:
        return None
    if client.version != server.version or not all(0 < port < 65536 for port in ports):
        return None
    return Connection(client, ports[0], server, ports[1])


def own_connections(environment: Mapping[str, str] = os.environ, proc: Path = PROC) -> tuple[Connection, ...]:
    """The connections that show this process's terminal; none when it is not watched over SSH."""
    told = {environment.get("SSH_CONNECTION", "")}
    for process in _ancestors(os.getppid(), proc):
        if _name(process) in MULTIPLEXERS:
            told = {_told(ancestor) for client in _clients(process, proc) for ancestor in _ancestors(client, proc)}
            break
        told.add(_told(process))
    return tuple(sorted(c for text in told if (c := parse(text)) is not None))


def _address(text: str) -> IPv4Address | IPv6Address:
    """Without a zone; an IPv4 address that sshd saw through an IPv6 socket is IPv4 in the packets."""
    address = ip_address(text.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


def _told(process: Path) -> str:
    try:
        environment = (process / "environ").read_bytes()
    except OSError:
        return ""
    for entry in environment.split(b"\0"):
        if entry.startswith(b"SSH_CONNECTION="):
            return entry.partition(b"=")[2].decode("ascii", "replace")
    return ""


def _ancestors(pid: int, proc: Path) -> Iterator[Path]:
    """The process and those that started it, up to init."""
    seen: set[int] = set()
    while pid > 1 and pid not in seen:
        seen.add(pid)
        process = proc / str(pid)
        yield process
        pid = _status(process).get("PPid", 0)


def _clients(server: Path, proc: Path) -> list[int]:
    """The processes through which people are attached to a terminal multiplexer of the server's user."""
    user = _status(server).get("Uid")
    found = [p for p in proc.iterdir() if p.name.isdigit() and p.name != server.name and _name(p) in CLIENTS]
    return [int(p.name) for p in found if _status(p).get("Uid") == user]


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return ""


def _status(process: Path) -> dict[str, int]:
    """The first number of each numeric line of /proc/PID/status."""
    try:
        lines = (process / "status").read_text().splitlines()
    except OSError:
        return {}
    words = [line.split() for line in lines]
    return {w[0].rstrip(":"): int(w[1]) for w in words if len(w) > 1 and w[1].isdigit()}
