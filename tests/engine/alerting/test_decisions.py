"""Decisions about alerts are there again in the next run, for the caller alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.core.alert.decisions import Decisions
from tui.core.alert.log import AlertLog
from tui.core.alert.suppress import Suppression
from tui.engine.alerting.decisions import keep, place, recall
from tui.engine.begin import Begun
from tui.engine.rights.privileges import Caller, Sandbox
from tui.settings import Settings

SOME = Decisions((Suppression("mine", rule="scan"),), (("scan", "10.0.0.5"),))


def begun(home: Path, **settings: object) -> Begun:
    return Begun(Settings(**settings), None, Sandbox(Caller(0, 0, "ann", home), True), home)


def test_each_interface_has_its_file_and_a_replay_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    assert place(begun(tmp_path), "eth0") == tmp_path / ".local/state/nettui/decisions-eth0.json"
    assert place(begun(tmp_path), "eth0", "baseline") == tmp_path / ".local/state/nettui/baseline-eth0.json"
    assert place(begun(tmp_path, read="a.pcap")) is None
    monkeypatch.setenv("XDG_STATE_HOME", "/elsewhere")
    assert place(begun(tmp_path), "a/b") == tmp_path / ".local/state/nettui/decisions-a_b.json"


def test_what_is_kept_is_restored(tmp_path: Path) -> None:
    path = tmp_path / "state/nettui/decisions-eth0.json"
    keep(path, SOME.dumps())
    log = AlertLog()
    assert recall(path, log) == ""
    assert (log.silence.suppressions, log.silence.learned) == ([SOME.muted[0]], {SOME.learned[0]})
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_nothing_kept_is_nothing_to_say(tmp_path: Path) -> None:
    assert recall(tmp_path / "none.json", AlertLog()) == ""


def test_a_damaged_file_is_set_aside_and_said(tmp_path: Path) -> None:
    path = tmp_path / "decisions-eth0.json"
    path.write_text("{")
    assert "not restored" in recall(path, AlertLog())
    assert not path.exists()
    assert path.with_suffix(".damaged").read_text() == "{"
