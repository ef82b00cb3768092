"""Tunnels, password guessing, credentials, beacons and policy, each with a harmless twin."""

from __future__ import annotations

import hashlib
import random
import struct
from collections.abc import Callable

import pytest

from tests.detectors.wire import ACK, PSH, A, B, Timed, connection, echo, monitor, opened, rules, tcp, udp
from tui.core.alert.alerts import Alert, Severity
from tui.core.baseline import Baseline
from tui.detectors.thresholds import Thresholds

OUTSIDE = "93.184.216.34"


def dns(name: str, number: int, answer: bool = False, kind: int = 1, rcode: int = 0, extra: bytes = b"") -> bytes:
    labels = b"".join(bytes((len(x),)) + x.encode() for x in name.split(".")) + b"\0"
    flags = 0x8180 | rcode if answer else 0x0100
    return struct.pack(">HHHHHH", number, flags, 1, 0, 0, 0) + labels + struct.pack(">HH", kind, 1) + extra


def looked_up(names: list[str], gap: float, rcode: int = 0, kind: int = 1) -> list[Timed]:
    packets = []
    for i, name in enumerate(names):
        packets.append((i * gap, udp(A, B, 20_000 + i, 53, dns(name, i, kind=kind))))
        packets.append((i * gap + 0.01, udp(B, A, 53, 20_000 + i, dns(name, i, True, kind, rcode))))
    return packets


def test_data_in_names_is_a_tunnel() -> None:
    names = [f"{hashlib.sha256(bytes([i])).hexdigest()[:50]}.t.example.org" for i in range(60)]
    (alert,) = opened(monitor(looked_up(names, 0.5, kind=16)))
    assert (alert.rule, alert.src.ip) == ("tunnel.dns", A)


def test_many_ordinary_names_are_no_tunnel() -> None:
    words = ["www", "mail", "cdn", "api", "static", "img"]
    names = [f"{words[i % 6]}.site{i}.com" for i in range(300)]
    names += [f"host{i}.intranet.example.com" for i in range(200)]
    assert rules(looked_up(names, 0.1)) == []


def test_block_lists_are_no_tunnel() -> None:
    chance = random.Random(3)
    names = [".".join(str(chance.randrange(256)) for _ in range(4)) + ".bl.somelist.example.net" for _ in range(200)]
    assert rules(looked_up(names, 0.3, rcode=3)) == []


def test_names_that_do_not_exist_in_a_burst() -> None:
    invented = [f"{hashlib.sha256(bytes([i])).hexdigest()[:11]}.com" for i in range(60)]
    assert rules(looked_up(invented, 0.3, rcode=3)) == ["dns.nxdomain_burst"]
    found = looked_up([f"site{i}.com" for i in range(140)], 0.2)
    missing = looked_up(invented[:20], 1.0, rcode=3)
    assert rules(found + missing) == []


def test_pings_that_carry_data_are_a_tunnel() -> None:
    chance = random.Random(2)
    packets = []
    for i in range(60):
        packets.append((i * 0.2, echo(A, B, i, data=chance.randbytes(chance.randrange(60, 900)))))
        packets.append((i * 0.2 + 0.01, echo(B, A, i, True, data=chance.randbytes(chance.randrange(60, 900)))))
    assert rules(packets) == ["tunnel.icmp"]


def pings(sizes: list[int]) -> list[Timed]:
    """Echoes that are answered by their copy."""
    asked = [(i * 0.2, echo(A, B, i, data=bytes(size))) for i, size in enumerate(sizes)]
    return asked + [(i * 0.2 + 0.01, echo(B, A, i, True, bytes(size))) for i, size in enumerate(sizes)]


@pytest.mark.parametrize("size", [56, 1200])
def test_ordinary_pings_are_silent(size: int) -> None:
    assert rules(pings([40 + i * 40 for i in range(9)])) == []


def test_pings_of_many_sizes_that_are_copied_back_stay_below() -> None:
    assert rules(pings([40 + i * 40 for i in range(9)])) == []


def sweep(answering: int, total: int) -> list[Timed]:
    packets = []
    for i in range(total):
        host = f"10.0.3.{i + 1}"
        packets.append((i * 0.1, echo(A, host, 1)))
        if i < answering:
            packets.append((i * 0.1 + 0.01, echo(host, A, 1, True)))
    return packets


def test_a_sweep_of_silent_hosts() -> None:
    assert rules(sweep(5, 30)) == ["scan.icmp_sweep"]
    assert rules(sweep(29, 30)) == []


def ssh(at: float, sport: int, size: int, port: int = 22) -> list[Timed]:
    return connection(
        at, A, B, sport, port, b"SSH-2.0-x\r\n" + b"k" * (size // 2), b"k" * (size // 2), b"SSH-2.0-y\r\n"
    )


def test_short_ssh_sessions_on_any_port() -> None:
    assert rules([p for i in range(12) for p in ssh(i * 2.0, 40_000 + i, 1_300, 902)]) == ["brute.ssh"]


def test_ssh_sessions_that_log_in_or_only_look_are_silent() -> None:
    logins = [p for i in range(12) for p in ssh(i * 2.0, 40_000 + i, 1_400)]
    logins += connection(30, A, B, 50_000, 22, b"SSH-2.0-x\r\n" + b"k" * 1400, b"k" * 1400, b"SSH-2.0-y\r\n")[:5]
    big = (50_000 * 7 + 1 + 1411, 50_000 * 13 + 1 + 11 + 1400)
    logins += [
        (31 + i * 0.01, tcp(B, A, 22, 50_000, PSH | ACK, big[1] + 1400 * i, big[0], b"z" * 1400)) for i in range(6)
    ]
    logins += [(32.0, tcp(A, B, 50_000, 22, 4 | ACK, big[0], big[1] + 8400))]
    assert rules([(t + (40 if t < 29 else -29), p) for t, p in logins]) == []
    looks = [p for i in range(30) for p in connection(i * 2.0, A, B, 40_000 + i, 22, b"", b"", b"SSH-2.0-y\r\n")]
    assert rules(looks) == []


REFUSED = {
    "brute.ftp": (21, b"PASS x\r\n", b"530 Login incorrect.\r\n"),
    "brute.http": (80, b"GET /a HTTP/1.1\r\n\r\n", b"HTTP/1.1 401 Unauthorized\r\n\r\n"),
    "brute.mail": (25, b"x\r\n", b"535 5.7.8 Error\r\n"),
    "brute.mysql": (3306, b"xxxx", b"\x48\x00\x00\x02\xff\x15\x04#28000Access denied"),
    "brute.postgresql": (5432, b"p", b"E\x00\x00\x00\x67SFATAL\x00VFATAL\x00C28P01\x00Mpassword"),
    "brute.redis": (6379, b"AUTH x\r\n", b"-WRONGPASS invalid username-password pair\r\n"),
    "brute.smb": (445, b"x", b"\x00\x00\x00\x49\xfeSMB\x40\x00\x00\x00\x6d\x00\x00\xc0\x01\x00" + b"x" * 50),
    "brute.telnet": (23, b"x\r\n", b"\r\nLogin incorrect\r\n"),
}


@pytest.mark.parametrize("rule", REFUSED)
def test_refused_log_ins(rule: str) -> None:
    port, ask, answer = REFUSED[rule]
    many = [p for i in range(25) for p in connection(i * 1.0, A, B, 40_000 + i, port, ask, answer)]
    assert rule in rules(many)
    assert rule not in rules(many[: 9 * 6])


def test_a_challenge_that_is_met_is_no_guess() -> None:
    packets = []
    for i in range(60):
        packets += connection(
            i * 1.0, A, B, 40_000 + 2 * i, 80, b"GET /a HTTP/1.1\r\n\r\n", b"HTTP/1.1 401 Unauthorized\r\n"
        )
        packets += connection(
            i * 1.0 + 0.1, A, B, 40_001 + 2 * i, 80, b"GET /a HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"
        )
    assert rules(packets) == []


SECRET = b"dXNlcjpodW50ZXIy"


def test_credentials_are_told_and_never_shown() -> None:
    ask = b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic " + SECRET + b"\r\n\r\n"
    (alert,) = opened(monitor(connection(0, A, B, 40_000, 80, ask, b"HTTP/1.1 200 OK\r\n\r\n")))
    assert alert.rule == "cleartext.credentials"
    assert SECRET.decode() not in repr(alert)


def test_anonymous_ftp_and_pages_without_credentials_are_silent() -> None:
    a, b = 40_000 * 7 + 1, 40_000 * 13 + 1
    packets = connection(0, A, B, 40_000, 21, b"", b"")[:3]
    packets += [
        (0.1, tcp(A, B, 40_000, 21, PSH | ACK, a, b, b"USER anonymous\r\n")),
        (0.2, tcp(A, B, 40_000, 21, PSH | ACK, a + 16, b, b"PASS me@example.org\r\n")),
    ]
    packets += connection(1, A, B, 41_000, 80, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n")
    assert rules(packets) == []


def contacts(gaps: list[float], dst: str, sent: Callable[[int], int] = lambda _: 53) -> list[Timed]:
    """Connections at these intervals, each of which sends so many bytes."""
    packets, at = [], 0.0
    for i, gap in enumerate(gaps):
        packets += connection(at, A, dst, 40_000 + i, 443, b"\x16\x03\x01".ljust(sent(i), b"x"), b"y" * 90)
        at += gap
    return packets


def test_regular_contacts_are_a_beacon() -> None:
    chance = random.Random(4)
    (alert,) = opened(monitor(contacts([60 + chance.uniform(-6, 6) for _ in range(30)], OUTSIDE)))
    assert (alert.rule, alert.severity, alert.dst.ip) == ("beacon", Severity.LOW, OUTSIDE)


def test_the_same_size_each_time_makes_up_for_jitter() -> None:
    """A quarter early or late, and more: no clock, but a program that always says the same."""
    gaps = [44.0, 72.0, 60.0, 50.0, 78.0] * 8
    assert rules(contacts(gaps, OUTSIDE, lambda i: 100 + 37 * i)) == []
    (alert,) = opened(monitor(contacts(gaps, OUTSIDE, lambda i: 100)))
    assert alert.rule == "beacon"
    assert "19 of 19 sent the same amount" in alert.text.what
    assert alert.confidence > 0.75


def uploads(total: float, known: Baseline | None = None, back: int = 60) -> list[Alert]:
    """What is said of a host here that sends so many megabytes, in packets of 1.4 kB, to one outside in ten seconds."""
    limits = Thresholds().with_setting("exfil.volume.bytes", "5000000")
    each = int(total * 1e6 / 10 / 1_442)
    packets = [(s + i / 4000, udp(A, OUTSIDE, 5_000, 443, bytes(1_400))) for s in range(10) for i in range(each)]
    packets += [(s + 0.5, udp(OUTSIDE, A, 443, 5_000, bytes(back))) for s in range(10)]
    return [a for a in opened(monitor(packets, thresholds=limits, baseline=known)) if a.rule == "exfil.volume"]


def test_an_upload_is_held_against_what_the_host_has_sent_before() -> None:
    (alert,) = uploads(6)
    assert (alert.src.ip, alert.dst.ip, alert.severity) == (A, OUTSIDE, Severity.LOW)
    assert uploads(6, Baseline(uploads={A: 4e6})) == []
    assert uploads(6, Baseline(uploads={B: 4e6}))
    (more,) = uploads(9, Baseline(uploads={A: 4e6}))
    assert (more.evidence.threshold, more.evidence.baseline) == (8e6, 4e6)
    assert "4 MB at most" in more.text.what


def test_irregular_busy_or_local_contacts_are_none() -> None:
    chance = random.Random(5)
    assert rules(contacts([chance.expovariate(1 / 30) for _ in range(60)], OUTSIDE)) == []
    assert rules(contacts([0.2] * 60, OUTSIDE)) == []
    assert rules(contacts([60.0] * 40, B)) == []


def test_a_learned_contact_is_no_beacon() -> None:
    known = Baseline(contacts={f"{A} {OUTSIDE}:443/TCP"})
    assert rules(contacts([60.0] * 40, OUTSIDE), baseline=known) == []


def test_refused_sensitive_services() -> None:
    ports = (23, 445, 3389, 5900, 6379, 9200)

    def tried(port: int, at: float) -> list[Timed]:
        return [(at, tcp(A, B, 40_000 + port, port, 2, 1)), (at + 0.01, tcp(B, A, port, 40_000 + port, 20, 0, 2))]

    assert rules([p for i, port in enumerate(ports) for p in tried(port, i * 5.0)]) == ["sensitive_port"]
    assert rules([p for i in range(30) for p in tried(445, i * 5.0)]) == []


def test_a_sensitive_service_opened_from_the_internet() -> None:
    assert rules(connection(0, OUTSIDE, A, 40_000, 3389, b"x", b"y")) == ["sensitive_port"]
    assert rules(connection(0, A, B, 40_000, 3389, b"x", b"y")) == []
