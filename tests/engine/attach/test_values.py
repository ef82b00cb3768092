"""Values that travel arrive as they were, and nothing that comes can be taken for what it is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.attach.watched import Watched
from tests.screens.fake import ALERTS
from tui.core.alert.alerts import Alert
from tui.core.flow.listed import FlowRows
from tui.core.flow.owners import How, Owner, Owners
from tui.core.flow.records import FlowRecords
from tui.core.namestable import NameRow
from tui.core.snapshot import Snapshot
from tui.engine.attach.values import Arrays, WireError, digest, plain, shaped

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


SNAPSHOT = Watched().receive(50).snapshot()


def travelled(wanted: Any, value: object) -> Any:
    arrays: Arrays = []
    return shaped(wanted, plain(value, arrays), arrays)


def test_a_snapshot_arrives_whole() -> None:
    sent = Watched().receive(5_000).snapshot()
    got = travelled(Snapshot, sent)
    assert (got.packets, got.health, got.loss, got.protocols) == (sent.packets, sent.health, sent.loss, sent.protocols)
    assert (got.talkers, got.alert_counts, got.quiet) == (sent.talkers, sent.alert_counts, sent.quiet)
    assert np.array_equal(got.series.packets, sent.series.packets)
    assert {name: list(v) for name, v in got.series.by_protocol.items()} == {
        name: list(v) for name, v in sent.series.by_protocol.items()
    }


def test_alerts_arrive_whole() -> None:
    assert travelled(tuple[Alert, ...], ALERTS) == ALERTS


def test_flows_arrive_whole() -> None:
    sent = Watched().receive(2_000).monitor.flow_rows(limit=50)
    got = travelled(FlowRows, sent)
    assert got.flows.table.tobytes() == sent.flows.table.tobytes()
    assert list(got.state) == list(sent.state) and got.total == sent.total


def test_names_and_owners_arrive_whole() -> None:
    row = NameRow("dns", "é\x00.example", 3, 1, 2, ("10.0.0.1",), False, (), 0, "")
    assert travelled(list[NameRow], [row]) == [row]
    owners = Owners(np.array([4], np.uint32), np.array([0], np.int32), (Owner(7, "sshd", "root", How.EXACT),))
    assert travelled(Owners, owners).owner(4) == owners.owner(4)


@pytest.mark.parametrize("wanted", [Snapshot, FlowRows, FlowRecords, list[NameRow], Owners, dict[str, str], Alert])
@given(value=JSON)
def test_anything_else_is_refused(wanted: Any, value: Any) -> None:
    with pytest.raises(WireError):
        shaped(wanted, {"x": value}, [])


@given(value=JSON, number=st.integers(-3, 3))
def test_a_part_that_is_wrong_is_refused(value: Any, number: int) -> None:
    arrays: Arrays = []
    told: Any = plain(SNAPSHOT, arrays)
    told["series"] = {"#": number}
    told["packets"] = [value]
    with pytest.raises(WireError):
        shaped(Snapshot, told, arrays)


def test_an_array_of_another_type_is_refused() -> None:
    with pytest.raises(WireError):
        shaped(FlowRecords, {"#": 0}, [np.zeros(368, np.int64)])


def test_the_digest_is_the_same_each_time() -> None:
    assert digest() == digest()
