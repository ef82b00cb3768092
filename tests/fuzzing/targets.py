"""What the fuzzers and the tests of their findings call: each takes any bytes and must return."""

from __future__ import annotations

import os

from tests.filters.packets import SAMPLE
from tui import filters
from tui.capture.pcapfile import from_stream
from tui.capture.stream import FileStream
from tui.core.decode import decode, decode_inner
from tui.core.flow.table import FlowTable
from tui.core.frames import Frames, from_packets
from tui.core.info.batch import infos
from tui.core.inner import tunnelled
from tui.core.names import NameReader
from tui.errors import DamagedFile, FilterError, FormatError
from tui.filters.completion import complete

LINKTYPES = (0, 1, 9, 12, 50, 101, 105, 113, 127, 195, 228, 229, 276)
"""Link types that decode reads: an input's first byte picks one."""
MOST_PACKETS = 16


def packets_of(data: bytes) -> Frames:
    """Packets out of any bytes: the link type, then each packet behind its length."""
    linktype = LINKTYPES[data[0] % len(LINKTYPES)] if data else 1
    found, at = [], 1
    while at < len(data) and len(found) < MOST_PACKETS:
        size = data[at] * 8
        found.append(data[at + 1 : at + 1 + size])
        at += 1 + size
    return from_packets(found, linktype, [i * 1_000_000 for i in range(len(found))])


def decode_packets(data: bytes) -> None:
    """Decode, follow the flows, and write the info line of each packet."""
    frames = packets_of(data)
    columns = decode(frames)
    FlowTable().update(columns, frames)
    decode_inner(frames, columns, tunnelled(columns))
    assert len(list(infos(columns, frames))) == len(frames)


def read_all_names(data: bytes) -> None:
    """Read names as the monitor does."""
    frames = packets_of(data)
    columns = decode(frames)
    FlowTable().update(columns, frames)
    NameReader().read(frames, columns)


def read_file(data: bytes) -> None:
    """Read a capture of either format until its end or its damage."""
    place = os.memfd_create("fuzz")
    os.write(place, data)
    os.lseek(place, 0, os.SEEK_SET)
    stream = FileStream(place)
    try:
        source = from_stream(stream, "memory")
        while (frames := source.read(0)) is not None:
            assert (frames.offset + frames.caplen <= len(frames.buffer)).all()
            source.release(frames)
    except (FormatError, DamagedFile) as error:
        assert error.hint
    finally:
        stream.close()


def filter_text(data: bytes) -> None:
    """Compile a filter, ask a few packets, complete it at its end."""
    text = data.decode("utf-8", "replace")
    complete(text, len(text))
    try:
        mask = filters.compile(text).match(SAMPLE.columns, SAMPLE.frames.select)
    except FilterError as error:
        assert 0 <= error.position <= len(text) + 1
    else:
        assert mask.shape == (len(SAMPLE.columns),)
