"""The list of interfaces, for people and for programs."""

from __future__ import annotations

import json
import sys

import pytest

from tui.cli import main
from tui.commands import interfaces as command

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads rtnetlink")


def test_loopback_and_any_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["interfaces"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split()[0] == "lo" for line in lines)
    assert lines[-1].split()[0] == "any"


def test_json_is_one_object_on_each_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["interfaces", "--json"]) == 0
    found = {one["name"]: one for one in map(json.loads, capsys.readouterr().out.splitlines())}
    assert found["lo"]["linktype"] == 1
    assert set(found["any"]) == {
        "name", "default", "state", "linktype", "link", "kind", "mac", "mtu", "speed_mbps", "addresses",
    }  # fmt: skip
    assert found["any"]["linktype"] == 276


def test_a_namespace_without_interfaces_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "interfaces", list)
    assert main(["interfaces"]) == 4
    assert "no network interface" in capsys.readouterr().err
