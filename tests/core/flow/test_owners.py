"""Processes by flow: what is remembered, for how many, and what a filter hears of it."""

from __future__ import annotations

import numpy as np
import pytest

from tui.core.flow import owners
from tui.core.flow.owners import NOBODY, UNKNOWN, How, Owner, OwnerTable

CURL = Owner(7, "curl", "mia", How.EXACT)
NGINX = Owner(0, "", "www-data", How.PORT, "0123456789ab")


def test_nobody_is_known_at_first() -> None:
    assert NOBODY.of(np.array([1, 2], np.uint32)).tolist() == [UNKNOWN, UNKNOWN]
    assert NOBODY.owner(1) is None


def test_what_was_put_is_found_and_the_newer_answer_counts() -> None:
    table = OwnerTable()
    table.put({9: NGINX, 3: CURL})
    before = table.owners
    table.put({9: CURL})
    assert [table.owners.owner(flow) for flow in (3, 9, 4)] == [CURL, CURL, None]
    assert before.owner(9) == NGINX


def test_a_label_for_filters() -> None:
    table = OwnerTable()
    table.put({3: CURL})
    rows, texts = table.owners.texts(np.array([5, 3, 3], np.uint32))
    assert (rows.tolist(), texts) == ([1, 2], [b"curl", b"curl"])


def test_the_oldest_flows_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owners, "MOST_FLOWS", 2)
    table = OwnerTable()
    table.put({1: CURL, 2: CURL, 3: NGINX})
    assert [table.owners.owner(flow) for flow in (1, 2, 3)] == [None, CURL, NGINX]


def test_processes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owners, "MOST_OWNERS", 1)
    table = OwnerTable()
    table.put({1: CURL})
    table.put({2: NGINX, 3: CURL})
    assert [table.owners.owner(flow) for flow in (1, 2, 3)] == [CURL, None, CURL]


def test_words_say_how_sure_it_is() -> None:
    assert CURL.words == "curl (7) by mia, exact"
    assert NGINX.words == "a process that cannot be seen by www-data in container 0123456789ab, by its port only"
    assert (CURL.label, NGINX.label) == ("curl", "?~")
