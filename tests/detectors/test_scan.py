"""Port scans, each with a harmless twin."""

from __future__ import annotations

from tests.detectors.wire import (
    ACK,
    FIN,
    PSH,
    RST,
    SYN,
    URG,
    A,
    B,
    Timed,
    connection,
    monitor,
    opened,
    rules,
    tcp,
    udp,
    unreachable,
)  # fmt: skip
from tui.core.alert.alerts import Severity


def refused(at: float, src: str, dst: str, sport: int, dport: int) -> list[Timed]:
    return [
        (at, tcp(src, dst, sport, dport, SYN, 5)),
        (at + 0.0005, tcp(dst, src, dport, sport, RST | ACK, 0, 6)),
    ]


def test_many_refused_ports_are_a_vertical_scan() -> None:
    scan = [p for i in range(40) for p in refused(i * 0.01, A, B, 40_000 + i, 20 + i)]
    detectors = monitor(scan)
    (alert,) = opened(detectors)
    assert (alert.rule, alert.severity, alert.src.ip, alert.dst.ip) == ("scan.vertical", Severity.HIGH, A, B)
    assert alert.evidence.observed >= alert.evidence.threshold == 15
    assert alert.evidence.samples and all(0 <= s < len(scan) for s in alert.evidence.samples)


def test_a_client_that_retries_one_closed_port_is_silent() -> None:
    assert rules([p for i in range(200) for p in refused(i * 0.1, A, B, 40_000 + i, 8080)]) == []


def test_a_poller_with_some_dead_services_is_silent() -> None:
    packets = []
    for i in range(20):
        packets += refused(i * 1.0, A, f"10.0.1.{i}", 40_000 + i, 8000 + i)
        packets += connection(i * 1.0 + 0.2, A, f"10.0.2.{i}", 41_000 + i, 80, b"GET /", b"ok")
        packets += connection(i * 1.0 + 0.4, A, f"10.0.3.{i}", 42_000 + i, 443, b"x", b"ok")
    assert rules(packets) == []


def test_half_open_probes_of_open_ports_count_as_failed() -> None:
    packets = []
    for i in range(20):
        packets += [
            (i * 0.1, tcp(A, B, 50_000, 100 + i, SYN, 7)),
            (i * 0.1 + 0.001, tcp(B, A, 100 + i, 50_000, SYN | ACK, 9, 8)),
            (i * 0.1 + 0.002, tcp(A, B, 50_000, 100 + i, RST, 8)),
        ]
    assert rules(packets) == ["scan.vertical"]


def test_stealth_probes_are_one_incident() -> None:
    for flags in (FIN, 0, FIN | PSH | URG):
        packets = [(i * 0.05, tcp(A, B, 50_000, 100 + i, flags)) for i in range(30)]
        assert rules(packets) == ["scan.vertical"], flags


def test_acknowledgements_out_of_nowhere_that_are_refused() -> None:
    packets = []
    for i in range(20):
        packets += [
            (i * 0.1, tcp(A, B, 50_000, 100 + i, ACK, 1, 77)),
            (i * 0.1 + 0.01, tcp(B, A, 100 + i, 50_000, RST, 77)),
        ]
    assert rules(packets) == ["scan.vertical"]


def test_a_capture_that_begins_in_the_middle_of_connections_is_silent() -> None:
    packets = []
    for i in range(60):
        for k in range(5):
            packets.append((k * 0.5 + i * 0.001, tcp(B, A, 443, 50_000 + i, ACK, 1000 + k * 100, 5, b"x" * 100)))
            packets.append((k * 0.5 + i * 0.001 + 0.01, tcp(A, B, 50_000 + i, 443, ACK, 5, 1100 + k * 100)))
        packets.append((3.0, tcp(B, A, 443, 50_000 + i, FIN | ACK, 1500, 5)))
        packets.append((3.01, tcp(A, B, 50_000 + i, 443, RST, 5)))
    assert rules(packets) == []


def test_one_side_of_ordinary_connections_is_silent() -> None:
    whole = [
        p for i in range(40) for p in connection(i * 0.2, A, f"93.184.0.{i}", 40_000 + i, 443, b"q" * 90, b"a" * 900)
    ]
    for side in (A, None):
        packets = [(t, p) for t, p in whole if (p[26:30] == bytes((10, 0, 0, 5))) == (side == A)]
        assert rules(packets) == []


def test_one_port_of_many_silent_hosts_is_a_horizontal_scan() -> None:
    packets = [(i * 0.2, tcp(A, f"10.1.{i // 200}.{i % 200 + 1}", 40_000 + i, 23, SYN, i)) for i in range(40)]
    (alert,) = opened(monitor(packets))
    assert (alert.rule, alert.dst.port) == ("scan.horizontal", 23)


def test_one_probe_in_five_minutes_is_found() -> None:
    packets = [p for i in range(14) for p in refused(i * 300.0, A, B, 40_000 + i, 20 + i)]
    assert rules(packets) == ["scan.slow_trw"]


def test_a_traceroute_is_silent() -> None:
    packets = [(i * 0.05, udp(A, "198.51.100.7", 40_000 + i, 33_434 + i, b"x" * 32, ttl=i // 3 + 1)) for i in range(60)]
    assert rules(packets) == []


def test_refused_datagrams_are_a_scan() -> None:
    packets = []
    for i in range(20):
        probe = udp(A, B, 50_000, 200 + i)
        packets += [(i * 1.0, probe), (i * 1.0 + 0.01, unreachable(probe))]
    assert rules(packets) == ["scan.vertical"]


def test_peers_that_are_gone_are_no_scan() -> None:
    packets = []
    for i in range(120):
        peer = f"198.51.{i // 100}.{i % 100 + 1}"
        packets.append((i * 0.3, udp(A, peer, 6881, 20_000 + i * 37, b"d1:ad2:id20")))
        if i % 3 == 0:
            packets.append((i * 0.3 + 0.05, udp(peer, A, 20_000 + i * 37, 6881, b"d1:rd2:id20")))
    assert rules(packets) == []


def test_decoys_are_folded_into_one_incident() -> None:
    sources = [A, "10.0.0.31", "10.0.0.32", "10.0.0.33"]
    packets = []
    for i in range(40):
        for k, source in enumerate(sources):
            packets += refused(i * 0.02 + k * 0.001, source, B, 40_000 + i, 20 + i)
    assert rules(packets) == ["scan.distributed"]


def test_a_scan_shared_by_sources_below_the_limit() -> None:
    packets = []
    for i in range(44):
        packets += refused(i * 0.1, f"10.0.0.{40 + i % 4}", B, 40_000 + i, 20 + i)
    assert rules(packets) == ["scan.distributed"]


def test_a_scan_inside_a_flood_is_found() -> None:
    flood = [
        (i / 400, tcp(f"{11 + i % 80}.{i % 250}.{i % 240}.{i % 230 + 1}", B, 1024 + i, 80, SYN, i)) for i in range(3200)
    ]
    scan = [p for i in range(20) for p in refused(2 + i * 0.2, A, B, 40_000 + i, 20 + i)]
    assert sorted(rules(flood + scan)) == ["flood.syn", "scan.vertical"]
