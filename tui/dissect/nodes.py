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

    def field_at(self, offset: int) -> tuple[int, tuple[int, ...]] | None:
        """Where the innermost field over this byte is: index of the layer, then indexes of field and children.

        The path is empty where the byte belongs to the layer but to no field of it; None outside of the packet.
        """
        for index in range(len(self.layers) - 1, -1, -1):
            layer = self.layers[index]
            path = _path(layer.fields, offset)
            if path or layer.start <= offset < layer.end:
                return index, path
        return None

    def field(self, layer: int, path: tuple[int, ...]) -> Field | None:
        """The field at a path that `field_at` gave; None for the empty path."""
        fields, found = self.layers[layer].fields, None
        for index in path:
            found = fields[index]
            fields = found.children
        return found

    def walk(self) -> Iterator[tuple[Layer, Field]]:
        """Every field of every layer, children after their parents."""
        for layer in self.layers:
            yield from ((layer, field) for field in _flat(layer.fields))


def _path(fields: tuple[Field, ...], offset: int) -> tuple[int, ...]:
    for index, field in enumerate(fields):
        if field.start <= offset < field.end:
            return (index, *_path(field.children, offset))
    return ()


def _flat(fields: tuple[Field, ...]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from _flat(field.children)
