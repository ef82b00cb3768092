"""`python -m tests.corpus.agreement [-v] [KIND or FILE...]`: how far we agree with tshark, by file and by protocol."""

from __future__ import annotations

import collections
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.corpus import oracle
from tui.capture.pcapfile import open_capture
from tui.core.columns import NONE16, Columns, Mark, address_text, concatenate
from tui.core.decode import decode
from tui.core.flows import FlowTable
from tui.core.protocols import NAMES, Layer
from tui.core.snapshot import State
from tui.errors import NettuiError

HEADERS = (("len", "len"), ("caplen", "caplen"), ("src", "src"), ("dst", "dst"), ("sport", "sport"), ("dport", "dport"),
           ("tcp_flags", "flags"))  # fmt: skip
MOST = 5000
"""Packets of each file that are compared."""


@dataclass(slots=True)
class Agreement:
    """What was found in one file."""

    name: str
    packets: int = 0
    headers: int = 0
    protocol: int = 0
    malformed: int = 0
    wrong_headers: list[tuple[int, str]] = field(default_factory=list)
    wrong_names: collections.Counter[tuple[str, str]] = field(default_factory=collections.Counter)
    by_protocol: collections.Counter[tuple[str, bool]] = field(default_factory=collections.Counter)

    def share(self, count: int) -> float:
        return count / self.packets if self.packets else 1.0


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
        "protocol": NAMES[int(c.protocol[i])],
        "malformed": bool(c.marks[i] & Mark.MALFORMED),
        "layers": [layer.name for layer in Layer if int(c.layers[i]) >> layer & 1],
    }


def compare(path: Path, flows: bool = True) -> Agreement:
    result = Agreement(path.name)
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


def main() -> int:
    verbose = "-v" in sys.argv
    kinds = [a for a in sys.argv[1:] if not a.startswith("-")] or ["proto", "encap", "link", "format", "benign"]
    paths = [Path(k) for k in kinds] if Path(kinds[0]).exists() else oracle.files(*kinds)
    results = [r for path in paths if (r := compare(path, "--stateless" not in sys.argv)).packets]
    if not results:
        print("no captures: set NETTUI_CAPTURES to the folder of oracle.py")
        return 1
    print(f"{'file':45} {'packets':>8} {'headers':>8} {'protocol':>8} {'malformed':>9}")
    for r in sorted(results, key=lambda r: r.share(r.protocol)):
        print(
            f"{r.name[:45]:45} {r.packets:8} {r.share(r.headers):8.1%} {r.share(r.protocol):8.1%} "
            f"{r.share(r.malformed):9.1%}  " + ", ".join(f"{a}->{b} {n}" for (a, b), n in r.wrong_names.most_common(4))
        )
        if verbose:
            for number, what in r.wrong_headers[:3]:
                print(f"    {number}: {what}")
    protocols: collections.Counter[tuple[str, bool]] = collections.Counter()
    wrong: collections.Counter[tuple[str, str]] = collections.Counter()
    for r in results:
        protocols += r.by_protocol
        wrong += r.wrong_names
    print(f"\n{'protocol of tshark':25} {'packets':>8} {'same':>8}  else")
    for name in sorted({name for name, _ in protocols}):
        yes, no = protocols[name, True], protocols[name, False]
        others = ", ".join(f"{b} {n}" for (a, b), n in wrong.most_common() if a == name)
        print(f"{name:25} {yes + no:8} {yes / (yes + no):8.1%}  {others}")
    n = len(results)
    print(
        f"\n{n} files, mean per file: headers {sum(r.share(r.headers) for r in results) / n:.2%}, "
        f"protocol {sum(r.share(r.protocol) for r in results) / n:.2%}, "
        f"malformed {sum(r.share(r.malformed) for r in results) / n:.2%}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
