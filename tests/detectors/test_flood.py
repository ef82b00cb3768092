"""Floods and amplification, each with a harmless twin."""

from __future__ import annotations

from tests.detectors.wire import (
    ACK,
    RST,
    SYN,
    A,
    B,
    Timed,
    connection,
    echo,
    monitor,
    opened,
    rules,
    tcp,
    udp,
)  # fmt: skip
from tui.core.baseline import Baseline


def spoofed(i: int) -> str:
    return f"{20 + i % 90}.{i * 7 % 250}.{i * 13 % 240}.{i % 230 + 1}"


def test_openings_that_never_complete_are_a_flood() -> None:
    packets = [(i / 300, tcp(spoofed(i), B, 1024 + i, 443, SYN, i)) for i in range(1200)]
    packets += [(i / 300 + 0.001, tcp(B, spoofed(i), 443, 1024 + i, SYN | ACK, 9, i + 1)) for i in range(1200)]
    (alert,) = opened(monitor(packets))
    assert (alert.rule, alert.dst.ip, alert.dst.port, alert.severity) == ("flood.syn", B, 443, 4)
    assert alert.sources > 10
    assert alert.detected_ns - alert.first_ns <= 5 * 10**9


def test_as_many_openings_that_complete_are_silent() -> None:
    packets = [
        p for i in range(900) for p in connection(i / 300, A, B, 20_000 + i, 80, b"GET / HTTP/1.1", b"HTTP/1.1 200")
    ]
    assert rules(packets) == []


def test_a_flood_seen_from_one_side_says_so() -> None:
    packets = [(i / 300, tcp(A, B, 1024 + i, 443, SYN, i)) for i in range(1200)]
    (alert,) = opened(monitor(packets))
    assert (alert.rule, alert.severity) == ("flood.syn", 3)
    assert "blind" in alert.text.why


def test_a_service_that_is_known_to_be_busy_is_flooded_by_five_times_as_much() -> None:
    """Three hundred openings a second, of which few complete, are a bad day for a service that serves eighty."""

    def opened_by(rate: int) -> list[Timed]:
        return [(i / rate, tcp(spoofed(i), B, 1024 + i, 443, SYN, i)) for i in range(4 * rate)]

    known = Baseline(openings={f"{B}:443/TCP": 80.0})
    assert rules(opened_by(300), baseline=known) == []
    assert rules(opened_by(300), baseline=Baseline(openings={f"{A}:443/TCP": 80.0})) == ["flood.syn"]
    (alert,) = opened(monitor(opened_by(900), baseline=known))
    assert (alert.rule, alert.evidence.threshold, alert.evidence.baseline) == ("flood.syn", 400, 80)
    assert "5 times the usual" in alert.text.what


def test_echoes_by_the_hundred() -> None:
    assert rules([(i / 900, echo(A, B, i)) for i in range(3000)]) == ["flood.icmp"]
    assert rules([(i / 10, echo(A, B, i)) for i in range(300)]) == []


def test_datagrams_without_an_answer_are_a_flood_and_a_call_is_none() -> None:
    flood = [(i / 2000, udp(A, B, 2000 + i % 5000, 9, b"x" * 40)) for i in range(6000)]
    assert rules(flood) == ["flood.udp"]
    call = [(i / 2000, udp(A, B, 7000, 7002, b"x" * 160)) for i in range(6000)]
    call += [(i / 2000 + 0.0001, udp(B, A, 7002, 7000, b"x" * 160)) for i in range(6000)]
    assert rules(call) == []


def test_a_one_way_stream_is_only_information() -> None:
    assert rules([(i / 1500, udp(A, B, 5004, 5004, b"x" * 1200)) for i in range(4500)]) == []


def test_a_measurement_with_a_control_connection_is_silent() -> None:
    opening = connection(0, A, B, 41_000, 5201, b"cookie", b"ok")[:6]
    stream = [(0.5 + i / 2000, udp(A, B, 50_000, 5201, b"x" * 40)) for i in range(6000)]
    assert rules(opening + stream) == []


def test_acknowledgements_and_resets_of_nothing() -> None:
    assert rules([(i / 600, tcp(A, B, 1024 + i, 80, ACK, i, i)) for i in range(2400)]) == ["flood.ack"]
    assert rules([(i / 400, tcp(A, B, 1024 + i, 80, RST, i)) for i in range(1600)]) == ["flood.rst"]


def test_connections_that_end_with_a_reset_are_silent() -> None:
    packets = []
    for i in range(800):
        whole = connection(i / 300, A, B, 20_000 + i, 80, b"GET / HTTP/1.1", b"HTTP/1.1 200")[:5]
        packets += [*whole, (i / 300 + 0.1, tcp(A, B, 20_000 + i, 80, RST, (20_000 + i) * 7 + 15))]
    assert rules(packets) == []


def test_backscatter_of_somebody_elses_flood_is_silent() -> None:
    packets = [(i / 50, tcp("203.0.113.9", spoofed(i), 80, 1024 + i, SYN | ACK, 5, i)) for i in range(2000)]
    packets += [(i / 50 + 0.01, tcp("203.0.113.9", spoofed(i), 80, 1024 + i, RST | ACK, 0, i)) for i in range(2000)]
    assert rules(packets) == []


def test_large_answers_that_nobody_asked_for() -> None:
    reflected = [(i / 40, udp(f"198.51.100.{i % 20 + 1}", B, 53, 4444, b"x" * 1400)) for i in range(200)]
    assert rules(reflected) == ["amplification"]
    asked = [(i / 40 - 0.01, udp(B, f"198.51.100.{i % 20 + 1}", 4444, 53, b"q" * 40)) for i in range(200)]
    assert rules(reflected + asked) == []


def test_a_burst_of_forged_sources_is_a_flood_though_it_lasts_no_second() -> None:
    """In the midst of other traffic; once it was told only where the capture itself was as short."""
    quiet = [p for i in range(20) for p in connection(i * 1.0, A, B, 30_000 + i, 80, b"q", b"a")]
    burst = [(7.2 + i * 0.0004, tcp(f"11.{i % 250}.{i // 250}.9", B, 1_024 + i, 443, SYN, i)) for i in range(300)]
    assert rules(quiet + burst) == ["flood.syn"]


def test_one_impatient_client_is_no_flood_within_a_second() -> None:
    quiet = [p for i in range(20) for p in connection(i * 1.0, A, B, 30_000 + i, 80, b"q", b"a")]
    burst = [(7.2 + i * 0.002, tcp("11.0.0.9", B, 1_024 + i, 443, SYN, i)) for i in range(300)]
    assert "flood.syn" not in rules(quiet + burst)
