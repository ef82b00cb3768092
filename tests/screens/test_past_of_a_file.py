"""A window over a real session: what it shows is what a session of those packets alone would have shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from tests.waiting import until
from tui.capture.pcapfile import open_capture
from tui.core.flow.tcpstate import STATES
from tui.core.names import NameReader
from tui.core.namestable import NamesTable
from tui.engine.begin import DEMO
from tui.engine.monitor import Monitor
from tui.engine.session import Session
from tui.screens.flows import all_flows
from tui.screens.names import all_names
from tui.screens.past import Past
from tui.store.filestore import FileStore

NS = 1_000_000_000


@contextmanager
def demo() -> Iterator[Past]:
    """The demo capture, read to its end."""
    session = Session(open_capture(str(DEMO)), FileStore(str(DEMO)), Monitor())
    session.start()
    assert session.wait(30)
    until(lambda: session.snapshot().packets == session.rows.end)
    past = Past(session)
    yield past
    past.close()
    session.close()


def look(past: Past, start_s: float, end_s: float) -> None:
    begin = past.whole().first_ns
    past.look(past.index().window(begin + int(start_s * NS), begin + int(end_s * NS)))
    until(lambda: past._counting and past._counting.complete)


def test_names_are_those_that_the_packets_of_the_window_carry() -> None:
    with demo() as past:
        look(past, 10, 12)
        until(lambda: past.ask("all names", all_names) is not None)
        table, sequences = NamesTable(), past.sequences
        assert sequences is not None
        table.add(NameReader().read(past.reader.read(sequences), past.rows.take(sequences)).events)
        assert past.ask("all names", all_names) == table.rows()
        assert 0 < len(table) < len(past.session.ask("all names", all_names) or ())


def test_flows_are_those_of_the_window_with_the_state_that_the_session_knows() -> None:
    with demo() as past:
        whole = past.session.ask("flows", all_flows)
        assert whole is not None
        look(past, 10, 25)
        until(lambda: past.ask("flows", all_flows) is not None)
        rows, sequences = past.ask("flows", all_flows), past.sequences
        assert rows is not None
        assert sequences is not None
        packets = past.rows.take(sequences)
        assert set(rows.flows.flow.tolist()) == set(packets.flow[packets.flow != 0xFFFFFFFF].tolist())
        state = dict(zip(whole.flows.flow.tolist(), whole.state.tolist(), strict=True))
        known = [state.get(flow) for flow in rows.flows.flow.tolist()]
        assert rows.state.tolist() == known
        assert {"SF", "S0"} <= {STATES[code] for code in rows.state.tolist()}
        at = int(np.argmax(rows.flows.packets.sum(axis=0)))
        mine = packets.select(packets.flow == rows.flows.flow[at])
        assert int(rows.flows.bytes[:, at].sum()) == int(mine.length.sum())


def test_an_earlier_window_is_given_up_for_a_later_one() -> None:
    with demo() as past:
        look(past, 0, 10)
        past.ask("all names", all_names)
        names = past._names
        look(past, 20, 30)
        assert names is not None
        assert names.wait(10)
        until(lambda: past.ask("all names", all_names) is not None)
        assert past._names is not names
