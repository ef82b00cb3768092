"""Evidence: the packets of an incident, and the seconds before a bad one; what cannot be saved is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.captures import packet, read_all, some_frames
from tests.engine.running import Run
from tests.export.test_eve import alert
from tui.capture.pcapfile import open_capture
from tui.capture.scripted import ScriptedSource
from tui.core.alert.alerts import Alert, Event, Severity
from tui.engine.alerting import evidence
from tui.engine.alerting.evidence import Evidence
from tui.engine.session import Session
from tui.store.layout import SpoolLayout
from tui.store.spool import SegmentStore

BEGIN_S = 1_000
"""When the first of the packets comes: they are a millisecond apart."""


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """Ten seconds of packets, of which the first 500 are no longer kept."""
    store = SegmentStore(SpoolLayout(tmp_path / "spool", 64 << 20, {}), lambda: ())
    run = Run(ScriptedSource([some_frames(n, 1_000) for n in range(0, 10_000, 1_000)]), store, keep_packets=9_500)
    yield run.to_the_end()
    run.session.close()


def told(at_s: float, *samples: int, severity: Severity = Severity.HIGH, event: Event = Event.OPEN) -> Alert:
    made = alert(severity=severity, samples=samples)
    return replace(made, detected_ns=round((BEGIN_S + at_s) * 1e9), severity=severity, event=event)


def saved(folder: Path) -> list[list[bytes]]:
    files = sorted(path for path in folder.glob("*.pcapng"))
    return [[data for _, _, data in read_all(open_capture(str(path)))] for path in files]


def test_the_packets_of_an_incident_are_saved_with_its_words(session: Session, tmp_path: Path) -> None:
    incident = told(5, 700, 800, 700)
    Evidence(tmp_path, None, tmp_path).take(session, incident, "eth0")
    assert saved(tmp_path) == [[packet(700), packet(800)]]
    (path,) = tmp_path.glob(f"{incident.rule}-*.pcapng")
    assert incident.line.encode() in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600


def test_packets_that_are_gone_are_left_out(session: Session, tmp_path: Path) -> None:
    Evidence(tmp_path, None, tmp_path).take(session, told(5, 3, 800), "eth0")
    assert saved(tmp_path) == [[packet(800)]]


def test_at_its_end_an_incident_is_saved_anew_only_while_all_of_it_is_kept(session: Session, tmp_path: Path) -> None:
    keeper = Evidence(tmp_path, None, tmp_path)
    keeper.take(session, told(5, 700), "eth0")
    keeper.take(session, told(6, 700, 900, event=Event.RAISED), "eth0")
    assert saved(tmp_path) == [[packet(700)]]
    keeper.take(session, told(7, 700, 900, event=Event.CLOSED), "eth0")
    assert saved(tmp_path) == [[packet(700), packet(900)]]
    keeper.take(session, told(8, 3, 700, 900, event=Event.CLOSED), "eth0")
    assert saved(tmp_path) == [[packet(700), packet(900)]]


def test_a_high_alert_records_the_seconds_before_it(session: Session, tmp_path: Path) -> None:
    Evidence(None, 2.0, tmp_path).take(session, told(9.999), "veth/1")
    assert saved(tmp_path) == [[packet(n) for n in range(7_999, 10_000)]]
    assert len(list(tmp_path.glob("veth_1-*.pcapng"))) == 1


def test_no_packet_is_recorded_twice(session: Session, tmp_path: Path) -> None:
    """Those between the alert and its recording were."""
    recorder = Evidence(None, 1.0, tmp_path)
    recorder.take(session, told(9), "eth0")
    assert saved(tmp_path) == [[packet(n) for n in range(8_000, 10_000)]]
    recorder.take(session, told(9.5), "eth0")
    assert len(saved(tmp_path)) == 1


def test_another_session_is_recorded_from_its_first_packet_on(session: Session, tmp_path: Path) -> None:
    recorder = Evidence(None, 1.0, tmp_path / "records")
    (tmp_path / "records").mkdir()
    recorder.take(session, told(10), "eth0")
    store = SegmentStore(SpoolLayout(tmp_path / "spool", 64 << 20, {}), lambda: ())
    other = Run(ScriptedSource([some_frames(0, 500)]), store).to_the_end()
    recorder.take(other, told(0.5), "eth1")
    other.close()
    assert [packet(n) for n in range(500)] in saved(tmp_path / "records")


def test_packets_of_a_clock_that_was_set_back_are_recorded(session: Session, tmp_path: Path) -> None:
    Evidence(None, 2.0, tmp_path).take(session, told(3_610), "eth0")
    assert saved(tmp_path) == [[packet(n) for n in range(7_999, 10_000)]]


@pytest.mark.parametrize(
    "quiet", [told(10, severity=Severity.LOW), told(10, event=Event.CLOSED)], ids=["low", "closed"]
)
def test_nothing_is_recorded_for_less(session: Session, tmp_path: Path, quiet: Alert) -> None:
    Evidence(None, 2.0, tmp_path).take(session, quiet, "eth0")
    assert saved(tmp_path) == []


def test_a_disk_that_is_nearly_full_gets_no_recording_and_that_is_said_once(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = SimpleNamespace(f_bavail=evidence.LEAST_FREE // 4096 - 1, f_frsize=4096)
    monkeypatch.setattr(evidence.os, "statvfs", lambda _: full)
    recorder = Evidence(None, 2.0, tmp_path)
    recorder.take(session, told(10), "eth0")
    recorder.take(session, told(10), "eth0")
    assert saved(tmp_path) == []
    (warning,) = session.health.warnings
    assert "256 MB are free" in warning


def test_a_folder_that_is_gone_is_said(session: Session, tmp_path: Path) -> None:
    Evidence(tmp_path / "gone", None, tmp_path).take(session, told(5, 700), "eth0")
    (warning,) = session.health.warnings
    assert warning.startswith("evidence is not saved: ")
