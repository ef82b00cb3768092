"""What no network should send: the detectors go on, stay small, and say what they could not see."""

from __future__ import annotations

import json
import random
from collections import deque
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.detectors.test_registry import busy
from tests.detectors.test_scan import refused
from tests.detectors.wire import (
    ACK,
    PSH,
    RST,
    SYN,
    T0,
    A,
    B,
    Timed,
    arp,
    connection,
    dhcp,
    echo,
    ether,
    mac,
    monitor,
    opened,
    rules,
    tcp,
    udp,
)  # fmt: skip
from tui.core.baseline import Baseline
from tui.core.decode import decode
from tui.core.frames import from_packets
from tui.detectors.part import Part
from tui.detectors.registry import DetectorSet
from tui.engine.monitor import Monitor
from tui.errors import FormatError


def held(thing: object, seen: set[int], depth: int = 0) -> int:
    """Entries in all containers of Python that hang from an object; arrays have a fixed size."""
    if id(thing) in seen or depth > 8 or isinstance(thing, str | bytes | int | float | np.ndarray | Part | type):
        return 0
    seen.add(id(thing))
    total = len(thing) if isinstance(thing, dict | list | set | deque | tuple) else 0
    return total + sum(held(inner, seen, depth + 1) for inner in _inside(thing))


def _inside(thing: object) -> Iterator[object]:
    if isinstance(thing, dict):
        yield from thing.values()
    elif isinstance(thing, list | set | deque | tuple):
        yield from thing
    else:
        names = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
        for name in (*names, *getattr(thing, "__dict__", {})):
            yield getattr(thing, name, None)


def _forged(chance: random.Random, i: int, src: str, sender: bytes, port: int) -> bytes:
    match i % 7:
        case 0:
            return tcp(src, B, port, chance.randrange(1, 9_000), SYN, i, src_mac=sender)
        case 1:
            return tcp(src, B, port, 80, RST, i, src_mac=sender)
        case 2:
            return udp(src, B, port, chance.randrange(1, 9_000), bytes(9), src_mac=sender)
        case 3:
            return echo(src, B, i & 0xFFFF)
        case 4:
            return arp(1, sender, src, f"10.0.{i >> 8 & 255}.{i & 255}")
        case 5:
            return dhcp(1, sender, sender)
        case _:
            return tcp(src, B, port, 21, PSH | ACK, i, 1, b"530 no\r\n", src_mac=sender)


def forged(chance: random.Random, n: int) -> list[bytes]:
    """Packets of every kind, each from somewhere else."""
    made = []
    for i in range(n):
        src = f"{chance.randrange(1, 223)}.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(1, 255)}"
        made.append(_forged(chance, i, src, mac(chance.randrange(1 << 24)), chance.randrange(1_024, 65_000)))
    return made


def test_a_flood_of_forged_sources_fills_nothing_without_end() -> None:
    """Twice as many sources take no more room, once every table has met its bound."""
    detectors, chance, sizes = DetectorSet(live=True), random.Random(3), []
    for second in range(16):
        packets = forged(chance, 2_100)
        frames = from_packets(packets, 1, [(T0 + second) * 10**9 + i for i in range(len(packets))])
        detectors.observe(decode(frames), frames, second * 2_100)
        detectors.decide(T0 + second + 1)
        if second in (7, 15):
            sizes.append(held(detectors, set()))
    assert "nettui.detector" not in {a.rule for a in detectors.log.alerts()}
    assert sizes[1] < 400_000
    assert sizes[1] < 1.6 * sizes[0], sizes


def test_an_anonymised_trace_is_no_land_attack() -> None:
    """Where two hosts were mapped to one address, whole connections go from it to itself."""
    packets = [p for i in range(20) for p in connection(i * 0.1, A, A, 80, 80, b"GET", b"ok")]
    assert "tcp.illegal_flags" not in rules(packets)


def test_a_flood_of_which_only_one_side_was_captured_says_so() -> None:
    packets = [(i * 0.004, tcp("198.51.100.9", B, 1_024 + i % 60_000, 443, SYN, i)) for i in range(1_500)]
    alert = next(a for a in opened(monitor(packets)) if a.rule == "flood.syn")
    assert "this capture is blind" in alert.text.why
    assert alert.confidence < 0.9


def test_a_scan_of_which_only_one_side_was_captured_says_so() -> None:
    packets = [(i * 0.05, tcp(A, B, 50_000, 100 + i, SYN, 7)) for i in range(60)]
    alert = next(a for a in opened(monitor(packets)) if a.rule.startswith("scan."))
    assert "one direction" in alert.text.why


def test_a_capture_that_begins_in_the_middle_is_silent() -> None:
    packets = [
        p
        for i in range(300)
        for p in (
            (i * 0.01, tcp(A, B, 30_000 + i % 40, 443, PSH | ACK, i, 1, b"data")),
            (i * 0.01 + 0.001, tcp(B, A, 443, 30_000 + i % 40, ACK, 1, i)),
        )
    ]
    assert rules(packets) == []


@pytest.mark.parametrize("jump_s", [-86_400 * 365, -3_600, 3_600, 86_400 * 400])
def test_a_clock_that_jumps_hides_no_scan_after_it(jump_s: float) -> None:
    before = [p for i in range(20) for p in connection(i * 0.1, A, B, 20_000 + i, 80, b"GET", b"ok")]
    scan = [p for i in range(40) for p in refused(5 + i * 0.01, A, B, 40_000 + i, 20 + i)]
    timed = [(t, p) for t, p in before] + [(t + jump_s, p) for t, p in scan]
    detectors = DetectorSet()

    engine = Monitor(detectors=detectors)
    for some in (timed[: len(before)], timed[len(before) :]):
        frames = from_packets([p for _, p in some], 1, [int((T0 + t) * 10**9) for t, _ in some])
        engine.ingest(decode(frames), frames)
    engine.finish()
    assert not engine.lookout.warnings  # the detectors are still on
    assert {a.rule for a in detectors.log.alerts() if a.severity >= 2} == {"scan.vertical"}


def test_packets_out_of_order_tell_the_same() -> None:
    """Two queues of a card deliver some milliseconds apart."""
    chance = random.Random(9)
    timed = sorted(busy(), key=lambda p: p[0])
    mixed = sorted(timed, key=lambda p: p[0] + chance.uniform(0, 0.02))
    found = []
    for packets in (timed, mixed):
        detectors = DetectorSet()
        frames = from_packets([p for _, p in packets], 1, [int((T0 + t) * 10**9) for t, _ in packets])

        engine = Monitor(detectors=detectors)
        engine.ingest(decode(frames), frames)
        engine.finish()
        found.append({a.rule for a in detectors.log.alerts() if a.severity >= 2})
    assert found[0] == found[1]


def whole() -> dict[str, object]:
    known = Baseline("eth0", T0 * 10**9, (T0 + 300) * 10**9)
    for kind, entry in (
        ("hosts", "02:00:00:00:00:05"), ("routers", "fe80::1 02:00:00:00:00:01"), ("dhcp_servers", "10.0.0.1"),
        ("arp_pairs", "10.0.0.1 02:00:00:00:00:01"), ("services", "10.0.0.9:443/TCP"),
        ("contacts", "10.0.0.5 10.0.0.9:443/TCP"),
    ):  # fmt: skip
        known.add(kind, entry)
    return dict(json.loads(known.dumps()))


WORDS = st.sampled_from(["", "x", "10.0.0.1", "10.0.0.1 ", "10.0.0.1 zz", "\x1b[2J", "None None", "a:1/TCP", " "])
VALUES = st.none() | st.integers() | st.floats() | st.text(max_size=9) | st.lists(WORDS | st.integers(), max_size=4)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(whole())), VALUES)
def test_a_baseline_that_was_tampered_with_is_refused_or_harmless(name: str, value: object) -> None:
    """An entry without its MAC once switched the ARP rules off."""
    try:
        known = Baseline.loads(json.dumps({**whole(), name: value}))
    except FormatError as error:
        assert error.hint
        return
    packets = [(0.1, arp(1, mac(1), "10.0.0.1", A)), (0.5, arp(2, mac(66), "10.0.0.1", A, mac(5), mac(5)))]
    packets += [(0.6, dhcp(2, mac(5), mac(7), "10.0.0.7", "10.0.0.7", "10.0.0.99")), (0.7, ether(b"\0" * 50))]
    packets += [p for i in range(3) for p in connection(1 + i, A, B, 20_000 + i, 443, b"\x16\x03\x01", b"ok")]
    monitor(packets, baseline=known)


def test_what_a_forged_baseline_calls_known_is_all_it_can_hide() -> None:
    """Whoever may write the file may hide one claim, not the scan beside it."""
    known = Baseline.loads(json.dumps({**whole(), "arp_pairs": [f"10.0.0.1 {mac(66).hex(':')}"]}))
    packets: list[Timed] = [(0.1, arp(1, mac(1), "10.0.0.1", A))]
    packets += [(1 + i, arp(2, mac(66), "10.0.0.1", A, mac(5), mac(5))) for i in range(5)]
    packets += [p for i in range(40) for p in refused(2 + i * 0.01, A, B, 40_000 + i, 20 + i)]
    assert rules(packets, baseline=known) == ["scan.vertical"]
