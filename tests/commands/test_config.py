"""`nettui config` prints every setting as one would write it, and where its value came from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tui import cli
from tui.settings.options import OPTIONS


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, list[str]]:
    assert cli.main(["config", *words]) == 0
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    return {name: rest.rsplit("  ", 1) for name, rest in lines}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SUDO_UID", raising=False)


def test_every_setting_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(printed(capsys)) == [option.field for option in OPTIONS]


def test_values_are_as_one_would_write_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('theme = "light"\n[keys]\npause = "x space"\n')
    monkeypatch.setenv("NETTUI_METRICS", "9741")
    monkeypatch.setenv("NETTUI_ASCII", "yes")
    told = printed(capsys, "--config", str(file), "--keep", "1.5GB", "-i", "eth0", "-i", "eth1")
    told = {name: [part.strip() for part in parts] for name, parts in told.items()}
    assert told["keep"] == ["1536MB", "command line"]
    assert told["iface"] == ["eth0 eth1", "command line"]
    assert told["metrics"] == ["127.0.0.1:9741", "environment"]
    assert told["ascii"] == ["yes", "environment"]
    assert told["theme"] == ["light", "file"]
    assert told["keys"] == ["pause=x space", "file"]
    assert told["buffer"] == ["64MB", "default"]


def test_json_has_the_plain_values(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["config", "--json", "--keep", "1MB"]) == 0
    assert json.loads(capsys.readouterr().out)["keep"] == {"value": 1 << 20, "origin": "command line"}
