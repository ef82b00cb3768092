"""Flows as records, and those as JSON lines, CSV and Parquet."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from tui.core.columns import address_text
from tui.core.communityid import community_id
from tui.core.features import FEATURES, WHOLE, features
from tui.core.flow.records import Event, FlowRecords
from tui.core.flow.tcpstate import STATES, conn_states
from tui.core.ipproto import TCP, WITH_PORTS
from tui.core.protocols import NAMES
from tui.errors import MissingLibrary, SaveError

FACTS = (
    "first_ns", "last_ns", "src", "sport", "dst", "dport", "ip_proto", "protocol", "state", "packets", "bytes",
    "packets_back", "bytes_back", "duration_s", "bytes_per_s", "packets_per_s", "mean_size", "flags", "rtt_ms",
    "retransmissions", "names", "process", "label", "anomaly_score", "community_id",
)  # fmt: skip
FURTHER = tuple(name for name in FEATURES if name not in FACTS)
"""Features that tell programs more than people: sizes and gaps by side, the first sizes, flags."""
FIELDS = (*FACTS, *FURTHER, "probability")
"""Keys of a JSON line, columns of CSV and Parquet, in order. Every feature is among them; the probability is that of
the label."""
_NAMES_AT = FIELDS.index("names")
_RATES = ("duration_s", "bytes_per_s", "packets_per_s", "mean_size")
PART = 4_096
"""Flows turned into text at a time."""
_FLAG_LETTERS = ((0x80, "C"), (0x40, "E"), (0x20, "U"), (0x10, "A"), (0x08, "P"), (0x04, "R"), (0x02, "S"), (0x01, "F"))

NamesOf = Callable[[int, str], list[str]]
"""The names of a flow, by its identity and the text of its dst."""
Judgements = tuple[Sequence[str | None], Sequence[float | None], Sequence[float | None]]
"""Labels of flows, their probabilities, and anomaly scores; None where nothing is known."""


def unjudged(flows: FlowRecords) -> Judgements:
    """Nobody has looked at these flows."""
    nothing: list[None] = [None] * len(flows)
    return nothing, nothing, nothing


def records(
    flows: FlowRecords,
    names_of: NamesOf,
    judge: Callable[[FlowRecords], Judgements] = unjudged,
    process_of: Callable[[int], str | None] = lambda _: None,
) -> Iterator[dict[str, Any]]:
    """One dictionary with the keys of FIELDS for each flow, ordered by first_ns."""
    order = np.lexsort((flows.flow, flows.first_ns))
    for start in range(0, len(order), PART):
        part = flows.select(order[start : start + PART])
        yield from _part(part, names_of, judge(part), process_of)


def _part(
    flows: FlowRecords, names_of: NamesOf, judged: Judgements, process_of: Callable[[int], str | None]
) -> Iterator[dict[str, Any]]:
    labels, probabilities, scores = judged
    states = conn_states(flows).tolist()
    computed = {
        name: (values.astype(np.int64) if name in WHOLE else values).tolist()
        for name, values in features(flows).items()
        if name in _RATES or name in FURTHER
    }
    plain = (
        flows.kind, flows.src_hi, flows.src_lo, flows.dst_hi, flows.dst_lo, flows.sport, flows.dport, flows.ip_proto,
        flows.code, flows.protocol, flows.first_ns, flows.last_ns, flows.flow, flows.rtt_ns, *flows.packets,
        *flows.bytes, flows.seen[0] | flows.seen[1], flows.events[Event.RETRANSMISSION],
    )  # fmt: skip
    rates = zip(*(computed[name] for name in _RATES), strict=True)
    further = zip(*(computed[name] for name in FURTHER), strict=True)
    rows = zip(*(column.tolist() for column in plain), strict=True)
    judgements = zip(states, labels, probabilities, scores, strict=True)
    for (
        (kind, src_hi, src_lo, dst_hi, dst_lo, sport, dport, ip_proto, code, protocol, first_ns, last_ns, flow, rtt_ns,
         packets, packets_back, size, size_back, seen, resent),
        (state, label, probability, score), its_rates, its_further,
    ) in zip(rows, judgements, rates, further, strict=True):  # fmt: skip
        dst = address_text(kind, dst_hi, dst_lo) or ""
        has_ports = ip_proto in WITH_PORTS and (sport or dport)
        yield {
            "first_ns": first_ns,
            "last_ns": last_ns,
            "src": address_text(kind, src_hi, src_lo),
            "sport": sport if has_ports else None,
            "dst": dst,
            "dport": dport if has_ports else None,
            "ip_proto": ip_proto,
            "protocol": NAMES[protocol],
            "state": STATES[state],
            "packets": packets,
            "bytes": size,
            "packets_back": packets_back,
            "bytes_back": size_back,
            **dict(zip(_RATES, its_rates, strict=True)),
            "flags": flag_letters(seen) if ip_proto == TCP else None,
            "rtt_ms": rtt_ns / 1e6 if rtt_ns else None,
            "retransmissions": resent,
            "names": names_of(flow, dst),
            "process": process_of(flow),
            "label": label,
            "anomaly_score": score,
            "community_id": community_id(kind, (src_hi, src_lo), (dst_hi, dst_lo), ip_proto, sport, dport, code),
            **dict(zip(FURTHER, its_further, strict=True)),
            "probability": probability,
        }


@lru_cache(1 << 8)
def flag_letters(flags: int) -> str:
    """TCP flags as letters, in the order CWR to FIN."""
    return "".join(letter for bit, letter in _FLAG_LETTERS if flags & bit)


def json_line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def csv_header() -> str:
    return ",".join(FIELDS) + "\n"


class _Line:
    """A file for csv.writer that gives back what is written: writerow returns it."""

    def write(self, text: str) -> str:
        return text


_writer = csv.writer(_Line(), lineterminator="\n")


def csv_line(record: dict[str, Any]) -> str:
    """Names are joined by blanks; what is not known is empty."""
    values = list(record.values())
    values[_NAMES_AT] = " ".join(values[_NAMES_AT])
    line: str = _writer.writerow(values)
    return line


class ParquetFile:
    """Writes flows to a Parquet file, a row group at a time; the file is whole or not there."""

    def __init__(self, path: Path) -> None:
        try:
            import pyarrow
            from pyarrow import parquet
        except ImportError as error:
            raise MissingLibrary("Parquet needs pyarrow", 'pip install "nettui[export]"') from error
        self._path = path
        self._unfinished = path.with_name(path.name + ".part")
        self._arrow = pyarrow
        self._schema = pyarrow.schema([(name, _arrow_type(pyarrow, name)) for name in FIELDS])
        try:
            self._writer = parquet.ParquetWriter(str(self._unfinished), self._schema, compression="zstd")
        except OSError as error:
            raise self._refused(error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.finish()
            if kind is None:
                self._unfinished.replace(self._path)
        finally:
            self._unfinished.unlink(missing_ok=True)

    def finish(self) -> None:
        """No more flows will come: give back the memory. The file takes its name when the context ends."""
        try:
            self._writer.close()
        except OSError as error:
            raise self._refused(error) from None

    def _refused(self, error: OSError) -> SaveError:
        return SaveError(f"cannot write {self._path}: {error.strerror or error}", "choose another place")

    def write(self, rows: Iterable[dict[str, Any]]) -> int:
        """Add flows; how many."""
        some = list(rows)
        if some:
            table = self._arrow.Table.from_pylist(some, schema=self._schema)
            try:
                self._writer.write_table(table)
            except OSError as error:
                raise self._refused(error) from None
        return len(some)


def _arrow_type(arrow: Any, name: str) -> Any:
    if name == "names":
        return arrow.list_(arrow.string())
    if name in {"src", "dst", "protocol", "state", "flags", "process", "label", "community_id"}:
        return arrow.string()
    if name in WHOLE or (name in FACTS and not name.endswith(("_s", "_ms", "_size", "_score"))):
        return arrow.int64()
    return arrow.float64()
