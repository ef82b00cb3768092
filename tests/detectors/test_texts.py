"""Which segments are read for what they say, and with how many of their bytes."""

from __future__ import annotations

import numpy as np
import pytest

from tests.detectors.wire import ACK, PSH, tcp
from tui.core.decode import decode
from tui.core.frames import from_packets
from tui.core.hashing import HashKey
from tui.detectors import texts
from tui.detectors.batch import Batch
from tui.detectors.part import Why

CLIENT, SERVER = "10.0.0.5", "10.0.0.9"


def why_of(data: bytes, sport: int = 40_000, dport: int = 8_888, caplen: int | None = None) -> int:
    """The bits that one segment with this payload gets."""
    packet = tcp(CLIENT, SERVER, sport, dport, PSH | ACK, 1, 1, data)
    frames = from_packets([packet[:caplen]], 1, [0], [len(packet)])
    batch = Batch.of(decode(frames), frames, HashKey())
    texts.mark(batch, np.ones(1, np.bool_))
    return int(batch.why[0])


@pytest.mark.parametrize(
    ("data", "ports", "bits"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", {}, Why.TEXT | Why.DETAIL | Why.WHOLE),
        (b"GET / HTTP/1.1\r\nX: y\r\n", {}, Why.TEXT | Why.DETAIL),
        (b"HTTP/1.1 401 Unauthorized\r\n\r\n", {}, Why.TEXT),
        (b"SSH-2.0-OpenSSH_9.2\r\n", {}, Why.TEXT),
        (b"hunter2\r\n", {"dport": 23}, Why.TEXT | Why.DETAIL),
        (b"hunter2\r\n", {"sport": 3_306}, Why.TEXT),
        (b"x" * 700, {"sport": 3_306}, 0),
        (b"hunter2\r\n", {}, 0),
        (b"", {"dport": 23}, 0),
    ],
)
def test_words_are_known_by_their_first_bytes_or_their_port(data: bytes, ports: dict[str, int], bits: int) -> None:
    assert why_of(data, **ports) == bits


def test_a_request_whose_end_was_not_captured_is_not_whole() -> None:
    data = b"GET / HTTP/1.1\r\n\r\n"
    assert why_of(data, caplen=14 + 20 + 20 + len(data) - 1) == Why.TEXT | Why.DETAIL
