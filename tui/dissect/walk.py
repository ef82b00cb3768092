"""The walk through the layers of one packet with scapy's fields, noting which bytes each field took.

scapy dissects a packet but forgets where its fields stood. So the loops of `Packet.dissect` and `Packet.do_dissect`
are run here, field by field, with the same calls, and the bytes that are left are counted in between.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from tui.core.text import printable
from tui.dissect.library import scapy
from tui.dissect.nodes import Field, Layer
from tui.dissect.options import LIMIT, option_fields, value_text
from tui.dissect.records import SECTIONS, record_fields
from tui.dissect.words import ANSWERS_ONLY, filter_for, title

MAX_LAYERS = 24
MAX_FIELDS = 1024
"""Fields of one packet, with their children."""
MAX_DEPTH = 4
"""Of packets inside fields: DNS records, IPv4 options, LLDP elements."""


class Exhausted(Exception):
    """A budget ended; what is there so far is kept."""


@dataclass(slots=True)
class Budget:
    """What one dissection may cost. `deadline` is on the clock of `time.perf_counter`."""

    deadline: float
    fields: int = MAX_FIELDS
    failed: bool = False
    """A field could not be read: the fields before it stand, what follows is bytes."""

    def spend(self) -> None:
        self.fields -= 1
        if self.fields < 0 or time.perf_counter() > self.deadline:
            raise Exhausted


@dataclass(frozen=True, slots=True)
class Reading:
    """The packet that is read, where in it the layer (or the option) begins, and how deep inside fields we are."""

    data: bytes
    start: int
    budget: Budget
    depth: int = 0


@dataclass(slots=True)
class Step:
    """One layer that was walked, and where the walk goes on."""

    layer: Layer
    packet: Any
    next_class: Any
    payload_start: int
    payload_end: int


def walk_layer(kind: Any, data: bytes, start: int, end: int, under: Any, budget: Budget) -> Step:
    """Dissect one layer of `data[start:end]`. Raises what scapy raises, and Exhausted."""
    raw = data[start:end]
    packet = new_packet(kind, raw, under)
    given = packet.pre_dissect(raw)
    fields, rest = read_fields(packet, given, Reading(data, start, budget))
    if budget.failed:
        return _broken(packet, fields, start, end - len(rest), end)
    after = packet.post_dissect(rest)
    payload, padding = packet.extract_padding(after)
    payload_start = _find(data, payload, end - len(padding or b""), end - len(rest))
    texts = {field.name: field.text for field in fields}
    name = type(packet).__name__
    layer = Layer(name, title(name, str(packet.name), texts), start, payload_start, _within(fields, payload_start))
    next_class = packet.guess_payload_class(payload) if payload else None
    return Step(layer, packet, next_class, payload_start, min(payload_start + len(payload), end))


def _broken(packet: Any, fields: tuple[Field, ...], start: int, stop: int, end: int) -> Step:
    """A layer as far as it could be read; nothing is known of what follows."""
    name = type(packet).__name__
    texts = {field.name: field.text for field in fields}
    return Step(Layer(name, title(name, str(packet.name), texts), start, stop, fields), packet, None, stop, end)


def _find(data: bytes, payload: bytes, end: int, usual: int) -> int:
    """Where the payload begins: a class may take it out of its last field (BOOTP takes DHCP's options so)."""
    start = end - len(payload)
    return start if payload and data[start:end] == payload else usual


def _within(fields: tuple[Field, ...], end: int) -> tuple[Field, ...]:
    """The fields as far as the header goes."""
    return tuple(f if f.end <= end else replace(f, end=end, text="") for f in fields if f.start < end)


def new_packet(kind: Any, raw: bytes, under: Any) -> Any:
    """An empty packet of the class that dissects these bytes: a class may leave them to another one."""
    if "dispatch_hook" in kind.__dict__:
        kind = kind.dispatch_hook(raw, _underlayer=under)
    if not isinstance(kind, type):  # a function that dissects; its class is what is wanted
        kind = type(kind(raw))
    packet = object.__new__(kind)
    packet.__init__(_internal=1, _underlayer=under)
    return packet


def read_fields(packet: Any, raw: bytes, reading: Reading) -> tuple[tuple[Field, ...], bytes]:
    """The fields of a packet whose bytes are `raw`, and the bytes they left over."""
    if type(packet).do_dissect is not scapy().Packet.do_dissect:
        return _opaque(packet, raw, reading)
    found: list[Field] = []
    size, left, bit = len(raw), raw, 0
    for field in packet.fields_desc:
        reading.budget.spend()
        before = (size - len(left)) * 8 + bit
        try:
            state, value = field.getfield(packet, (left, bit) if bit else left)
        except Exception:  # noqa: BLE001  # a header that is cut or broken; scapy's fields raise anything
            reading.budget.failed = True
            break
        left, bit = state[:2] if isinstance(state, tuple) else (state, 0)
        after = (size - len(left)) * 8 + bit
        if field.isconditional and value is None:
            continue
        packet.fields[field.name] = value
        if after > before:
            first, last = reading.start + before // 8, reading.start + -(-after // 8)
            found.append(_field(packet, field, value, first, last, reading))
        if not left and (field.ismayend or (value is not None and field.isconditional and field.fld.ismayend)):
            break
    packet.raw_packet_cache = raw[: size - len(left)]
    packet.explicit = 1
    return tuple(found), left


def _field(packet: Any, field: Any, value: Any, start: int, end: int, reading: Reading) -> Field:
    kind = type(packet).__name__
    children: tuple[Field, ...] = ()
    if kind == "DNS" and field.name in SECTIONS:
        message = reading.start + (2 if "length" in packet.fields else 0)  # over TCP a length stands before it
        count = packet.fields.get(f"{field.name}count", 0)
        children = record_fields(field.name, count, reading.data, message, start, end)
        text = f"{len(children)} record{'' if len(children) == 1 else 's'}"
    elif field.holds_packets:
        children = _inner(value, start, end, reading)
        text = f"{len(children)} items" if isinstance(value, list) else ""
    else:
        children = option_fields(kind, value, reading.data, start, end) if field.name == "options" else ()
        text = f"{end - start} bytes" if children else _text(packet, field, value)
    answers_only = kind == "DNS" and field.name in ANSWERS_ONLY and not packet.fields.get("qr")
    return Field(field.name, text, start, end, "" if answers_only else filter_for(kind, field.name, value), children)


def _inner(value: Any, start: int, end: int, reading: Reading) -> tuple[Field, ...]:
    """The packets in a field, each with its fields; what they were made of tells how far into the bytes each begins."""
    items = value if isinstance(value, list) else [value]
    whole = len(getattr(items[0], "original", b"") or b"") if items else 0
    found: list[Field] = []
    for index, item in enumerate(items):
        reading.budget.spend()
        raw = getattr(item, "original", None)
        if not raw or reading.depth >= MAX_DEPTH:
            continue
        at = start + whole - len(raw)
        following = getattr(items[index + 1], "original", None) if index + 1 < len(items) else None
        stop = start + whole - len(following) if following else end
        if not start <= at < stop <= end:
            break
        fresh = new_packet(type(item), raw, item.underlayer)
        deeper = Reading(reading.data, at, reading.budget, reading.depth + 1)
        fields, _ = read_fields(fresh, fresh.pre_dissect(raw), deeper)
        inside = tuple(child for child in fields if child.end <= stop)
        found.append(Field(type(item).__name__, printable(_summary(item), LIMIT), at, stop, "", inside))
    return tuple(found)


def _summary(item: Any) -> str:
    """The values that tell most of an option or a record."""
    shown = [
        value_text(item.fields[name]) for name in ("qname", "rrname", "rdata", "value", "addr") if name in item.fields
    ]
    return " ".join(shown)


def _opaque(packet: Any, raw: bytes, reading: Reading) -> tuple[tuple[Field, ...], bytes]:
    """A class with its own way of dissecting (ASN.1, HTTP): values without places; all stand for the whole header."""
    rest = packet.do_dissect(raw)
    start, end = reading.start, reading.start + len(raw) - len(rest)
    found: list[Field] = []
    for name, value in packet.fields.items():
        reading.budget.spend()
        if value is not None:
            found.append(Field(str(name), value_text(getattr(value, "val", value)), start, end))
    return tuple(found), rest


def _text(packet: Any, field: Any, value: Any) -> str:
    if isinstance(value, bytes):
        return value_text(value)
    text = printable(str(field.i2repr(packet, value)), LIMIT)
    named = isinstance(value, int) and text and not text[0].isdigit() and not text.startswith("-")
    return f"{text} ({int(value)})" if named else text
