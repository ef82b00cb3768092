"""What later changes need and only rights can make: spare capture sockets, and compilers for capture filters."""

from __future__ import annotations

from tui.capture.libpcap import FilterCompiler
from tui.capture.packetsocket import PacketSocket
from tui.errors import CaptureError


class Reserve:
    """Shared by a capture and those that follow it when the interface is changed."""

    def __init__(self, snaplen: int) -> None:
        self._snaplen = snaplen
        self._spare: list[PacketSocket] = []
        self._compilers: dict[int, FilterCompiler] = {}
        self._closed = False

    def stock(self, cooked: list[bool]) -> None:
        """Open one spare socket of each of these kinds."""
        self._spare += [PacketSocket(kind) for kind in cooked]

    def take(self, cooked: bool) -> PacketSocket:
        """A spare socket, or a new one while there are rights."""
        for place, spare in enumerate(self._spare):
            if spare.cooked == cooked:
                return self._spare.pop(place)
        try:
            return PacketSocket(cooked)
        except CaptureError as error:
            raise CaptureError("no spare socket for this interface", "leave, and start with --iface") from error

    def give_back(self, used: PacketSocket) -> None:
        """A socket that receives nothing any more, its ring drained."""
        if self._closed:
            used.close()
        else:
            self._spare.append(used)

    def compiler(self, linktype: int, interface: str) -> FilterCompiler:
        """The compiler for a link type; the first for Ethernet must be opened while there are rights."""
        if linktype not in self._compilers:
            self._compilers[linktype] = FilterCompiler(linktype, self._snaplen, interface)
        return self._compilers[linktype]

    def close(self) -> None:
        """No change will follow."""
        self._closed = True
        for spare in self._spare:
            spare.close()
        for compiler in self._compilers.values():
            compiler.close()
        self._spare.clear()
        self._compilers.clear()
