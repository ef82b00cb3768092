"""Decisions survive as text; a damaged file is refused in words, never with an exception of another kind."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.alert.alerts import Acknowledgement
from tui.core.alert.decisions import Decisions
from tui.core.alert.suppress import Suppression
from tui.errors import FormatError

SOME = Decisions(
    (Suppression("backup", rule="exfil", src="10.0.0.0/8", until_ns=5, hits=3),),
    (("scan", "10.0.0.5"), ("conn.long", "a", "b", 22)),
    ((("arp.spoof", "02:00:00:00:00:01"), Acknowledgement("ann", 7, "known", until_ns=9)),),
)


def test_what_is_written_is_read_again() -> None:
    assert Decisions.loads(SOME.dumps()) == SOME


@pytest.mark.parametrize(
    ("field", "value"),
    [("muted", [3]), ("muted", [{"reason": ""}]), ("learned", [{}]), ("learned", 3), ("acknowledged", [["a", {}]]),
     ("acknowledged", [[["a"], {"by": 1, "at_ns": 2, "note": "", "scope": "", "until_ns": None}]]),
     ("nettui_decisions", 2)],
)  # fmt: skip
def test_a_damaged_field_is_refused(field: str, value: object) -> None:
    with pytest.raises(FormatError):
        Decisions.loads(json.dumps(json.loads(SOME.dumps()) | {field: value}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.fixed_dictionaries({"nettui_decisions": st.just(1), "muted": JSON, "learned": JSON, "acknowledged": JSON}))
def test_no_file_breaks_the_reader(data: dict[str, object]) -> None:
    with suppress(FormatError):
        Decisions.loads(json.dumps(data))


@given(st.binary())
def test_no_bytes_break_the_reader(data: bytes) -> None:
    with suppress(FormatError):
        Decisions.loads(data)
