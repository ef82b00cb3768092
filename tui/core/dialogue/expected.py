"""Ports that were announced: the data connections of FTP (RFC 959, 2428) and the answers of TFTP (RFC 1350)."""

from __future__ import annotations

import ipaddress
import re

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import AddressKind, Columns
from tui.core.frames import Frames
from tui.core.protocols import ID, LAYERS_OF

MOST = 4096
"""Ends remembered; the oldest is forgotten."""
WORK = 64
"""Announcements read, and packets looked up, in one batch; a flood of either finds no more."""

_FTP, _TFTP, _DATA, _TCP, _UDP = ID["FTP"], ID["TFTP"], ID["FTP-DATA"], ID["TCP"], ID["UDP"]
_PASSIVE = re.compile(rb"^227 [^(]*\(?(\d+),(\d+),(\d+),(\d+),(\d+),(\d+)")
_EXTENDED = re.compile(rb"^229 [^(]*\(\|\|\|(\d+)\|")
_ACTIVE = re.compile(rb"^PORT (\d+),(\d+),(\d+),(\d+),(\d+),(\d+)", re.IGNORECASE)
_EXTENDED_ACTIVE = re.compile(rb"^EPRT \|[12]\|([^|]+)\|(\d+)\|", re.IGNORECASE)
Index = NDArray[np.int64]
End = tuple[int, int, int, int]
"""(protocol to name, high and low word of the address, port)."""


class Expected:
    """Names packets in place that come from, or go to, an end that was announced."""

    def __init__(self) -> None:
        self._ends: dict[End, None] = {}
        self._ports = np.zeros((2, 65536), np.bool_)
        """FTP data and TFTP ports that may be among the ends: sorts out nearly every packet with one look."""

    def update(self, c: Columns, frames: Frames) -> None:
        self._ftp(c, frames)
        self._tftp(c)
        if self._ends:
            self._name(c, 0, c.ip_proto == 6, _TCP, _DATA)
            self._name(c, 1, c.ip_proto == 17, _UDP, _TFTP)

    def _ftp(self, c: Columns, frames: Frames) -> None:
        rows = np.flatnonzero((c.protocol == _FTP) & (c.payload_len >= 8))
        if not len(rows):
            return
        at = frames.offset[rows] + c.payload[rows]
        first = frames.buffer.take(at[:, None] + np.arange(3), mode="clip")
        code = first[:, 0].astype(np.uint32) << 16 | first[:, 1].astype(np.uint32) << 8 | first[:, 2]
        told = [int.from_bytes(text, "big") for text in (b"227", b"229", b"POR", b"por", b"EPR", b"epr")]
        for i in np.flatnonzero(np.logical_or.reduce([code == text for text in told]))[:WORK].tolist():
            row = int(rows[i])
            start = int(at[i])
            stop = start + min(128, int(c.caplen[row]) - int(c.payload[row]))
            self._announced(c, row, frames.buffer[start:stop].tobytes())

    def _announced(self, c: Columns, row: int, line: bytes) -> None:
        if found := _EXTENDED.match(line):
            self._add(_DATA, int(c.src_hi[row]), int(c.src_lo[row]), int(found[1]))
        elif found := _PASSIVE.match(line) or _ACTIVE.match(line):
            numbers = [int(n) & 255 for n in found.groups()]
            self._add(_DATA, 0, int.from_bytes(bytes(numbers[:4]), "big"), numbers[4] << 8 | numbers[5])
        elif found := _EXTENDED_ACTIVE.match(line):
            try:
                address = int(ipaddress.ip_address(found[1].decode("ascii", "replace")))
            except ValueError:
                return
            self._add(_DATA, address >> 64, address & (1 << 64) - 1, int(found[2]))

    def _tftp(self, c: Columns) -> None:
        """A request goes to port 69; everything else of the transfer goes to the port that it came from."""
        rows = np.flatnonzero((c.protocol == _TFTP) & (c.dport == 69))
        for row in rows[:WORK].tolist():
            self._add(_TFTP, int(c.src_hi[row]), int(c.src_lo[row]), int(c.sport[row]))

    def _add(self, protocol: int, high: int, low: int, port: int) -> None:
        if not 0 < port < 65536:
            return
        if len(self._ends) >= MOST:
            del self._ends[next(iter(self._ends))]
        self._ends[protocol, high, low, port] = None
        self._ports[0 if protocol == _DATA else 1, port] = True

    def _name(self, c: Columns, table: int, mask: NDArray[np.bool_], unnamed: int, protocol: int) -> None:
        ports = self._ports[table]
        mask = mask & (ports.take(c.sport) | ports.take(c.dport)) & (c.payload_len > 0)
        mask &= (c.kind == AddressKind.IPV4) | (c.kind == AddressKind.IPV6)
        mask &= c.protocol == unnamed
        known: list[int] = []
        for row in np.flatnonzero(mask)[: WORK * 64].tolist():
            source = (protocol, int(c.src_hi[row]), int(c.src_lo[row]), int(c.sport[row]))
            target = (protocol, int(c.dst_hi[row]), int(c.dst_lo[row]), int(c.dport[row]))
            if source in self._ends or target in self._ends:
                known.append(row)
        if known:
            c.protocol[known] = protocol
            c.layers[known] |= LAYERS_OF[protocol]
