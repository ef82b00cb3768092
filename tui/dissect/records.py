"""The records of a DNS message with their bytes: names point back, so scapy's copies have no place in the message."""

from __future__ import annotations

from contextlib import suppress

from tui.core.readers.cursor import Cursor, Short
from tui.core.readers.dns import MAX_RECORDS, read_name, record_value, type_name
from tui.dissect.nodes import Field
from tui.dissect.words import text_filter

SECTIONS = ("qd", "an", "ns", "ar")


def record_fields(section: str, count: int, data: bytes, message: int, start: int, end: int) -> tuple[Field, ...]:
    """The first `count` records of `data[start:end]`; the message they belong to begins at `message`."""
    cursor = Cursor(data[message:end], start - message)
    found: list[Field] = []
    with suppress(Short):
        found.extend(_record(cursor, message, question=section == "qd") for _ in range(min(count, MAX_RECORDS)))
    return tuple(found)


def _data_filter(kind: int, value: str) -> str:
    """What picks answers with this address or name."""
    if kind in (1, 28) and value:
        return f"{'dns.a' if kind == 1 else 'dns.aaaa'} == {value}"
    name = {2: "dns.ns", 5: "dns.cname", 12: "dns.ptr.domain_name"}.get(kind)
    return text_filter(name, value) if name else ""


def _record(cursor: Cursor, message: int, question: bool) -> Field:
    begin = cursor.at
    name = read_name(cursor)
    after = cursor.at
    kind, klass = cursor.u16(), cursor.u16()
    at = message + after
    children = [
        Field("name", name, message + begin, at, text_filter("dns.qry.name" if question else "dns.resp.name", name)),
        Field("type", f"{type_name(kind)} ({kind})", at, at + 2, f"dns.{'qry' if question else 'resp'}.type == {kind}"),
        Field("class", str(klass), at + 2, at + 4),
    ]
    text = f"{type_name(kind)} {name}"
    if not question:
        ttl, size = cursor.u32(), cursor.u16()
        inside = Cursor(cursor.data, cursor.at, cursor.at + size)
        cursor.skip(size)
        value = record_value(kind, inside, size)
        children += [
            Field("ttl", f"{ttl} s", at + 4, at + 8),
            Field("length", str(size), at + 8, at + 10),
            Field("data", value or f"{size} bytes", at + 10, at + 10 + size, _data_filter(kind, value)),
        ]
        text = f"{text} {value}".rstrip()
    return Field("question" if question else "record", text, message + begin, message + cursor.at, "", tuple(children))
