"""Errors of the command line: two lines on standard error, the exit codes of the contract, never a traceback."""

from __future__ import annotations

import pytest

from tui import __version__, cli
from tui.errors import FilterError, NoSuchFile


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["config", "--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"nettui {__version__}\n"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["pakets", "x"], "did you mean nettui packets?"),
        (["no-such-command"], "nettui --help lists the commands"),
        (["config", "--no-such-option"], "nettui config --help lists the options"),
    ],
)
def test_wrong_usage_is_explained(words: list[str], hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(words) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("nettui: ")
    assert second == f"hint: {hint}"


def test_a_filter_error_points_at_the_place(capsys: pytest.CaptureFixture[str]) -> None:
    cli.complain(FilterError("what is this?", 4, "write a value", "tcp @"))
    assert capsys.readouterr().err == "nettui: what is this?\n  tcp @\n      ^\nhint: write a value\n"


def test_the_exit_code_is_the_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: list[str]) -> int:
        raise NoSuchFile("no file", "name one")

    monkeypatch.setattr(cli, "_command", refuse)
    assert cli.main([]) == 4
