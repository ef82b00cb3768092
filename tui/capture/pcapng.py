"""pcapng blocks: several sections and interfaces, both byte orders, any time resolution.

Format: draft-ietf-opsawg-pcapng. Packet blocks are found by arrays; section headers and interface descriptions,
of which there are few, one by one; all other blocks (names, statistics, secrets, custom ones) are passed over.
"""

from __future__ import annotations

import re
import struct

import numpy as np
from numpy.typing import NDArray

from tui.capture.chains import Look, walk
from tui.capture.pcapngblocks import (
    OPTION_COMMENT,
    OPTION_END,
    OPTION_FLAGS,
    Clock,
    Packets,
    describe,
    options_are_broken,
)
from tui.capture.records import (
    LARGEST_USB_FRAME,
    LONG_LINKTYPES,
    Bytes,
    Found,
    Int64,
    gather,
    largest_frame,
    leading,
    nothing,
)
from tui.capture.source import InterfaceInfo
from tui.core.frames import Direction
from tui.errors import FormatError

SECTION, INTERFACE, OLD_PACKET, SIMPLE_PACKET, PACKET = 0x0A0D0D0A, 1, 2, 3, 6
BYTE_ORDER = 0x1A2B3C4D
PACKET_HEADER, SIMPLE_HEADER, SMALLEST = 28, 12, 12
LARGEST_BLOCK = 16 << 20
"""Longest block without a long link type (libpcap's INITIAL_MAX_BLOCKSIZE)."""
MOST_INTERFACES = 65_535
"""Bound of all interfaces in a file: `Frames.interface` has 16 bits, and a hostile file may hold nothing else."""
FIRST_WALK = 64
"""Blocks looked at after a section header; more each time, so that many small sections are not walked many times."""
FLAG_ROUNDS = 4
"""Options of a packet block among which its flags are looked for."""
MOST_COMMENTS = 10_000
"""Comments kept of a file."""
_INBOUND = np.array(
    [Direction.IN, Direction.IN, Direction.MULTICAST, Direction.BROADCAST, Direction.OTHERHOST], np.uint8
)
"""By the reception type of epb_flags: not told, unicast, multicast, broadcast, promiscuous."""

_LOOK = {
    "<": Look(re.compile(rb"\x06\0\0\0..\0\0..\0\0", re.DOTALL), 4),
    ">": Look(re.compile(rb"\0\0\0\x06\0\0..\0\0..", re.DOTALL), 4),
}
"""Packet blocks shorter than 64 KiB, by byte order."""


class PcapngFormat:
    """The blocks of one pcapng file, from its first section header on."""

    size = 0

    def __init__(self, start: bytes) -> None:
        """`start`: the first 12 bytes at least."""
        if len(start) < SMALLEST or start[:4] != b"\x0a\x0d\x0d\x0a":
            raise FormatError("this is no pcapng file", "nettui reads pcap and pcapng, also compressed by gzip")
        self._order = "<"
        self._limit = FIRST_WALK
        self._section = 0  # number of the first interface of this section
        self._clocks: list[Clock] = []
        self.interfaces: tuple[InterfaceInfo, ...] = ()
        self._described: list[InterfaceInfo] = []
        """The same, while they are read: a tuple that grows by one is copied each time."""
        self._largest = LARGEST_BLOCK
        self.comments: dict[int, str] = {}
        """Comments of packets, by their place in the file, from 0."""
        self._packets = 0
        """Packets found so far."""

    def find(self, piece: Bytes, limit: int) -> Found:
        """The frames at the beginning of `piece`, up to the next section header."""
        if len(piece) < SMALLEST:
            return nothing(need=SMALLEST)
        if piece[:4].tobytes() == b"\x0a\x0d\x0d\x0a":
            return self._begin_section(piece)
        limit, self._limit = min(limit, self._limit), min(limit, self._limit * 2)
        start = walk(piece, 4, 0, self._order, limit, _LOOK[self._order]) - 4
        start = start[start + SMALLEST <= len(piece)]
        words = gather(piece, start, 8, self._order + "u4")
        kind, size = words[:, 0], words[:, 1]
        sound = (size >= SMALLEST) & (size % 4 == 0) & (size <= self._largest)
        sections = kind == SECTION
        keep = leading(sound & ~sections)
        whole = min(keep, leading(start + size <= len(piece)))
        damage = None
        if whole == keep < len(start) and not sections[keep]:
            damage = f"a block claims to be {int(size[keep]):,} bytes long"
        need = int(size[whole]) if whole < len(start) and not sections[whole] else SMALLEST
        start, kind, size = start[:whole], kind[:whole], size[:whole]
        closing = gather(piece, start + size - 4, 4, self._order + "u4")[:, 0]
        if not (agree := closing == size).all():
            whole = int(agree.argmin())
            damage = f"a block says {int(size[whole]):,} bytes at its start and {int(closing[whole]):,} at its end"
        return self._frames(piece, start[:whole], kind[:whole], size[:whole], need, damage)

    def _frames(self, piece: Bytes, start: Int64, kind: Int64, size: Int64, need: int, damage: str | None) -> Found:
        """The packets among whole, sound blocks."""
        consumed = int(start[-1] + size[-1]) if len(start) else 0
        for at in np.flatnonzero(kind == INTERFACE):
            problem = self._add_interface(piece[start[at] : start[at] + size[at]].tobytes())
            if problem:
                start, kind, size = start[:at], kind[:at], size[:at]
                consumed, damage = int(start[-1] + size[-1]) if len(start) else 0, problem
                break
        if len(self._described) > len(self.interfaces):
            self.interfaces = tuple(self._described)
        has_packet = (kind == PACKET) | (kind == OLD_PACKET) | (kind == SIMPLE_PACKET)
        start, kind, size = start[has_packet], kind[has_packet], size[has_packet]
        if not len(start):
            return nothing(consumed, need, damage)
        packets = self._packets_of(piece, start, kind, size)
        largest = max((largest_frame(i.linktype) for i in self.interfaces[self._section :]), default=0)
        fits = (packets.header + packets.caplen + 4 <= packets.size) & (packets.caplen <= largest)
        known = packets.interface < len(self._clocks)
        if not (good := fits & known).all():
            bad = int(good.argmin())
            damage = (
                f"a packet names interface {int(packets.interface[bad])}, which the file does not describe"
                if fits[bad]
                else f"a packet of {int(packets.caplen[bad]):,} bytes in a block of {int(packets.size[bad]):,}"
            )
            consumed = int(start[bad])
            packets = packets.head(bad)
        return self._found(piece, packets, consumed, need, damage)

    def _packets_of(self, piece: Bytes, start: Int64, kind: Int64, size: Int64) -> Packets:
        """What the headers of these packet blocks say."""
        words = self._headers(piece, start, kind, size)
        simple = kind == SIMPLE_PACKET
        interface, caplen, length = words[:, 2], words[:, 5], words[:, 6]
        if simple.any():
            snaplen = self.interfaces[self._section].snaplen if len(self._clocks) else 0
            length = np.where(simple, words[:, 2], length)
            room = np.minimum(size - SIMPLE_HEADER - 4, snaplen or (1 << 32))
            caplen = np.where(simple, np.minimum(length, room), caplen)
            interface = np.where(simple, 0, interface)
        ticks = words[:, 3].astype(np.uint64) << np.uint64(32) | words[:, 4].astype(np.uint64)
        header = np.where(simple, SIMPLE_HEADER, PACKET_HEADER)
        return Packets(start, size, header, simple, interface, ticks, caplen, length)

    def _headers(self, piece: Bytes, start: Int64, kind: Int64, size: Int64) -> Int64:
        """Seven words of each packet block; the old block has 16 bits of interface where the new has 32."""
        short = size < PACKET_HEADER + 4
        words = np.zeros((len(start), 7), np.int64)
        words[~short] = gather(piece, start[~short], PACKET_HEADER, self._order + "u4")
        words[short, :3] = gather(piece, start[short], SIMPLE_HEADER, self._order + "u4")
        words[short & (kind != SIMPLE_PACKET), 5] = 1 << 32  # too short for its own header: will not fit
        old = kind == OLD_PACKET
        words[old, 2] = words[old, 2] & 0xFFFF if self._order == "<" else words[old, 2] >> 16
        return words

    def _found(self, piece: Bytes, packets: Packets, consumed: int, need: int, damage: str | None) -> Found:
        """The frames of these blocks, which are sound; times by the clocks of their interfaces."""
        n, interface = len(packets.start), packets.interface
        time_ns = np.zeros(n, np.int64)
        linktype = np.zeros(n, np.uint16)
        one = bool((interface == interface[0]).all()) if n else True
        for number in interface[:1].tolist() if one else np.unique(interface).tolist():
            rows = slice(None) if one else interface == number
            time_ns[rows] = self._clocks[number].to_ns(packets.ticks[rows])
            linktype[rows] = self.interfaces[self._section + number].linktype
        time_ns[packets.simple] = 0  # such a block carries no time
        options, end = packets.options, packets.end
        if (options + 4 <= end).any():
            self._read_comments(piece, options, end, ~packets.simple)
        self._packets += n
        return Found(
            offset=packets.start + packets.header,
            caplen=packets.caplen,
            length=packets.length,
            time_ns=time_ns,
            linktype=linktype,
            interface=(interface + self._section).astype(np.uint16),
            direction=self._directions(piece, options, end, ~packets.simple),
            consumed=consumed,
            need=need,
            damage=damage,
        )

    def _directions(self, piece: Bytes, at: Int64, end: Int64, asked: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """What the flags option of each packet block says; `at` its first option, `end` behind the last."""
        out = np.full(len(at), Direction.UNKNOWN, np.uint8)
        at = at.copy()
        for _ in range(FLAG_ROUNDS):
            rows = np.flatnonzero(asked & (at + 8 <= end))
            if not len(rows):
                break
            option = gather(piece, at[rows], 4, self._order + "u2")
            flagged = (option[:, 0] == OPTION_FLAGS) & (option[:, 1] == 4)
            with_flags = rows[flagged]
            flags = gather(piece, at[with_flags] + 4, 4, self._order + "u4")[:, 0]
            inbound = _INBOUND[np.minimum(flags >> 2 & 7, 4)]
            out[with_flags] = np.choose(flags & 3, [Direction.UNKNOWN, inbound, Direction.OUT, Direction.UNKNOWN])
            at[rows] += 4 + (option[:, 1] + 3) // 4 * 4
            at[rows[flagged | (option[:, 0] == OPTION_END)]] = np.iinfo(np.int64).max >> 1
        return out

    def _read_comments(self, piece: Bytes, at: Int64, end: Int64, asked: NDArray[np.bool_]) -> None:
        """Keep the comments of packet blocks; of each block the first options only."""
        at = at.copy()
        for _ in range(FLAG_ROUNDS):
            rows = np.flatnonzero(asked & (at + 4 <= end))
            if not len(rows) or len(self.comments) >= MOST_COMMENTS:
                return
            option = gather(piece, at[rows], 4, self._order + "u2")
            said = rows[option[:, 0] == OPTION_COMMENT]
            for row, size in zip(said.tolist(), option[option[:, 0] == OPTION_COMMENT, 1].tolist(), strict=True):
                text = piece[at[row] + 4 : min(at[row] + 4 + size, end[row])].tobytes().decode("utf-8", "replace")
                number, before = self._packets + row, self.comments.get(self._packets + row)
                if len(self.comments) < MOST_COMMENTS:
                    self.comments[number] = f"{before}; {text}" if before else text
            at[rows] += 4 + (option[:, 1] + 3) // 4 * 4
            at[rows[option[:, 0] == OPTION_END]] = np.iinfo(np.int64).max >> 1

    def _begin_section(self, piece: Bytes) -> Found:
        """A section header: byte order, and interfaces counted anew."""
        word = piece[8:12].tobytes()
        orders = [order for order in "<>" if struct.unpack(order + "I", word)[0] == BYTE_ORDER]
        if not orders:
            return nothing(damage="a section header has no byte order")
        self._order = orders[0]
        (size,) = struct.unpack(self._order + "I", piece[4:8].tobytes())
        if size < 28 or size % 4 or size > LARGEST_BLOCK:
            return nothing(damage=f"a section header claims to be {size:,} bytes long")
        if len(piece) < size:
            return nothing(need=size)
        block = piece[:size].tobytes()
        major, minor = struct.unpack_from(self._order + "HH", block, 12)
        if major != 1 or minor not in (0, 2):  # 1.2 was written by mistake and means 1.0
            return nothing(damage=f"a section has version {major}.{minor}, which is not known")
        (closing,) = struct.unpack_from(self._order + "I", block, size - 4)
        if closing != size or options_are_broken(block, 24, self._order):
            return nothing(damage="a section header contradicts its own length")
        self._section, self._clocks, self._limit = len(self.interfaces), [], FIRST_WALK
        return nothing(size, SMALLEST)

    def _add_interface(self, block: bytes) -> str | None:
        """Take an interface description; what is wrong with it, if something is."""
        if len(block) < 20:
            return "an interface description is too short"
        if len(self._described) >= MOST_INTERFACES:
            return f"the file describes more than {MOST_INTERFACES:,} interfaces"
        if options_are_broken(block, 16, self._order):
            return "an option of an interface description is longer than its block"
        described, clock = describe(block, self._order)
        self._described.append(described)
        self._clocks.append(clock)
        if described.linktype in LONG_LINKTYPES:
            self._largest = LARGEST_USB_FRAME
        return None
