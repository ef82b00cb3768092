"""Real processes for the drills: a watch that captures, a sender that is exact, and what a file holds."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from tests.live.conftest import Lab
from tests.live.sender import HEAD, PLACE
from tests.waiting import PATIENCE_S, until
from tui.capture.pcapfile import open_capture
from tui.core.state import State
from tui.errors import DamagedFile


def capturing() -> bool:
    """Whether a packet socket is bound to an interface in this network namespace."""
    lines = Path("/proc/thread-self/net/packet").read_text().splitlines()[1:]
    return any(line.split()[3:6:2] == ["0003", "1"] for line in lines)


def spooled(home: Path, least: int = 25) -> bool:
    """Whether packets have reached the spool."""
    return any(p.stat().st_size >= least for p in (home / "spool").glob("*/*.pcap"))


def written(path: Path, count: int) -> bool:
    """Whether a file that is being written holds so many of the sender's frames."""
    return path.exists() and path.stat().st_size > 24 and len(numbers(path)) >= count


class Watch:
    """`nettui watch` on vb (or others), as a context; it captures when the context is entered."""

    def __init__(
        self, lab: Lab, *options: str, program: tuple[str, ...] = ("-m", "tui"), iface: tuple[str, ...] = ()
    ) -> None:
        names = [word for name in iface or (lab.vb,) for word in ("--iface", name)]
        command = [sys.executable, *program, "watch", *names, "--summary", "--spool", "spool", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def __enter__(self) -> Watch:
        until(lambda: capturing() or self.process.poll() is not None)
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, dict[str, Any], str]:
        """Exit code, summary, and what stood on standard error."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, json.loads(out) if out else {}, err


class Sender:
    """Numbered frames from va, in a process of its own."""

    def __init__(self, lab: Lab, rate: int, count: int, size: int = 60) -> None:
        words = [sys.executable, "-m", "tests.live.sender", lab.va, str(rate), str(count), str(size)]
        prefix = ["ip", "netns", "exec", lab.a]
        self.process = subprocess.Popen([*prefix, *words], stdout=subprocess.PIPE, text=True)

    def wait(self) -> list[tuple[int, float]]:
        """(frames sent, when) as it went, to the end."""
        out, _ = self.process.communicate(timeout=PATIENCE_S)
        whole = out[: out.rfind("\n") + 1]  # killed while it wrote, it leaves half a line
        return [(int(n), float(t)) for n, t in map(str.split, whole.splitlines())]

    def stop(self) -> list[tuple[int, float]]:
        """The same, without waiting for the end."""
        os.kill(self.process.pid, signal.SIGKILL)
        return self.wait()


def send(lab: Lab, count: int, size: int = 60, first: int = 0) -> None:
    """Numbered frames at once, from here."""
    pad = bytes(size - len(HEAD) - 4)
    with lab.sender() as sender:
        for number in range(first, first + count):
            with contextlib.suppress(OSError):  # ENOBUFS: the other side drops it, which a test may want
                sender.send(HEAD + struct.pack("!I", number) + pad)


def numbers(path: Path) -> list[int]:
    """The numbers of the sender's frames in a capture, in its order; of one that was cut, as far as it goes."""
    source, found = open_capture(str(path)), []
    with contextlib.suppress(DamagedFile), contextlib.closing(source):
        while source.state is not State.ENDED:
            if (frames := source.read(1.0)) is not None:
                found += [frames.bytes_of(i)[: PLACE + 4] for i in range(len(frames))]
                source.release(frames)
    return [int.from_bytes(head[PLACE:], "big") for head in found if head.startswith(HEAD)]


def complete(path: Path, count: int) -> bool:
    """Whether it holds frames 0 to `count`, each once and in order."""
    return np.array_equal(numbers(path), np.arange(count))


def rights(pid: int) -> set[tuple[str, ...]]:
    """(CapEff, CapPrm, CapInh, CapBnd, NoNewPrivs) of every thread; one entry where all are alike."""
    found = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        status = dict(line.split(":\t", 1) for line in (task / "status").read_text().splitlines() if ":\t" in line)
        found.add(tuple(status[name] for name in ("CapEff", "CapPrm", "CapInh", "CapBnd", "NoNewPrivs")))
    return found
