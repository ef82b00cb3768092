"""Beginning: what is opened and forked comes before the rights go, and the folders that are written to are known."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tui.engine import begin as module
from tui.engine.begin import Begun, begin, file_name, save_folder
from tui.engine.rights.privileges import Caller, Sandbox
from tui.errors import NettuiError, SaveError
from tui.settings import Settings


class Steps:
    """Notes in which order things are done; nothing is opened and nothing is given up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
        self.order: list[str] = []
        self.writable: list[Path] = []
        self.options: object = None
        self.user = Caller(os.getuid(), os.getgid(), "ann", home)
        monkeypatch.setattr(module, "caller", lambda: self.user)
        monkeypatch.setattr(module, "own_connections", lambda: ())
        monkeypatch.setattr(module, "open_live", self.open_live)
        monkeypatch.setattr(module, "drop", self.drop)
        monkeypatch.setattr(module, "Runner", self.runner)
        monkeypatch.setattr(module, "Processes", self.processes)

    def open_live(self, names: tuple[str, ...], options: object) -> object:
        self.order.append("open")
        self.options = options
        return SimpleNamespace(interfaces=[SimpleNamespace(name=name) for name in names], notes=("own ssh out",))

    def drop(self, writable: object, sandbox: bool = True) -> Sandbox:
        self.order.append("drop")
        self.writable = list(writable)
        return Sandbox(self.user, sandbox, notes=("confined",) if sandbox else ("NOT CONFINED",))

    def runner(self, name: str, act: object) -> str:
        self.order.append(name)
        return name

    def processes(self) -> str:
        self.order.append("processes")
        return "processes"


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Steps:
    monkeypatch.chdir(tmp_path)
    return Steps(monkeypatch, tmp_path)


def test_helpers_are_forked_before_sockets_are_opened_and_rights_go_last(steps: Steps) -> None:
    begun = begin(Settings(iface=("eth0", "eth1"), on_alert="notify me", webhook="https://example.org/"))
    assert steps.order == ["--on-alert", "--webhook", "processes", "open", "drop"]
    assert begun.name == "eth0+eth1"
    assert begun.notes == ("own ssh out", "confined")


def test_options_of_the_capture_are_those_that_were_given(steps: Steps) -> None:
    begin(Settings(iface=("eth0",), buffer=1 << 20, snaplen=100, promiscuous=False, capture_filter="tcp"))
    options = steps.options
    assert (options.buffer, options.snaplen) == (1 << 20, 100)
    assert (options.promiscuous, options.capture_filter) == (False, "tcp")


def test_a_file_needs_no_socket_and_no_helper(steps: Steps) -> None:
    begun = begin(Settings(read="/some/where/a.pcap"))
    assert steps.order == ["drop"]
    assert (begun.opened, begun.processes, begun.name) == (None, None, "a.pcap")


@pytest.mark.parametrize(
    ("settings", "name"),
    [({"demo": True}, "demo"), ({"read": "-"}, "standard input"), ({"read": "x/y.pcapng"}, "y.pcapng")],
)
def test_what_is_looked_at_has_a_name(steps: Steps, settings: dict[str, object], name: str) -> None:
    assert begin(Settings(**settings)).name == name
    assert file_name("-") == "standard input"


def test_every_folder_that_an_option_names_can_be_written_to(steps: Steps, tmp_path: Path) -> None:
    for name in ("w", "s", "l", "e", "spool", "dir"):
        (tmp_path / name).mkdir()
    begin(
        Settings(
            read="a.pcap",
            write=tmp_path / "w/x.pcap",
            save=Path("s/x.pcap"),
            log_file=tmp_path / "l/log",
            eve=str(tmp_path / "e/eve.json"),
            spool=tmp_path / "spool",
            save_dir=tmp_path / "dir",
            evidence=tmp_path / "evidence/deep",
        )
    )
    wanted = [tmp_path / name for name in ("w", "s", "l", "e", "spool", "dir", "evidence/deep")]
    assert set(wanted) <= set(steps.writable)
    assert (tmp_path / "evidence/deep").stat().st_mode & 0o777 == 0o700


def test_saves_go_to_the_working_folder_of_its_owner_and_else_home(steps: Steps, tmp_path: Path) -> None:
    assert save_folder(Settings()) == tmp_path
    steps.user = Caller(os.getuid() + 1, 0, "bob", tmp_path / "bob")
    assert save_folder(Settings()) == tmp_path / "bob"
    assert save_folder(Settings(save_dir=tmp_path)) == tmp_path
    with pytest.raises(SaveError, match="there is no folder"):
        save_folder(Settings(save_dir=tmp_path / "none"))


def test_what_fails_before_the_rights_go_fails_with_a_hint(steps: Steps, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NettuiError) as caught:
        begin(Settings(read="a.pcap", evidence=tmp_path / "file/evidence"))
    assert "--evidence" in caught.value.hint
    assert "drop" not in steps.order


@pytest.mark.parametrize(("name", "hint"), [("", "capture.pcapng"), ("none/a.pcap", "make it")])
def test_where_nothing_can_be_saved_is_told_before_the_run(steps: Steps, tmp_path: Path, name: str, hint: str) -> None:
    """It was told at its end, when the packets of an hour had no place."""
    with pytest.raises(SaveError) as raised:
        begin(Settings(save=tmp_path / name))
    assert hint in raised.value.hint
    assert "drop" not in steps.order


def test_no_sandbox_is_said(steps: Steps) -> None:
    begun: Begun = begin(Settings(read="a.pcap", no_sandbox=True))
    assert begun.notes == ("NOT CONFINED",)


def test_beginning_imports_nothing_large() -> None:
    """Threads that NumPy starts before the rights go would keep them."""
    code = "import sys, tui.engine.begin; print({'numpy', 'scapy', 'textual'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
