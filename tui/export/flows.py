"""Flows as records, and those as JSON lines, CSV and Parquet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from tui.core.columns import address_text
from tui.core.communityid import community_id
from tui.core.features import FEATURES, WHOLE, features
from tui.core.flow.records import Event, FlowRecords
from tui.core.flow.tcpstate import STATES, conn_states
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
_RATES = ("duration_s", "bytes_per_s", "packets_per_s", "mean_size")
PART = 4_096
"""Flows turned into text at a time."""
_WITH_PORTS = frozenset((6, 17, 33, 132, 136))
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
    seen = (flows.seen[0] | flows.seen[1]).tolist()
    plain = {
        name: getattr(flows, name).tolist()
        for name in ("kind", "src_hi", "src_lo", "dst_hi", "dst_lo", "sport", "dport", "ip_proto", "code", "protocol",
                     "first_ns", "last_ns", "flow", "rtt_ns")
    }  # fmt: skip
    counts = {"packets": flows.packets.tolist(), "bytes": flows.bytes.tolist()}
    resent = flows.events[Event.RETRANSMISSION].tolist()
    for i in range(len(flows)):
        row = {name: values[i] for name, values in plain.items()}
        source, target = (row["src_hi"], row["src_lo"]), (row["dst_hi"], row["dst_lo"])
        dst = address_text(row["kind"], *target) or ""
        has_ports = row["ip_proto"] in _WITH_PORTS and (row["sport"] or row["dport"])
        yield {
            "first_ns": row["first_ns"],
            "last_ns": row["last_ns"],
            "src": address_text(row["kind"], *source),
            "sport": row["sport"] if has_ports else None,
            "dst": dst,
            "dport": row["dport"] if has_ports else None,
            "ip_proto": row["ip_proto"],
            "protocol": NAMES[row["protocol"]],
            "state": STATES[states[i]],
            "packets": counts["packets"][0][i],
            "bytes": counts["bytes"][0][i],
            "packets_back": counts["packets"][1][i],
            "bytes_back": counts["bytes"][1][i],
            **{name: computed[name][i] for name in _RATES},
            "flags": flag_letters(seen[i]) if row["ip_proto"] == 6 else None,
            "rtt_ms": row["rtt_ns"] / 1e6 if row["rtt_ns"] else None,
            "retransmissions": resent[i],
            "names": names_of(row["flow"], dst),
            "process": process_of(row["flow"]),
            "label": labels[i],
            "anomaly_score": scores[i],
            "community_id": community_id(
                row["kind"], source, target, row["ip_proto"], row["sport"], row["dport"], row["code"]
            ),
            **{name: computed[name][i] for name in FURTHER},
            "probability": probabilities[i],
        }


def flag_letters(flags: int) -> str:
    """TCP flags as letters, in the order CWR to FIN."""
    return "".join(letter for bit, letter in _FLAG_LETTERS if flags & bit)


def json_line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def csv_header() -> str:
    return ",".join(FIELDS) + "\n"


def csv_line(record: dict[str, Any]) -> str:
    """Names are joined by blanks; what is not known is empty."""
    out = io.StringIO()
    values = (" ".join(v) if isinstance(v, list) else v for v in record.values())
    csv.writer(out, lineterminator="\n").writerow(["" if v is None else v for v in values])
    return out.getvalue()


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
