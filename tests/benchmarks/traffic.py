"""Traffic for benchmarks, made in memory: a mix like that of a server's link, and floods of what is dear to decode."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

from tui.core.frames import Frames, from_packets

ETHERNET = bytes.fromhex("020000000001020000000002")


def ipv4(
    proto: int, payload: bytes, options: bytes = b"", fragment: int = 0x4000, src: int = 0x0A000001,
    dst: int = 0xC0A80001,
) -> bytes:  # fmt: skip
    size = 20 + len(options)
    head = struct.pack("!BBHHHBBHII", 0x40 | size // 4, 0, size + len(payload), 7, fragment, 64, proto, 0, src, dst)
    return head + options + payload


def ipv6(next_header: int, payload: bytes) -> bytes:
    address = bytes.fromhex("20010db8000000000000000000000001")
    return struct.pack("!IHBB", 0x60000000, len(payload), next_header, 64) + address + address[::-1] + payload


def tcp(sport: int, dport: int, payload: bytes = b"", flags: int = 0x10) -> bytes:
    return struct.pack("!HHIIBBHHH", sport, dport, 1, 1, 0x50, flags, 65000, 0, 0) + payload


def udp(sport: int, dport: int, payload: bytes) -> bytes:
    return struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload


def ethernet(kind: int, payload: bytes) -> bytes:
    return ETHERNET + struct.pack("!H", kind) + payload


def _mixed(rng: random.Random) -> bytes:
    size = rng.choices([0, rng.randint(1, 540), rng.randint(540, 1300), 1448], [45, 17, 6, 32])[0]
    port = rng.choice([443, 443, 443, 80, 53, 22, 123, 8080, 5432, 3306])
    ports = (rng.randint(1024, 65535), port)
    ports = ports if rng.random() < 0.5 else ports[::-1]
    kind = rng.random()
    if kind < 0.003:
        return ethernet(0x0806, bytes.fromhex("0001080006040001") + bytes(20) + bytes(18))
    transport = (6, tcp(*ports, rng.randbytes(size))) if kind < 0.72 else (17, udp(*ports, rng.randbytes(size)))
    if kind > 0.95:
        transport = (1, b"\x08\x00" + bytes(6) + bytes(40))
    where = rng.random()
    if where < 0.10:
        echo = (58, b"\x80" + transport[1][1:])
        return ethernet(0x86DD, ipv6(*(echo if transport[0] == 1 else transport)))
    packet = ipv4(*transport, src=rng.getrandbits(32))
    if where < 0.15:
        return ETHERNET + struct.pack("!HHH", 0x8100, rng.randint(1, 100), 0x0800) + packet
    return ethernet(0x0800, packet)


def _many(make: Callable[[random.Random], bytes], count: int) -> Frames:
    rng = random.Random(7)
    return from_packets([make(rng) for _ in range(count)])


def _tls(rng: random.Random) -> bytes:
    record = b"\x17\x03\x03" + struct.pack("!H", 1000) + rng.randbytes(1000)
    return ethernet(0x0800, ipv4(6, tcp(443, rng.randint(1024, 65535), record)))


def _vxlan(rng: random.Random) -> bytes:
    inner = ethernet(0x0800, ipv4(17, udp(rng.randint(1024, 65535), 53, rng.randbytes(40))))
    return ethernet(0x0800, ipv4(17, udp(rng.randint(1024, 65535), 4789, b"\x08" + bytes(7) + inner)))


def _icmp_error(rng: random.Random) -> bytes:
    return ethernet(0x0800, ipv4(1, b"\x03\x03" + bytes(6) + ipv4(17, udp(rng.randint(1, 65535), 53, b""))))


def _deep(rng: random.Random) -> bytes:
    packet = ipv4(17, udp(rng.randint(1024, 65535), 53, rng.randbytes(40)))
    for _ in range(10):
        packet = ipv4(4, packet)
    return ethernet(0x0800, packet)


TRAFFIC: dict[str, Callable[[random.Random], bytes]] = {
    "mix": _mixed,
    "tiny tcp": lambda r: ethernet(0x0800, ipv4(6, tcp(r.randint(1024, 65535), 443), src=0x0A000000 + r.randint(1, 9))),
    "jumbo": lambda r: ethernet(0x0800, ipv4(6, tcp(443, r.randint(1024, 65535), r.randbytes(8960)))),
    "tls": _tls,
    "syn flood": lambda r: ethernet(0x0800, ipv4(6, tcp(r.randint(1, 65535), 80, flags=2), src=r.getrandbits(32))),
    "tiny": lambda r: r.randbytes(r.randint(0, 20)),
    "ip options": lambda r: ethernet(0x0800, ipv4(6, tcp(r.randint(1, 65535), 80), options=b"\x01" * 40)),
    "fragments": lambda r: ethernet(0x0800, ipv4(17, r.randbytes(100), fragment=r.choice([0x2000, 1, 0x2010]))),
    "extensions": lambda r: ethernet(0x86DD, ipv6(60, (b"\x3c" + bytes(7)) * 8 + b"\x11" + bytes(7) + bytes(20))),
    "vlan tags": lambda r: ETHERNET + b"\x81\x00\x00\x05" * 6 + b"\x08\x00" + ipv4(6, tcp(80, r.randint(1, 65535))),
    "icmp errors": _icmp_error,
    "vxlan": _vxlan,
    "ip in ip x10": _deep,
    "http": lambda r: ethernet(0x0800, ipv4(6, tcp(r.randint(1, 65535), 80, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"))),
    "dns": lambda r: ethernet(0x0800, ipv4(17, udp(r.randint(1024, 65535), 53, r.randbytes(40)))),
    "random udp": lambda r: ethernet(0x0800, ipv4(17, udp(r.randint(1, 65535), r.randint(1, 65535), r.randbytes(400)))),
    "random tcp": lambda r: ethernet(0x0800, ipv4(6, tcp(r.randint(1, 65535), r.randint(1, 65535), r.randbytes(400)))),
}  # fmt: skip


def frames(kind: str, count: int) -> Frames:
    """`count` frames of one kind of traffic."""
    return _many(TRAFFIC[kind], count)
