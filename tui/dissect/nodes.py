"""What a dissection gives: layers of fields with the bytes they came from. Plain values, nothing of scapy in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its bytes are `start` to `end` (not included) of the packet. Fields of bits share a byte."""

    name: str
    text: str
    start: int
    end: int
    filter: str = ""
    """A display filter that picks packets with this value; "" where the language has no such field."""
    children: tuple[Field, ...] = ()
    """Options, records and other fields inside this one."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One protocol layer: its header is `start` to `end`; the payload is the next layer's."""

    name: str
    title: str
    """The name and the most telling values, for the closed node."""
    start: int
    end: int
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Dissection:
    """The layers of one packet, outermost first."""

    data: bytes
    layers: tuple[Layer, ...]
    complete: bool
    """False: a budget ended, or a dissector failed; the rest stands as bytes in the last layer."""

    def walk(self) -> Iterator[tuple[Layer, Field]]:
        """Every field of every layer, children after their parents."""
        for layer in self.layers:
            yield from ((layer, field) for field in _flat(layer.fields))


def _flat(fields: tuple[Field, ...]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from _flat(field.children)
