from __future__ import annotations

import numpy as np

from tests.core.tcpflows import Segment, columns, handshake
from tui.core.columns import AddressKind
from tui.core.communityid import community_id
from tui.core.counters import Talkers, TalkerTable, Traffic
from tui.core.describe import Description
from tui.core.distinct import EXACT, Distinct
from tui.core.flow.slots import NOWHERE, SlotTable
from tui.core.flow.table import FlowTable


def ones(n: int, volume: int = 60) -> Traffic:
    return Traffic(np.ones(n, np.int64), np.full(n, volume), np.zeros(n, np.int64), np.zeros(n, np.int64))


def test_equal_keys_share_a_slot_and_others_do_not() -> None:
    keys = np.random.default_rng(1).integers(1, 1 << 63, 3000).astype(np.uint64)
    table = SlotTable(13)
    slots, fresh = table.place(np.concatenate([keys, keys]))
    assert slots[:3000].tolist() == slots[3000:].tolist()
    assert len(set(slots.tolist())) == len(fresh) == table.used == len(set(keys.tolist()))


def test_a_full_slot_table_finds_room_for_no_more_but_still_finds_what_it_has() -> None:
    table = SlotTable(4, load=0.5)
    slots, _ = table.place(np.arange(1, 101, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    held = np.flatnonzero(slots != NOWHERE)
    assert len(held) == table.used == 8
    again, fresh = table.place((held.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15))
    assert (again.tolist(), len(fresh)) == (slots[held].tolist(), 0)


def test_a_heavy_talker_outlives_a_flood_of_light_ones() -> None:
    table = TalkerTable(1, bits=8)
    heavy = np.array([7], np.uint64)
    table.update(heavy, (heavy,), ones(1, 10_000))
    for start in range(100, 5000, 50):
        light = np.arange(start, start + 50, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        table.update(light, (light,), ones(50))
    assert table.top(1, str)[0].sent_bytes == 10_000
    assert table.evicted > 4000
    assert len(table) <= 128


def test_of_talkers_that_are_equal_no_random_hash_decides_who_is_listed() -> None:
    names = np.arange(1, 301, dtype=np.uint64)
    listed = []
    for factor in (0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93):
        table = TalkerTable(1, bits=10)
        table.update(names * np.uint64(factor), (names,), ones(300))
        listed.append([talker.label for talker in table.top(5, str)])
    assert listed[0] == listed[1] == ["1", "2", "3", "4", "5"]


def test_talkers_count_both_directions_of_flows_once() -> None:
    flows, talkers = FlowTable(), Talkers()
    flows.update(columns(handshake()))
    talkers.count(flows.untold())
    flows.update(columns([Segment(False, "P.", 101, 501, 46, ms=50)]))
    talkers.count(flows.untold())
    client, server = talkers.top_addresses(2)
    assert (client.label, client.sent_packets, client.received_packets, client.sent_bytes) == ("10.0.0.1", 3, 1, 208)
    assert (server.sent_packets, server.received_bytes) == (1, 208)
    assert [(t.label, t.received_packets) for t in talkers.top_ports(9)] == [("443/tcp", 3)]


def test_distinct_is_exact_and_then_close() -> None:
    values = np.random.default_rng(3).integers(1, 1 << 63, 300_000).astype(np.uint64)
    few, many = Distinct(), Distinct()
    few.add(np.concatenate([values[:1000], values[:500]]))
    for start in range(0, len(values), 50_000):
        many.add(values[start : start + 50_000])
    assert (len(few), few.exact) == (1000, True)
    assert not many.exact
    assert abs(len(many) / 300_000 - 1) < 0.03
    assert EXACT < 300_000


def test_a_description_in_parts_is_that_of_the_whole() -> None:
    rows = np.random.default_rng(4).normal(size=(500, 1))
    made = Description(1)
    for start in range(0, 500, 123):
        made.add(rows[start : start + 123])
    row = made.table(("x",))["x"]
    expected = [500, rows.mean(), rows.std(ddof=1), rows.min(), *np.quantile(rows, [0.25, 0.5, 0.75]), rows.max()]
    np.testing.assert_allclose(list(row.values()), expected)


def test_the_community_id_is_that_of_the_specification() -> None:
    def v4(text: str) -> tuple[int, int]:
        a, b, c, d = (int(part) for part in text.split("."))
        return 0, a << 24 | b << 16 | c << 8 | d

    ends = v4("128.232.110.120"), v4("66.35.250.204")
    there = community_id(AddressKind.IPV4, *ends, 6, 34855, 80)
    back = community_id(AddressKind.IPV4, *ends[::-1], 6, 80, 34855)
    assert there == back == "1:LQU9qZlK+B5F3KDmev6m5PMibrg="
