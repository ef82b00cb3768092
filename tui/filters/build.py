"""Build: filters made of what a person points at, in the list, the detail, a counter, a flow or an alert."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from enum import Enum

from tui.filters.fields import Field
from tui.filters.kinds import Kind
from tui.filters.parser import parse
from tui.filters.syntax import Logic
from tui.filters.tables import FIELDS


class Joining(Enum):
    """How a new condition joins the filter that is there."""

    REPLACE = "replace"
    NOT = "replace by not"
    AND = "and"
    OR = "or"
    AND_NOT = "and not"
    OR_NOT = "or not"


def equals(name: str, value: object) -> str:
    """`field == value`, written as the field's kind wants it; the bare field where it has no value.

    Raises KeyError for a field that is not in the table.
    """
    field = FIELDS[name]
    if field.kind is Kind.NONE or (field.kind is Kind.PROTOCOL):
        return name
    return f"{name} == {_written(field, value)}"


def _written(field: Field, value: object) -> str:
    if isinstance(value, bytes | bytearray):
        return quoted(bytes(value)) if field.kind is Kind.STRING else bytes(value).hex(":")
    if field.kind in (Kind.STRING, Kind.TIME):
        return quoted(str(value).encode("utf-8", "surrogatepass"))
    if isinstance(value, bool):
        return str(int(value))
    return str(value)


def quoted(value: bytes) -> str:
    """A string of the filter language that stands for these bytes."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return '"' + "".join(_byte(byte) for byte in value) + '"'
    return '"' + "".join(_character(c) for c in text) + '"'


def _byte(byte: int) -> str:
    plain = 32 <= byte < 127 and chr(byte) not in '"\\'
    return chr(byte) if plain else f"\\x{byte:02x}"


def _character(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"


def address(value: str) -> str:
    """An address of any kind, as source or destination: `ip.addr == 10.0.0.1`, `eth.addr == ...`."""
    return equals(_address_field(value, "addr"), value)


def source(value: str) -> str:
    return equals(_address_field(value, "src"), value)


def destination(value: str) -> str:
    return equals(_address_field(value, "dst"), value)


def _address_field(value: str, end: str) -> str:
    try:
        return f"{'ip' if ipaddress.ip_address(value).version == 4 else 'ipv6'}.{end}"
    except ValueError:
        return f"eth.{end}"


def port(number: int, transport: str = "tcp") -> str:
    return equals(f"{transport}.port", number)


def pair(first: str, second: str) -> str:
    """What two addresses send each other."""
    return f"{address(first)} && {address(second)}"


def conversation(
    src: str, dst: str, transport: str | None = None, sport: int | None = None, dport: int | None = None
) -> str:
    """All packets of a flow, in both directions; `transport` is tcp, udp, sctp or dccp."""
    parts = [pair(src, dst)]
    if transport and sport is not None and dport is not None:
        parts += [port(sport, transport), port(dport, transport)]
    return " && ".join(parts)


def protocol(name: str) -> str:
    """The protocol of a row or a counter, by the name that is shown."""
    bare = name.lower()
    return bare if bare in FIELDS and FIELDS[bare].kind is Kind.PROTOCOL else equals("nettui.protocol", name)


def one_of(name: str, values: Sequence[object]) -> str:
    """`field in {a, b}`; a plain comparison where there is one value."""
    if len(values) == 1:
        return equals(name, values[0])
    return f"{name} in {{{', '.join(_written(FIELDS[name], value) for value in values)}}}"


def join(current: str, condition: str, joining: Joining) -> str:
    """The filter that is there with a condition added; each in brackets where it needs them."""
    current = current.strip()
    if joining in (Joining.NOT, Joining.AND_NOT, Joining.OR_NOT):
        condition = f"!({condition})"
    if not current or joining in (Joining.REPLACE, Joining.NOT):
        return condition
    sign = "&&" if joining in (Joining.AND, Joining.AND_NOT) else "||"
    return f"{_bracketed(current, sign)} {sign} {_bracketed(condition, sign)}"


def _bracketed(text: str, sign: str) -> str:
    """In brackets, unless it is one condition or joined by the same sign throughout."""
    tree = parse(text)
    same = {"&&": "and", "||": "or"}[sign]
    return f"({text})" if isinstance(tree, Logic) and tree.operator != same else text
