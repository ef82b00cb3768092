"""Labels: which flows are what, from labels.tsv or from weak rules."""

from __future__ import annotations

import csv
import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import AddressKind
from tui.core.features import FEATURES
from tui.core.flow.records import FlowRecords
from tui.core.ipproto import TCP, UDP
from tui.errors import UsageError

BENIGN = "benign"
UNKNOWN = "unknown"
"""What is said of a flow whose probability is below SURE."""
SURE = 0.7
HIGH_BYTES_PER_S = 1_000_000.0
WEB_PORTS = (80, 443)
COLUMNS = ("file", "label", "kind", "attacker", "victim", "t0", "t1")

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_SEPARATORS = re.compile(r"<->|[\s,+()]+")
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of labels.tsv."""

    file: str
    label: str
    """What the flows are that it names."""
    attack: bool
    attacker: tuple[_Network, ...]
    """Empty: any address."""
    victim: tuple[_Network, ...]
    t0_ns: int | None
    t1_ns: int | None


def read_labels(lines: Iterable[str], name: str = "labels.tsv") -> list[Rule]:
    """The lines of a table with a header. Raises UsageError for columns that are missing or times that are none."""
    table = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    missing = [column for column in COLUMNS if column not in (table.fieldnames or ())]
    if missing:
        raise UsageError(f"{name} has no column {', '.join(missing)}", "columns, by tabs: " + " ".join(COLUMNS))
    rules = []
    for number, row in enumerate(table, start=2):
        try:
            rules.append(_rule(row))
        except ValueError as error:
            raise UsageError(f"{name}, line {number}: {error}", "t0 and t1 are seconds since 1970, or empty") from None
    return rules


def _rule(row: dict[str, str | None]) -> Rule:
    text = {column: (row.get(column) or "").strip() for column in COLUMNS}
    if not text["file"]:
        raise ValueError("there is no file")
    attack = text["label"].lower() == "attack"
    return Rule(
        PurePath(text["file"]).name, text["kind"].split(".")[0] or "attack", attack, addresses(text["attacker"]),
        addresses(text["victim"]), _time_ns(text["t0"]), _time_ns(text["t1"]),
    )  # fmt: skip


def _time_ns(text: str) -> int | None:
    if text in ("", "-"):
        return None
    seconds = float(text)
    if not abs(seconds) < 9e9:
        raise ValueError(f"{text} is no time")
    return round(seconds * 1e9)


def addresses(text: str) -> tuple[_Network, ...]:
    """Networks of a field: several joined by `,` `+` or `<->`; words that are no address match anything, so give none.

    A part that begins with a dot replaces the last number of the address before it: `10.0.0.1,.2`.
    """
    found: list[_Network] = []
    before = ""
    for part in _SEPARATORS.split(text):
        whole = before.rpartition(".")[0] + part if part.startswith(".") and before else part
        whole, last = _range_end(whole)
        try:
            net = ipaddress.ip_network(whole, strict=False)
        except ValueError:
            continue
        before = whole.partition("/")[0]
        if last is None:
            found.append(net)
        else:
            start = ipaddress.IPv4Address(before)
            end = ipaddress.IPv4Address((int(start) & 0xFFFFFF00) | last)
            found.extend(ipaddress.summarize_address_range(start, end) if end >= start else [net])
    return tuple(found)


def _range_end(part: str) -> tuple[str, int | None]:
    """`10.0.0.10-12` as its first address and the last number of its last."""
    match = re.fullmatch(r"(\d+\.\d+\.\d+\.\d+)-(\d{1,3})", part)
    return (match.group(1), min(int(match.group(2)), 255)) if match else (part, None)


def label_flows(flows: FlowRecords, file: str, rules: Sequence[Rule]) -> NDArray[np.str_]:
    """A label for each flow of one file. Raises UsageError where the table does not name the file."""
    own = [rule for rule in rules if rule.file == PurePath(file).name]
    if not own:
        raise UsageError(f"the labels say nothing of {PurePath(file).name}", "add a line for it, or leave the file out")
    found = np.full(len(flows), BENIGN, dtype=object)
    for rule in own:
        if rule.attack:
            found[_named(flows, rule)] = rule.label
    return found.astype(np.str_)


def _named(flows: FlowRecords, rule: Rule) -> Bools:
    """Flows between attacker and victim, whoever began, that touch the time."""
    a_src, a_dst = _within(flows, "src", rule.attacker), _within(flows, "dst", rule.attacker)
    v_src, v_dst = _within(flows, "src", rule.victim), _within(flows, "dst", rule.victim)
    hit: Bools = (a_src & v_dst) | (a_dst & v_src)
    if rule.t0_ns is not None:
        hit &= flows.last_ns >= rule.t0_ns
    if rule.t1_ns is not None:
        hit &= flows.first_ns <= rule.t1_ns
    return hit


def _within(flows: FlowRecords, side: str, networks: tuple[_Network, ...]) -> Bools:
    """Which flows have an address of these networks on a side; all where there are none."""
    if not networks:
        return np.ones(len(flows), np.bool_)
    hi, lo = getattr(flows, side + "_hi"), getattr(flows, side + "_lo")
    found = np.zeros(len(flows), np.bool_)
    for net in networks:
        first, mask = int(net.network_address), int(net.netmask)
        kind = AddressKind.IPV4 if net.version == 4 else AddressKind.IPV6
        low = np.uint64(mask & 0xFFFFFFFFFFFFFFFF)
        high = np.uint64(mask >> 64)
        same = (lo & low == np.uint64(first & 0xFFFFFFFFFFFFFFFF)) & (hi & high == np.uint64(first >> 64))
        found |= same & (flows.kind == kind)
    return found


def weak_labels(flows: FlowRecords, rows: NDArray[np.float64]) -> NDArray[np.str_]:
    """Labels by rule of thumb: high_traffic above 1 MB/s, web_traffic for ports 80 and 443, else other."""
    fast = rows[:, FEATURES.index("bytes_per_s")] > HIGH_BYTES_PER_S
    web = (np.isin(flows.dport, WEB_PORTS) | np.isin(flows.sport, WEB_PORTS)) & np.isin(flows.ip_proto, (TCP, UDP))
    return np.where(fast, "high_traffic", np.where(web, "web_traffic", "other"))
