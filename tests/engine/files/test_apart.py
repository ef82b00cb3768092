"""Capture files read by a process of its own: the same as here, and nothing of it is left behind."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import termios
from contextlib import closing
from pathlib import Path

import pytest

from tests.captures import packet, pcap, written
from tests.waiting import until
from tui.core.columns import DTYPES
from tui.engine.files.apart import Apart
from tui.engine.files.here import Here
from tui.engine.files.offline import OfflineRun
from tui.engine.files.reading import Damage, Files, Item, Read, Silence
from tui.engine.files.shared import DEPTH
from tui.errors import CaptureError, DamagedFile, FormatError, NettuiError, NoSuchFile

WINDOW, BATCH = 128 << 10, 256
"""A window must have room for the first 64 KiB of a file."""


def capture(folder: Path, name: str, count: int, size: int = 400, cut: int = 0) -> str:
    data = pcap([packet(i, size) for i in range(count)])
    return written(folder, data[: len(data) - cut], name)


def told(item: Item) -> tuple[object, ...]:
    """All that can be known of an item."""
    if isinstance(item, Read):
        frames = item.frames
        content = [frames.bytes_of(i) for i in range(len(frames))]
        position = None if frames.position is None else frames.position.tolist()
        rest = [getattr(frames, name).tolist() for name in ("length", "time_ns", "linktype", "interface", "direction")]
        return item.file, content, position, rest, [getattr(item.columns, name).tolist() for name in DTYPES]
    assert isinstance(item, Damage)
    return item.file, str(item.error), item.error.offset, item.error.hint


def both(files: Files) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """What is told of the items that are read here, and of those that are read apart."""
    found: list[list[tuple[object, ...]]] = []
    for make in (Here, Apart):
        found.append([])
        with closing(make(files)) as reading:
            for item in reading:
                found[-1].append(told(item))
                if isinstance(item, Read):
                    reading.done(item)
    return found[0], found[1]


def children() -> set[int]:
    return {int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}


def test_the_same_in_the_same_order_over_many_windows_and_files(tmp_path: Path, demo: Path) -> None:
    paths = [capture(tmp_path, "a.pcap", 3_000), str(demo), capture(tmp_path, "b.pcap", 2), str(demo)]
    here, apart = both(Files(paths, WINDOW, BATCH))
    assert apart == here
    assert len(here) > 4 * DEPTH


def test_damage_is_told_at_its_place_and_the_next_file_is_read(tmp_path: Path) -> None:
    paths = [capture(tmp_path, "a.pcap", 900, cut=10), capture(tmp_path, "b.pcap", 5)]
    here, apart = both(Files(paths, WINDOW, BATCH))
    assert apart == here
    assert [len(item) for item in here].count(4) == 1


def test_records_longer_than_a_window_come_too(tmp_path: Path) -> None:
    data = pcap([packet(1), packet(2, 200_000), packet(3), packet(4, 180_000), *(packet(i) for i in range(5, 900))])
    here, apart = both(Files([written(tmp_path, data, "long.pcap")], WINDOW, BATCH))
    assert apart == here


def test_more_tiny_packets_than_there_is_room_for_come_too(tmp_path: Path) -> None:
    files = Files([capture(tmp_path, "tiny.pcap", 1_000, size=4)], WINDOW, 1)
    here, apart = both(files)
    assert apart == here


@pytest.mark.parametrize(("name", "error"), [("none", NoSuchFile), ("text", FormatError)])
def test_an_error_is_raised_at_its_place(tmp_path: Path, name: str, error: type[NettuiError]) -> None:
    written(tmp_path, b"hello, this is text", "text")
    reading = Apart(Files([capture(tmp_path, "a.pcap", 3), str(tmp_path / name)], WINDOW, BATCH))
    with closing(reading):
        items = iter(reading)
        first = next(items)
        assert isinstance(first, Read)
        reading.done(first)
        with pytest.raises(error) as raised:
            next(items)
        assert raised.value.hint


def state(pid: str) -> str:
    """As in ps(1); empty where there is no such process."""
    try:
        return Path("/proc", pid, "status").read_text().partition("State:\t")[2][:1]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def test_closed_early_it_leaves_no_process_and_no_file_open(tmp_path: Path) -> None:
    before, files = children(), os.listdir("/proc/self/fd")
    reading = Apart(Files([capture(tmp_path, "a.pcap", 9_000)], WINDOW, BATCH))
    next(iter(reading))
    assert children() - before
    reading.close()
    assert children() <= before
    assert len(os.listdir("/proc/self/fd")) == len(files)


def test_a_reader_that_has_read_all_is_not_waited_for_and_gone_with_the_next_one(tmp_path: Path) -> None:
    before, files = children(), Files([capture(tmp_path, "a.pcap", 10)], WINDOW, BATCH)
    with closing(Apart(files)) as reading:
        for item in reading:
            assert isinstance(item, Read)
            reading.done(item)
    (ending,) = children() - before
    until(lambda: state(str(ending)) == "Z")
    with closing(Apart(files)):
        assert ending not in children()


def test_a_command_that_ends_leaves_no_process_to_others(tmp_path: Path) -> None:
    """In a container, the process that becomes its parent may wait for nobody."""
    command = f"""
from tui.engine.files.offline import OfflineRun
list(OfflineRun([{capture(tmp_path, "a.pcap", 2_000)!r}], second_core=True, window={WINDOW}, batch={BATCH}).batches())
"""
    subreaper = f"""
import ctypes, os, subprocess, sys
ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER of linux/prctl.h: what is left behind becomes ours
subprocess.run([sys.executable, "-c", {command!r}], check=True)
try:
    print(os.waitpid(-1, 0))
except ChildProcessError:
    print("none")
"""
    done = subprocess.run([sys.executable, "-c", subreaper], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("none\n", "")


def test_a_reader_that_is_killed_is_told(tmp_path: Path) -> None:
    before = children()
    with closing(Apart(Files([capture(tmp_path, "a.pcap", 9_000)], WINDOW, BATCH))) as reading:
        items = iter(reading)
        next(items)
        (child,) = children() - before
        os.kill(child, signal.SIGKILL)
        with pytest.raises(CaptureError, match="ended by itself"):
            list(items)


def test_a_reader_that_is_killed_within_a_word_is_told(tmp_path: Path) -> None:
    """What does not fit into the shared memory passes through the pipe, and takes more than one write."""
    before, data = children(), pcap([packet(i, 180_000) for i in range(40)])
    reading = Apart(Files([written(tmp_path, data, "long.pcap")], WINDOW, BATCH))
    with closing(reading), pytest.raises(CaptureError, match="ended by itself"):
        (child,) = children() - before
        said = reading._said.raw.fileno()  # type: ignore[attr-defined]  # what typeshed's IO does not tell
        until(lambda: int.from_bytes(fcntl.ioctl(said, termios.FIONREAD, b"\0" * 4), sys.byteorder) > 4096)
        os.kill(child, signal.SIGKILL)
        for _ in reading:
            pass


def test_a_signal_between_two_instructions_of_the_fork_is_not_taken_by_our_handler(tmp_path: Path, demo: Path) -> None:
    """Otherwise a Ctrl-C at the wrong moment has the child end the command as well, with what we had in our buffers."""
    script = f"""
import os, signal, sys
from tui.engine.files.apart import Apart
from tui.engine.files.reading import Files
signal.signal(signal.SIGINT, lambda *_: print("taken by", os.getpid(), file=sys.stderr, flush=True))
os.register_at_fork(after_in_child=lambda: os.kill(os.getpid(), signal.SIGINT))
reading = Apart(Files([{str(demo)!r}], {WINDOW}, {BATCH}))
count = 0
for item in reading:
    count += len(item.frames)
    reading.done(item)
reading.close()
print(count > 0)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_the_reader_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    """It has read ahead and waits for somebody to be done with it."""
    program = f"""
import os, sys
from pathlib import Path
from tui.engine.files.apart import Apart
from tui.engine.files.reading import Files
reading = Apart(Files([{capture(tmp_path, "a.pcap", 9_000)!r}], {WINDOW}, {BATCH}))
next(iter(reading))
print(Path("/proc/self/task", str(os.getpid()), "children").read_text(), flush=True)
sys.stdin.read()
"""
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        reader = parent.stdout.readline().strip()
        until(lambda: state(reader) == "S")  # it waits
        parent.kill()
        until(lambda: state(reader) in ("", "Z"))


def test_a_pipe_that_gives_nothing_is_told_and_can_be_left(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    before = children()
    reading = Apart(Files([str(pipe)], WINDOW, BATCH))
    with pipe.open("wb", buffering=0) as writer:
        writer.write(pcap([packet(1)]))
        items = iter(reading)
        assert isinstance(next(items), Read)
        assert isinstance(next(items), Silence)
        reading.close()
    assert children() <= before


def test_a_large_file_is_read_apart_and_a_small_one_is_not(tmp_path: Path) -> None:
    path = capture(tmp_path, "a.pcap", 2_000)
    for window, apart in ((1 << 20, False), (WINDOW, True)):
        run = OfflineRun([path], second_core=True, window=window, batch=BATCH)
        before = children()
        batches = run.batches()
        assert bool(children() - before) is apart
        assert sum(len(batch.columns) for batch in batches) == run.packets == 2_000


def test_what_was_damaged_apart_ends_with_its_exit_code(tmp_path: Path) -> None:
    run = OfflineRun([capture(tmp_path, "a.pcap", 900, cut=10)], second_core=True, window=WINDOW, batch=BATCH)
    assert sum(len(batch.columns) for batch in run.batches()) == 899
    with pytest.raises(DamagedFile):
        run.raise_damage()
