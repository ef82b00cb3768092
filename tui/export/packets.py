"""Packets as lines: JSON, CSV and text, a batch of columns at a time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import NONE16, Columns, Mark, address_text
from tui.core.frames import Frames
from tui.core.info.batch import infos
from tui.core.protocols import NAMES

FIELDS = (
    "number", "time_ns", "len", "caplen", "src", "dst", "protocol", "sport", "dport", "tcp_flags", "vlan", "info",
    "malformed",
)  # fmt: skip
"""Keys of a JSON line and columns of CSV, in order."""
CACHED_ADDRESSES = 1 << 17
"""Texts of addresses that are remembered: about 20 MB when full."""
_TCP = 6

_address = lru_cache(CACHED_ADDRESSES)(address_text)
_quote = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class PacketRows:
    """Packets to be written: their columns, their bytes (for the info text) and their numbers, counted from 1."""

    columns: Columns
    frames: Frames
    numbers: NDArray[np.int64]


Lines: TypeAlias = Callable[[PacketRows], str]
"""Makes the lines of one batch, each with its line break."""


def json_lines(rows: PacketRows) -> str:
    """One JSON object per packet, with the keys of `FIELDS`."""
    return "".join(
        f'{{"number": {number}, "time_ns": {time}, "len": {length}, "caplen": {caplen}, "src": {_text(src)}, '
        f'"dst": {_text(dst)}, "protocol": "{protocol}", "sport": {_number(sport)}, "dport": {_number(dport)}, '
        f'"tcp_flags": {_number(flags)}, "vlan": {_number(vlan)}, "info": {_quote(info)}, '
        f'"malformed": {"true" if malformed else "false"}}}\n'
        for number, time, length, caplen, src, dst, protocol, sport, dport, flags, vlan, info, malformed in _values(
            rows
        )
    )


def csv_header() -> str:
    return ",".join(FIELDS) + "\n"


def csv_lines(rows: PacketRows) -> str:
    """Comma-separated values as in RFC 4180 (with a bare line feed); what is null stays empty."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n").writerow
    for *values, malformed in _values(rows):
        write((*values, "true" if malformed else "false"))
    return out.getvalue()


def text_lines(first_ns: int) -> Lines:
    """Lines for people, as tshark prints them; times count from `first_ns`."""

    def line(row: Row) -> str:
        number, time, length, _, src, dst, protocol, _, _, _, _, info, malformed = row
        ends = f"{src or '':>15} → {dst or '':<15}"
        mark = "  [malformed]" if malformed else ""
        return f"{number:>7} {(time - first_ns) / 1e9:>12.6f} {ends} {protocol:<8} {length:>5} {info}{mark}\n"

    return lambda rows: "".join(map(line, _values(rows)))


Row: TypeAlias = tuple[
    int, int, int, int, str | None, str | None, str, int | None, int | None, int | None, int | None, str, bool
]


def _values(rows: PacketRows) -> Iterator[Row]:
    """The values of `FIELDS` of every packet."""
    c = rows.columns
    ported = c.marks & Mark.PORTS != 0
    return zip(
        rows.numbers.tolist(),
        c.time_ns.tolist(),
        c.length.tolist(),
        c.caplen.tolist(),
        _addresses(c.kind, c.src_hi, c.src_lo),
        _addresses(c.kind, c.dst_hi, c.dst_lo),
        [NAMES[number] for number in c.protocol.tolist()],
        _optional(c.sport, ported),
        _optional(c.dport, ported),
        _optional(c.tcp_flags, ported & (c.ip_proto == _TCP)),
        _optional(c.vlan, c.vlan != NONE16),
        infos(c, rows.frames),
        (c.marks & Mark.MALFORMED != 0).tolist(),
        strict=True,
    )


def _addresses(kind: NDArray[np.uint8], high: NDArray[np.uint64], low: NDArray[np.uint64]) -> list[str | None]:
    return [_address(*one) for one in zip(kind.tolist(), high.tolist(), low.tolist(), strict=True)]


def _optional(values: NDArray[np.uint16], there: NDArray[np.bool_]) -> list[int | None]:
    return [value if is_there else None for value, is_there in zip(values.tolist(), there.tolist(), strict=True)]


def _text(value: str | None) -> str:
    return "null" if value is None else f'"{value}"'


def _number(value: int | None) -> str:
    return "null" if value is None else str(value)
