"""doctor exits with 1 when something fails, and says what mends it."""

from __future__ import annotations

import json

import pytest

from tui.cli import main
from tui.commands import doctor
from tui.engine.checkup import Finding, Verdict

GOOD = Finding("libpcap", Verdict.OK, "compiles capture filters")
WEAK = Finding("colours", Verdict.WEAK, "16 or fewer", "export TERM=xterm-256color")
BAD = Finding("rights", Verdict.FAIL, "no right to capture packets", "sudo nettui")


@pytest.mark.parametrize(("found", "code"), [([GOOD], 0), ([GOOD, WEAK], 0), ([GOOD, BAD, WEAK], 1)])
def test_the_exit_code_tells_of_failures(monkeypatch: pytest.MonkeyPatch, found: list[Finding], code: int) -> None:
    monkeypatch.setattr(doctor, "findings", lambda *_: found)
    assert main(["doctor"]) == code


def test_each_line_that_is_not_well_is_followed_by_what_mends_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "findings", lambda *_: [GOOD, BAD])
    main(["doctor"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["ok", "FAIL", "mend:"]
    assert lines[2].endswith("sudo nettui")


def test_json_is_one_object_for_each_check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(doctor, "findings", lambda *_: [GOOD, BAD])
    main(["doctor", "--json"])
    one, two = map(json.loads, capsys.readouterr().out.splitlines())
    assert one == {"check": "libpcap", "verdict": "ok", "text": "compiles capture filters", "mend": None}
    assert two["mend"] == "sudo nettui"
