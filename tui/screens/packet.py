"""From a dissection to the tree that the detail shows."""

from __future__ import annotations

from collections.abc import Sequence

from tui.dissect.nodes import Field
from tui.dissect.tree import tree
from tui.widgets.detail import Node


def nodes(data: bytes, linktype: int) -> Sequence[Node]:
    """The layers of a packet, outermost first; a budget that ended is said."""
    found = tree(data, linktype)
    layers = [
        Node(layer.title, layer.start, layer.end, tuple(_field(field) for field in layer.fields))
        for layer in found.layers
    ]
    return layers if found.complete else [*layers, Node("not dissected further: see the bytes", 0, 0)]


def _field(field: Field) -> Node:
    text = f"{field.name}: {field.text}" if field.text else field.name
    return Node(text, field.start, field.end, tuple(_field(child) for child in field.children), field.filter)
