"""The names table counts, remembers and stays within its bounds."""

from __future__ import annotations

from tui.core.names import NameEvent, NameKind
from tui.core.namestable import MAX_CLIENTS, NamesTable


def event(name: str, kind: NameKind = NameKind.DNS_QUERY, **more: object) -> NameEvent:
    where = {"time_ns": 1, "client": "10.0.0.1", "server": "10.0.0.53", "port": 53, "bytes": 40}
    return NameEvent(0, kind, "DNS", name, **{**where, **more})


def test_a_question_and_its_answer_count_once() -> None:
    table = NamesTable()
    table.add([event("a.example"), event("a.example", NameKind.DNS_ANSWER, answers=("1.2.3.4",), time_ns=9)])
    (row,) = table.rows("dns")
    assert (row.count, row.first_ns, row.last_ns, row.addresses) == (1, 1, 9, ("1.2.3.4",))


def test_an_address_has_the_name_of_the_last_answer() -> None:
    table = NamesTable()
    for name in ("old.example", "new.example"):
        table.add([event(name, NameKind.DNS_ANSWER, answers=("1.2.3.4",))])
    assert table.name_of("1.2.3.4") == "new.example"
    assert table.name_of("9.9.9.9") == ""


def test_failed_answers_are_counted() -> None:
    table = NamesTable()
    table.add([event("no.example"), event("no.example", NameKind.DNS_ANSWER, rcode=3)])
    assert table.rows()[0].failures == 1


def test_the_name_unseen_for_longest_goes_first() -> None:
    table = NamesTable(max_names=2)
    table.add([event("a"), event("b"), event("a"), event("c")])
    assert {row.name for row in table.rows()} == {"a", "c"}
    assert table.evicted == 1


def test_the_address_map_is_bounded() -> None:
    table = NamesTable(max_addresses=2)
    table.add([event("a", NameKind.DNS_ANSWER, answers=("1.1.1.1", "2.2.2.2", "3.3.3.3"))])
    assert set(table.named()) == {"2.2.2.2", "3.3.3.3"}


def test_many_clients_are_said_to_be_more() -> None:
    table = NamesTable()
    table.add([event("a", client=f"10.0.0.{i}") for i in range(MAX_CLIENTS + 1)])
    (row,) = table.rows()
    assert len(row.clients) == MAX_CLIENTS
    assert row.more_clients


def test_a_request_gives_its_host_and_its_url() -> None:
    table = NamesTable()
    table.add([event("h.example", NameKind.HTTP_REQUEST, url="http://h.example/x", method="GET")])
    assert [(row.kind, row.name) for row in table.rows()] == [("http", "h.example"), ("url", "http://h.example/x")]
