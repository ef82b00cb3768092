"""Opening a live capture while there are rights, so that nothing later needs one.

Only the standard library and ctypes are imported here; `OpenedCapture.source` imports NumPy, after the rights are gone:

    opened = open_live(names, CaptureOptions(...))   # may raise PermissionNeeded, NoSuchInterface, UsageError
    privileges.drop(...)
    source = opened.source()
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui.capture import bpf, netlink
from tui.capture.interfaces import ANY, LINKTYPE_ETHERNET, Interface, default_interface, find
from tui.capture.ownssh import Connection
from tui.capture.packetsocket import PacketSocket
from tui.capture.portable import LINUX, PortableSocket
from tui.capture.reserve import Reserve
from tui.errors import CaptureError, MissingLibrary, UsageError

if TYPE_CHECKING:
    from tui.capture.multi import LiveSource
    from tui.capture.source import Source

DEFAULT_BUFFER = 64 << 20
SMALLEST_SNAPLEN = 64
"""Shorter frames would not hold the headers that every screen shows."""


@dataclass(frozen=True, slots=True)
class CaptureOptions:
    """How to capture; `buffer` in bytes for each interface, `leave_out` the connections that are not wanted."""

    buffer: int = DEFAULT_BUFFER
    snaplen: int = bpf.WHOLE
    promiscuous: bool = True
    capture_filter: str = ""
    leave_out: tuple[Connection, ...] = ()
    may_change: bool = True
    """Keep what a later change of filter or interface needs: a compiler and spare sockets."""


class OpenedCapture:
    """Sockets that receive already, in the order of their interfaces."""

    def __init__(self, interfaces: Sequence[Interface], options: CaptureOptions, reserve: Reserve) -> None:
        self.interfaces = tuple(interfaces)
        self.options = options
        self._reserve = reserve
        self._taken = False
        self._sockets: list[PacketSocket | PortableSocket] = []
        self._lost_before: list[dict[int, int] | None] = []
        """What the interfaces had lost when their sockets began to receive."""
        self._programs = [self._program(interface, options.capture_filter) for interface in interfaces]
        try:
            for interface, program in zip(interfaces, self._programs, strict=True):
                self._sockets.append(self._open(interface, program))
        except BaseException:
            self._close_sockets()
            raise

    @property
    def notes(self) -> tuple[str, ...]:
        """Standing facts for the status bar."""
        told = []
        if self.options.leave_out:
            told.append("own ssh out")
        if not self.options.promiscuous:
            told.append("not promiscuous")
        if self.options.capture_filter:
            told.append(f"capture filter {self.options.capture_filter}")
        return tuple(told)

    def source(self) -> Source:
        """The source that reads these sockets. Call once, from the thread that will read or before it starts."""
        from tui.capture.multi import MultiSource

        self._taken = True
        sources = [self._one_source(number) for number in range(len(self.interfaces))]
        return sources[0] if len(sources) == 1 else MultiSource(sources)

    def set_filter(self, text: str) -> None:
        """Change the capture filter of the running capture, from the next packet on. Any thread; no rights needed.

        UsageError with libpcap's words when it is wrong; then the old one stays.
        """
        programs = [self._program(interface, text) for interface in self.interfaces]
        for opened, program in zip(self._sockets, programs, strict=True):
            self._attach(opened, program, text)
        self.options = replace(self.options, capture_filter=text)

    def switch(self, names: Sequence[str]) -> OpenedCapture:
        """A capture of other interfaces with the same options, on spare sockets: no rights needed.

        Close this one's source first or after; its sockets become the next spare ones.
        """
        return OpenedCapture(_resolve(names), self.options, self._reserve)

    def close(self) -> None:
        """Nothing will be changed any more: let go of all that no source has taken over."""
        if not self._taken:
            self._close_sockets()
        self._reserve.close()

    def _close_sockets(self) -> None:
        for opened in self._sockets:
            opened.close()

    def _program(self, interface: Interface, text: str) -> bytes:
        compiled = b""
        if text.strip():
            compiled = self._reserve.compiler(interface.linktype, interface.name).compile(text)
        return bpf.program(compiled, self.options.leave_out, interface.linktype, self.options.snaplen)

    def _open(self, interface: Interface, program: bytes) -> PacketSocket | PortableSocket:
        """A ring that receives; scapy's socket where this system has no ring."""
        opened = self._with_ring(interface, program)
        self._lost_before.append(netlink.drops(interface.index) if LINUX else None)
        if opened is None:
            portable = PortableSocket(interface, self.options.buffer, self.options.promiscuous)
            self._attach(portable, program, self.options.capture_filter)
            return portable
        try:
            opened.bind(interface.index, self.options.promiscuous)
        except OSError as error:
            opened.close()
            raise CaptureError(f"{interface.name}: {error.strerror}", "see `nettui doctor`") from error
        return opened

    def _with_ring(self, interface: Interface, program: bytes) -> PacketSocket | None:
        """A filtered socket whose ring is mapped; None where this system has neither."""
        try:
            opened = self._reserve.take(interface.cooked)
        except MissingLibrary:
            return None
        try:
            opened.attach(program)
            if opened.mapping is None:
                opened.map_ring(self.options.buffer, interface.largest_frame)
        except BaseException as error:
            opened.close()
            if isinstance(error, OSError):
                return None
            raise
        return opened

    def _attach(self, opened: PacketSocket | PortableSocket, program: bytes, text: str) -> None:
        if isinstance(opened, PacketSocket):
            opened.attach(program)
        else:
            opened.attach(program, bpf.in_words(text, self.options.leave_out))

    def _one_source(self, number: int) -> LiveSource:
        from tui.capture.linkwatch import LinkWatch
        from tui.capture.portablesource import PortableSource
        from tui.capture.ring import RingSource
        from tui.capture.source import InterfaceInfo

        interface, opened = self.interfaces[number], self._sockets[number]
        if isinstance(opened, PortableSocket):
            return PortableSource(opened, InterfaceInfo(interface.name, opened.linktype, self.options.snaplen), number)
        info = InterfaceInfo(interface.name, interface.linktype, self.options.snaplen)
        watch = LinkWatch(opened, interface.name, interface.index, self.options.promiscuous, self._lost_before[number])
        back = self._reserve.give_back if self.options.may_change else None
        return RingSource(opened, info, watch, number=number, on_close=back)


def open_live(names: Sequence[str] = (), options: CaptureOptions | None = None) -> OpenedCapture:
    """Open the named interfaces (none: the one of the default route) and begin to receive.

    PermissionNeeded, NoSuchInterface, UsageError for a filter, MissingLibrary for a filter without libpcap.
    """
    options = options or CaptureOptions()
    if options.snaplen < SMALLEST_SNAPLEN:
        raise UsageError(f"a snaplen of {options.snaplen} holds no headers", f"at least {SMALLEST_SNAPLEN} bytes")
    interfaces = _resolve(names)
    reserve = Reserve(options.snaplen)
    try:
        if options.may_change and LINUX:
            reserve.stock([False, True, *(interface.cooked for interface in interfaces)])
            with contextlib.suppress(MissingLibrary):  # then there will be no later filter
                reserve.compiler(LINKTYPE_ETHERNET, interfaces[0].name)
        return OpenedCapture(interfaces, options, reserve)
    except BaseException:
        reserve.close()
        raise


def _resolve(names: Sequence[str]) -> list[Interface]:
    if not names:
        return [default_interface()]
    wanted = list(dict.fromkeys(names))
    if ANY in wanted and len(wanted) > 1:
        raise UsageError('"any" is all interfaces already', "name either any, or some interfaces")
    return [find(name) for name in wanted]
