"""How far we agree with tshark on each packet of a capture: its headers, and the name of its protocol."""

from __future__ import annotations

import collections
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.corpus import oracle
from tui.capture.pcapfile import open_capture
from tui.core.columns import NONE16, Columns, Mark, address_text, concatenate
from tui.core.decode import decode
from tui.core.flow.table import FlowTable
from tui.core.shown import protocol_names
from tui.core.state import State
from tui.errors import NettuiError

HEADERS = (("len", "len"), ("caplen", "caplen"), ("src", "src"), ("dst", "dst"), ("sport", "sport"), ("dport", "dport"),
           ("tcp_flags", "flags"))  # fmt: skip
MOST = 5000
"""Packets of each file that are compared."""


@dataclass(slots=True)
class Agreement:
    """What was found in one file."""

    name: str
    kind: str = ""
    packets: int = 0
    headers: int = 0
    protocol: int = 0
    malformed: int = 0
    wrong_headers: list[tuple[int, str]] = field(default_factory=list)
    wrong_names: collections.Counter[tuple[str, str]] = field(default_factory=collections.Counter)
    by_protocol: collections.Counter[tuple[str, bool]] = field(default_factory=collections.Counter)

    def share(self, count: int) -> float:
        return count / self.packets if self.packets else 1.0


@dataclass(slots=True)
class Named:
    """The packets that tshark gives one name."""

    packets: int = 0
    same: int = 0
    others: collections.Counter[str] = field(default_factory=collections.Counter)


def read_columns(path: Path, flows: bool = True) -> Columns:
    """All packets of a file, as far as it can be read."""
    table = FlowTable() if flows else None
    parts = []
    source = open_capture(str(path))
    try:
        while source.state is not State.ENDED:
            frames = source.read(1.0)
            if frames is None:
                continue
            columns = decode(frames)
            if table is not None:
                table.update(columns, frames)
            parts.append(columns)
            source.release(frames)
    except NettuiError:
        pass  # damaged: what was read counts
    finally:
        source.close()
    return concatenate(parts)


def row(c: Columns, i: int) -> dict[str, Any]:
    """A packet as `nettui packets --json` shows it."""
    kind = int(c.kind[i])
    ports = bool(c.marks[i] & Mark.PORTS)
    tcp = ports and int(c.ip_proto[i]) == 6
    return {
        "len": int(c.length[i]),
        "caplen": int(c.caplen[i]),
        "src": address_text(kind, int(c.src_hi[i]), int(c.src_lo[i])),
        "dst": address_text(kind, int(c.dst_hi[i]), int(c.dst_lo[i])),
        "sport": int(c.sport[i]) if ports else None,
        "dport": int(c.dport[i]) if ports else None,
        "tcp_flags": int(c.tcp_flags[i]) if tcp else None,
        "vlan": None if c.vlan[i] == NONE16 else int(c.vlan[i]),
        "protocol": protocol_names(c.select(slice(i, i + 1)))[0],
        "malformed": bool(c.marks[i] & Mark.MALFORMED),
    }


def compare(path: Path, flows: bool = True) -> Agreement:
    """The packets of a file against what tshark says of them."""
    result = Agreement(path.name, path.parent.name)
    want = oracle.frames(path)[:MOST]
    try:
        columns = read_columns(path, flows)
    except NettuiError:
        columns = Columns.empty(0)
    for i, theirs in enumerate(want):
        result.packets += 1
        if i >= len(columns):
            result.wrong_headers.append((i + 1, "not read"))
            continue
        ours = row(columns, i)
        differ = [f"{a}: {ours[a]} for {theirs[b]}" for a, b in HEADERS
                  if str(ours[a]).lower() != str(theirs[b]).lower()]  # fmt: skip
        result.headers += not differ
        if differ:
            result.wrong_headers.append((i + 1, ", ".join(differ)))
        names = oracle.plain(theirs["protocol"]), oracle.plain(ours["protocol"])
        result.by_protocol[names[0], names[0] == names[1]] += 1
        if names[0] == names[1]:
            result.protocol += 1
        else:
            result.wrong_names[names] += 1
        result.malformed += ours["malformed"] == bool(theirs.get("malformed"))
    return result


def by_protocol(results: Iterable[Agreement]) -> dict[str, Named]:
    """The packets of all files under the name that tshark gives them."""
    found: dict[str, Named] = {}
    for r in results:
        for (name, same), n in r.by_protocol.items():
            here = found.setdefault(name, Named())
            here.packets += n
            here.same += n * same
        for (name, other), n in r.wrong_names.items():
            found.setdefault(name, Named()).others[other] += n
    return dict(sorted(found.items()))


def mean(results: list[Agreement], of: str) -> float:
    """The mean over files of the share of packets that agree; small files weigh as much as large ones."""
    return sum(r.share(getattr(r, of)) for r in results) / len(results)
