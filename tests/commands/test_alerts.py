"""nettui alerts: blocks for people, EVE lines for programs, limits to try."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from tests.detectors.test_scan import refused
from tests.detectors.wire import T0, A, B, Timed
from tui.cli import main
from tui.core.alert import log


def capture(path: Path, packets: list[Timed]) -> Path:
    """A file of these packets in the order of their times."""
    data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for t, p in sorted(packets, key=lambda p: p[0]):
        data += struct.pack("<IIII", T0 + int(t), int(t % 1 * 1e6), len(p), len(p)) + p
    path.write_bytes(data)
    return path


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    packets = [p for i in range(40) for p in refused(i * 0.01, A, B, 40_000 + i, 20 + i)]
    return capture(tmp_path / "scan.pcap", packets)


def test_eve_lines(scan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alerts", str(scan), "--eve"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(e["nettui"]["rule"], e["nettui"]["event"]) for e in events] == [
        ("scan.vertical", "open"),
        ("scan.vertical", "closed"),
    ]
    assert len({e["nettui"]["incident_id"] for e in events}) == 1


def test_words(scan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alerts", str(scan)]) == 0
    out = capsys.readouterr().out
    assert "Vertical port scan" in out and f"{A} -> {B}" in out and "bpf   host" in out


@pytest.mark.parametrize(
    ("wanted", "events"),
    [(f"ip.src == {A} && ip.dst == {B}", 2), (f"ip.src == {B}", 0), ('nettui.alert contains "scan"', 2), ("udp", 0)],
)
def test_a_display_filter_picks_alerts(
    scan: Path, capsys: pytest.CaptureFixture[str], wanted: str, events: int
) -> None:
    assert main(["alerts", str(scan), "--eve", "-Y", wanted]) == 0
    assert len(capsys.readouterr().out.splitlines()) == events


def test_a_filter_of_packets_is_refused_where_alerts_are_asked_for(
    scan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["alerts", str(scan), "-Y", "tcp.len > 0"]) == 2
    assert "alerts have none" in capsys.readouterr().err


def test_a_limit_is_tried_and_a_severity_chosen(scan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    high = ["--set", "scan.vertical.ports=400", "--set", "scan.random_attempts=400", "--severity", "3"]
    assert main(["alerts", str(scan), "--eve", *high]) == 0
    assert capsys.readouterr().out == ""


def test_what_a_user_can_get_wrong(scan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alerts", str(scan), "--set", "scan.vertical.ports"]) == 2
    assert main(["alerts", str(scan), "--set", "scan.vertical.pots=3"]) == 2
    assert main(["alerts"]) == 2
    assert main(["alerts", str(scan), "--baseline", str(tmp_path / "none.json")]) == 4
    (tmp_path / "bad.json").write_text("{}")
    assert main(["alerts", str(scan), "--baseline", str(tmp_path / "bad.json")]) == 4
    assert main(["alerts", str(tmp_path / "none.pcap")]) == 4
    assert capsys.readouterr().err.count("hint:") == 6


def test_a_damaged_file_is_read_as_far_as_it_goes(scan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scan.write_bytes(scan.read_bytes()[:-7])
    assert main(["alerts", str(scan), "--eve"]) == 5
    assert "scan.vertical" in capsys.readouterr().out


def test_a_second_file_of_an_earlier_time_begins_anew(scan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alerts", str(scan), str(scan), "--eve"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_more_events_in_a_batch_than_the_log_keeps_are_all_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A day of a quiet link is one batch: of its events only the last were printed, though a replay showed them all."""
    days = capture(
        tmp_path / "days.pcap",
        [p for k in range(6) for i in range(40) for p in refused(k * 900 + i * 0.01, f"10.0.0.{50 + k}", B, 4_000, i)],
    )
    monkeypatch.setattr(log, "KEPT_EVENTS", 4)
    assert main(["alerts", str(days), "--eve"]) == 0
    told = [json.loads(line)["nettui"]["event"] for line in capsys.readouterr().out.splitlines()]
    assert told == ["open", "closed"] * 6


def test_every_limit_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alerts", "--limits"]) == 0
    assert "scan.vertical_ports = 15" in capsys.readouterr().out


def test_what_would_stop_it_is_said_when_asked_for(scan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alerts", str(scan), "--suggest"]) == 0
    assert f"    block nft add element inet nettui block {{ {A} timeout 10m }}\n" in capsys.readouterr().out
    assert main(["alerts", str(scan), "--suggest", "--protect", f"{A}/24"]) == 0
    assert f"    block nothing: {A} is allowed: never blocked\n" in capsys.readouterr().out
    assert main(["alerts", str(scan), "--suggest", "--protect", "nobody"]) == 2


def test_events_carry_it_only_when_asked_for(scan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alerts", str(scan), "--eve"]) == 0
    assert main(["alerts", str(scan), "--eve", "--suggest"]) == 0
    first, _, second, _ = (json.loads(line)["nettui"].get("response") for line in capsys.readouterr().out.splitlines())
    assert first is None
    assert second["suggested"].startswith("nft add element inet nettui block")
    assert second["taken"] is None


def test_what_is_allowed_is_silent_and_counted(scan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alerts", str(scan), "--allow", f"scan from {A} until 2030-01-01: our scanner"]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert "our scanner" in told.err
    assert "allowed 0 times" not in told.err
    assert main(["alerts", str(scan), "--allow", f"scan from {A}: for good"]) == 2
