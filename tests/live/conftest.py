"""A laboratory for live tests: two network namespaces joined by a veth pair, `a` sends and `b` listens."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.waiting import PATIENCE_S, until
from tui.capture import netlink
from tui.capture.opening import CaptureOptions, OpenedCapture, open_live
from tui.capture.source import Source

CLONE_NEWNET = 0x40000000
SMALL_DISK = 12 << 20


class Lab:
    """Namespaces `a` and `b`, interfaces `va` (10.77.0.1) and `vb` (10.77.0.2)."""

    def __init__(self, name: str) -> None:
        self.a, self.b = f"{name}a", f"{name}b"
        self.va, self.vb = f"{name}va", f"{name}vb"

    def make(self) -> None:
        for namespace in (self.a, self.b):
            ip("netns", "add", namespace)
            # no router solicitations and no neighbour chatter: a test counts every packet
            self.run(
                namespace, ["sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"]
            )
            ip("-n", namespace, "link", "set", "lo", "up")
        self.join()

    def join(self) -> None:
        """Make the veth pair; both interfaces up, each knows the other's address."""
        ip("-n", self.a, "link", "add", self.va, "type", "veth", "peer", "name", self.vb, "netns", self.b)
        for namespace, interface, address in ((self.a, self.va, 1), (self.b, self.vb, 2)):
            ip("-n", namespace, "addr", "add", f"10.77.0.{address}/24", "dev", interface)
            ip("-n", namespace, "link", "set", interface, "up")
        self.settle()

    def settle(self) -> None:
        """Wait until both ends carry: the kernel drops what is sent within a second of the link's coming up."""
        for namespace in (self.a, self.b):
            with self.inside(namespace):
                until(lambda: all(link.running for link in netlink.links() if link.kind == "veth"))

    def remove(self) -> None:
        for namespace in (self.a, self.b):
            subprocess.run(["ip", "netns", "del", namespace], capture_output=True, check=False)

    def run(self, namespace: str, command: Sequence[str], **options: object) -> subprocess.CompletedProcess[str]:
        prefixed = ["ip", "netns", "exec", namespace, *command]
        return subprocess.run(prefixed, capture_output=True, text=True, **{"timeout": 60.0, **options})

    @contextlib.contextmanager
    def inside(self, namespace: str) -> Iterator[None]:
        """This thread, and what it starts, in one of the namespaces."""
        with open("/proc/thread-self/ns/net") as before, open(f"/run/netns/{namespace}") as there:
            setns(there.fileno())
            try:
                yield
            finally:
                setns(before.fileno())

    def sender(self, interface: str | None = None) -> socket.socket:
        """A socket in `a` that sends whole frames."""
        with self.inside(self.a):
            opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            opened.bind((interface or self.va, 0))
            opened.setsockopt(socket.SOL_SOCKET, 32, 1 << 24)  # SO_SNDBUFFORCE
            return opened


def ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"


def setns(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.setns(descriptor, CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())


def why_not() -> str:
    """Why there can be no laboratory here; empty where there can."""
    if os.geteuid() != 0:
        return "needs root"
    if not shutil.which("ip"):
        return "needs iproute2"
    probe = subprocess.run(["ip", "netns", "add", f"ntprobe{os.getpid()}"], capture_output=True, text=True, check=False)
    subprocess.run(["ip", "netns", "del", f"ntprobe{os.getpid()}"], capture_output=True, check=False)
    return f"no network namespaces here: {probe.stderr.strip()}" if probe.returncode else ""


@pytest.fixture(scope="session")
def namespaces() -> None:
    """Skip where no namespace can be made, with the reason."""
    if reason := why_not():
        pytest.skip(reason)


@pytest.fixture
def lab(namespaces: None) -> Iterator[Lab]:
    """A fresh pair of namespaces; the test itself stays where it is (see Lab.inside)."""
    made = Lab(f"nt{os.getpid() % 100_000}")
    made.remove()
    try:
        made.make()
        yield made
    finally:
        made.remove()


@pytest.fixture
def in_b(lab: Lab) -> Iterator[Lab]:
    """The laboratory with the test inside `b`."""
    with lab.inside(lab.b):
        yield lab


Opener = Callable[..., tuple[OpenedCapture, Source]]


@pytest.fixture
def capture(in_b: Lab) -> Iterator[Opener]:
    """Open interfaces (default: vb) with options; all is closed after the test."""
    sources: list[OpenedCapture | Source] = []

    def opened(*names: str, **options: object) -> tuple[OpenedCapture, Source]:
        capturing = open_live(names or (in_b.vb,), CaptureOptions(**options))
        source = capturing.source()
        sources.extend((source, capturing))
        return capturing, source

    yield opened
    for source in sources:
        source.close()


Packet = tuple[bytes, int, int]
"""Bytes, interface number, wire length."""


def read(source: Source, wanted: int, until: Callable[[], bool] = lambda: False) -> list[Packet]:
    """Packets until there are so many; fails when they do not come."""
    found: list[Packet] = []
    deadline = time.monotonic() + PATIENCE_S
    while len(found) < wanted and not until():
        assert time.monotonic() < deadline, f"{len(found)} of {wanted} packets came, {source.state}"
        frames = source.read(0.1)
        if frames is not None:
            found += [(frames.bytes_of(i), int(frames.interface[i]), int(frames.length[i])) for i in range(len(frames))]
            source.release(frames)
    return found


def finish(source: Source) -> list[Packet]:
    """Stop the source and read what is left."""
    source.stop()
    return read(source, 1 << 60, lambda: source.state.value == "ended")


def wait_for(source: Source, condition: Callable[[], bool]) -> None:
    """Read, and throw away, until something is so."""
    read(source, 1 << 60, condition)


def repository() -> Path:
    return Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of the run, and the home folder of its user."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", str(repository()))
    return tmp_path


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 12 MB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "nettui-test", place], check=False)
    if done.returncode:
        pytest.skip("this machine lets no disk be mounted")
    yield place
    subprocess.run(["umount", "-l", place], check=True)
