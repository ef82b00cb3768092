"""Reverse DNS: only what is worth asking is asked, once, in bundles; late names are kept for the next answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.tcpflows import columns, handshake
from tests.engine.owners.test_attribution import Deskless
from tui.core.flow.table import FlowTable
from tui.core.namestable import NamesTable
from tui.engine import resolver
from tui.engine.resolver import Asker, Names, Resolving
from tui.settings.model import Settings


class Book:
    """Knows every address but one."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def find(self, addresses: list[str]) -> dict[str, str] | None:
        self.asked.append(addresses)
        return {address: f"host-{address}" for address in addresses if address != "10.0.0.2"}


def resolving(book: Book, *hosts: int) -> tuple[Resolving, NamesTable]:
    flows, names = FlowTable(), NamesTable()
    flows.update(columns([part for host in hosts for part in handshake(host=host)]))
    return Resolving(book, Deskless(), flows, names), names  # as much of it as is used


def test_nothing_is_asked_unless_the_settings_say_so() -> None:
    assert not Settings().resolve


def test_the_ends_of_new_flows_are_asked_for_once() -> None:
    book = Book()
    made, names = resolving(book, 1, 2)
    for _ in range(3):
        made.gather()
        assert made.ask()
    assert [sorted(asked) for asked in book.asked] == [["10.0.0.1", "10.0.0.2", "192.168.0.1"]]
    assert names.named() == {"10.0.0.1": "host-10.0.0.1", "192.168.0.1": "host-192.168.0.1"}
    assert not names.rows(), "what was asked for was not seen"


def test_groups_and_link_local_addresses_are_not_asked_for() -> None:
    book = Book()
    made, _ = resolving(book)
    made.take(["224.0.0.1", "fe80::1", "ff02::1", "0.0.0.0", "?", "02:00:00:00:00:01", "2001:db8::1"])
    assert made.ask()
    assert book.asked == [["2001:db8::1"]]


def test_the_helper_answers_in_a_process_of_its_own() -> None:
    names = Names(Asker(lambda address: f"name of {address}" if address != "192.0.2.2" else ""))
    try:
        assert names.find(["192.0.2.1", "192.0.2.2"]) == {"192.0.2.1": "name of 192.0.2.1"}
    finally:
        names.close()


def test_a_name_that_comes_late_is_in_the_next_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver, "ANSWER_S", 0.0)
    free, done = threading.Event(), threading.Event()

    def slow(address: str) -> str:
        free.wait(10)
        return "late"

    asker = Asker(slow)
    told: Callable[[str], None] = asker._ask

    def ask(address: str) -> None:
        told(address)
        done.set()

    asker._ask = ask
    assert asker.serve(json.dumps(["192.0.2.1"]).encode()) == b"{}"
    free.set()
    assert done.wait(10)
    assert json.loads(asker.serve(b"[]")) == {"192.0.2.1": "late"}


@given(st.binary(max_size=40) | st.sampled_from([b"1", b"{}", b"null", b'"x"']))
def test_any_message_has_an_answer(message: bytes) -> None:
    assert isinstance(json.loads(Asker(lambda _: "").serve(message)), dict)
