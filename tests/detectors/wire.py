"""Packets for detector tests, and a capture of them that is run through the monitor."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from itertools import pairwise

import numpy as np

from tui.core.alert.alerts import Alert, Event
from tui.core.baseline import Baseline
from tui.core.decode import decode
from tui.core.frames import from_packets
from tui.core.hashing import HashKey
from tui.detectors.registry import DetectorSet
from tui.detectors.thresholds import Thresholds
from tui.engine.monitor import Monitor

T0 = 1_700_000_000
HASH_KEY = HashKey(
    (
        np.uint64(0x9E3779B97F4A7C15),
        np.uint64(0xBF58476D1CE4E5B9),
        np.uint64(0x94D049BB133111EB),
        np.uint64(0xD6E8FEB86659FD93),
    )
)
"""The same for all runs: under random ones, now and then two hosts fall together in a table of what was met."""
FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
A, B, GATEWAY = "10.0.0.5", "10.0.0.9", "10.0.0.1"
BROADCAST = b"\xff" * 6

Timed = tuple[float, bytes]


def mac(number: int) -> bytes:
    return b"\x02\x00" + number.to_bytes(4, "big")


def mac_of(address: str) -> bytes:
    """Hosts of 10.0.0.0/24 have their own; all others are behind the gateway."""
    return mac_here(address if address.startswith("10.0.0.") else GATEWAY)


def mac_here(address: str) -> bytes:
    return mac(int(ip_address(address)) & 0xFFFF)


def ether(payload: bytes, kind: int = 0x0800, src: bytes = mac(1), dst: bytes = mac(2)) -> bytes:
    return dst + src + kind.to_bytes(2, "big") + payload


def ip4(
    src: str, dst: str, proto: int, payload: bytes, ttl: int = 64, src_mac: bytes = b"", dst_mac: bytes = b""
) -> bytes:
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, ttl, proto, 0)
    packet = head + ip_address(src).packed + ip_address(dst).packed + payload
    return ether(packet, src=src_mac or mac_of(src), dst=dst_mac or mac_of(dst))


def tcp(
    src: str, dst: str, sport: int, dport: int, flags: int, seq: int = 0, ack: int = 0, data: bytes = b"", **link: bytes
) -> bytes:
    head = struct.pack(">HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 0x50, flags, 1024, 0, 0)
    return ip4(src, dst, 6, head + data, **link)


def udp(src: str, dst: str, sport: int, dport: int, data: bytes = b"", ttl: int = 64, **link: bytes) -> bytes:
    return ip4(src, dst, 17, struct.pack(">HHHH", sport, dport, 8 + len(data), 0) + data, ttl, **link)


def icmp(src: str, dst: str, kind: int, code: int = 0, rest: bytes = bytes(4), data: bytes = b"") -> bytes:
    return ip4(src, dst, 1, struct.pack(">BBH", kind, code, 0) + rest + data)


def echo(src: str, dst: str, number: int, reply: bool = False, data: bytes = bytes(56), ident: int = 7) -> bytes:
    return icmp(src, dst, 0 if reply else 8, 0, struct.pack(">HH", ident, number), data)


def unreachable(packet: bytes) -> bytes:
    """The "port unreachable" that answers an IPv4 packet."""
    quoted = packet[14 : 14 + 28]
    src, dst = ip_address(quoted[12:16]), ip_address(quoted[16:20])
    return icmp(str(dst), str(src), 3, 3, data=quoted)


def arp(
    op: int, sender: bytes, sender_ip: str, target_ip: str, target: bytes = bytes(6), dst: bytes = BROADCAST
) -> bytes:
    body = struct.pack(">HHBBH", 1, 0x0800, 6, 4, op) + sender + ip_address(sender_ip).packed + target
    return ether(body + ip_address(target_ip).packed, 0x0806, sender, dst)


def dhcp(kind: int, client: bytes, src: bytes, server: str = "", gateway: str = "", given: str = "0.0.0.0") -> bytes:
    """DISCOVER (1), OFFER (2), REQUEST (3) or ACK (5)."""
    answer = kind in (2, 5)
    body = struct.pack(">BBBBIHH", 2 if answer else 1, 1, 6, 0, 99, 0, 0) + bytes(4) + ip_address(given).packed
    body += bytes(8) + client + bytes(10 + 192) + b"\x63\x82\x53\x63" + bytes((53, 1, kind))
    for option, value in ((54, server), (3, gateway), (6, gateway)):
        body += bytes((option, 4)) + ip_address(value).packed if value else b""
    body += b"\xff"
    ends = ("0.0.0.0", "255.255.255.255", 68, 67) if not answer else (server, "255.255.255.255", 67, 68)
    return udp(*ends, body, src_mac=src, dst_mac=BROADCAST)


def connection(
    at: float, src: str, dst: str, sport: int, dport: int, ask: bytes = b"", answer: bytes = b"", first: bytes = b""
) -> list[Timed]:
    """A whole TCP connection: handshake, what the server says `first`, question, answer, both FINs."""
    a, b, step = sport * 7, sport * 13, 0.001
    packets = [
        tcp(src, dst, sport, dport, SYN, a),
        tcp(dst, src, dport, sport, SYN | ACK, b, a + 1),
        tcp(src, dst, sport, dport, ACK, a + 1, b + 1),
    ]
    a, b = a + 1, b + 1
    for data, mine in ((first, False), (ask, True), (answer, False)):
        if data and mine:
            packets.append(tcp(src, dst, sport, dport, PSH | ACK, a, b, data))
            a += len(data)
        elif data:
            packets.append(tcp(dst, src, dport, sport, PSH | ACK, b, a, data))
            b += len(data)
    packets += [
        tcp(src, dst, sport, dport, FIN | ACK, a, b),
        tcp(dst, src, dport, sport, FIN | ACK, b, a + 1),
        tcp(src, dst, sport, dport, ACK, a + 1, b + 1),
    ]
    return [(at + i * step, p) for i, p in enumerate(packets)]


def monitor(
    packets: Iterable[Timed],
    *,
    cuts: Sequence[int] = (),
    thresholds: Thresholds | None = None,
    baseline: Baseline | None = None,
    linktype: int = 1,
    learn_s: float = 0.0,
) -> DetectorSet:
    """Run packets, given with their seconds since T0, through a monitor in batches that are cut before `cuts`."""
    timed = sorted(packets, key=lambda p: p[0])
    detectors = DetectorSet(thresholds, baseline=baseline, learn_s=learn_s, hash_key=HASH_KEY)
    engine = Monitor(detectors=detectors)
    edges = [0, *sorted({c for c in cuts if 0 < c < len(timed)}), len(timed)]
    for start, stop in pairwise(edges):
        some = timed[start:stop]
        frames = from_packets([p for _, p in some], linktype, [T0 * 10**9 + round(t * 10**9) for t, _ in some])
        engine.ingest(decode(frames), frames)
    engine.finish()
    assert not engine.warnings
    assert "nettui.detector" not in {a.rule for a in detectors.log.alerts()}
    return detectors


def opened(detectors: DetectorSet) -> list[Alert]:
    """The events that opened an incident."""
    return [a for a in detectors.log.since(0) if a.event is Event.OPEN]


def rules(packets: Iterable[Timed], least: int = 2, **options: object) -> list[str]:
    """The rules of the incidents of at least that severity, as they ended, in the order in which they opened."""
    final = {a.incident_id: a for a in monitor(packets, **options).log.since(0)}
    return [a.rule for a in final.values() if a.severity >= least]
