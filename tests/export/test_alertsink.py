"""EVE lines in a file or on standard output: whole lines, at once, and nobody else's to read."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.export.test_eve import alert
from tui.errors import SaveError
from tui.export.alertsink import EveFile


def test_each_event_is_there_at_once_as_a_line(tmp_path: Path) -> None:
    out = tmp_path / "eve.json"
    sink = EveFile(str(out), "eth0")
    sink.write(alert())
    first = out.read_text()
    sink.write(alert())
    sink.close()
    assert first.endswith("\n")
    assert [json.loads(line)["in_iface"] for line in out.read_text().splitlines()] == ["eth0", "eth0"]


def test_a_new_file_is_the_callers_alone(tmp_path: Path) -> None:
    EveFile(str(tmp_path / "eve.json"), "eth0").close()
    assert stat.S_IMODE((tmp_path / "eve.json").stat().st_mode) == 0o600


def test_what_was_there_stays(tmp_path: Path) -> None:
    out = tmp_path / "eve.json"
    out.write_text("before\n")
    sink = EveFile(str(out), "eth0")
    sink.write(alert())
    sink.close()
    assert out.read_text().startswith('before\n{"')


def test_standard_output_is_written_to_and_left_open(capsys: pytest.CaptureFixture[str]) -> None:
    sink = EveFile("-", "eth0")
    sink.write(alert())
    sink.close()
    print("after")
    line, after = capsys.readouterr().out.splitlines()
    assert json.loads(line)["event_type"] == "alert"
    assert after == "after"


def test_a_place_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(SaveError, match="cannot write"):
        EveFile(str(tmp_path / "none" / "eve.json"), "eth0")
