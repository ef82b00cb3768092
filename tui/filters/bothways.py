"""Both ways: the part of a filter that a whole flow passes or fails, so that other flows need not be followed.

A condition on `ip.addr` or `tcp.port` says the same of a packet and of its answer. Where a filter demands such a
condition, packets that fail it belong to flows of which nothing will be picked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from tui.core.columns import Columns, Mark
from tui.core.protocols import ID
from tui.filters.compile import Term, term
from tui.filters.packets import Mask, Packets
from tui.filters.syntax import (
    Arithmetic,
    Call,
    Condition,
    Entity,
    Exists,
    Logic,
    Membership,
    Name,
    Negative,
    Not,
    Relation,
    Slice,
)

FIELDS = frozenset({"ip.addr", "ipv6.addr", "tcp.port", "udp.port"})
"""Fields with the values of both ends, which are those of the flow."""
_VALUE = re.compile(r"[0-9A-Fa-fx:./]+")
"""Numbers and addresses; anything else may be a field."""
_NUMBERED = ("stream", "nettui.")
"""In the names of fields that tell of all flows: their numbers, and what other parts know of packets."""
_OUTSIDE = np.uint32(Mark.INNER | Mark.FRAGMENT | Mark.MALFORMED)
"""Packets of which the outer addresses and ports are not all that a filter looks at."""
_ANNOUNCING = np.zeros(1 << 16, np.bool_)
_ANNOUNCING[[ID["FTP"], ID["TFTP"]]] = True
"""Protocols that name the ports of other flows."""


class BothWays:
    """Tells which packets belong to flows that a filter may pick something of."""

    def __init__(self, of: Term) -> None:
        self._term = of

    def match(self, columns: Columns) -> Mask:
        """Whether each packet must be seen by the flow table; from what decoding gives."""
        found = self._term.match(Packets(columns))
        found = found | ((columns.marks & _OUTSIDE) != 0) | _ANNOUNCING.take(columns.protocol)
        return np.asarray(found, np.bool_)


def both_ways(tree: Condition | None) -> BothWays | None:
    """The part that a filter demands of whole flows; None where there is none."""
    if tree is None or any(part in name for name in _names(tree) for part in _NUMBERED):
        return None
    parts = tree.parts if isinstance(tree, Logic) and tree.operator == "and" else (tree,)
    demanded = tuple(part for part in parts if _is_both_ways(part))
    if not demanded:
        return None
    whole = demanded[0] if len(demanded) == 1 else Logic(tree.start, tree.end, "and", demanded)
    return BothWays(term(whole))


def _is_both_ways(node: Condition) -> bool:
    if isinstance(node, Logic):
        return all(_is_both_ways(part) for part in node.parts)
    if isinstance(node, Not):
        return _is_both_ways(node.of)
    if isinstance(node, Exists):
        return False
    if not isinstance(node.left, Name) or node.left.layers or node.left.text not in FIELDS:
        return False
    _, *values = _names(node)
    return all(_VALUE.fullmatch(value) for value in values)


def _names(node: Condition | Entity) -> Iterator[str]:
    """All words of a condition: fields, and values without quotes."""
    match node:
        case Name():
            yield node.text
        case Logic():
            for part in node.parts:
                yield from _names(part)
        case Not() | Exists() | Slice() | Negative():
            yield from _names(node.of)
        case Relation() | Arithmetic():
            yield from _names(node.left)
            yield from _names(node.right)
        case Membership():
            yield from _names(node.left)
            for low, high in node.elements:
                yield from _names(low)
                if high is not None:
                    yield from _names(high)
        case Call():
            for argument in node.arguments:
                yield from _names(argument)
