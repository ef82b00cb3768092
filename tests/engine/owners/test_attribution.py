"""New flows of own addresses are asked about in bundles, again when nobody was there, and not for ever."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence

from tests.core.tcpflows import columns, handshake
from tui.core.flow.owners import NOBODY, Owners
from tui.core.flow.table import FlowTable
from tui.engine.owners.attribution import TRIES, Attribution
from tui.engine.owners.processes import Flow, Process
from tui.engine.owners.sockettable import packed

SSHD = Process(4, 0, 1, "sshd", "")


class Deskless:
    """A session that does everything at once."""

    def __init__(self) -> None:
        self.owners: Owners = NOBODY
        self.ended = False
        self.warned: list[str] = []

    def do(self, action: Callable[[], None]) -> None:
        action()

    def warn(self, text: str) -> None:
        self.warned.append(text)


class Oracle:
    """Answers from a list, then with nothing; remembers what it was asked."""

    def __init__(self, *answers: Process | None) -> None:
        self.answers = list(answers)
        self.asked: list[Sequence[Flow]] = []
        self.here: list[bytes] | None = [packed("10.0.0.1"), packed("fe80::1")]

    def addresses(self) -> list[bytes] | None:
        return self.here

    def find(self, flows: Sequence[Flow]) -> list[Process | None] | None:
        self.asked.append(flows)
        return [self.answers.pop(0) if self.answers else None for _ in flows]


def attribution(oracle: Oracle, session: Deskless, *hosts: int) -> Attribution:
    table = FlowTable()
    table.update(columns([part for host in hosts for part in handshake(host=host)]))
    made = Attribution(oracle, session, table)
    assert made._locate()
    return made


def test_only_flows_of_own_addresses_are_asked_about() -> None:
    oracle, session = Oracle(SSHD), Deskless()
    made = attribution(oracle, session, 1, 2, 3)
    made.look()
    assert made.ask()
    (asked,) = oracle.asked
    assert [one[1] for one in asked] == [packed("10.0.0.1")]
    owner = session.owners.owner(0)
    assert owner is not None
    assert (owner.name, owner.pid, owner.user) == ("sshd", 4, "root")


def test_a_flow_that_nobody_has_is_asked_about_again_and_then_no_more() -> None:
    oracle, session = Oracle(), Deskless()
    made = attribution(oracle, session, 1)
    for _ in range(TRIES + 3):
        made.look()
        assert made.ask()
    assert len(oracle.asked) == TRIES
    assert session.owners.owner(0) is None


def test_a_helper_that_has_gone_is_said_once() -> None:
    oracle, session = Oracle(), Deskless()
    made = attribution(oracle, session, 1)
    oracle.here = None
    made._run()
    assert session.warned == ["processes are no longer known: their helper has gone"]


def test_packed_is_what_the_kernel_packs() -> None:
    assert packed("fe80::1") == socket.inet_pton(socket.AF_INET6, "fe80::1")
