"""Credentials in clear text: that a password crossed the network unprotected. Never which one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tui.core.alert.alerts import Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.decode.gather import one_of
from tui.core.ipproto import TCP
from tui.detectors.bounded import remember
from tui.detectors.moment import Detector, Moment
from tui.detectors.part import Part, Why
from tui.detectors.words import bpf, show

BUDGET = 1_000
"""Client messages of a second that are read one by one."""
_TELNET = (23, 2323)
_SERVICES = {21: "FTP", 110: "POP3", 143: "IMAP", 25: "SMTP", 587: "SMTP"}


@dataclass(frozen=True, slots=True)
class CleartextThresholds:
    """Limit of `cleartext.credentials`."""

    credentials_again_s: int = 86_400
    """The same two hosts and port are told once in so long."""


class CredentialsDetector(Detector):
    """`cleartext.credentials`: a log-in by FTP, POP3, IMAP, SMTP, telnet or HTTP Basic that everybody could read."""

    rules = ("cleartext.credentials",)

    def __init__(self, limits: CleartextThresholds) -> None:
        self._limits = limits
        self._anonymous: dict[int, bool] = {}
        self._prompted: dict[int, None] = {}
        self._told: dict[tuple[str, str, int], int] = {}
        self._found: list[tuple[str, str, str, int, int, int]] = []

    def observe(self, part: Part) -> None:
        rows = np.flatnonzero((part.ip_proto == TCP) & ((part.why & Why.TEXT) != 0) & (part.payload_len > 0))
        if not len(rows):
            return
        first = part.head[rows, 0]
        # letters that begin USER, PASS, AUTH, GET, POST, HEAD, PUT; IMAP and telnet are known by their port
        chosen = np.isin(first, np.frombuffer(b"UuPpAaGH", np.uint8))
        chosen |= one_of(part.dport[rows], (143, *_TELNET)) | one_of(part.sport[rows], _TELNET)
        for row in rows[chosen][:BUDGET].tolist():
            self._read(part, row)

    def _read(self, part: Part, row: int) -> None:
        head = part.head[row].tobytes().rstrip(b"\0")
        upper, key = head.upper(), int(part.tuple[row])
        port = int(part.dport[row])
        if upper.startswith(b"USER "):
            remember(self._anonymous, key, upper[5:].strip() in (b"ANONYMOUS", b"FTP"))
        elif upper.startswith(b"PASS ") and len(head.strip()) > 5:
            if not self._anonymous.get(key, False):
                self._add(part, row, _SERVICES.get(port, "FTP or POP3"))
        elif upper.startswith((b"AUTH PLAIN ", b"AUTH LOGIN")):
            self._add(part, row, "SMTP")
        elif port == 143 and b" LOGIN " in upper[:24]:
            self._add(part, row, "IMAP")
        elif part.why[row] & Why.DETAIL and upper.startswith((b"GET ", b"POST ", b"HEAD ", b"PUT ")):
            data = part.detail.get(int(part.number[row]), b"").lower()
            if b"\nauthorization: basic " in data:
                self._add(part, row, "HTTP Basic")
        elif int(part.sport[row]) in _TELNET:
            if b"ASSWORD:" in upper:
                remember(self._prompted, key, None)
        elif port in _TELNET and key in self._prompted and head[:1] not in (b"", b"\xff", b"\r", b"\n"):
            del self._prompted[key]
            self._add(part, row, "telnet")

    def _add(self, part: Part, row: int, service: str) -> None:
        src, dst = part.address(row, source=True) or "?", part.address(row, source=False) or "?"
        if src == dst or dst == "::1" or dst.startswith("127."):
            return
        self._found.append((service, src, dst, int(part.dport[row]), int(part.time_ns[row]), int(part.number[row])))

    @property
    def idle(self) -> bool:
        return True

    def decide(self, moment: Moment) -> Iterable[Finding]:
        seen, self._found = self._found, []
        for service, src, dst, port, time_ns, number in seen:
            key = (src, dst, port)
            if moment.second - self._told.get(key, -(10**9)) < self._limits.credentials_again_s:
                continue
            remember(self._told, key, moment.second)
            yield Finding(
                rule="cleartext.credentials",
                severity=Severity.LOW,
                keys=(("cleartext", src, dst, port),),
                src=Endpoint(src),
                dst=Endpoint(dst, port),
                evidence=Evidence(1, 1, "log-ins", samples=(number,)),
                text=Explanation(
                    f"{src} sent a user name and a password to {dst} port {port} in clear text ({service}).",
                    "Whoever sees these packets can read them; nettui neither shows nor keeps them.",
                    "A proxy or a test with invented credentials looks the same.",
                    ("use the encrypted form of the service", "change this password"),
                ),
                first_ns=time_ns,
                last_ns=time_ns,
                proto="TCP",
                filter_display=show(src, dst, also=f"tcp.dstport == {port}"),
                filter_bpf=bpf(src, dst, also=f"tcp port {port}"),
                confidence=0.95,
            )
