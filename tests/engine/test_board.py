"""The board: states and warnings of all parts as one, and snapshots only as often as somebody looks."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.engine.nostore import NoStore
from tests.engine.running import Model
from tui.capture.scripted import Lose, ScriptedSource
from tui.core.state import State
from tui.engine import board
from tui.engine.board import Board
from tui.errors import CaptureError
from tui.store.rows import Rows


def made(source: Any = None, store: Any = None) -> tuple[Board, Model]:
    model = Model()
    return Board(source or ScriptedSource(), store or NoStore(), model, lambda: Rows(3, 10)), model


def test_warnings_of_all_parts_stand_together_and_once() -> None:
    source, store = ScriptedSource(), NoStore()
    source.warnings = ("far: no route",)
    store.warnings = ("the disk is too slow",)
    telling, model = made(source, store)
    model.warnings = ("detectors off",)
    telling.warn("no more alerts")
    telling.warn("no more alerts")
    model.warnings += ("no more alerts",)
    assert telling.health.warnings == ("far: no route", "no more alerts", "the disk is too slow", "detectors off")


def test_what_is_counted_is_one_warning_with_the_count_of_now() -> None:
    telling, _ = made()
    for count in (1, 2, 1_200):
        telling.warn("alerts that could not be passed on", count)
    assert telling.health.warnings == ("alerts that could not be passed on: 1,200",)


def test_a_state_is_that_of_the_link_until_something_went_wrong() -> None:
    telling, _ = made()
    assert telling.health.state is State.STARTING
    telling.enter(State.DOWN)
    assert telling.health.state is State.DOWN
    telling.enter(State.FAILED, CaptureError("the wire broke", "mend it"))
    assert (telling.health.text, telling.health.hint) == ("the wire broke", "mend it")


def test_a_link_that_is_down_says_why_until_it_is_back() -> None:
    source = ScriptedSource()
    source.warnings = ("web1: the connection ended; trying again",)
    telling, _ = made(source)
    telling.enter(State.DOWN)
    assert telling.health.text == "web1: the connection ended; trying again"
    telling.enter(State.LIVE)
    assert telling.health.text == ""


def test_loss_comes_from_the_source_the_rows_the_model_and_the_store() -> None:
    source = ScriptedSource([Lose(kernel=5, interface=2)])
    source.read(0)
    store = NoStore()
    store.unwritten = 4
    telling, model = made(source, store)
    model.skipped_names = 7
    telling.build()
    loss = telling.loss
    assert (loss.interface, loss.kernel, loss.evicted, loss.skipped_names, loss.unwritten) == (2, 5, 3, 7, 4)


def test_a_snapshot_is_built_when_it_was_asked_for_and_it_is_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = SimpleNamespace(value=100.0)
    monkeypatch.setattr(board, "time", SimpleNamespace(monotonic=lambda: now.value))
    telling, model = made()
    telling.begin()
    telling.serve()
    built = model.snapshots
    telling.serve()
    assert model.snapshots == built, "nobody has asked"
    telling.snapshot()
    telling.serve()
    assert model.snapshots == built, "one was built just now"
    now.value += board.SNAPSHOT_S
    telling.serve()
    assert model.snapshots == built, "on a silent link once a second will do"
    now.value += board.QUIET_S
    telling.serve()
    assert model.snapshots == built + 1


def test_nobody_may_look_before_it_has_begun() -> None:
    with pytest.raises(AssertionError, match="not started"):
        made()[0].snapshot()
