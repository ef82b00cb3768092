"""pcap records: microseconds and nanoseconds, both byte orders, and the variants that Wireshark reads.

Formats: draft-ietf-opsawg-pcap; the variants as in Wireshark's wiretap/libpcap.c.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

import numpy as np

from tui.capture.chains import Look, walk
from tui.capture.records import Bytes, Found, gather, largest_frame, leading, nothing
from tui.capture.source import InterfaceInfo
from tui.core.frames import Direction
from tui.errors import FormatError

FILE_HEADER = 24
RECORD_HEADER = 16


@dataclass(frozen=True, slots=True)
class Variant:
    """What a magic number tells: ns per unit of the fraction, record headers to try, bytes after the file header."""

    unit_ns: int
    headers: tuple[int, ...] = (RECORD_HEADER,)
    extra: int = 0


VARIANTS = {
    0xA1B2C3D4: Variant(1000, (RECORD_HEADER, 24, 20)),  # also written by patched libpcaps (ss990417) and by Nokia
    0xA1B23C4D: Variant(1),
    0xA1B2CD34: Variant(1000, (24, 28)),  # Kuznetzov's patch; 28 with the processor (ss990915)
    0x1C0001AC: Variant(1, extra=4),  # IXIA lcap, hardware and software
    0x1C0001AB: Variant(1, extra=4),
}
YEAR_S = 365 * 86_400
TRIED = 3
"""Records that must hang together before a rarer record header is believed."""


def magic_of(start: bytes) -> tuple[Variant, str] | None:
    """The variant and the struct byte order that the first four bytes tell; None where this is no pcap."""
    for order in "<>":
        variant = VARIANTS.get(struct.unpack(order + "I", start[:4])[0])
        if variant:
            return variant, order
    return None


class PcapFormat:
    """The records of one pcap file, read after its header."""

    def __init__(self, start: bytes) -> None:
        """`start`: at least the file header and, where there are any, the first few kilobytes of records."""
        known = magic_of(start)
        if known is None:
            raise FormatError("this is no pcap file", "nettui reads pcap and pcapng, also compressed by gzip")
        if len(start) < FILE_HEADER:
            raise FormatError("the file ends inside its pcap header", "the capture was cut; there is no packet in it")
        self._variant, self._order = known
        major, minor, _, _, snaplen, network = struct.unpack(self._order + "HHiIII", start[4:FILE_HEADER])
        if major != 2:
            raise FormatError(
                f"pcap version {major}.{minor} is not supported", "write the capture anew, by tcpdump or tshark"
            )
        self._swapped = minor < 3  # caplen and length changed places in version 2.3
        self._perhaps_swapped = minor == 3
        self.linktype = min(network & 0x03FFFFFF, 0xFFFF)  # the upper bits tell of the frame check sequence
        self.size = FILE_HEADER + self._variant.extra
        self._header = self._record_header(start[self.size :])
        self.interfaces = (InterfaceInfo("", self.linktype, snaplen),)

    def find(self, piece: Bytes, limit: int) -> Found:
        """The frames at the beginning of `piece`."""
        header = self._header
        field = 12 if self._swapped else 8
        start = walk(piece, field, header, self._order, limit, self._look(piece, field)) - field
        start = start[start + header <= len(piece)]
        if not len(start):
            return nothing(need=header)
        words = gather(piece, start, RECORD_HEADER, self._order + "u4")
        caplen, length = words[:, field // 4], words[:, 5 - field // 4]
        if self._perhaps_swapped and (caplen > length).any():
            return self._swap().find(piece, limit)
        good = leading(caplen <= largest_frame(self.linktype))
        whole = min(good, leading(start + header + caplen <= len(piece)))
        consumed = int(start[whole - 1] + header + caplen[whole - 1]) if whole else 0
        damage, need = None, header
        if whole < len(start):
            need = header + int(caplen[whole])
            if whole == good:
                damage = f"a record claims to hold {int(caplen[whole]):,} bytes"
        start, words, caplen, length = start[:whole], words[:whole], caplen[:whole], length[:whole]
        return Found(
            offset=start + header,
            caplen=caplen,
            length=length,
            # A fraction beyond a second is kept, within the 32 bits in which Wireshark keeps it
            time_ns=words[:, 0] * 1_000_000_000 + (words[:, 1] * self._variant.unit_ns).astype(np.int32),
            linktype=np.broadcast_to(np.uint16(self.linktype), whole),
            interface=np.broadcast_to(np.uint16(0), whole),
            direction=np.broadcast_to(np.uint8(Direction.UNKNOWN), whole),
            consumed=consumed,
            need=need,
            damage=damage,
        )

    def _look(self, piece: Bytes, field: int) -> Look | None:
        """A record of the same 18 hours as the first one, with lengths below 64 KiB."""
        first = piece[:4].tobytes()
        if self._order == "<":
            late, form, shift = first[2:], rb"%b.{4}..\0\0..\0\0", 2
        else:
            late, form, shift = first[:2], rb"%b.{6}\0\0..\0\0", 0
        if late in (b"", b"\0\0"):  # times that count from the start of the capture: they look like anything
            return None
        return Look(re.compile(form % re.escape(late), re.DOTALL), field - shift)

    def _swap(self) -> PcapFormat:
        """From here on the lengths stand in their old order (version 2.3 was written both ways)."""
        self._swapped, self._perhaps_swapped = True, False
        return self

    def _record_header(self, records: bytes) -> int:
        """The usual size, unless the first records contradict it and bear a rarer one out."""
        usual, *rarer = self._variant.headers
        if self._swapped or self._perhaps_swapped or self._fits(records, usual) is not False:
            return usual
        return next((size for size in rarer if self._fits(records, size)), usual)

    def _fits(self, records: bytes, header: int) -> bool | None:
        """Whether the first records have believable headers of this size; None where there are too few to tell."""
        at, good, begun = 0, 0, None
        while good < TRIED and at < len(records):
            if at + header > len(records):
                return None
            seconds, fraction, caplen, length = struct.unpack_from(self._order + "IIII", records, at)
            begun = seconds if begun is None else begun
            timely = fraction * self._variant.unit_ns <= 1_000_000_000 and abs(seconds - begun) < YEAR_S
            if not timely or not caplen <= length <= largest_frame(self.linktype):
                return False
            good, at = good + 1, at + header + caplen
        return True if good == TRIED or (good > 1 and at == len(records)) else None
