"""Capture through scapy's portable socket, where there is no ring: other systems, and kernels without one.

Slower by far than the ring, but the same frames. This module opens; `portablesource`
reads, and imports NumPy.
"""

from __future__ import annotations

import importlib
import logging
import os
import socket
import struct
from collections.abc import Callable
from typing import Any, Protocol

from tui.capture.bpf import WHOLE, accept
from tui.capture.interfaces import Interface
from tui.capture.packetsocket import PACKET_STATISTICS, SOL_PACKET, attach_to, permission_hint
from tui.errors import CaptureError, PermissionNeeded, UsageError

SO_RCVBUFFORCE = 33
LINUX = hasattr(socket, "AF_PACKET")


class ScapySocket(Protocol):
    """What is used of scapy.supersocket.SuperSocket."""

    LL: type
    ins: socket.socket
    """On Linux only."""

    def fileno(self) -> int: ...

    def recv_raw(self, x: int = ...) -> tuple[type | None, bytes | None, float | None]: ...

    def close(self) -> None: ...


class PortableSocket:
    """One interface through scapy. What the ring's socket can do, as far as the system allows."""

    def __init__(self, interface: Interface, buffer: int, promiscuous: bool = True) -> None:
        if interface.cooked:
            raise CaptureError("this system cannot capture all interfaces at once", "name one with --iface")
        self.interface = interface
        self._socket = _open(interface, promiscuous)
        self.linktype = interface.linktype if LINUX else _linktype(self._socket)
        self._drops = 0
        if LINUX:
            _large_buffer(self._socket, buffer)

    def fileno(self) -> int:
        return self._socket.fileno()

    def receive(self, most: int) -> tuple[bytes, float] | None:
        """The next packet that is there, and its time in seconds; None when none is left."""
        try:
            _, data, seconds = self._socket.recv_raw(most)
        except BlockingIOError:
            return None
        except OSError as error:
            raise CaptureError(f"{self.interface.name}: {error.strerror}", "is the interface up?") from error
        return None if data is None else (data, float(seconds or 0.0))

    def attach(self, program: bytes, text: str) -> None:
        """Filter from the next packet on: by the program on Linux, elsewhere by the same in words."""
        if LINUX:
            attach_to(self.fileno(), program or accept(WHOLE))
            return
        if text:
            _attach_in_words(self.fileno(), text, self.interface.name)

    def dropped(self) -> int | None:
        """Packets the kernel could not queue since the socket was opened; None where it does not tell."""
        if LINUX:
            raw = self._socket.ins.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
            self._drops += struct.unpack("=2I", raw)[1]
            return self._drops
        statistics: Callable[[], tuple[int | None, int | None]] | None = getattr(self._socket, "get_stats", None)
        return statistics()[1] if statistics else None

    def close(self) -> None:
        self._socket.close()


def _open(interface: Interface, promiscuous: bool) -> ScapySocket:
    """scapy's listening socket, without its own filter. On loopback the one that leaves out what goes."""
    conf = _scapy()
    kind = conf.L2socket if interface.loopback else conf.L2listen
    try:
        opened: ScapySocket = kind(iface=interface.name, promisc=promiscuous, nofilter=1)
    except PermissionError as error:
        raise PermissionNeeded("no right to capture packets", permission_hint()) from error
    except Exception as error:  # scapy raises its own kinds for each system
        if os.geteuid():
            raise PermissionNeeded(f"cannot capture: {error}", permission_hint()) from error
        raise CaptureError(f"cannot capture on {interface.name}: {error}", "see `nettui doctor`") from error
    if LINUX:
        opened.ins.setblocking(False)
    return opened


def _scapy() -> Any:
    """scapy's configuration with its sockets set up; its warnings would scribble on the screen."""
    from scapy.config import conf

    for module in ("scapy.arch.linux" if LINUX else "scapy.arch", "scapy.layers.l2"):
        importlib.import_module(module)  # they register the sockets, and the link types
    for name in ("scapy", "scapy.runtime", "scapy.loading", "scapy.interactive"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
    return conf


def _large_buffer(opened: ScapySocket, size: int) -> None:
    """scapy's own 128 KB lose packets at 10,000 a second."""
    inner = opened.ins
    try:
        inner.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, size)
    except OSError:
        inner.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)


def _linktype(opened: ScapySocket) -> int:
    """The number of the layer that scapy found; DLT_NULL of BSD and macOS is 0 in files too."""
    from scapy.config import conf

    return int(conf.l2types.layer2num.get(opened.LL, 1))


def _attach_in_words(descriptor: int, text: str, interface: str) -> None:
    from scapy.arch.bpf.core import attach_filter

    try:
        attach_filter(descriptor, text, interface)
    except Exception as error:
        raise UsageError(f"capture filter {text!r}: {error}", "see man pcap-filter") from error
