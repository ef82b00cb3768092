"""Expressions: what stands on one side of a comparison, made into a function from packets to values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from tui.errors import FilterError
from tui.filters.fields import nearest, offer
from tui.filters.functions import FUNCTIONS, call
from tui.filters.kinds import BYTE_LIKE, SLICEABLE, Kind, Value, convert
from tui.filters.packets import Guard, Mask, Packets
from tui.filters.reckoning import reckon, reckon_arrays, reckon_with
from tui.filters.sources import Cost
from tui.filters.syntax import Arithmetic, Call, Entity, Name, Negative, Range, Slice, Text
from tui.filters.tables import ALIASES, FIELDS
from tui.filters.values import Chunk, Data, Values, as_bytes, layers_within, size

_INTEGERS = (Kind.UNSIGNED, Kind.SIGNED)
_ARITHMETIC = (*_INTEGERS, Kind.DURATION)


@dataclass(frozen=True, slots=True)
class Expression:
    """Values of one kind. `kind` None: a value without quotes that is no field."""

    kind: Kind | None
    cost: Cost
    values: Callable[[Packets], Values]
    text: str
    bits: int = 64
    names: dict[str, int] = field(default_factory=dict)
    present: Guard | None = None
    number_test: bool = False
    """Standing alone, it asks whether it is not zero: tcp.flags & 2."""

    def as_bytes(self) -> Expression:
        """The same values as bytes, where they are addresses."""
        if self.kind in BYTE_LIKE:
            return self
        kind = self.kind
        assert kind is not None
        return replace(self, kind=Kind.BYTES, values=lambda p: [as_bytes(kind, c) for c in self.values(p)])


def _nothing(packets: Packets) -> Values:
    return []


def is_literal(entity: Entity, beside: Expression | None = None) -> bool:
    """Is this a value of the filter, not something that packets have? So is a word that the other side knows."""
    if isinstance(entity, Text):
        return True
    if isinstance(entity, Negative):
        return is_literal(entity.of)
    if isinstance(entity, Name):
        return entity.text not in FIELDS or (beside is not None and entity.text.lower() in beside.names)
    return isinstance(entity, Arithmetic) and is_literal(entity.left) and is_literal(entity.right)


def literal(made: Expression, entity: Entity) -> Value:
    """The value of the filter for this field. Raises FilterError at its place."""
    assert made.kind is not None
    if isinstance(entity, Arithmetic):
        left, right = literal(made, entity.left), literal(made, entity.right)
        if not isinstance(left, int) or not isinstance(right, int):
            raise FilterError("only numbers can be reckoned with", entity.start)
        return reckon(entity.operator, left, right)
    if not isinstance(entity, Name | Text | Negative):
        raise FilterError("a value was expected here", entity.start)
    if isinstance(entity, Name) and made.kind is not Kind.STRING and _like_a_field(entity.text):
        raise unknown(entity)
    return convert(made.kind, entity, made.names, made.bits)


def _like_a_field(word: str) -> bool:
    """Words such as tcp.prot, which cannot be a value."""
    head, dot, _ = word.partition(".")
    return bool(dot) and head in FIELDS and not head.isdecimal() and ":" not in word


def unknown(name: Name) -> FilterError:
    near = offer(nearest(name.text, FIELDS, ALIASES))
    hint = near or "fields look like ip.addr, tcp.port, dns.qry.name; F1 in the filter lists them"
    return FilterError(f'"{name.text}" is neither a field nor a protocol', name.start, hint)


def expression(entity: Entity) -> Expression:
    """What an entity gives. Raises FilterError where names or kinds do not fit."""
    if isinstance(entity, Name):
        return _named(entity)
    if isinstance(entity, Slice):
        return _slice(entity)
    if isinstance(entity, Call):
        return _call(entity)
    if isinstance(entity, Arithmetic):
        return _arithmetic(entity)
    if isinstance(entity, Negative):
        inner = expression(entity.of)
        _must_reckon(inner, entity.of)
        return _mapped(inner, lambda data: -_signed(data), Kind.SIGNED)
    return Expression(None, Cost.HEADER, _nothing, "a value")


def _named(name: Name) -> Expression:
    found = FIELDS.get(name.text)
    if found is None:
        raise unknown(name)
    source, kind = found.source, found.kind

    def values(packets: Packets) -> Values:
        return source.values(packets, kind)

    made = Expression(kind, found.cost, values, name.text, found.bits, dict(found.names), found.present)
    if not name.layers:
        return made
    wanted = _layers(name.layers)
    return replace(made, values=lambda p: layers_within(values(p), len(p), wanted), present=None)


def _layers(ranges: tuple[Range, ...]) -> Callable[[NDArray[np.int64]], Mask]:
    def wanted(ordinal: NDArray[np.int64]) -> Mask:
        found = np.zeros(len(ordinal), np.bool_)
        for part in ranges:
            last = part.stop if part.stop is not None else None if part.length is None else part.start + part.length - 1
            found |= (ordinal >= part.start) & (ordinal <= (last if last is not None else 1 << 30))
        return found

    return wanted


def _slice(node: Slice) -> Expression:
    inner = expression(node.of)
    if inner.kind not in SLICEABLE:
        raise FilterError(
            f"{inner.text} has no bytes to slice", node.start, "slices work on addresses, texts and bytes"
        )
    raw = inner.as_bytes()

    def values(packets: Packets) -> Values:
        return [c for c in (_cut(chunk.sparse(), node.ranges) for chunk in raw.values(packets)) if size(c.data)]

    return Expression(Kind.BYTES, raw.cost, values, inner.text)


def _cut(chunk: Chunk, ranges: tuple[Range, ...]) -> Chunk:
    """The parts of each value, joined; values that are too short have none."""
    data, rows = chunk.data, chunk.rows
    assert isinstance(data, list)
    assert rows is not None
    keep: list[int] = []
    cut: list[bytes] = []
    for i, item in enumerate(data):
        parts = [_part(item, wanted) for wanted in ranges]
        if None not in parts:
            keep.append(i)
            cut.append(b"".join(part for part in parts if part is not None))
    return Chunk(cut, rows[np.array(keep, np.int64)], None, chunk.depth)


def _part(item: bytes, wanted: Range) -> bytes | None:
    n = len(item)
    start = wanted.start + n if wanted.start < 0 else wanted.start
    if wanted.stop is not None:
        end = (wanted.stop + n if wanted.stop < 0 else wanted.stop) + 1
    else:
        end = n if wanted.length is None else start + wanted.length
    return item[start:end] if 0 <= start < end <= n else None


def _call(node: Call) -> Expression:
    function = FUNCTIONS.get(node.name)
    if function is None:
        raise FilterError(f'there is no function "{node.name}"', node.start, "functions: " + ", ".join(FUNCTIONS))
    if not function.least <= len(node.arguments) <= function.most:
        raise FilterError(f"{node.name}() takes {function.least} parameter", node.start, function.example)
    made = [expression(argument) for argument in node.arguments]
    for argument, of in zip(made, node.arguments, strict=True):
        if argument.kind is None or argument.kind not in function.accepts:
            raise FilterError(f"{node.name}() cannot take this", of.start, function.example)
    first = made[0]
    kind = function.gives or first.kind
    sources = [item.values for item in made]
    kinds = [item.kind for item in made if item.kind is not None]
    return Expression(
        kind, max(item.cost for item in made), lambda p: call(node.name, kinds, [s(p) for s in sources], len(p)),
        f"{node.name}({first.text})",
    )  # fmt: skip


def _must_reckon(made: Expression, node: Entity) -> None:
    if made.kind not in _ARITHMETIC:
        raise FilterError(f"{made.text} is no number to reckon with", node.start, "arithmetic works on numbers")


def _arithmetic(node: Arithmetic) -> Expression:
    left = expression(node.left)
    if left.kind is None:
        raise FilterError("a field was expected here", node.left.start, "write the field first: tcp.len + 1")
    masks_bytes = left.kind is Kind.BYTES and node.operator == "&"
    if not masks_bytes:
        _must_reckon(left, node.left)
    if not is_literal(node.right):
        return _two_fields(node, left)
    if masks_bytes:
        return _mask_bytes(node, left)
    value = literal(replace(left, bits=64), node.right)
    assert isinstance(value, int)
    made = _mapped(left, lambda data: reckon_with(node.operator, _signed(data), value), Kind.SIGNED)
    kind = left.kind if left.kind is Kind.DURATION else Kind.SIGNED
    return replace(made, kind=kind, number_test=node.operator == "&")


def _mask_bytes(node: Arithmetic, left: Expression) -> Expression:
    mask = literal(left, node.right)
    assert isinstance(mask, bytes)

    def change(data: Data) -> Data:
        assert isinstance(data, list)
        return [bytes(a & b for a, b in zip(item, mask, strict=False)) for item in data]

    return replace(_mapped(left, change, Kind.BYTES), number_test=True)


def _two_fields(node: Arithmetic, left: Expression) -> Expression:
    right = expression(node.right)
    _must_reckon(right, node.right)

    def values(packets: Packets) -> Values:
        found = []
        for a in (c.sparse() for c in left.values(packets)):
            for b in (c.sparse() for c in right.values(packets)):
                assert a.rows is not None
                assert b.rows is not None
                rows, i, j = np.intersect1d(a.rows, b.rows, return_indices=True)
                data = reckon_arrays(node.operator, _signed(a.data)[i], _signed(b.data)[j])
                found.append(Chunk(data, rows, None, a.depth))
        return found

    return Expression(
        Kind.SIGNED, max(left.cost, right.cost), values, left.text, number_test=node.operator == "&"
    )  # fmt: skip


def _mapped(made: Expression, change: Callable[[Data], Data], kind: Kind) -> Expression:
    def values(packets: Packets) -> Values:
        return [replace(chunk, data=change(chunk.data)) for chunk in made.values(packets)]

    return Expression(kind, made.cost, values, made.text)


def _signed(data: Data) -> NDArray[np.int64]:
    return np.asarray(data).astype(np.int64)
