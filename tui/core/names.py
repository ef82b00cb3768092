"""Names: what DNS, TLS and HTTP say of the machines behind the addresses, read from the few packets that carry it.

Rows are chosen by their columns first (array operations), then parsed one by one under a budget. A ClientHello that
is split over two segments is put together again; `NameReader` keeps what it needs for that, within bounds.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import NONE16, NONE32, Columns, Mark, address_text
from tui.core.decode import decode_inner
from tui.core.frames import Frames
from tui.core.inner import tunnelled
from tui.core.protocols import ID
from tui.core.protocols import NAMES as PROTOCOL_NAMES
from tui.core.readers.dns import Question, Record, netbios_name, read_dns
from tui.core.readers.http import Request, read_http
from tui.core.readers.quic import read_initial
from tui.core.readers.tls import Hello, handshake_bytes, read_hello

UNLIMITED = 1 << 62
"""The budget of a file, where time does not press."""
MAX_PENDING = 512
"""ClientHellos that wait for their second segment; the oldest is given up first."""
MAX_HELLO = 8192
"""Bytes of one ClientHello; post-quantum key shares make them 1.8 KB."""
MAX_ADDRESSES = 16
"""Addresses kept of one DNS answer."""

_TCP = 6
_DNS_LIKE = {name: ID[name] for name in ("DNS", "MDNS", "LLMNR", "NBNS") if name in ID}
_HTTP_STARTS = np.array(
    sorted(int.from_bytes(word, "big") for word in (
        b"GET ", b"POST", b"HEAD", b"PUT ", b"DELE", b"OPTI", b"CONN", b"PATC", b"TRAC", b"PROP", b"MKCO", b"COPY",
        b"MOVE", b"LOCK", b"UNLO", b"REPO", b"SEAR",
    )), np.uint32,
)  # fmt: skip
_NAME_STARTS = np.zeros(256, np.bool_)
_NAME_STARTS[0x16] = True
_NAME_STARTS[(_HTTP_STARTS >> 24).astype(np.intp)] = True
"""First bytes of payloads that may carry a name."""
_NAMED = np.zeros(1 << 16, np.bool_)
_NAMED[list(_DNS_LIKE.values())] = True
_OPCODES = np.zeros(16, np.bool_)
_OPCODES[[0, 4, 5, 6]] = True
"""DNS opcodes that are read: query, notify, update; NetBIOS registration."""


class NameKind(StrEnum):
    """What kind of message a name stood in; `SNI` is the server name of a TLS or QUIC ClientHello."""

    DNS_QUERY = "dns-query"
    DNS_ANSWER = "dns-answer"
    SNI = "sni"
    HTTP_REQUEST = "http-request"


@dataclass(frozen=True, slots=True)
class NameEvent:
    """One name that one packet carried. Numbers are as on the wire; fields that the kind does not have are empty."""

    row: int
    """Index in the batch it was read from."""
    kind: NameKind
    protocol: str
    """DNS, MDNS, LLMNR, NBNS, TLS, QUIC or HTTP."""
    name: str
    """The name asked for; server name of a ClientHello ("" where it has none); host of a request."""
    time_ns: int
    client: str
    """Address of the side that asked."""
    server: str
    port: int
    """Port of the server."""
    bytes: int
    """Length of the message: payload of the packet on the wire."""
    txid: int = 0
    qtype: int = 0
    rcode: int = 0
    ttl: int = 0
    """Smallest of the answers' times to live, in seconds."""
    answers: tuple[str, ...] = ()
    """Addresses in the answer."""
    canonical: str = ""
    """The name that a CNAME led to."""
    version: int = 0
    """TLS: the highest version offered."""
    alpn: tuple[str, ...] = ()
    method: str = ""
    url: str = ""
    user_agent: str = ""


class NamesRead(NamedTuple):
    """What one call has read."""

    events: list[NameEvent]
    skipped: int
    """Packets that carried names but were beyond the budget."""


@dataclass(slots=True)
class _Pending:
    """The beginning of a ClientHello; `seq`: the sequence number that goes on with it."""

    seq: int
    data: bytes


class NameReader:
    """Reads names batch after batch; remembers unfinished ClientHellos, at most MAX_PENDING."""

    def __init__(self) -> None:
        self._pending: OrderedDict[int, _Pending] = OrderedDict()

    def read(self, frames: Frames, columns: Columns, budget: int = UNLIMITED) -> NamesRead:
        """The names in these packets, in row order. At most `budget` packets are parsed."""
        events, skipped = self._read_level(frames, columns, budget)
        tunnels = tunnelled(columns)
        if len(tunnels):
            inner, parents = decode_inner(frames, columns, tunnels[: max(budget - len(events), 0)])
            more, beyond = self._read_level(frames.select(parents), inner, budget)
            events += [replace(event, row=int(parents[event.row])) for event in more]
            skipped += beyond
        events.sort(key=lambda event: event.row)
        return NamesRead(events, skipped)

    def _read_level(self, frames: Frames, columns: Columns, budget: int) -> NamesRead:
        rows = candidate_rows(frames, columns)
        found = (self._read_row(frames, columns, row) for row in rows[:budget].tolist())
        events = [event for event in found if event is not None]
        if self._pending:
            events += self._continue(frames, columns)
        return NamesRead(events, max(len(rows) - budget, 0))

    def _read_row(self, frames: Frames, columns: Columns, row: int) -> NameEvent | None:
        protocol = PROTOCOL_NAMES[int(columns.protocol[row])]
        payload = payload_of(frames, columns, row)
        if protocol in _DNS_LIKE:
            return _dns_event(columns, row, protocol, payload)
        if protocol == "QUIC":
            hello = read_hello(read_initial(payload))
            return None if hello is None or not hello.client else _sni_event(columns, row, "QUIC", hello)
        if payload[:1] == b"\x16":
            return self._hello_event(columns, row, payload)
        return _http_event(columns, row, payload)

    def _hello_event(self, columns: Columns, row: int, payload: bytes) -> NameEvent | None:
        hello = read_hello(handshake_bytes(payload))
        if hello is None or not hello.client:
            return None
        flow = int(columns.flow[row])
        if hello.server_name or hello.complete or flow == NONE32 or columns.marks[row] & Mark.CUT:
            return _sni_event(columns, row, "TLS", hello)
        self._pending[flow] = _Pending((int(columns.seq[row]) + len(payload)) & 0xFFFFFFFF, payload)
        self._pending.move_to_end(flow)
        if len(self._pending) > MAX_PENDING:
            self._pending.popitem(last=False)
        return None

    def _continue(self, frames: Frames, columns: Columns) -> list[NameEvent]:
        """Add the segments that follow to the hellos that wait for them."""
        waiting = np.fromiter(self._pending, np.uint32, len(self._pending))
        rows = np.flatnonzero(np.isin(columns.flow, waiting) & (columns.payload_len > 0) & (columns.payload != NONE16))
        found = []
        for row in rows.tolist():
            flow = int(columns.flow[row])
            pending = self._pending.get(flow)
            if pending is None or int(columns.seq[row]) != pending.seq:
                continue
            payload = payload_of(frames, columns, row)
            pending.data += payload
            pending.seq = (pending.seq + len(payload)) & 0xFFFFFFFF
            hello = read_hello(handshake_bytes(pending.data))
            if hello is None or hello.complete or hello.server_name or len(pending.data) > MAX_HELLO or not payload:
                del self._pending[flow]
                if hello is not None:
                    found.append(_sni_event(columns, row, "TLS", hello))
        return found


def candidate_rows(frames: Frames, columns: Columns) -> NDArray[np.int64]:
    """Rows that carry a name: DNS and its kin, ClientHellos, QUIC Initials, HTTP requests. Not what tunnels carry."""
    has = (columns.payload != NONE16) & (columns.payload < columns.caplen) & (columns.payload_len >= 5)
    has &= columns.marks & Mark.INNER == 0
    wanted = _NAMED.take(columns.protocol, mode="clip") & has
    is_tcp = columns.ip_proto == _TCP
    tcp = np.flatnonzero(has & is_tcp & ~wanted)
    questions = np.flatnonzero(wanted & ~is_tcp)
    if len(questions):
        wanted[questions] = _like_dns(frames, columns, questions)
    first = frames.buffer.take(frames.offset.take(tcp) + columns.payload.take(tcp), mode="clip")
    tcp = tcp.compress(_NAME_STARTS.take(first, mode="clip"))
    if len(tcp):
        word, handshake = _first_bytes(frames, columns, tcp)
        hello = (word >> 16 == 0x1603) & (handshake == 1)
        request = _HTTP_STARTS[np.minimum(np.searchsorted(_HTTP_STARTS, word), len(_HTTP_STARTS) - 1)] == word
        wanted[tcp[hello | request]] = True
    if "QUIC" in ID:
        quic = np.flatnonzero(has & (columns.protocol == ID["QUIC"]) & (columns.payload_len >= 1200))
        if len(quic):
            first = frames.buffer[frames.offset[quic] + columns.payload[quic]]
            wanted[quic[first & 0x80 != 0]] = True
    return np.flatnonzero(wanted)


def host_of(url: str) -> str:
    """The host in an absolute URL, without port and user."""
    authority = url.partition("://")[2].partition("/")[0].partition("?")[0].rpartition("@")[2]
    return authority[1:].partition("]")[0] if authority.startswith("[") else authority.partition(":")[0]


def payload_of(frames: Frames, columns: Columns, row: int) -> bytes:
    """What stands above the transport, without link padding; b"" where there is none."""
    start = int(columns.payload[row])
    if start == NONE16:
        return b""
    end = min(int(frames.caplen[row]), start + int(columns.payload_len[row]))
    first = int(frames.offset[row])
    return frames.buffer[first + start : first + max(end, start)].tobytes()


def _like_dns(frames: Frames, columns: Columns, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Datagrams whose header a DNS message could have: junk on port 53 must not be parsed byte by byte."""
    at = frames.offset[rows] + columns.payload[rows]
    room = frames.offset[rows] + frames.caplen[rows] - at >= 12
    like = np.zeros(len(rows), np.bool_)
    at, inside = at[room], np.flatnonzero(room)
    opcode = frames.buffer[at + 2] >> 3 & 15
    few = (frames.buffer[at + 4] == 0) & (frames.buffer[at + 6] < 16)
    like[inside] = _OPCODES[opcode] & few
    return like


def _first_bytes(
    frames: Frames, columns: Columns, rows: NDArray[np.int64]
) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """The first four bytes of the payloads as a number, and the sixth byte."""
    at = frames.offset[rows] + columns.payload[rows]
    last = frames.offset[rows] + frames.caplen[rows] - 1
    word = np.zeros(len(rows), np.uint32)
    for i in range(4):
        word = word << np.uint32(8) | frames.buffer[np.minimum(at + i, last)]
    return word.astype(np.uint32), frames.buffer[np.minimum(at + 5, last)]


def _where(columns: Columns, row: int, answer: bool = False) -> tuple[int, str, str, int, int]:
    """time_ns, client, server, port and bytes of an event; an answer comes from the server."""
    source, target = _address(columns, row, "src"), _address(columns, row, "dst")
    sport, dport = int(columns.sport[row]), int(columns.dport[row])
    ends = (target, source, sport) if answer else (source, target, dport)
    return int(columns.time_ns[row]), *ends, int(columns.payload_len[row])


def _address(columns: Columns, row: int, side: str) -> str:
    high, low = getattr(columns, f"{side}_hi")[row], getattr(columns, f"{side}_lo")[row]
    return address_text(int(columns.kind[row]), int(high), int(low)) or ""


def _dns_event(columns: Columns, row: int, protocol: str, payload: bytes) -> NameEvent | None:
    message = read_dns(payload[2:] if columns.ip_proto[row] == _TCP else payload)
    if message is None or message.opcode not in (0, 4, 5, 6):  # query, notify, update; NetBIOS registration
        return None
    if not message.questions and not message.answers:
        return None
    # mDNS answers without a question, and puts addresses of one host among other records
    records: list[Question | Record] = [
        *message.questions[:1],
        *(r for r in message.answers if r.type in (1, 28)),
        *message.answers,
    ]
    first = records[0]
    name = netbios_name(first.name) if protocol == "NBNS" else first.name
    kind = NameKind.DNS_ANSWER if message.response else NameKind.DNS_QUERY
    addresses = tuple(
        r.value
        for r in message.answers
        if r.type in (1, 28) and r.value and (message.questions or r.name == first.name)
    )[:MAX_ADDRESSES]
    return NameEvent(
        row, kind, protocol, name, *_where(columns, row, message.response),
        txid=message.txid, qtype=first.type, rcode=message.rcode,
        ttl=min((r.ttl for r in message.answers), default=0), answers=addresses,
        canonical=next((r.value for r in reversed(message.answers) if r.type == 5), ""),
    )  # fmt: skip


def _sni_event(columns: Columns, row: int, protocol: str, hello: Hello) -> NameEvent:
    name = hello.server_name
    where = _where(columns, row)
    return NameEvent(row, NameKind.SNI, protocol, name, *where, version=hello.version, alpn=hello.alpn)


def _http_event(columns: Columns, row: int, payload: bytes) -> NameEvent | None:
    request = read_http(payload)
    if not isinstance(request, Request):
        return None
    host = request.host or host_of(request.target)
    if host.count(":") == 1:
        host = host.partition(":")[0]
    return NameEvent(
        row, NameKind.HTTP_REQUEST, "HTTP", host, *_where(columns, row), method=request.method, url=request.url,
        user_agent=request.user_agent,
    )  # fmt: skip
