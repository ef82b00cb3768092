"""Each thing that is wanting comes with the command that mends it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from tui.engine import checkup
from tui.engine.checkup import Verdict, findings
from tui.errors import MissingLibrary, PermissionNeeded


def test_every_line_that_is_not_well_says_what_to_do(tmp_path: Path) -> None:
    for finding in findings({}, tmp_path):
        assert finding.text
        assert (finding.verdict is Verdict.OK) == (not finding.mend), finding


def test_without_rights_the_ring_is_not_tried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refused() -> None:
        raise PermissionNeeded("no right to capture packets", "sudo nettui")

    monkeypatch.setattr(checkup, "PacketSocket", refused)
    rights, ring, *_ = findings({}, tmp_path)
    assert (rights.verdict, rights.mend) == (Verdict.FAIL, "sudo nettui")
    assert ring.verdict is Verdict.WEAK


def test_a_missing_libpcap_is_a_failure_with_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def missing(*_: object) -> None:
        raise MissingLibrary("capture filters need libpcap", "sudo apt install libpcap0.8")

    monkeypatch.setattr(checkup, "FilterCompiler", missing)
    found = {finding.name: finding for finding in findings({}, tmp_path)}
    assert found["libpcap"].verdict is Verdict.FAIL
    assert "apt" in found["libpcap"].mend


@pytest.mark.parametrize(
    ("environment", "verdict"),
    [
        ({"TERM": "xterm-256color"}, Verdict.OK),
        ({"COLORTERM": "truecolor"}, Verdict.OK),
        ({"NO_COLOR": "1"}, Verdict.OK),
        ({"TERM": "vt100"}, Verdict.WEAK),
    ],
)
def test_colours(environment: dict[str, str], verdict: Verdict) -> None:
    assert checkup._colours(environment).verdict is verdict


def test_a_kernel_without_landlock_is_told() -> None:
    assert "no Landlock" in checkup._landlock(0).text
    assert checkup._landlock(5).verdict is Verdict.OK


def test_a_full_disk_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(checkup.shutil, "disk_usage", lambda place: SimpleNamespace(free=5))
    finding = checkup._disk(tmp_path / "not/yet/there")
    assert finding.verdict is Verdict.FAIL
    assert str(tmp_path) in finding.text
