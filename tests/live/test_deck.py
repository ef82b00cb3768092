"""Another interface and another capture filter while a session runs, on a pair of real interfaces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.conftest import Lab
from tests.live.test_opening import udp
from tests.waiting import until
from tui.capture.opening import CaptureOptions, open_live
from tui.engine.alerting.outputs import Outputs
from tui.engine.begin import Begun
from tui.engine.deck import Deck
from tui.engine.rights.privileges import Sandbox, caller
from tui.errors import NoSuchInterface, UsageError
from tui.settings.model import Settings

pytestmark = pytest.mark.live


@pytest.fixture
def deck(in_b: Lab, tmp_path: Path) -> Iterator[Deck]:
    """A deck that captures on `vb`; its spool is the test's own."""
    settings = Settings(iface=(in_b.vb,), spool=tmp_path, buffer=8 << 20, keep=16 << 20)
    opened = open_live((in_b.vb,), CaptureOptions(buffer=settings.buffer))
    begun = Begun(settings, opened, Sandbox(caller(), confined=False), tmp_path)
    made = Deck(begun, Outputs(begun, lambda alert, interface: {}))
    made.session.shown()
    made.session.start()
    yield made
    made.session.stop()
    made.close()
    opened.close()


def send(lab: Lab, *ports: int) -> None:
    with lab.sender() as sender:
        for number, port in enumerate(ports):
            sender.send(udp(number, port))


def ports(deck: Deck) -> list[int]:
    rows = deck.session.rows
    return [port for _, columns in rows.slices(rows.first, rows.end) for port in columns.dport.tolist()]


def test_a_new_capture_filter_holds_from_the_next_packet_on(in_b: Lab, deck: Deck) -> None:
    send(in_b, 53, 123)
    until(lambda: ports(deck) == [53, 123])
    deck.set_capture_filter("udp port 123")
    send(in_b, 53, 123)
    until(lambda: len(ports(deck)) == 3)
    assert ports(deck) == [53, 123, 123]
    assert deck.capture_filter == "udp port 123"


def test_a_wrong_capture_filter_keeps_the_old_one(in_b: Lab, deck: Deck) -> None:
    deck.set_capture_filter("udp port 123")
    with pytest.raises(UsageError):
        deck.set_capture_filter("udp prot 1")
    assert deck.capture_filter == "udp port 123"
    send(in_b, 53, 123)
    until(lambda: ports(deck) == [123])


def test_another_interface_is_another_session(in_b: Lab, deck: Deck) -> None:
    send(in_b, 53)
    until(lambda: ports(deck) == [53])
    before = deck.session
    after = deck.switch(["lo"])
    assert after is deck.session is not before
    assert (after.snapshot().generation, after.snapshot().interface) == (1, "lo")
    assert ports(deck) == []
    deck.switch([in_b.vb])
    send(in_b, 123)
    until(lambda: ports(deck) == [123])


def test_an_interface_that_is_not_there_leaves_the_session(in_b: Lab, deck: Deck) -> None:
    before = deck.session
    with pytest.raises(NoSuchInterface):
        deck.switch(["none0"])
    assert deck.session is before
    send(in_b, 53)
    until(lambda: ports(deck) == [53])
