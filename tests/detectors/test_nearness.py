"""How near each rule is to its limit: half an attack is half the way, a gate holds, and looking harms nothing."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.detectors.test_registry import busy
from tests.detectors.test_scan import refused
from tests.detectors.wire import (
    ACK,
    GATEWAY,
    HASH_KEY,
    SYN,
    T0,
    A,
    B,
    Timed,
    arp,
    connection,
    dhcp,
    echo,
    mac,
    mac_here,
    tcp,
    udp,
)
from tui.core.alert.nearness import Near, highest
from tui.core.decode import decode
from tui.core.frames import from_packets
from tui.detectors.measures import MEASURES
from tui.detectors.moment import Detector
from tui.detectors.registry import DetectorSet
from tui.detectors.thresholds import Thresholds
from tui.engine.monitor import Monitor


def watching(packets: Iterable[Timed], after_s: int = 1) -> DetectorSet:
    """The detectors some seconds after the last packet, with nothing finished."""
    timed = sorted(packets, key=lambda p: p[0])
    detectors = DetectorSet()
    engine = Monitor(detectors=detectors)
    frames = from_packets([p for _, p in timed], 1, [T0 * 10**9 + round(t * 10**9) for t, _ in timed])
    engine.ingest(decode(frames), frames)
    engine.tick((T0 + int(timed[-1][0]) + after_s) * 10**9)
    assert not engine.warnings
    return detectors


def near(detectors: DetectorSet, rule: str) -> Near:
    (found,) = (n for n in detectors.near() if n.rule == rule)
    return found


def queries(n: int) -> list[Timed]:
    """Names of one zone that look like data."""
    packets = []
    for i in range(n):
        label = f"{i:04d}k3j9z7q2x8w5v1t6r4p0mcnb"
        name = b"".join(bytes([len(part)]) + part.encode() for part in (label, "example", "org")) + b"\0"
        body = i.to_bytes(2, "big") + b"\x01\x00\0\x01\0\0\0\0\0\0" + name + b"\0\x10\0\x01"
        packets.append((i * 0.1, udp(A, "10.0.0.53", 3_000 + i, 53, body)))
    return packets


HALVES: dict[str, tuple[list[Timed], int, str]] = {
    "scan.vertical": ([p for i in range(8) for p in refused(i * 0.01, A, B, 40_000 + i, 20 + i)], 1, f"{A} > {B}"),
    "scan.horizontal": (
        [p for i in range(11) for p in refused(i * 0.01, A, f"10.0.9.{i}", 40_000 + i, 23)], 1, f"{A} port 23",
    ),
    "flood.syn": ([(i * 0.015, tcp(f"11.0.{i}.3", B, 1_024 + i, 80, SYN, i)) for i in range(60)], 1, f"{B} port 80"),
    "flood.udp": ([(i * 0.0015, udp(A, B, 3_000, 700)) for i in range(600)], 1, B),
    "flood.icmp": ([(i * 0.003, echo(A, B, i)) for i in range(300)], 1, B),
    "scan.arp": ([(i * 0.1, arp(1, mac_here(A), A, f"10.0.0.{i + 20}")) for i in range(16)], 1, mac_here(A).hex(":")),
    "scan.icmp_sweep": ([(i * 0.1, echo(A, f"10.0.9.{i}", 1)) for i in range(6)], 11, A),
    "arp.spoof": (
        [(0.0, arp(1, mac_here(GATEWAY), GATEWAY, A)), (0.1, arp(2, mac_here(GATEWAY), GATEWAY, A, mac_here(A)))]
        + [(1.0 + i, arp(2, mac(66), GATEWAY, A, mac_here(A), mac_here(A))) for i in range(2)],
        1, f"{mac(66).hex(':')} as {GATEWAY}",
    ),
    "dhcp.starvation": ([(i * 0.1, dhcp(1, mac(500 + i), mac(500 + i))) for i in range(8)], 1, "the local network"),
    "mac.flood": (
        [(i * 0.01, udp(A, B, 9, 99, src_mac=bytes([2, 0, 9, 9, i >> 8, i & 255]))) for i in range(260)], 1,
        "the local network",
    ),
    "brute.ftp": (
        [(i * 1.0, tcp(B, A, 21, 40_000, 24, 1, 1, b"530 Login incorrect.\r\n")) for i in range(6)], 1,
        f"{A} > {B} port 21",
    ),
    "beacon": (
        [p for i in range(12) for p in connection(i * 30.0, A, "93.184.216.34", 40_000 + i, 8080, b"q", b"a")], 1,
        f"{A} > 93.184.216.34 port 8080",
    ),
    "sensitive_port": (
        [p for i, port in enumerate((445, 3306)) for p in refused(i * 0.1, A, B, 40_000 + i, port)], 1, A,
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", HALVES)
def test_half_of_an_attack_is_half_the_way(rule: str) -> None:
    packets, after_s, subject = HALVES[rule]
    detectors = watching(packets, after_s)
    found = near(detectors, rule)
    assert found.subject == subject
    assert 0.35 <= found.share < 1, found
    assert rule not in {a.rule for a in detectors.log.alerts()}


def test_a_scan_is_past_its_limit() -> None:
    found = near(watching([p for i in range(40) for p in refused(i * 0.01, A, B, 40_000 + i, 20 + i)]), "scan.vertical")
    assert (found.value, found.limit, found.setting) == (40, 15, "scan.vertical_ports")
    assert found.share > 1


def test_a_tunnel_shows_its_signs_once_there_are_enough_names() -> None:
    assert near(watching(queries(12)), "tunnel.dns").share == 0
    found = near(watching(queries(25)), "tunnel.dns")
    assert found.share >= 1
    assert found.subject == f"example.org by {A}"


def test_a_poller_is_held_back_by_what_answers() -> None:
    packets = [p for i in range(30) for p in refused(i * 0.01, A, B, 40_000 + i, 20 + i)][: 2 * 14]
    packets += [p for i in range(56) for p in connection(i * 0.02, A, B, 41_000 + i, 2_000 + i, b"q", b"a")]
    found = near(watching(packets), "scan.vertical")
    assert found.gate == "only 20% failed"
    assert found.share == pytest.approx(0.4, abs=0.01)


def test_openings_that_complete_are_held_back() -> None:
    packets = [p for i in range(150) for p in connection(i * 0.006, A, B, 10_000 + i, 80, b"q", b"a")]
    found = near(watching(packets), "flood.syn")
    assert found.value > found.limit
    assert found.share < 1
    assert "completed" in found.gate


def test_every_rule_is_there_with_a_limit_that_can_be_set() -> None:
    detectors = DetectorSet()
    limits = Thresholds().settings()
    found = detectors.near()
    assert {n.rule for n in found} == set(detectors.rules)
    assert set(MEASURES) <= set(detectors.rules)
    for one in found:
        assert one.setting in limits or one.setting == ""
        if one.setting:
            assert one.limit == limits[one.setting]
            assert Thresholds().with_setting(one.setting, str(limits[one.setting])) == Thresholds()


def test_looking_changes_nothing_that_is_told() -> None:
    quiet, looked_at = DetectorSet(hash_key=HASH_KEY), DetectorSet(hash_key=HASH_KEY)
    for detectors in (quiet, looked_at):
        engine = Monitor(detectors=detectors)
        timed = sorted(busy(), key=lambda p: p[0])
        for start in range(0, len(timed), 50):
            some = timed[start : start + 50]
            frames = from_packets([p for _, p in some], 1, [T0 * 10**9 + round(t * 10**9) for t, _ in some])
            engine.ingest(decode(frames), frames)
            if detectors is looked_at:
                detectors.near()
        engine.finish()
    assert [(a.id, a.text) for a in quiet.log.since(0)] == [(a.id, a.text) for a in looked_at.log.since(0)]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 4), st.binary(min_size=0, max_size=120)), min_size=1, max_size=60))
def test_any_bytes_can_be_looked_at(packets: list[Timed]) -> None:
    for found in watching(packets).near():
        assert found.share >= 0
        assert found.value == found.value


class Shy(Detector):
    rules = ("shy",)

    def near(self) -> Iterable[Near]:
        raise ZeroDivisionError


def test_a_detector_that_cannot_be_looked_into_goes_on() -> None:
    detectors = watching([(0.0, tcp(A, B, 1, 2, ACK))])
    detectors._detectors.append(Shy())
    assert near(detectors, "shy").share == 0
    assert "shy" in detectors.rules


def test_the_nearest_of_a_rule_stands_for_it() -> None:
    far, close = Near("x", 1, 10, "n", "far"), Near("x", 5, 10, "n", "close")
    held = Near("x", 50, 10, "n", "held", "answered", 0.2)
    assert highest([far, close, held])["x"] is close
