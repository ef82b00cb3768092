"""Names of people: one that no file system takes is an answer, no fault of the program's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.captures import packet, pcap, written
from tui.cli import main
from tui.engine.begin import save_folder
from tui.errors import SaveError
from tui.export.rowfile import write_rows
from tui.settings import Settings
from tui.store.capturewriter import CaptureWriter
from tui.store.layout import FileLayout
from tui.store.places import is_folder, is_there

LONG = "a" * 300
TOO_LONG = "a" * 5_000


@pytest.mark.parametrize("name", [LONG, TOO_LONG, f"{LONG}/b"])
def test_a_name_that_is_too_long_names_nothing(tmp_path: Path, name: str) -> None:
    assert not is_folder(tmp_path / name)
    assert not is_there(tmp_path / name)


def test_what_is_there_is_there(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert is_folder(tmp_path) and is_folder(str(tmp_path))
    assert is_there(file) and not is_folder(file)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("packets LONG", 4), ("stats LONG", 4), ("flows LONG", 4), ("alerts LONG", 4), ("flows FILE --parquet LONG", 1),
        ("recover --spool LONG", 4), ("train LONG --labels FILE -o x", 2), ("LONG", 2), ("-r LONG", 4),
    ],
)  # fmt: skip
def test_no_command_falls_over_a_long_name(
    words: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ended in a traceback of pathlib's."""
    monkeypatch.chdir(tmp_path)
    file = written(tmp_path, pcap([packet(i) for i in range(3)]), "file.pcap")
    given = [{"LONG": LONG, "FILE": file}.get(word, word) for word in words.split()]
    assert main(given) == code
    assert capsys.readouterr().err.startswith("nettui: ")


def test_whatever_is_saved_under_a_long_name_is_refused_with_a_hint(tmp_path: Path) -> None:
    """In a dialog of the screen it would have ended the program, with all that was captured."""
    path = tmp_path / LONG
    with pytest.raises(SaveError, match="File name too long"), CaptureWriter(path, ()):
        pass
    with pytest.raises(SaveError):
        write_rows(path, ["a"])
    FileLayout(path)  # refused when the first file is begun
    with pytest.raises(SaveError):
        save_folder(Settings(save_dir=path))
    assert list(tmp_path.iterdir()) == []
