"""A session without a worker: invented packets at fixed times, so that every screen drawn from it is the same."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tests.screens.model import MODEL
from tui.core.alert.alerts import Alert, Endpoint, Event, Evidence, Explanation, Severity, Status
from tui.core.alert.log import AlertLog
from tui.core.columns import AddressKind, Columns, TcpFlag
from tui.core.flow.owners import NOBODY, Owners
from tui.core.frames import Frames, from_packets
from tui.core.notes import Notes
from tui.core.protocols import ID
from tui.core.snapshot import Health, Loss, ProtocolCount, Series, Snapshot, Talker
from tui.core.state import State
from tui.errors import FilterError
from tui.store.rows import Rows, RowWriter
from tui.widgets.detail import Node

T = TypeVar("T")
START_NS = 1_790_000_000 * 1_000_000_000
KINDS = (
    ("TLS", "10.0.4.17", "151.101.1.69", 1514, "443 ← 51622  Application Data  len 1448", 0),
    ("HTTP", "10.0.4.22", "10.0.4.17", 341, "GET /metrics  Host: node-17:9100", 0),
    ("TCP", "10.0.4.17", "10.0.4.9", 54, "8443 → 50211  [RST, ACK]", TcpFlag.RST | TcpFlag.ACK),
    ("DNS", "10.0.4.17", "10.0.0.53", 84, "A? registry.example.org", 0),
    ("ICMP", "10.0.4.1", "10.0.4.17", 98, "Echo request  id 4021 seq 88", 0),
    ("UDP", "10.0.4.8", "239.255.255.250", 217, "1900 → 1900  len 175", 0),
    ("ARP", "10.0.4.1", "10.0.4.17", 60, "Who has 10.0.4.17? Tell 10.0.4.1", 0),
)


def packets(first: int, n: int) -> Columns:
    """Packets `first` to `first + n` of the invented capture: one each 2 ms, the kinds in turn."""
    index = np.arange(first, first + n)
    kind = index % len(KINDS)
    made = Columns.empty(n)
    made.time_ns[:] = START_NS + index * 2_000_000
    made.kind[:] = AddressKind.IPV4
    for field_name, column in (("src_lo", 1), ("dst_lo", 2)):
        getattr(made, field_name)[:] = np.array([int(IPv4Address(str(k[column]))) for k in KINDS])[kind]
    made.protocol[:] = np.array([ID[str(k[0])] for k in KINDS])[kind]
    made.length[:] = made.caplen[:] = np.array([k[3] for k in KINDS])[kind]
    made.tcp_flags[:] = np.array([k[5] for k in KINDS])[kind]
    return made


def describe(columns: Columns, frames: Frames, wanted: str = "") -> list[str]:
    """The info of invented packets, by their protocol."""
    told = {ID[str(kind[0])]: str(kind[4]) for kind in KINDS}
    return [told[protocol] for protocol in columns.protocol.tolist()]


class FakeFilter:
    """Packets whose protocol is in every one of some lists."""

    needs_bytes = False

    def __init__(self, wanted: list[list[int]]) -> None:
        self._wanted = wanted

    def match(self, columns: Columns, read: object = None, place: object = None) -> NDArray[np.bool_]:
        mask = np.ones(len(columns), np.bool_)
        for some in self._wanted:
            if some:
                mask &= np.isin(columns.protocol, some)
        return mask


def compile_filter(text: str) -> FakeFilter:
    """A filter language of protocol names joined by &&; anything else is an error at its place."""
    names = {name.lower(): ID[name] for name in ("TLS", "HTTP", "TCP", "DNS", "ICMP", "UDP", "ARP")}
    wanted = []
    for part in text.split("&&"):
        words = part.replace("(", " ").replace(")", " ").replace("||", " ").split()
        for word in words:
            if word not in names and word not in (
                "ip",
                "ipv6",
                "icmpv6",
                "ip.addr",
                "==",
                "10.0.4.9",
                "nettui.protocol",
                "frame.time_epoch",
                ">=",
                "<",
                "1790000180",
                "1790000181",
                '"HTTP"',
            ):
                raise FilterError(f"unknown field {word!r}", text.index(word), "fields are listed under ?", text)
        wanted.append([names[word] for word in words if word in names])
    return FakeFilter(wanted)


def alert(number: int, severity: Severity, rule: str, src: str, dst: str, what: str) -> Alert:
    """One open incident."""
    at = START_NS + number * 60_000_000_000
    return Alert(
        id=f"A{number}", incident_id=f"I{number}", event=Event.OPEN, rule=rule, severity=severity, confidence=0.9,
        status=Status.OPEN, first_ns=at, last_ns=at, detected_ns=at, count=412, suppressed=0, sampled=1,
        src=Endpoint(ip=src), sources=1, dst=Endpoint(ip=dst or None), proto="tcp", interface="eth0", vlan=None,
        evidence=Evidence(412, 15, "ports", 3), text=Explanation(what), filter_display="ip.addr == 10.0.4.9",
        filter_bpf="host 10.0.4.9",
    )  # fmt: skip


ALERTS = (
    alert(3, Severity.HIGH, "scan.vertical", "10.0.4.9", "10.0.4.17", "412 of 430 ports refused in 3 s (limit 15)"),
    alert(2, Severity.INFO, "device.new", "10.0.4.77", "", "first seen, locally administered address"),
    alert(1, Severity.LOW, "brute.ssh", "203.0.113.7", "10.0.4.17", "9 short sessions in 4 min (limit 8)"),
)


class InventedBytes:
    """A reader that gives every packet the same 54 bytes."""

    def read(self, sequences: NDArray[np.int64]) -> Frames:
        return from_packets([BYTES] * len(sequences))


BYTES = bytes.fromhex(
    "02aabbccdd01020304050607080045000028000140004006fcba0a0004110a00040920fbc42300000001000000025014000091e50000"
)


def dissect(data: bytes, linktype: int) -> list[Node]:
    """A tree as scapy would give it."""
    return [
        Node("Ethernet, 02:aa:bb:cc:dd:01", 0, 14, (Node("dst: 02:aa:bb:cc:dd:01", 0, 6), Node("type: IPv4", 12, 14))),
        Node(
            "IP, 10.0.4.17 to 10.0.4.9", 14, 34, (Node("ttl: 64", 22, 23, filter="ip"), Node("src: 10.0.4.17", 26, 30))
        ),
        Node("TCP, 8443 to 50211", 34, 54, (Node("sport: 8443", 34, 36), Node("flags: RA", 46, 48))),
    ]


@dataclass
class Saved:
    path: Path
    packets: int
    unsaid: int = 0


@dataclass
class FakeSession:
    """Holds as many packets as `receive` was told, keeps the last `keep`; the model's numbers are invented too."""

    keep: int = 1_000_000
    loss: Loss = field(default_factory=lambda: Loss(0, 0))
    health: Health = field(default_factory=lambda: Health(State.LIVE))
    alerts: tuple[Alert, ...] = ALERTS
    saves: list[tuple[Path, int | None]] = field(default_factory=list)
    ended: bool = False
    decided: list[Callable[[AlertLog], object]] = field(default_factory=list)
    failure: Exception | None = None
    owners: Owners = NOBODY
    interfaces: tuple[str, ...] = ("eth0",)
    notes: Notes = field(default_factory=Notes)
    unsaid: int = 0

    def __post_init__(self) -> None:
        self._writer = RowWriter(self.keep)
        self.reader = InventedBytes()

    def receive(self, n: int) -> FakeSession:
        self._writer.append(packets(self.rows.end, n))
        return self

    @property
    def rows(self) -> Rows:
        return self._writer.rows

    def ask(self, key: str, build: Callable[[Any], T]) -> T | None:
        """Answered at once, of a model with invented flows and names."""
        return build(MODEL)

    def shown(self) -> None:
        """Nothing waits for it."""

    def snapshot(self) -> Snapshot:
        end = self.rows.end
        per_kind = [end // len(KINDS)] * len(KINDS)
        shares = (46, 27, 12, 7, 4, 3, 1)
        protocols = tuple(
            ProtocolCount(str(k[0]), n, 8_000_000 * share) for k, n, share in zip(KINDS, per_kind, shares, strict=True)
        )
        seconds = np.arange(300)
        rates = (9_500 + 3_000 * np.sin(seconds / 13) + 2_500 * np.sin(seconds / 3.7)).astype(np.int64)
        now_s = START_NS // 10**9 + 751
        return Snapshot(
            generation=0, interface="eth0", health=self.health, first_ns=START_NS if end else 0,
            now_ns=START_NS + 751_204_000_000, packets=end, bytes=end * 674, packets_per_s=12_400.0 if end else 0.0,
            bits_per_s=96.1e6 if end else 0.0, loss=self.loss, kept=len(self.rows),
            protocols=protocols if end else (), talkers=TALKERS if end else (),
            ports=(Talker("443/tcp", 900, 61_000_000, 1_200, 812_000_000),) if end else (),
            pairs=(Talker("10.0.4.17 ↔ 151.101.1.69", 900, 61_000_000, 1_200, 812_000_000),) if end else (),
            series=Series(now_s - 300, rates if end else rates * 0, rates * 700), alerts=self.alerts if end else (),
            alert_counts={3: 1, 2: 1, 1: 1} if end and self.alerts else {}, notes=("own ssh out",),
        )  # fmt: skip

    def decide(self, act: Callable[[AlertLog], object]) -> None:
        self.decided.append(act)

    def save(self, path: Path, sequences: NDArray[np.int64] | None = None) -> Saved:
        if self.failure is not None:
            raise self.failure
        self.saves.append((path, None if sequences is None else len(sequences)))
        return Saved(path, len(self.rows) if sequences is None else len(sequences), self.unsaid)

    @property
    def unsaved(self) -> int:
        return 0 if any(part is None for _, part in self.saves) else len(self.rows)


def _talker(label: str, sent: float, received: float) -> Talker:
    return Talker(label, math.ceil(sent / 700), int(sent), math.ceil(received / 700), int(received))


TALKERS = (
    _talker("10.0.4.17", 212e6, 598e6), _talker("151.101.1.69", 401e6, 9.1e6), _talker("142.250.74.46", 96e6, 4e6),
    _talker("10.0.4.22", 3.1e6, 61e6), _talker("10.0.0.53", 14e6, 6.2e6), _talker("93.184.216.34", 12e6, 1e6),
    _talker("2001:db8:4:17:a00:27ff:fe4e:66a1", 5.5e6, 2.2e6), _talker("10.0.4.9", 0.4e6, 0.3e6),
)  # fmt: skip
