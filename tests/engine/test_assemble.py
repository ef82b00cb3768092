"""Putting together: each kind of source gets the store that fits, and nothing is named that is there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from tests.captures import packet, pcap, written
from tests.waiting import until
from tui.capture.interfaces import Interface
from tui.capture.opening import OpenedCapture
from tui.capture.pacing import PacedSource
from tui.capture.source import Source, Statistics
from tui.core.alert.log import AlertLog
from tui.core.baseline import Baseline
from tui.core.state import State
from tui.detectors.moment import Link
from tui.engine.alerting.kept import Kept, network_of
from tui.engine.assemble import _known, _link, assemble, default_save, owner
from tui.engine.begin import Begun
from tui.engine.rights.privileges import Caller, Sandbox
from tui.engine.session import Session
from tui.errors import FormatError, NoSuchFile, SaveError, UsageError
from tui.settings import Settings
from tui.store.filestore import FileStore
from tui.store.spool import SegmentStore


def begun(home: Path, confined: bool = True, **settings: object) -> Begun:
    return Begun(Settings(**settings), None, Sandbox(Caller(1000, 1001, "ann", home), confined), home)


@pytest.fixture
def capture(tmp_path: Path) -> str:
    return written(tmp_path, pcap([packet(n) for n in range(50)]))


@pytest.fixture
def made() -> Iterator[list[Session]]:
    sessions: list[Session] = []
    yield sessions
    for session in sessions:
        session.close()


def test_a_plain_file_is_its_own_store(tmp_path: Path, capture: str, made: list[Session]) -> None:
    made.append(assemble(begun(tmp_path, read=capture, speed=float("inf"))))
    assert isinstance(made[0].store, FileStore)
    assert not isinstance(made[0].source, PacedSource)


def test_a_file_in_its_own_time_is_paced_and_so_is_one_that_may_be_paused(
    tmp_path: Path, capture: str, made: list[Session]
) -> None:
    made.append(assemble(begun(tmp_path, read=capture)))
    made.append(assemble(begun(tmp_path, read=capture, speed=float("inf")), paced=True))
    assert all(isinstance(session.source, PacedSource) for session in made)


def test_what_is_no_plain_file_goes_into_a_spool_of_the_callers(
    tmp_path: Path, capture: str, made: list[Session]
) -> None:
    import gzip

    packed = tmp_path / "x.pcap.gz"
    packed.write_bytes(gzip.compress(Path(capture).read_bytes()))
    made.append(assemble(begun(tmp_path, False, read=str(packed), spool=tmp_path / "spool", speed=float("inf"))))
    assert isinstance(made[0].store, SegmentStore)
    assert made[0].store.temporary
    (folder,) = (tmp_path / "spool").iterdir()
    assert (folder.stat().st_mode & 0o777, (folder / "lock").exists()) == (0o700, True)


def test_the_files_of_w_are_the_store(tmp_path: Path, capture: str, made: list[Session]) -> None:
    out = tmp_path / "out.pcap"
    words = {"read": capture, "speed": float("inf"), "write": out, "rotate_size": 1 << 20, "rotate_files": 2}
    made.append(assemble(begun(tmp_path, False, **words)))
    assert not made[0].store.temporary
    made[0].start()
    made[0].shown()
    assert made[0].wait(20)
    assert made[0].store.flush()
    assert made[0].store.files == (tmp_path / "out-00001.pcap",)


def test_detectors_are_there_before_the_first_packet_is_counted(
    tmp_path: Path, capture: str, made: list[Session]
) -> None:
    made.append(assemble(begun(tmp_path, read=capture, speed=float("inf"))))
    made[0].shown()
    made[0].start()
    until(lambda: made[0].ended)
    log = made[0].ask("log", lambda monitor: monitor.detectors.log)
    assert isinstance(log, AlertLog)
    assert made[0].snapshot().packets == 50


def test_limits_reach_the_session(tmp_path: Path, capture: str, made: list[Session]) -> None:
    made.append(assemble(begun(tmp_path, read=capture, speed=float("inf"), count=7, keep_packets=5)))
    made[0].start()
    made[0].shown()
    assert made[0].wait(20)
    assert (made[0].rows.first, made[0].rows.end) == (2, 7)


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"read": "none.pcap"}, NoSuchFile),
        ({"read": "-", "loop": True}, UsageError),
        ({"demo": True, "thresholds": ("no.such.limit=3",)}, UsageError),
        ({"demo": True, "baseline": Path("none.json")}, NoSuchFile),
        ({"demo": True, "write": Path("none/x.pcap")}, SaveError),
    ],
)
def test_what_cannot_be_is_told_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, object], error: type[Exception]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error) as caught:
        assemble(begun(tmp_path, **settings))
    assert caught.value.hint


def test_a_file_that_is_no_capture_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"this is no capture at all, whatever it is called")
    with pytest.raises(FormatError):
        assemble(begun(tmp_path, read=str(tmp_path / "x"), speed=float("inf")))


def test_saves_have_a_name_that_nothing_bears(tmp_path: Path) -> None:
    run, moment = begun(tmp_path, read="/x/a.b.pcap"), datetime(2026, 11, 20, 12, 1, 31)
    first = default_save(run, moment)
    assert first == tmp_path / "a.b-20261120-120131.pcapng"
    first.touch()
    second = default_save(run, moment)
    assert second == tmp_path / "a.b-20261120-120131-2.pcapng"
    second.touch()
    assert default_save(run, moment).name == "a.b-20261120-120131-3.pcapng"


def test_files_belong_to_the_caller_where_rights_were_given_up(tmp_path: Path) -> None:
    mine = owner(begun(tmp_path))
    assert mine is not None
    assert (mine.uid, mine.gid) == (1000, 1001)
    assert owner(begun(tmp_path, confined=False)) is None


def test_the_baseline_of_an_interface_is_taken_up_unless_it_is_not_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    lo = Interface("lo", 1, 1, mac="00:00:00:00:00:00")
    path = tmp_path / ".local/state/nettui/baseline-lo.json"
    path.parent.mkdir(parents=True)
    path.write_text(Baseline("lo", last_ns=time.time_ns(), network=network_of([lo])).dumps())
    live = SimpleNamespace(interfaces=(lo,))

    def known(**settings: object) -> Kept:
        return _known(replace(begun(tmp_path, **settings), opened=cast(OpenedCapture, live)))

    assert known().baseline is not None
    assert known().note.startswith("baseline ")
    assert known(kept_baseline=False) == Kept()
    other = tmp_path / "other.json"
    other.write_text(Baseline("eth7").dumps())
    named = known(baseline=other)
    assert named.baseline is not None and named.baseline.interface == "eth7"
    assert _known(begun(tmp_path, read="a.pcap")) == Kept()


@pytest.mark.parametrize(("state", "down"), [(State.LIVE, False), (State.DOWN, True), (State.GONE, True)])
def test_the_detectors_are_told_how_the_interface_is(state: State, down: bool) -> None:
    source = SimpleNamespace(state=state, statistics=lambda: Statistics(9, interface_dropped=None, kernel_dropped=4))
    assert _link(cast(Source, source)) == Link(down, 4)
