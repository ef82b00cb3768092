"""Looking for bytes: each hit belongs to the packet it lies in, and only where it lies in one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.screens.fake import FakeSession, compile_filter, describe
from tui.core.frames import Frames, from_packets
from tui.screens.find import FIRST_SLICE, Kind, Seeker, Wanted, _slices, _with_bytes


@given(
    st.lists(st.binary(max_size=12).map(lambda data: bytes(b"aAbB"[byte % 4] for byte in data)), max_size=9),
    st.binary(min_size=1, max_size=3).map(lambda data: bytes(b"aAbB"[byte % 4] for byte in data)),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_the_rows_found_are_those_whose_bytes_have_it(packets, wanted, any_case, random) -> None:
    frames = from_packets(packets)
    order = list(range(len(packets)))
    random.shuffle(order)
    frames = frames.select(np.array(order, np.int64))
    fold = bytes.lower if any_case else bytes
    expected = [row for row, at in enumerate(order) if fold(wanted) in fold(packets[at])]
    assert _with_bytes(frames, fold(wanted), any_case=any_case).tolist() == expected


def test_every_packet_is_in_one_slice_from_both_ends() -> None:
    listed = np.arange(100_000)
    assert np.concatenate([*_slices(listed, 1)]).tolist() == listed.tolist()
    back = [*_slices(listed, -1)]
    assert np.concatenate(back[::-1]).tolist() == listed.tolist()
    assert [len(some) for some in back[:3]] == [FIRST_SLICE, 2 * FIRST_SLICE, 4 * FIRST_SLICE]


class Numbered:
    """Packets whose bytes are their number in words."""

    def read(self, sequences: np.ndarray) -> Frames:
        return from_packets([f"packet {number} ends".encode() for number in sequences.tolist()])


def seek(text: str, after: int | None, by: int, kind: Kind = Kind.TEXT) -> tuple[int, bool] | None:
    rows = FakeSession().receive(9_000).rows
    seeker = Seeker(rows, Numbered(), describe, None, lambda text, sequences: None)
    return seeker.seek(Wanted.of(kind, text, compile_filter), after, by, lambda part: True)


def test_the_nearest_is_found_in_both_directions() -> None:
    assert seek("PACKET 7000 ", 3, 1) == (7_000, False)
    assert seek("packet 7000 ", 8_000, -1) == (7_000, False)
    assert seek("packet 7000 ", 8_000, 1) == (7_000, True)
    assert seek("70 00", None, 1, Kind.HEX) is None
    assert seek("echo request", 5_000, 1) == (5_002, False), "in the info, of every seventh"
    assert seek("nowhere", 5_000, 1) is None
