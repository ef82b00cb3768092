"""Password guessing: refusals that servers say in clear text, and repeated short sessions of encrypted services."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui.core.alert.alerts import SAMPLES, SECOND_NS, Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.alert.nearness import Near
from tui.core.columns import address_text
from tui.core.ipproto import TCP
from tui.detectors.heads import has
from tui.detectors.moment import CLOSEST, Detector, Moment
from tui.detectors.outcomes import Connections, Greeting
from tui.detectors.part import Part, Why
from tui.detectors.words import amount, bpf, show, size

PAIRS = 4_096
EVENTS = 512
"""Refusals or sessions remembered of each pair and service."""
BUDGET = 4_096
"""Refusals of a second that are taken one by one."""


@dataclass(frozen=True, slots=True)
class BruteThresholds:
    """Limits of `brute.*`: one client at one service. Payload bytes of a session count in both directions."""

    ssh_sessions: int = 8
    """Short sessions in `window_s`."""
    ssh_bytes: int = 6_500
    """Payload of a whole session that failed: 2.9 to 6.0 kB were measured with OpenSSH."""
    ssh_least: int = 1_000
    """Less is a look at the greeting (monitoring, ssh-keyscan), no guess."""
    ssh_success: int = 7_000
    """A session of so many bytes logged in: the pair knows its password or key."""
    window_s: int = 10 * 60
    rdp_sessions: int = 10
    """As for SSH."""
    rdp_bytes: int = 20_000
    rdp_least: int = 400
    rdp_success: int = 3 * 20_000
    ftp_refusals: int = 10
    """Refusals in `window_s`, as all below."""
    http_refusals: int = 20
    mail_refusals: int = 10
    telnet_refusals: int = 8
    smb_refusals: int = 10
    mysql_refusals: int = 10
    postgresql_refusals: int = 10
    redis_refusals: int = 10


_SAYS = {
    "ftp": "replies 530", "http": "replies 401", "mail": "refused log-ins", "telnet": "refused log-ins",
    "smb": "failed session set-ups", "mysql": "access denied", "postgresql": "failed authentications",
    "redis": "wrong passwords",
}  # fmt: skip


@dataclass(slots=True)
class _Pair:
    """One client at one service."""

    client: str
    server: str
    port: int
    events: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=EVENTS))
    success_ns: int = -(10**18)
    told: int = 0
    fresh: int = 0


class BruteDetector(Detector):
    """`brute.*`: many refused log-ins where the server says so in clear text, or many short sessions (SSH, RDP)."""

    rules = (
        "brute.ssh", "brute.ftp", "brute.http", "brute.smb", "brute.rdp", "brute.mysql", "brute.postgresql",
        "brute.redis", "brute.mail", "brute.telnet",
    )  # fmt: skip

    def __init__(self, limits: BruteThresholds) -> None:
        self._limits = limits
        self._pairs: dict[tuple[str, int, int], _Pair] = {}
        self._touched: dict[tuple[str, int, int], None] = {}
        self._taken = 0
        self._edge = 0

    def observe(self, part: Part) -> None:
        rows = np.flatnonzero((part.ip_proto == TCP) & ((part.why & Why.TEXT) != 0))
        if not len(rows):
            return
        for service, mask in _refusals(part.head[rows], part.sport[rows]):
            for row in rows[mask][: max(0, BUDGET - self._taken)].tolist():
                self._taken += 1
                self._refused(service, part, row)
        welcome = _welcomes(part.head[rows])
        for row in rows[welcome][:BUDGET].tolist():
            pair = self._pairs.get(("http", int(part.dst[row]), int(part.src[row])))
            if pair is not None and pair.events:
                # a challenge that was answered well is no failure (Digest, NTLM)
                pair.events.pop()
                pair.fresh = max(0, pair.fresh - 1)

    def _refused(self, service: str, part: Part, row: int) -> None:
        key = (service, int(part.dst[row]), int(part.src[row]))
        if key not in self._pairs:
            client, server = part.address(row, source=False) or "?", part.address(row, source=True) or "?"
            self._remember(key, _Pair(client, server, int(part.sport[row])))
        self._event(key, int(part.time_ns[row]), int(part.number[row]))

    def _remember(self, key: tuple[str, int, int], pair: _Pair) -> None:
        if len(self._pairs) >= PAIRS:
            least = min(list(self._pairs)[:64], key=lambda k: len(self._pairs[k].events))
            del self._pairs[least]
        self._pairs[key] = pair

    def _event(self, key: tuple[str, int, int], time_ns: int, number: int) -> None:
        pair = self._pairs[key]
        pair.events.append((time_ns, number))
        pair.fresh += 1
        self._touched[key] = None

    def _sessions(self, c: Connections) -> None:
        limits = self._limits
        for service, greeting, least, most, success in (
            ("ssh", Greeting.SSH, limits.ssh_least, limits.ssh_bytes, limits.ssh_success),
            ("rdp", Greeting.RDP, limits.rdp_least, limits.rdp_bytes, limits.rdp_success),
        ):
            total = c.sent + c.received
            for i in np.flatnonzero((c.greeting == greeting) & (total >= least))[:BUDGET].tolist():
                key = (service, int(c.client[i]), int(c.server[i]))
                if key not in self._pairs:
                    kind = int(c.kind[i])
                    client = address_text(kind, int(c.client_hi[i]), int(c.client_lo[i])) or "?"
                    server = address_text(kind, int(c.server_hi[i]), int(c.server_lo[i])) or "?"
                    self._remember(key, _Pair(client, server, int(c.sport[i])))
                if total[i] >= success:
                    self._pairs[key].success_ns = int(c.last_ns[i])
                elif total[i] < most:
                    self._event(key, int(c.last_ns[i]), int(c.number[i]))

    def decide(self, moment: Moment) -> Iterable[Finding]:
        self._taken = 0
        if len(moment.results.ends):
            self._sessions(moment.results.ends)
        touched, self._touched = self._touched, {}
        self._edge = edge = moment.now_ns - self._limits.window_s * SECOND_NS
        found = []
        for key in touched:
            pair = self._pairs.get(key)
            if pair is None:
                continue
            while pair.events and pair.events[0][0] < edge:
                pair.events.popleft()
            limit = self._limit(key[0])
            count = len(pair.events)
            if count < limit:
                pair.told = 0
            elif pair.success_ns < edge and count >= 1.3 * pair.told:
                found.append(self._finding(key[0], pair, count, limit))
                pair.told, pair.fresh = count, 0
        return found

    def near(self) -> Iterable[Near]:
        """Of each service the pairs with most refusals."""
        for (service, _, _), pair in heapq.nlargest(4 * CLOSEST, self._pairs.items(), key=lambda p: len(p[1].events)):
            recent = sum(time_ns >= self._edge for time_ns, _ in pair.events)
            held = "it has logged in" if pair.success_ns >= self._edge else ""
            unit = "sessions" if service in ("ssh", "rdp") else "refusals"
            whose = f"{pair.client} > {pair.server} port {pair.port}"
            yield Near(f"brute.{service}", recent, self._limit(service), unit, whose, held, 0.0)

    def _limit(self, service: str) -> int:
        name = f"{service}_sessions" if service in ("ssh", "rdp") else f"{service}_refusals"
        return int(getattr(self._limits, name))

    def _finding(self, service: str, p: _Pair, count: int, limit: int) -> Finding:
        minutes = self._limits.window_s // 60
        if service in ("ssh", "rdp"):
            most = self._limits.ssh_bytes if service == "ssh" else self._limits.rdp_bytes
            what = (
                f"{amount(count)} sessions of less than {size(most)} in {minutes} min (limit {limit}), none longer: "
                f"too short to have logged in."
            )
            doubt, confidence = (
                "The sessions are encrypted: programs that log in and fail for other reasons look alike.",
                0.7,
            )
        else:
            what = f"{amount(count)} {_SAYS[service]} in {minutes} min (limit {limit})."
            doubt, confidence = "A program with an old password tries again and again as well.", 0.9
        samples = tuple(n for _, n in list(p.events)[:SAMPLES])
        unit = "sessions" if service in ("ssh", "rdp") else "refusals"
        return Finding(
            rule=f"brute.{service}",
            severity=Severity.HIGH,
            keys=((f"brute.{service}", p.client),),
            src=Endpoint(p.client),
            dst=Endpoint(p.server, p.port),
            evidence=Evidence(count, limit, unit, self._limits.window_s, samples=samples),
            text=Explanation(
                what,
                f"{p.client} at {p.server} port {p.port}.",
                doubt,
                ("look in the server's log for the accounts, and for a success", "limit log-ins (fail2ban)"),
            ),
            first_ns=p.events[0][0],
            last_ns=p.events[-1][0],
            proto="TCP",
            filter_display=show(p.client, p.server, also=f"tcp.port == {p.port}"),
            filter_bpf=bpf(p.client, p.server, also=f"tcp port {p.port}"),
            confidence=confidence,
            count=p.fresh or 1,
        )  # fmt: skip


def _refusals(head: NDArray[np.uint8], sport: NDArray[np.uint16]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """For each service the rows in which its server refuses a log-in."""
    yield "ftp", has(head, 0, b"530") & ((head[:, 3] == 0x20) | (head[:, 3] == 0x2D))
    yield "http", has(head, 0, b"HTTP/1.") & has(head, 9, b"401")
    pop = has(head, 0, b"-ERR") & (sport == 110)
    yield "mail", has(head, 0, b"535") | pop | _holds(head, sport == 143, 16, b" NO ")
    yield "telnet", _holds(head, (sport == 23) | (sport == 2323), HEAD_WORDS, b"ncorrect", b"nvalid")
    smb2 = has(head, 4, b"\xfeSMB") & (head[:, 16] == 1) & np.isin(_word(head, 12), _NT_REFUSED)
    smb1 = has(head, 4, b"\xffSMB\x73") & np.isin(_word(head, 9), _NT_REFUSED)
    yield "smb", smb2 | smb1
    yield "mysql", (head[:, 3] <= 4) & (head[:, 4] == 0xFF) & has(head, 5, b"\x15\x04")
    yield "postgresql", _holds(head, head[:, 0] == 0x45, HEAD_WORDS, b"C28P01")
    yield "redis", has(head, 0, b"-WRONGPASS") | has(head, 0, b"-ERR invalid password") | has(head, 0, b"-ERR AUTH")


HEAD_WORDS = 40
_NT_REFUSED = np.array([0xC000006D, 0xC000006A, 0xC0000064, 0xC0000234, 0xC0000072], np.uint32)


def _welcomes(head: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """HTTP answers 2xx and 3xx."""
    return np.asarray(has(head, 0, b"HTTP/1.") & ((head[:, 9] == 0x32) | (head[:, 9] == 0x33)))


def _word(head: NDArray[np.uint8], at: int) -> NDArray[np.uint32]:
    """Four bytes, little endian."""
    return np.ascontiguousarray(head[:, at : at + 4]).view("<u4").reshape(-1).astype(np.uint32)


def _holds(head: NDArray[np.uint8], asked: NDArray[np.bool_], most: int, *texts: bytes) -> NDArray[np.bool_]:
    """Whether one of the texts stands within the first `most` bytes of the rows that are asked for."""
    found = np.zeros(len(head), np.bool_)
    rows = np.flatnonzero(asked)
    some = head[rows]
    for text in texts if len(rows) else ():
        for at in range(min(most, head.shape[1] - len(text))):
            found[rows] |= has(some, at, text)
    return found
