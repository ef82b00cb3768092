"""The screen in a real terminal: tmux draws what people would see."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.waiting import PATIENCE_S

pytestmark = [
    pytest.mark.terminal,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]
ROOT = Path(__file__).resolve().parents[2]


class Tmux:
    """A tmux server of its own with one window that runs the harness."""

    def __init__(self, socket: Path, width: int, height: int) -> None:
        self._base = ["tmux", "-f", "/dev/null", "-S", str(socket)]
        command = f"cd {ROOT} && exec {sys.executable} -m tests.screens.harness 50"
        # a test before this one may have left a size in the environment, which programs believe more than the terminal
        kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        environment = kept | {"LANG": "C.UTF-8", "TERM": "xterm-256color"}
        size = ["-x", str(width), "-y", str(height)]
        subprocess.run([*self._base, "new-session", "-d", *size, command], env=environment, check=True)

    def run(self, *words: str) -> str:
        return subprocess.run([*self._base, *words], capture_output=True, text=True, check=False).stdout

    def screen(self) -> str:
        return self.run("capture-pane", "-p")

    def keys(self, *keys: str) -> None:
        self.run("send-keys", *keys)

    def keys_until(self, key: str, is_there: Callable[[str], bool]) -> None:
        """Press a key, and again where nothing came of it: a terminal that is being resized may swallow one."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            self.keys(key)
            again = time.monotonic() + 6
            while time.monotonic() < again:
                if is_there(self.screen()):
                    return
                time.sleep(0.05)
        raise AssertionError(f"{key} did nothing:\n{self.screen()}")

    def wait(self, is_there: Callable[[str], bool]) -> str:
        """The screen, as soon as it shows what is waited for."""
        end = time.monotonic() + PATIENCE_S
        while not is_there(screen := self.screen()):
            assert time.monotonic() < end, f"{screen}\n{self.about()}"
            time.sleep(0.05)
        return screen

    def about(self) -> str:
        """What the program is doing, for a test that waits in vain."""
        pid = self.run("list-panes", "-F", "#{pane_pid}").strip()
        status = Path(f"/proc/{pid}/status")
        return status.read_text() if pid and status.exists() else "the program has gone"

    def close(self) -> None:
        self.run("kill-server")


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    terminal = Tmux(tmp_path / "tmux", 120, 40)
    yield terminal
    terminal.close()


def test_a_person_looks_filters_resizes_and_leaves(tmux: Tmux) -> None:
    tmux.wait(lambda screen: "Application Data" in screen and "⣿" in screen)
    tmux.keys("/", "dns", "Enter")
    filtered = tmux.wait(lambda screen: "match" in screen and "GET /metrics" not in screen)
    assert "registry.example.org" in filtered
    tmux.keys("Escape")
    tmux.wait(lambda screen: "GET /metrics" in screen)
    tmux.run("resize-window", "-x", "80", "-y", "24")
    folded = tmux.wait(lambda screen: "talkers" not in screen and "GET /metrics" in screen)
    assert max(len(line) for line in folded.splitlines()) <= 80
    tmux.wait(lambda screen: screen.rstrip().endswith("q quit"))  # the last part to be drawn in the new size
    tmux.keys_until("Enter", lambda screen: "45 00" in screen)
    tmux.keys("q")
    tmux.wait(lambda screen: "leave: packets are not saved" in screen)
    tmux.keys("Right", "Enter")
    tmux.wait(lambda screen: "packets" not in screen)
