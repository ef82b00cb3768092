"""Capture files of any bytes: an answer, no exception but ours, and every packet before the damage."""

from __future__ import annotations

import gzip
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.captures import block, enhanced, interface, pcap, read_all, section
from tui.capture import pcapfile
from tui.capture.pcapfile import from_stream
from tui.capture.stream import FileStream
from tui.core.frames import from_packets
from tui.errors import DamagedFile, FormatError
from tui.store.capturewriter import CaptureWriter

PACKETS = st.lists(st.binary(max_size=300), max_size=30)
ORDERS = st.sampled_from("<>")
SMALL = settings(max_examples=60, deadline=None)


def capture(data: bytes) -> list[bytes]:
    """The packets that come out of some bytes, until their end or their damage."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        stream = FileStream(os.dup(file.fileno()))
    found = []
    try:
        source = from_stream(stream, "memory")
        while (frames := source.read(0)) is not None:
            assert (frames.offset + frames.caplen <= len(frames.buffer)).all()
            found += [frames.bytes_of(i) for i in range(len(frames))]
            source.release(frames)
            assert len(source._window) <= max(pcapfile.WINDOW, 2 * len(data) + 64)
    except (FormatError, DamagedFile) as error:
        assert error.hint
    finally:
        stream.close()
    return found


@st.composite
def captures(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """A whole capture of either format with the packets in it."""
    packets = draw(PACKETS)
    order = draw(ORDERS)
    if draw(st.booleans()):
        return pcap(packets, order=order, magic=draw(st.sampled_from([0xA1B2C3D4, 0xA1B23C4D]))), packets
    raw = section(order) + interface(order=order)
    for data in packets:
        raw += enhanced(data, draw(st.integers(0, (1 << 64) - 1)), order=order)
        if draw(st.booleans()):
            raw += block(draw(st.integers(7, 0xFFFF)), draw(st.binary(max_size=40)), order)
    return raw, packets


@SMALL
@given(st.binary(max_size=2000))
@example(b"\xd4\xc3\xb2\xa1" + bytes(20) + b"\xff" * 100)
@example(b"\x0a\x0d\x0d\x0a" * 30)
@example(b"\x1f\x8b" * 30)
def test_any_bytes_are_answered(data: bytes) -> None:
    capture(data)


@SMALL
@given(captures(), st.data())
def test_a_damaged_capture_gives_what_comes_before_the_damage(
    whole: tuple[bytes, list[bytes]], data: st.DataObject
) -> None:
    raw, packets = whole
    at = data.draw(st.integers(0, len(raw)))
    noise = data.draw(st.binary(max_size=50))
    capture(raw[:at] + noise + raw[at + len(noise) :])
    found = capture(raw[:at])
    assert found == packets[: len(found)]


@SMALL
@given(captures(), st.integers(1, 400))
def test_gzip_damaged_anywhere_is_answered(whole: tuple[bytes, list[bytes]], at: int) -> None:
    raw, packets = whole
    packed = bytearray(gzip.compress(raw))
    cut = capture(bytes(packed[: at % len(packed)]))
    assert cut == packets[: len(cut)]
    packed[at % len(packed)] ^= 0x55
    capture(bytes(packed))


@SMALL
@given(
    st.lists(st.tuples(st.binary(max_size=300), st.integers(0, 2), st.integers(0, (1 << 62) - 1)), max_size=40),
    st.sampled_from([".pcap", ".pcapng"]),
)
def test_what_is_written_is_read_again(packets: list[tuple[bytes, int, int]], suffix: str) -> None:
    frames = from_packets([p for p, _, _ in packets], 1, [t for _, _, t in packets])
    if suffix == ".pcapng":
        numbers = np.array([n for _, n, _ in packets], np.uint16)
        frames = replace(frames, interface=numbers, linktype=(numbers + 1).astype(np.uint16))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"out{suffix}"
        with CaptureWriter(path) as writer:
            for cut in range(0, len(packets), 7):
                writer.write(frames.select(slice(cut, cut + 7)))
        source = pcapfile.open_capture(str(path))
        found = read_all(source)
        linktypes = [i.linktype for i in source.interfaces]
        source.close()
    limit = 1 << 63 if suffix == ".pcapng" else (1 << 32) * 1_000_000_000
    assert [p for _, _, p in found] == [p for p, _, _ in packets]
    assert [t for t, _, _ in found] == [t % limit for _, _, t in packets]
    if suffix == ".pcapng":
        assert sorted(linktypes) == sorted({n + 1 for _, n, _ in packets})
