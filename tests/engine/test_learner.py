"""The learner answers from a process of its own, which can do nothing else, and ends with the monitor."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.learning.flows import flows
from tests.waiting import PATIENCE_S, until
from tui.core.baseline import Baseline
from tui.core.flow.records import FlowRecords
from tui.engine.judging import MOST, Book
from tui.engine.learner import MEMORY, Learner
from tui.errors import NoSuchFile
from tui.learning import usual
from tui.learning.sample import clean_matrix

# what each process would import for itself is inherited here, and the tests are fast
pytest.importorskip("sklearn.ensemble")
pytest.importorskip("skops.io")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.engine.learner.EVERY_S", 0.1)


class Session:
    """Hands over the flows it holds, always anew."""

    ended = False

    def __init__(self, held: FlowRecords) -> None:
        self.held = held

    def recent_flows(self, limit: int) -> tuple[FlowRecords, int]:
        return self.held.select(np.arange(min(limit, len(self.held)))), len(self.held)

    def ask(self, _key: str, build: Callable[[Any], Any]) -> Any:
        return build(self)


@contextmanager
def learner(baseline: Path | None = None, model: Path | None = None) -> Iterator[Learner]:
    made = Learner(baseline, model)
    try:
        yield made
    finally:
        made.close()


def settled(made: Learner) -> Any:
    """What a look at the anomalies finds, once there is anything."""
    return until(lambda: made.ranking() or made.problem or None)


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    path = tmp_path / "base.json"
    path.write_text(usual.dumps(Baseline(interface="eth0"), clean_matrix(flows(100))))
    return path


def test_flows_unlike_the_baseline_come_first(baseline: Path) -> None:
    held = flows(200, seed=2)
    strange = flows(1, packets=5_000, size=1_400)
    strange.last_ns[:] += 3_600 * 10**9
    strange.flow[:] = 17
    held.put(np.array([17]), strange)
    with learner(baseline) as made:
        made.follow(Session(held))
        found = settled(made)
    assert found.fitted_on == "100 flows of base.json"
    assert 17 in found.order[:10]
    assert len(found.scores) == 200
    assert "packets" in [reason.feature for reason in found.reasons[found.order.tolist().index(17)]]


def test_without_a_baseline_the_session_is_what_is_usual() -> None:
    with learner() as made:
        made.follow(Session(flows(50)))
        assert settled(made).fitted_on == "50 flows of this session"


def test_a_baseline_without_flows_is_said_to_have_none(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text(Baseline(interface="eth0").dumps())
    with learner(path) as made:
        made.follow(Session(flows(50)))
        assert settled(made).fitted_on.startswith("50 flows of this session; the baseline has no flows")


def test_too_few_flows_are_said_to_be_too_few() -> None:
    with learner() as made:
        made.follow(Session(flows(3)))
        assert "3 flows are too few" in settled(made)


def test_another_session_begins_without_a_ranking() -> None:
    with learner() as made:
        made.follow(Session(flows(50)))
        settled(made)
        made.follow(Session(flows(30, seed=3)))
        assert made.labels() is None
        until(lambda: (r := made.ranking()) and r.fitted_on and len(r.flows) == 30)


def test_nothing_is_worked_out_while_nobody_looks() -> None:
    with learner() as made:
        made.follow(Session(flows(50)))
        assert made._thread is None


def test_a_model_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    with learner(model=tmp_path / "none.skops") as made, pytest.raises(NoSuchFile, match="cannot read"):
        made.check()


def test_flows_get_the_labels_of_a_model(tmp_path: Path) -> None:
    from tui.learning.classifier import train
    from tui.learning.modelfile import save

    small, large = flows(60, size=80), flows(60, size=1_400, seed=2)
    rows = np.concatenate([clean_matrix(small), clean_matrix(large)])
    names = np.array(["small"] * 60 + ["large"] * 60)
    made_of, _ = train(rows, names, np.zeros(120, np.int64))
    save(made_of, tmp_path / "m.skops")
    with learner(model=tmp_path / "m.skops") as made:
        made.check()
        made.follow(Session(flows(40, size=1_400, seed=4)))
        labels = until(made.labels)
        number, sure = labels.of(np.array([3, 39, 40], np.uint32))
        assert [labels.classes[n] if n >= 0 else None for n in number] == ["large", "large", None]
        assert (sure[:2] > 0.7).all()
        assert [(kind.label, kind.flows) for kind in labels.traffic] == [("large", 40)]


def test_the_process_is_low_and_bounded_and_has_no_rights() -> None:
    with learner() as made:
        made.follow(Session(flows(50)))
        settled(made)
        pid = made._helper.pid
        status = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        assert status["NoNewPrivs"] == "1"
        assert int(status["CapEff"], 16) == 0
        assert os.getpriority(os.PRIO_PROCESS, pid) >= min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
        limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
        (most,) = (int(line.split()[3]) for line in limits if line.startswith("Max data size"))
        held = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
        assert MEMORY <= most <= MEMORY + 2 * held


def test_the_process_ends_with_the_monitor() -> None:
    """Even if that is killed: nobody is there to tell it."""
    read, write = os.pipe()
    monitor = os.fork()
    if not monitor:
        try:
            os.close(read)
            made = Learner(None, None)
            made.follow(Session(flows(50)))
            settled(made)
            os.write(write, str(made._helper.pid).encode())
            time.sleep(PATIENCE_S)
        finally:
            os._exit(1)
    os.close(write)
    pid = int(os.read(read, 20))
    os.close(read)
    os.kill(monitor, 9)
    os.waitpid(monitor, 0)
    until(lambda: not Path(f"/proc/{pid}").exists() or _is_zombie(pid))


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


# the book of labels


def entered(book: Book, some: FlowRecords, label: int = 0, total: int = 0) -> None:
    book.add(some, np.full(len(some), label, np.uint16), np.full(len(some), 0.9, np.float32), ("a", "b"), total)


def test_only_flows_that_said_more_are_asked_about_again() -> None:
    book, held = Book(), flows(10)
    assert len(book.changed(held)) == 10
    entered(book, held)
    assert not len(book.changed(held))
    held.packets[1, 4] += 1
    assert book.changed(held).flow.tolist() == [4]


def test_a_newer_label_takes_the_place_of_the_older() -> None:
    book, held = Book(), flows(10)
    entered(book, held, total=12)
    entered(book, held.select(np.arange(4)), label=1, total=12)
    assert [(kind.label, kind.flows) for kind in book.labels.traffic] in ([("a", 6), ("b", 4)], [("b", 4), ("a", 6)])
    assert book.labels.unseen == 2


def test_of_old_flows_the_sums_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.engine.judging.MOST", 6)
    book, held = Book(), flows(10)
    entered(book, held, total=10)
    assert book.labels.flow.tolist() == [4, 5, 6, 7, 8, 9]
    assert [(kind.label, kind.flows, kind.bytes) for kind in book.labels.traffic] == [("a", 10, int(held.bytes.sum()))]
    assert book.labels.unseen == 0
    assert MOST > 6
