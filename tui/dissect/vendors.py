"""Vendors: who made a network card, by its address, from the lists that the system itself has.

A list is looked into where it lies, for one address at a time: none is read into memory.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from tui.core.text import printable

REMEMBERED = 4_096
"""Addresses whose vendor is remembered."""
LONGEST = 40
LOCAL = 0x02
"""Bit of the first byte of an address that no vendor gave."""

Read = Callable[[bytes], str]


def _wireshark(line: bytes) -> str:
    """Prefix, short name, long name, by tabs."""
    words = [word.strip() for word in line.split(b"\t") if word.strip()]
    return printable(words[-1])


def _ieee(line: bytes) -> str:
    """`28-6F-B9   (hex)\\t\\tNokia`."""
    return printable(line.partition(b")")[2].strip())


def _nmap(line: bytes) -> str:
    """`286FB9 Nokia`."""
    return printable(line.partition(b" ")[2].strip())


LISTS: tuple[tuple[Path, str, Read], ...] = (
    (Path("/usr/share/wireshark/manuf"), ":", _wireshark),
    (Path("/usr/share/ieee-data/oui.txt"), "-", _ieee),
    (Path("/var/lib/ieee-data/oui.txt"), "-", _ieee),
    (Path("/usr/share/nmap/nmap-mac-prefixes"), "", _nmap),
)
"""Where the lists lie, the sign between the bytes in each, and how the rest of a line is read; the best one first."""


class Vendors:
    """Looks into the first list that is there."""

    def __init__(self, lists: Sequence[tuple[Path, str, Read]] = LISTS) -> None:
        self._lists = [entry for entry in lists if entry[0].is_file()]
        self.of = lru_cache(REMEMBERED)(self._look)

    def _look(self, address: str) -> str:
        """Who made the card with an address such as 00:00:0c:12:34:56; empty where nobody knows."""
        try:
            raw = bytes.fromhex(address.replace(":", ""))
        except ValueError:
            return ""
        if len(raw) != 6 or raw[0] & 1:
            return ""
        if raw[0] & LOCAL:
            return "local address"
        for path, sign, read in self._lists:
            if name := _found(path, raw, sign, read):
                return name[:LONGEST]
        return ""


def _found(path: Path, raw: bytes, sign: str, read: Read) -> str:
    """The name in one list, of the longest prefix that it has."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
            for key in _keys(raw, sign):
                at = whole.find(b"\n" + key)
                if at >= 0:
                    end = whole.find(b"\n", at + 1)
                    return read(whole[at + 1 : end if end >= 0 else len(whole)])
    except (OSError, ValueError):  # not to be read, or empty
        pass
    return ""


def _keys(raw: bytes, sign: str) -> list[bytes]:
    """How a line may begin: blocks of 36 and 28 bits, which only one list has, then the usual 24 bits."""
    keys = []
    if sign == ":":
        for bits in (36, 28):
            cut = (int.from_bytes(raw, "big") >> (48 - bits) << (48 - bits)).to_bytes(6, "big")
            keys.append(f"{cut.hex(':').upper()}/{bits}".encode())
    text = raw[:3].hex(sign) if sign else raw[:3].hex()
    blank = {":": b"\t", "-": b" ", "": b" "}[sign]
    return [*keys, text.upper().encode() + blank]
