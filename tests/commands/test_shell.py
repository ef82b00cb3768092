"""Completions, the manual page and the files that ship: made from the same table as --help."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tui import cli
from tui.commands.table import COMMANDS, whole
from tui.export import manual
from tui.settings.options import OPTIONS


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.main(list(words)) == 0
    return capsys.readouterr().out


def complete(script: str, *words: str) -> list[str]:
    """What bash offers for the last of the words."""
    listed = " ".join(f"'{word}'" for word in words)
    ask = f"COMP_WORDS=({listed}); COMP_CWORD={len(words) - 1}; $(complete -p nettui | sed 's/.*-F \\(\\S*\\) .*/\\1/')"
    done = subprocess.run(
        ["bash", "--norc", "-c", f'{script}\n{ask} nettui "{words[-1]}" x\nprintf "%s\\n" "${{COMPREPLY[@]}}"'],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_completes_commands_and_options(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("shtab")
    script = printed(capsys, "completion", "bash")
    assert complete(script, "nettui", "wat") == ["watch"]
    assert complete(script, "nettui", "--capt") == ["--capture-filter"]
    assert complete(script, "nettui", "watch", "--metr") == ["--metrics"]
    assert complete(script, "nettui", "completion", "") == ["bash", "zsh", "fish"]
    assert complete(script, "nettui", "--theme", "li") == ["light"]
    assert "lo" in complete(script, "nettui", "--iface", "l")


@pytest.mark.skipif(not shutil.which("zsh"), reason="needs zsh")
def test_zsh_finds_its_function(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pytest.importorskip("shtab")
    (tmp_path / "_nettui").write_text(printed(capsys, "completion", "zsh"))
    load = f"fpath=({tmp_path} $fpath); autoload -U compinit; compinit -u -D; print $_comps[nettui]"
    done = subprocess.run(["zsh", "-f", "-c", load], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("_nettui\n", "")


@pytest.mark.skipif(not shutil.which("fish"), reason="needs fish")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("wat", ["watch"]),
        ("--capt", ["--capture-filter"]),
        ("-i lo --theme li", ["light"]),
        ("watch --metr", ["--metrics"]),
        ("watch --them", []),
        ("completion fi", ["fish"]),
    ],
)
def test_fish_completes(
    typed: str, offered: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "script").write_text(printed(capsys, "completion", "fish"))
    ask = f"source script; complete -C'nettui {typed}'"
    done = subprocess.run(["fish", "--no-config", "-c", ask], capture_output=True, text=True, check=True)
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == offered


def test_the_manual_names_every_option_and_command(capsys: pytest.CaptureFixture[str]) -> None:
    page = printed(capsys, "files", "man")
    for option in (option for option in OPTIONS if option.flags):
        assert manual.text(option.flags[-1]) in page
    for name in COMMANDS:
        assert f".SS nettui {name}" in page


@pytest.mark.skipif(not shutil.which("groff"), reason="needs groff")
def test_the_manual_is_good_troff(capsys: pytest.CaptureFixture[str]) -> None:
    page = printed(capsys, "files", "man")
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-z"], input=page, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""


def test_nothing_in_the_manual_is_a_command_of_troff() -> None:
    assert manual.text(".so /etc/passwd\n'x\\n") == "\\&.so /etc/passwd\n\\&'x\\en"


def test_the_unit_starts_the_program_that_printed_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "nettui"
    program.touch()
    monkeypatch.setattr(sys, "argv", [str(program)])
    assert f"ExecStart={program} watch " in printed(capsys, "files", "service")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_finds_nothing_wrong_with_the_unit(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for a key that does not exist, put there to see that it looks."""
    monkeypatch.setattr(sys, "argv", ["/bin/true"])
    unit = tmp_path / "nettui.service"
    unit.write_text(printed(capsys, "files", "service") + "\nNoSuchKey=1\n")
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    (told,) = [line for line in (done.stdout + done.stderr).splitlines() if "nettui.service" in line]
    assert "NoSuchKey" in told


def test_the_units_command_line_is_understood(capsys: pytest.CaptureFixture[str]) -> None:
    unit = printed(capsys, "files", "service")
    joined = unit.replace("\\\n", " ").splitlines()
    start = next(line for line in joined if line.startswith("ExecStart="))
    _, watch, *options = start.split()
    assert watch == "watch"
    assert isinstance(whole()[1]["watch"].parse_args(options), argparse.Namespace)


def test_the_dashboard_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(printed(capsys, "files", "dashboard"))["panels"]
