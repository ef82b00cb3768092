"""Packets as lines: JSON, CSV and text, a batch of columns at a time."""

from __future__ import annotations

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
from tui.core.ipproto import TCP
from tui.core.shown import protocol_names

FIELDS = (
    "number", "time_ns", "len", "caplen", "src", "dst", "protocol", "sport", "dport", "tcp_flags", "vlan", "info",
    "malformed",
)  # fmt: skip
"""Keys of a JSON line and columns of CSV, in order."""
CACHED_ADDRESSES = 1 << 17
"""Texts of addresses that are remembered: about 20 MB when full."""

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
        f'{{"number": {number}, "time_ns": {time}, "len": {length}, "caplen": {caplen}, "src": {src}, "dst": {dst}, '
        f'"protocol": "{protocol}", "sport": {sport}, "dport": {dport}, "tcp_flags": {flags}, "vlan": {vlan}, '
        f'"info": {_quote(info)}, "malformed": {malformed}}}\n'
        for number, time, length, caplen, src, dst, protocol, sport, dport, flags, vlan, info, malformed in _values(
            rows, "null", _quoted_address
        )
    )


def csv_header() -> str:
    return ",".join(FIELDS) + "\n"


def csv_lines(rows: PacketRows) -> str:
    """Comma-separated values as in RFC 4180 (with a bare line feed); what is null stays empty."""
    return "".join(
        f"{number},{time},{length},{caplen},{src},{dst},{protocol},{sport},{dport},{flags},{vlan},{_cell(info)},{malformed}\n"
        for number, time, length, caplen, src, dst, protocol, sport, dport, flags, vlan, info, malformed in _values(
            rows, "", _plain_address
        )
    )


def text_lines(first_ns: int) -> Lines:
    """Lines for people, as tshark prints them; times count from `first_ns`."""

    def line(row: Row) -> str:
        number, time, length, _, src, dst, protocol, _, _, _, _, info, malformed = row
        ends = f"{src:>15} → {dst:<15}"
        mark = "  [malformed]" if malformed == "true" else ""
        return f"{number:>7} {(time - first_ns) / 1e9:>12.6f} {ends} {protocol:<8} {length:>5} {info}{mark}\n"

    return lambda rows: "".join(map(line, _values(rows, "", _plain_address)))


Number: TypeAlias = int | str
"""A number, or the word for "none" of the format."""
Row: TypeAlias = tuple[int, int, int, int, str, str, str, Number, Number, Number, Number, str, str]


def _values(rows: PacketRows, none: str, address: Callable[[int, int, int], str]) -> Iterator[Row]:
    """The values of `FIELDS` of every packet, ready to stand in a line."""
    c = rows.columns
    ported = c.marks & Mark.PORTS != 0
    return zip(
        rows.numbers.tolist(),
        c.time_ns.tolist(),
        c.length.tolist(),
        c.caplen.tolist(),
        map(address, c.kind.tolist(), c.src_hi.tolist(), c.src_lo.tolist()),
        map(address, c.kind.tolist(), c.dst_hi.tolist(), c.dst_lo.tolist()),
        protocol_names(c),
        _optional(c.sport, ported, none),
        _optional(c.dport, ported, none),
        _optional(c.tcp_flags, ported & (c.ip_proto == TCP), none),
        _optional(c.vlan, c.vlan != NONE16, none),
        infos(c, rows.frames),
        ["true" if flag else "false" for flag in (c.marks & Mark.MALFORMED).tolist()],
        strict=True,
    )


def _optional(values: NDArray[np.uint16], there: NDArray[np.bool_], none: str) -> list[Number]:
    return [value if is_there else none for value, is_there in zip(values.tolist(), there.tolist(), strict=True)]


@lru_cache(CACHED_ADDRESSES)
def _plain_address(kind: int, high: int, low: int) -> str:
    return address_text(kind, high, low) or ""


@lru_cache(CACHED_ADDRESSES)
def _quoted_address(kind: int, high: int, low: int) -> str:
    text = address_text(kind, high, low)
    return "null" if text is None else f'"{text}"'


def _cell(text: str) -> str:
    if '"' in text:
        return '"' + text.replace('"', '""') + '"'
    return f'"{text}"' if "," in text else text
