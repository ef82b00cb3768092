"""What the parser makes of a filter: a tree of frozen nodes that know their place in the text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Test(Enum):
    """How two values are compared. For fields with several values, ALL_ tests want it of every value."""

    EQ = "=="
    NE = "!="
    ALL_EQ = "==="
    ANY_NE = "!=="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    CONTAINS = "contains"
    MATCHES = "matches"
    IN = "in"


class Quantifier(Enum):
    DEFAULT = ""
    ANY = "any"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Node:
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Range:
    """A part of bytes, or of layers: from `start` (counted from the end when negative), `length` None: to the end."""

    start: int
    length: int | None
    stop: int | None = None
    """Of the form [i-j]: the last place, which may be negative too."""


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A word: a field or protocol, else a value without quotes."""

    text: str
    layers: tuple[Range, ...] = ()
    """Of `ip.addr#2`: which layers of that protocol count, the outermost is 1."""


@dataclass(frozen=True, slots=True)
class Text(Node):
    value: bytes
    raw: bytes
    character: bool = False


@dataclass(frozen=True, slots=True)
class Slice(Node):
    of: Entity
    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Call(Node):
    name: str
    arguments: tuple[Entity, ...]


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    operator: str
    """One of & + - * / %."""
    left: Entity
    right: Entity


@dataclass(frozen=True, slots=True)
class Negative(Node):
    of: Entity


Entity = Name | Text | Slice | Call | Arithmetic | Negative


@dataclass(frozen=True, slots=True)
class Exists(Node):
    of: Entity


@dataclass(frozen=True, slots=True)
class Relation(Node):
    test: Test
    left: Entity
    right: Entity
    quantifier: Quantifier = Quantifier.DEFAULT


@dataclass(frozen=True, slots=True)
class Membership(Node):
    left: Entity
    elements: tuple[tuple[Entity, Entity | None], ...]
    """Single values, or (lowest, highest)."""
    quantifier: Quantifier = Quantifier.DEFAULT


@dataclass(frozen=True, slots=True)
class Not(Node):
    of: Condition


@dataclass(frozen=True, slots=True)
class Logic(Node):
    operator: str
    """and, or, xor."""
    parts: tuple[Condition, ...]


Condition = Exists | Relation | Membership | Not | Logic
