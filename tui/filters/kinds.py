"""The kinds of values that fields have, and how a value written in a filter becomes one of them."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import Enum

from tui.errors import FilterError
from tui.filters.syntax import Name, Negative, Text


class Kind(Enum):
    """Wireshark's field types, as far as they behave differently."""

    NONE = "a label"
    BOOLEAN = "true or false"
    UNSIGNED = "a number"
    SIGNED = "a signed number"
    IPV4 = "an IPv4 address"
    IPV6 = "an IPv6 address"
    ETHER = "a MAC address"
    STRING = "a text"
    BYTES = "bytes"
    PROTOCOL = "a protocol"
    TIME = "a time"
    DURATION = "seconds"


NUMBERS = frozenset({Kind.BOOLEAN, Kind.UNSIGNED, Kind.SIGNED, Kind.TIME, Kind.DURATION})
"""Kinds kept as arrays of one number per value, as IPV4 and ETHER are."""
BYTE_LIKE = frozenset({Kind.STRING, Kind.BYTES, Kind.PROTOCOL})
"""Kinds kept as byte strings."""
ADDRESS_BYTES = {Kind.IPV4: 4, Kind.ETHER: 6, Kind.IPV6: 16}
SLICEABLE = BYTE_LIKE | set(ADDRESS_BYTES)


@dataclass(frozen=True, slots=True)
class Network:
    """An address with its prefix: all of `value` under `mask`. Equality looks at the masked bits only."""

    value: int
    mask: int


Value = int | bytes | Network
"""Numbers, times (nanoseconds) and MAC addresses are int, IP addresses Network, the rest bytes."""

_TRUE = frozenset({"true", "yes", "set"})
_FALSE = frozenset({"false", "no", "not set"})
_HEX_BYTES = re.compile(r"[0-9A-Fa-f]{1,2}([:.-][0-9A-Fa-f]{1,2})*[:.-]?|(0[xX])?([0-9A-Fa-f]{2})+")
_TIME_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%b %d, %Y %H:%M:%S",
    "%b %d, %Y %H:%M",
    "%b %d, %Y",
)
_EXAMPLES = {
    Kind.BOOLEAN: "write 1 or 0, true or false",
    Kind.UNSIGNED: "numbers: 80, 0x50, 0b1010000, 'P'",
    Kind.SIGNED: "numbers: 80, -5, 0x50",
    Kind.IPV4: "addresses: 10.0.0.1 or 10.0.0.0/8",
    Kind.IPV6: "addresses: 2001:db8::1 or fe80::/10",
    Kind.ETHER: "addresses: 00:11:22:33:44:55",
    Kind.BYTES: 'bytes: 47:45:54, or a text: "GET"',
    Kind.PROTOCOL: 'bytes: 47:45:54, or a text: "GET"',
    Kind.TIME: 'times: "2026-11-20 12:00:00"',
    Kind.DURATION: "seconds: 1.5",
}


def convert(kind: Kind, node: Name | Text | Negative, names: dict[str, int] | None = None, bits: int = 64) -> Value:
    """The value that stands in a filter, for a field of this kind. Raises FilterError at its place.

    `names` are words that the field knows for its numbers; `bits` is its width.
    """
    text = _text(node)
    try:
        if kind is Kind.STRING:
            return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        if kind in BYTE_LIKE:
            return _bytes(text)
        if isinstance(text, bytes):
            return _of_string(kind, text, node, names)
        return _of_word(kind, text, names, bits)
    except (ValueError, InvalidOperation, OverflowError) as problem:
        shown = text if isinstance(text, str) else text.decode("utf-8", "replace")
        reason = str(problem) if isinstance(problem, _Unfit) else f'"{shown}" is not {kind.value}'
        raise FilterError(reason, node.start, _EXAMPLES.get(kind, "")) from None


class _Unfit(ValueError):
    """A value of the right form that the field cannot hold."""


def _text(node: Name | Text | Negative) -> str | bytes:
    if isinstance(node, Text):
        return node.value
    if isinstance(node, Name):
        return node.text
    inner = node.of
    if isinstance(inner, Name):
        return "-" + inner.text
    raise FilterError("only numbers have a sign", node.start)


def _of_string(kind: Kind, value: bytes, node: Name | Text | Negative, names: dict[str, int] | None) -> Value:
    """What stands in quotes: a name that the field knows, an address, a time; a character for a number."""
    if isinstance(node, Text) and node.character and kind in (Kind.UNSIGNED, Kind.SIGNED):
        return value[0]
    text = value.decode("utf-8", "replace")
    if kind in (Kind.UNSIGNED, Kind.SIGNED):
        if names is None or text.lower() not in names:
            raise ValueError
        return names[text.lower()]
    if kind is Kind.DURATION:
        raise ValueError
    return _of_word(kind, text, names, 64)


def _of_word(kind: Kind, text: str, names: dict[str, int] | None, bits: int) -> Value:
    match kind:
        case Kind.BOOLEAN:
            return _boolean(text)
        case Kind.UNSIGNED | Kind.SIGNED:
            if names and text.lower() in names:
                return names[text.lower()]
            return _number(text, bits)
        case Kind.IPV4:
            net4 = ipaddress.IPv4Interface(text)
            return Network(int(net4.ip) & int(net4.netmask), int(net4.netmask))
        case Kind.IPV6:
            net6 = ipaddress.IPv6Interface(text)
            return Network(int(net6.ip) & int(net6.netmask), int(net6.netmask))
        case Kind.ETHER:
            address = _bytes(text)
            if len(address) != 6:
                raise ValueError
            return int.from_bytes(address, "big")
        case Kind.DURATION:
            return int(Decimal(text) * 1_000_000_000)
        case Kind.TIME:
            return _time(text)
    raise ValueError


def _boolean(text: str) -> int:
    lower = text.lower()
    if lower in _TRUE:
        return 1
    if lower in _FALSE:
        return 0
    return int(integer(text) != 0)


def integer(text: str) -> int:
    """A number as C writes it: decimal, 0x hexadecimal, 0b binary, 0 octal. Raises ValueError."""
    digits = text.lstrip("+-")
    if not digits.isascii() or "_" in digits or len(digits) > 80:
        raise ValueError
    if len(digits) > 1 and digits[0] == "0" and digits.isdecimal():
        value = int(digits, 8)
    else:
        value = int(digits, 0)
    return -value if text.startswith("-") else value


def _number(text: str, bits: int) -> int:
    value = integer(text)
    if value >= 1 << bits:
        raise _Unfit(f'"{text}" is too big for this field, its maximum is {(1 << bits) - 1}')
    if value < -(1 << 63):
        raise _Unfit(f'"{text}" is too small for any field')
    return value


def _bytes(text: str | bytes) -> bytes:
    if isinstance(text, bytes):
        return text
    if not _HEX_BYTES.fullmatch(text):
        raise ValueError
    if text[:2] in ("0x", "0X"):
        return bytes.fromhex(text[2:])
    parts = re.split("[:.-]", text)
    if len(parts) > 1:
        width = 2 if all(len(part) <= 2 for part in parts) else 0
        return bytes.fromhex("".join(part.zfill(width) for part in parts if part))
    return bytes.fromhex(text if len(text) % 2 == 0 else "0" + text)


def _time(text: str) -> int:
    """Nanoseconds since the epoch; without a zone the time is local, with a Z it is UTC."""
    head, dot, fraction = text.strip().partition(".")
    zone = ""
    if dot:
        digits = re.match(r"\d*", fraction)
        assert digits is not None
        fraction, zone = digits.group()[:9], fraction[digits.end() :]
    head = head.replace("T", " ")
    if head.endswith(("Z", "UTC")):
        head, zone = head.removesuffix("UTC").rstrip("Z ").rstrip(), "Z"
    if zone.strip() not in ("", "Z"):
        raise ValueError
    for form in _TIME_FORMATS:
        try:
            moment = datetime.strptime(head + ("+0000" if zone.strip() else ""), form + ("%z" if zone.strip() else ""))
        except ValueError:
            continue
        return int(moment.astimezone().timestamp()) * 1_000_000_000 + int(fraction.ljust(9, "0") if fraction else 0)
    raise ValueError
