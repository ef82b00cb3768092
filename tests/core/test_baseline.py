"""Baseline: kept as JSON, and read back only when it is whole."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.baseline import MOST, PROVISIONAL_BINS, Baseline, Usual
from tui.errors import FormatError


def some() -> Baseline:
    known = Baseline("eth0", 1, 301 * 10**9, Usual.of(np.arange(60.0)), Usual.of(np.ones(60)))
    known.add("services", "10.0.0.9:443/TCP")
    known.highest("openings", "10.0.0.9:443/TCP", 80.0)
    known.highest("uploads", "10.0.0.5", 4e6)
    known.add("routers", "fe80::1 02:00:00:00:00:01")
    return known


def test_what_was_written_is_read_back() -> None:
    assert Baseline.loads(some().dumps()) == some()
    assert not some().provisional and Usual().bins < PROVISIONAL_BINS


def test_a_baseline_from_before_rates_were_learned_is_still_read() -> None:
    data = json.loads(some().dumps())
    del data["openings"], data["uploads"], data["network"]
    made = Baseline.loads(json.dumps(data))
    assert (made.openings, made.uploads, made.services) == ({}, {}, some().services)


def test_of_a_rate_the_highest_is_kept_and_no_more_than_there_is_room_for() -> None:
    known = Baseline()
    for value in (3.0, 9.0, 5.0):
        known.highest("uploads", "10.0.0.5", value)
    assert known.uploads == {"10.0.0.5": 9.0}
    for i in range(MOST + 50):
        known.highest("openings", str(i), 1.0)
    assert len(known.openings) == MOST


def test_where_a_renewed_one_is_full_what_was_met_last_stays() -> None:
    """A busy service that was known for long, and met again, gave way to those that nobody had met since."""
    full = Baseline(hosts={f"h{i}" for i in range(MOST)}, openings={f"s{i}": 10.0 for i in range(MOST)})
    made = full.renewed(Baseline(hosts={"h0", "new"}, openings={"s0": 20.0, "new": 30.0}))
    assert len(made.hosts) == len(made.openings) == MOST
    assert {"h0", "new"} < made.hosts
    assert (made.openings["s0"], made.openings["new"]) == (20.0, 30.0)


def test_it_never_grows_beyond_its_bound() -> None:
    known = Baseline()
    assert sum(known.add("hosts", str(i)) for i in range(MOST + 50)) == MOST


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("interface", 3), ("network", 3), ("first_ns", "now"), ("last_ns", True), ("hosts", "x"), ("hosts", [1]),
        ("routers", None),
        ("services", ["x" * 999]), ("services", ["10.0.0.9:443"]), ("hosts", ["02:00:00:00:00:01\n"]),
        ("arp_pairs", ["10.0.0.9"]), ("arp_pairs", [""]), ("dhcp_servers", ["\x1b[31m10.0.0.1"]),
        ("openings", ["10.0.0.9:443/TCP"]), ("openings", {"10.0.0.9:443/TCP": "9"}), ("openings", {"10.0.0.9": 9}),
        ("uploads", {"10.0.0.9": -1}), ("uploads", {"10.0.0.9": True}), ("uploads", {"\x1b[31m": 1}),
        ("contacts", ["10.0.0.9:443/TCP"]), ("routers", ["fe80::1"]), ("bytes_per_s", {}), ("nettui_baseline", 99),
        ("bytes_per_s", {"mean": -1, "std": 0, "median": 0, "mad": 0, "bins": 1}),
        ("packets_per_s", {"mean": "1", "std": 0, "median": 0, "mad": 0, "bins": 1}),
    ],
)  # fmt: skip
def test_a_file_that_was_tampered_with_is_refused(name: str, value: object) -> None:
    data = json.loads(some().dumps())
    data[name] = value
    with pytest.raises(FormatError) as error:
        Baseline.loads(json.dumps(data))
    assert error.value.hint


@given(st.one_of(st.binary(), st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps)))
def test_any_bytes_are_a_baseline_or_a_format_error(text: str | bytes) -> None:
    with pytest.raises(FormatError):
        Baseline.loads(text)
