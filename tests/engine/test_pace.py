"""However fast a file is played, its alerts are the same."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.detectors.wire import HASH_KEY, T0, A, B, Timed, connection, tcp, udp
from tui.capture.pacing import PacedSource
from tui.capture.pcapfile import open_capture
from tui.core.alert.alerts import Alert
from tui.core.state import State
from tui.detectors.registry import DetectorSet
from tui.engine.files.offline import OfflineRun
from tui.engine.monitor import Monitor
from tui.engine.session import Session
from tui.store.filestore import FileStore


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Steady traffic, a rise, silence of minutes and of most of an hour, a flood; packets out of order."""
    chance = random.Random(8)
    packets: list[Timed] = [(s + i / 8, udp(A, B, 5_000, 6_000, bytes(700))) for s in range(330) for i in range(6)]
    packets += [(340 + i / 90, udp(A, "10.0.0.8", 5_001, 6_001, bytes(1_200))) for i in range(2_000)]
    packets += [(450 + i / 300, tcp(f"10.9.{i % 200}.7", B, 1024 + i, 80, 2, i)) for i in range(900)]
    packets += connection(3_000, A, B, 40_000, 8443, b"q", b"a")
    packets += [(3_100 + i / 10, udp(B, A, 5_000, 6_000, bytes(300))) for i in range(300)]
    data = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
    for at, packet in sorted(packets, key=lambda p: p[0] + chance.uniform(0, 0.2)):
        data += struct.pack("<IIII", T0 + int(at), int(at % 1 * 1e6), len(packet), len(packet)), packet
    path = tmp_path_factory.mktemp("pace") / "day.pcap"
    path.write_bytes(b"".join(data))
    return path


def at_once(path: Path) -> list[Alert]:
    """As `nettui alerts` reads it."""
    detectors = DetectorSet(hash_key=HASH_KEY)
    monitor = Monitor(detectors=detectors)
    for batch in OfflineRun([str(path)], second_core=False).batches():
        monitor.watch(batch.columns, batch.frames)
    monitor.finish()
    return list(detectors.log.since(0))


def played(path: Path, speed: float, nap: Callable[[float], float]) -> list[Alert]:
    """As a session plays it; each look at the clock finds it further on."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += nap(seconds)

    source = PacedSource(lambda: open_capture(str(path)), speed, monotonic=lambda: now[0], sleep=sleep)
    detectors = DetectorSet(hash_key=HASH_KEY)
    session = Session(source, FileStore(str(path)), Monitor(detectors=detectors))
    session.start()
    assert session.wait(60)
    assert session.health.state is State.ENDED
    session.close()
    return list(detectors.log.since(0))


@pytest.mark.parametrize("speed", [300.0, math.inf])
def test_alerts_do_not_depend_on_how_fast_a_file_is_played(day: Path, speed: float) -> None:
    whole = at_once(day)
    assert {"volume.rise", "flood.syn"} <= {a.rule for a in whole}
    assert played(day, speed, lambda seconds: seconds) == whole


def test_a_machine_that_stutters_shows_the_same_alerts(day: Path) -> None:
    chance = random.Random(3)
    assert played(day, 200.0, lambda seconds: seconds * chance.choice((1, 3, 40))) == at_once(day)
