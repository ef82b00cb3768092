"""Capture filters: classic BPF programs for the kernel, compiled by libpcap or written here.

A program is bytes, 8 for each instruction (linux/filter.h, struct sock_filter). Jumps are relative and forward only, so
instructions that go on at their end can be put before any program: this is how the monitor's own connection is left
out of every filter, and without libpcap too.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from tui.capture.ownssh import Connection
from tui.core.ipproto import TCP

LD_W_ABS, LD_H_ABS, LD_B_ABS, LD_W_LEN = 0x20, 0x28, 0x30, 0x80
ALU_AND_K, JMP_JEQ_K, JMP_JGE_K, RET_K = 0x54, 0x15, 0x35, 0x06
WHOLE = 262_144
"""The snaplen that means everything."""
LINK_HEADERS = {1: 14, 101: 0, 276: 0}
"""Bytes before the IP header as the kernel's filter sees them, by link type: a cooked socket filters from there on."""
IPV4_BYTES = 4


def instruction(code: int, k: int, jump_true: int = 0, jump_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, jump_true, jump_false, k)


def accept(snaplen: int) -> bytes:
    """Keep so many bytes of every packet."""
    return instruction(RET_K, snaplen)


def leave_out(connections: Iterable[Connection], linktype: int) -> bytes:
    """Instructions that drop the packets of these connections and go on behind their end with all others."""
    link = LINK_HEADERS.get(linktype)
    if link is None:
        return b""
    return b"".join(
        _drop(_checks(link, source, destination, ports))
        for c in connections
        for source, destination, ports in (
            (c.client.packed, c.server.packed, c.client_port << 16 | c.server_port),
            (c.server.packed, c.client.packed, c.server_port << 16 | c.client_port),
        )
    )


def program(compiled: bytes, connections: Iterable[Connection], linktype: int, snaplen: int) -> bytes:
    """All of a socket's filter; empty where everything is wanted. `compiled`: the user's part, or nothing."""
    own = leave_out(connections, linktype)
    if not own and not compiled and snaplen >= WHOLE:
        return b""
    return own + (compiled or accept(snaplen))


def in_words(text: str, connections: Iterable[Connection]) -> str:
    """A capture filter without these connections, for systems that take it in words."""
    terms = [
        f"not (tcp and host {c.client} and port {c.client_port} and host {c.server} and port {c.server_port})"
        for c in connections
    ]
    return " and ".join([f"({text})", *terms] if text.strip() else terms)


def _checks(link: int, source: bytes, destination: bytes, ports: int) -> list[tuple[int, int, int | None, int]]:
    """(load, offset, mask, value) of a TCP segment from one end to the other, without options or fragments."""
    checks: list[tuple[int, int, int | None, int]] = []
    if len(source) == IPV4_BYTES:
        proto, addresses, transport = 9, 12, 20
        checks.append((LD_B_ABS, link, None, 0x45))
        checks.append((LD_H_ABS, link + 6, 0x1FFF, 0))
    else:
        proto, addresses, transport = 6, 8, 40
        checks.append((LD_B_ABS, link, 0xF0, 0x60))
    checks.append((LD_B_ABS, link + proto, None, TCP))
    words = struct.unpack(f"!{len(source) // 2}I", source + destination)
    checks += [(LD_W_ABS, link + addresses + 4 * i, None, word) for i, word in enumerate(words)]
    return [*checks, (LD_W_ABS, link + transport, None, ports)]


def _drop(checks: list[tuple[int, int, int | None, int]]) -> bytes:
    """Drop the packet when all checks hold. The length first: a load beyond the end would drop it in any case."""
    end = checks[-1][1] + 4
    steps: list[tuple[bytes, int, int]] = [(instruction(LD_W_LEN, 0), JMP_JGE_K, end)]
    for load, offset, mask, value in checks:
        code = instruction(load, offset)
        if mask is not None:
            code += instruction(ALU_AND_K, mask)
        steps.append((code, JMP_JEQ_K, value))
    behind = 1  # the `ret 0` that stands last
    parts = [instruction(RET_K, 0)]
    for code, jump, value in reversed(steps):
        parts.append(code + instruction(jump, value, 0, behind))
        behind += len(code) // 8 + 1
    return b"".join(reversed(parts))
