"""Capture files as a source: windows, pipes, growing files, gzip, and what is none."""

from __future__ import annotations

import gzip
import os
import threading
from collections import deque
from pathlib import Path

import numpy as np
import pytest

from tests.captures import block, enhanced, interface, packet, pcap, read_all, section, written
from tui.capture import pcapfile
from tui.capture.pcapfile import from_stream, is_plain, open_capture
from tui.capture.stream import FileStream
from tui.core.frames import Frames
from tui.core.state import State
from tui.errors import DamagedFile, FormatError, NoSuchFile

MANY = [packet(i, 40 + i % 900) for i in range(3000)]
BLOCKS = section() + interface() + b"".join(enhanced(p) for p in MANY)


@pytest.fixture
def small_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pcapfile, "WINDOW", 4096)
    monkeypatch.setattr(pcapfile, "START", 1000)


@pytest.mark.usefixtures("small_window")
@pytest.mark.parametrize("raw", [pcap(MANY), BLOCKS], ids=["pcap", "pcapng"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_many_windows_give_every_packet(tmp_path: Path, raw: bytes, packed: bool) -> None:
    path = written(tmp_path, gzip.compress(raw) if packed else raw)
    assert [p for _, _, p in read_all(open_capture(path))] == MANY


@pytest.mark.usefixtures("small_window")
@pytest.mark.parametrize("raw", [pcap(MANY), BLOCKS], ids=["pcap", "pcapng"])
def test_positions_are_where_the_bytes_lie(tmp_path: Path, raw: bytes) -> None:
    source = open_capture(written(tmp_path, raw))
    found = []
    while (frames := source.read(0)) is not None:
        assert frames.position is not None
        found += zip(frames.position.tolist(), frames.caplen.tolist(), strict=True)
        source.release(frames)
    assert [raw[at : at + n] for at, n in found] == MANY


@pytest.mark.usefixtures("small_window")
def test_frames_that_are_out_are_not_overwritten(tmp_path: Path) -> None:
    source = open_capture(written(tmp_path, pcap(MANY)))
    held = []
    while (frames := source.read(0)) is not None:
        held.append(frames)
    assert [f.bytes_of(i) for f in held for i in range(len(f))] == MANY


@pytest.mark.usefixtures("small_window")
def test_one_window_serves_those_who_give_it_back(tmp_path: Path) -> None:
    source = open_capture(written(tmp_path, pcap(MANY)))
    buffers = set()
    while (frames := source.read(0)) is not None:
        buffers.add(frames.buffer.ctypes.data)
        source.release(frames)
    assert len(buffers) == 1


@pytest.mark.usefixtures("small_window")
def test_windows_that_come_back_late_are_used_again(tmp_path: Path) -> None:
    source = open_capture(written(tmp_path, pcap(MANY)))
    buffers, held, found = set(), deque[Frames](), []
    while (frames := source.read(0)) is not None:
        buffers.add(frames.buffer.ctypes.data)
        held.append(frames)
        if len(held) == 3:
            oldest = held.popleft()
            found += [oldest.bytes_of(i) for i in range(len(oldest))]
            source.release(oldest)
    assert found + [f.bytes_of(i) for f in held for i in range(len(f))] == MANY
    assert len(buffers) <= 4


@pytest.mark.usefixtures("small_window")
def test_a_record_longer_than_the_window(tmp_path: Path) -> None:
    packets = [packet(1), packet(2, 200_000), packet(3)]
    assert [p for _, _, p in read_all(open_capture(written(tmp_path, pcap(packets))))] == packets


@pytest.mark.usefixtures("small_window")
def test_a_block_that_is_passed_over_may_be_longer_than_the_window(tmp_path: Path) -> None:
    raw = section() + interface() + block(0xBAD, bytes(100_000)) + enhanced(b"after")
    assert [p for _, _, p in read_all(open_capture(written(tmp_path, raw)))] == [b"after"]


def test_a_pipe_gives_what_is_there(tmp_path: Path) -> None:
    out, into = os.pipe()
    raw = pcap([b"first", b"second"])
    os.write(into, raw[:-3])
    source = from_stream(FileStream(out), "pipe")
    frames = source.read(0)
    assert frames is not None
    assert frames.position is None
    assert [frames.bytes_of(i) for i in range(len(frames))] == [b"first"]
    source.release(frames)
    assert source.read(0) is None
    assert source.state is State.REPLAY
    os.write(into, raw[-3:])
    os.close(into)
    assert [p for _, _, p in read_all(source)] == [b"second"]
    source.close()


def test_a_fifo_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    raw = gzip.compress(pcap(MANY))
    writer = threading.Thread(target=path.write_bytes, args=(raw,))
    writer.start()
    assert [p for _, _, p in read_all(open_capture(str(path)))] == MANY
    writer.join()


def test_a_file_that_grows_is_followed(tmp_path: Path) -> None:
    path = written(tmp_path, pcap([b"first"]))
    source = open_capture(path, follow=True)
    frames = source.read(0)
    assert frames is not None
    source.release(frames)
    assert source.read(0) is None
    assert source.state is State.REPLAY
    with Path(path).open("ab") as file:
        file.write(pcap([b"first", b"second"])[24 + 16 + 5 :])
    frames = source.read(0)
    assert frames is not None
    assert frames.bytes_of(0) == b"second"
    source.close()


@pytest.mark.parametrize(
    "raw",
    [b"", b"\xa1", b"#!/bin/sh\n" * 100, bytes(5000), gzip.compress(b"text"), gzip.compress(b"")],
    ids=["nothing", "one byte", "a script", "zeros", "gzip of a text", "gzip of nothing"],
)
def test_what_is_no_capture_is_refused(tmp_path: Path, raw: bytes) -> None:
    with pytest.raises(FormatError) as error:
        open_capture(written(tmp_path, raw))
    assert error.value.exit_code == 4
    assert error.value.hint


def test_no_such_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(NoSuchFile):
        open_capture(str(tmp_path / "nothing.pcap"))
    with pytest.raises(FormatError):
        open_capture(str(tmp_path))


@pytest.mark.parametrize("cut", [9, 2000])
def test_a_gzip_file_cut_short_gives_what_came_out(tmp_path: Path, cut: int) -> None:
    raw = gzip.compress(pcap(MANY))
    source = open_capture(written(tmp_path, raw[:-cut]))
    found = []
    with pytest.raises(DamagedFile, match="ends early"):
        while (frames := source.read(0)) is not None:
            found += [frames.bytes_of(i) for i in range(len(frames))]
    assert found == MANY[: len(found)]
    assert len(found) > 2000


def test_a_gzip_file_damaged_in_the_middle_gives_what_comes_before(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(pcap([np.random.default_rng(i).bytes(500) for i in range(2000)])))
    middle = len(packed) // 2
    packed[middle : middle + 400] = bytes(400)
    source = open_capture(written(tmp_path, bytes(packed)))
    count = 0
    with pytest.raises(DamagedFile):
        while (frames := source.read(0)) is not None:
            count += len(frames)
            source.release(frames)
    assert count > 900


def test_several_gzip_members_and_padding_after_them(tmp_path: Path) -> None:
    raw = pcap(MANY)
    packed = gzip.compress(raw[:5000]) + gzip.compress(raw[5000:]) + bytes(512)
    assert [p for _, _, p in read_all(open_capture(written(tmp_path, packed)))] == MANY


def test_only_a_file_on_disk_is_plain(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    plain, packed = written(tmp_path, pcap(MANY)), written(tmp_path, gzip.compress(pcap(MANY)), "file.gz")
    assert [is_plain(p) for p in (plain, packed, "-", str(fifo), str(tmp_path / "none"))] == [True, *[False] * 4]
