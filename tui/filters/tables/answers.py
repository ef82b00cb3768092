"""Fields of answers: how long they took, and which packet asked. Of DNS, HTTP, ICMP and SMB2."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import NONE32
from tui.filters import guards
from tui.filters.fields import Field
from tui.filters.kinds import Kind
from tui.filters.packets import Guard, Level, Mask, Packets, Rows
from tui.filters.pairing import Asked, Event, Paired, pair
from tui.filters.sources import Computed, Cost, number
from tui.filters.tables.application import HTTP, SMB
from tui.filters.tables.naming import DNS, LLMNR, MDNS
from tui.filters.values import Chunk, Values, map_data

_NEVER = 1 << 62
DNS_AGAIN_NS = 5_000_000_000
"""A query asked again later than this is a new one, as in Wireshark."""
Events = Callable[[Packets], Iterable[Event]]


def _dns(packets: Packets) -> Iterator[Event]:
    """By stream and transaction; of several messages in a segment, the first."""
    for rows, level, index in _places(packets, guards.either(guards.either(DNS.guard, LLMNR.guard), MDNS.guard)):
        c, streams = level.columns, packets.columns.stream[rows]
        at = c.payload[index].astype(np.int64) + np.where(c.ip_proto[index] == 6, 2, 0)
        heads, known = _words(level, index, at)
        known &= streams != NONE32
        for row, head, stream in zip(rows[known].tolist(), heads[known].tolist(), streams[known].tolist(), strict=True):
            yield Event(row, (stream, head >> 16), bool(head & 0x8000))


def _places(packets: Packets, guard: Guard) -> Iterator[tuple[Rows, Level, Rows]]:
    """Rows with such a header at each depth, the level, and their places in it; not of what ICMP errors quote."""
    for level in packets.levels:
        here = guard(level.columns)
        index = np.flatnonzero(here if level.quoted is None else here & ~level.quoted)
        if len(index):
            yield index if level.rows is None else level.rows[index], level, index


def _words(level: Level, index: Rows, at: Rows) -> tuple[NDArray[np.uint64], Mask]:
    """Four bytes at a place of each."""
    frames = level.frames
    if frames is None:
        return np.zeros(len(index), np.uint64), np.zeros(len(index), np.bool_)
    return number(frames, index, at, 4)


def _http(packets: Packets) -> Iterator[Event]:
    """By stream: a response answers the last request."""
    streams = packets.columns.stream
    for row, _, values in sorted(HTTP.read(packets), key=lambda found: found[0]):
        stream = int(streams[row])
        if stream == NONE32:
            continue
        for _ in values.get("http.request", ()):
            yield Event(row, stream, answer=False)
        for _ in values.get("http.response", ()):
            yield Event(row, stream, answer=True)


def _smb2(packets: Packets) -> Iterator[Event]:
    """By stream and message number."""
    streams = packets.columns.stream
    for row, _, values in sorted(SMB.read(packets), key=lambda found: found[0]):
        if int(streams[row]) == NONE32:
            continue
        numbers, answers = values.get("smb2.msg_id", []), values.get("smb2.flags.response", [])
        for message, answer in zip(numbers, answers, strict=False):
            yield Event(row, (int(streams[row]), message), bool(answer))


def _echo(guard: Guard, request: int, reply: int) -> Events:
    """By both addresses, identifier, sequence number and data, of which the checksum tells: a tunnel's do not pair."""

    def events(packets: Packets) -> Iterator[Event]:
        for rows, level, index in _places(packets, guard):
            c, at = level.columns, level.columns.l4[index].astype(np.int64)
            heads, known = _words(level, index, at)
            words, whole = _words(level, index, at + 4)
            for i in np.flatnonzero(known & whole).tolist():
                head, of = int(heads[i]), int(index[i])
                ends = [(int(c.src_hi[of]), int(c.src_lo[of])), (int(c.dst_hi[of]), int(c.dst_lo[of]))]
                rest = (0xFFFF - (head & 0xFFFF) - (head >> 16)) % 0xFFFF  # of the sum without the type (RFC 1071)
                if head >> 24 == request:
                    yield Event(int(rows[i]), (*ends, int(words[i]), rest), answer=False)
                elif head >> 24 == reply:
                    yield Event(int(rows[i]), (*reversed(ends), int(words[i]), rest), answer=True)

    return events


def _paired(name: str, events: Events, again_ns: int, once: bool, packets: Packets) -> Paired:
    """What the batch has, worked out once for all fields of the protocol."""
    root = packets.root or packets
    found = root.cache.get(name)
    if found is None:
        memory = root.place.memory
        asked = memory.kept(name, Asked) if memory is not None else Asked()
        found = root.cache[name] = pair(root, events(root), asked, again_ns, once=once)
    assert isinstance(found, Paired)
    return found


def _here(packets: Packets, found: dict[int, int], scale: int) -> Values:
    """Values by row of the batch, of those of its packets that are asked about."""
    rows = [(i, found[row]) for i, row in enumerate(packets.all_rows.tolist()) if row in found] if found else []
    if not rows:
        return []
    index, values = np.array(rows, np.int64).T
    return [Chunk(values * scale, index)]


class _Protocol:
    """The fields of one protocol."""

    def __init__(self, name: str, events: Events, again_ns: int = _NEVER, *, once: bool = True) -> None:
        self._name, self._events, self._again_ns, self._once = name, events, again_ns, once

    def _get(self, part: str, packets: Packets, scale: int = 1) -> Values:
        found = _paired(self._name, self._events, self._again_ns, self._once, packets)
        return _here(packets, attrgetter(part)(found), scale)

    def time(self, name: str, text: str, scale: int = 1) -> Field:
        source = Computed(lambda packets: self._get("delay_ns", packets, scale), Cost.PAYLOAD)
        return Field(name, Kind.DURATION, source, text)

    def number(self, name: str, part: str, text: str) -> Field:
        return Field(name, Kind.UNSIGNED, Computed(lambda packets: self._get(part, packets), Cost.PAYLOAD), text, 32)

    def label(self, name: str, text: str, *parts: str) -> Field:
        """There where one of the parts has the packet."""

        def values(packets: Packets) -> Values:
            return map_data([c for part in parts for c in self._get(part, packets)], np.ones_like)

        return Field(name, Kind.BOOLEAN, Computed(values, Cost.PAYLOAD), text, 1)


_DNS = _Protocol("dns", _dns, DNS_AGAIN_NS)
_HTTP = _Protocol("http", _http, 0)
_SMB2 = _Protocol("smb2", _smb2, once=False)
_ICMP = _Protocol("icmp", _echo(guards.icmp_echo, 8, 0))
_ICMP6 = _Protocol("icmpv6", _echo(guards.icmpv6_echo, 128, 129))

ANSWERS: tuple[Field, ...] = (
    _DNS.time("dns.time", "seconds from the query to the answer"),
    _DNS.number("dns.response_to", "question", "number of the packet with the query"),
    _DNS.label("dns.retransmission", "was asked or answered before", "asked_again", "answered_again"),
    _DNS.number("dns.retransmit_request_in", "asked_again", "number of the packet that asked first"),
    _DNS.number("dns.retransmit_response_in", "answered_again", "number of the packet that answered first"),
    _HTTP.time("http.time", "seconds from the request to the response"),
    _HTTP.number("http.request_in", "question", "number of the packet with the request"),
    _SMB2.time("smb2.time", "seconds from the request to the response"),
    _SMB2.number("smb2.response_to", "question", "number of the packet with the request"),
    _ICMP.time("icmp.resptime", "milliseconds from the echo request to the reply", 1_000),
    _ICMP.number("icmp.resp_to", "question", "number of the packet with the request"),
    _ICMP6.time("icmpv6.resptime", "milliseconds from the echo request to the reply", 1_000),
    _ICMP6.number("icmpv6.resp_to", "question", "number of the packet with the request"),
)
