"""The log is JSON lines in a private file, and nothing reaches the terminal."""

from __future__ import annotations

import json
import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.engine import log
from tui.errors import SaveError


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    for handler in root.handlers[:]:
        root.removeHandler(handler)
        if handler not in before:
            handler.close()
            if isinstance(handler, logging.StreamHandler):
                handler.stream.close()
    for handler in before:
        root.addHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(False)


def test_each_line_is_an_object_with_the_error_in_it(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log.to_file(path)
    try:
        raise ValueError("a\nb")
    except ValueError:
        logging.getLogger("tui.x").exception("it broke")
    (line,) = path.read_text().splitlines()
    got = json.loads(line)
    assert (got["level"], got["where"], got["message"]) == ("error", "tui.x", "it broke")
    assert "ValueError" in got["error"]


def test_the_file_is_private(tmp_path: Path) -> None:
    log.to_file(tmp_path / "log")
    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o600


def test_without_a_file_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    log.to_file(None)
    logging.getLogger("scapy").warning("noise")
    assert capfd.readouterr() == ("", "")


def test_a_folder_that_is_not_there_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(SaveError) as caught:
        log.to_file(tmp_path / "no/log")
    assert caught.value.hint
