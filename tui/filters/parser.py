"""The grammar of Wireshark's display filters (wireshark-filter(4)), by recursive descent.

A little more is understood than Wireshark 4.0 does: AND, OR, NOT in capitals, xor, values on the left, parentheses
around arithmetic, and sets without commas, as older versions had them.
"""

from __future__ import annotations

import re

from tui.errors import FilterError
from tui.filters.lexer import Token, TokenKind, tokens
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
    Quantifier,
    Range,
    Relation,
    Slice,
    Test,
    Text,
)  # fmt: skip

MAX_DEPTH = 60
"""Nested parentheses, slices and calls; keeps hostile filters off Python's recursion limit."""
MAX_TERMS = 4096

COMPARISONS = {
    "==": Test.EQ, "eq": Test.EQ, "any_eq": Test.EQ, "!=": Test.NE, "ne": Test.NE, "all_ne": Test.NE,
    "===": Test.ALL_EQ, "all_eq": Test.ALL_EQ, "!==": Test.ANY_NE, "any_ne": Test.ANY_NE, "~=": Test.ANY_NE,
    "<": Test.LT, "lt": Test.LT, "<=": Test.LE, "le": Test.LE, ">": Test.GT, "gt": Test.GT, ">=": Test.GE,
    "ge": Test.GE,
}  # fmt: skip
OTHER_TESTS = {"contains": Test.CONTAINS, "matches": Test.MATCHES, "~": Test.MATCHES}
LOGIC = {"and": "and", "&&": "and", "or": "or", "||": "or", "xor": "xor", "^^": "xor"}
_PRECEDENCE = ("or", "xor", "and")
_SUMS = ("+", "-")
_PRODUCTS = ("*", "/", "%")
_BIT_AND = ("&", "bitand", "bitwise_and")
_RANGE = re.compile(r"\s*(-?\w+)?\s*(?:(:)\s*(-?\w+)?|-\s*(-?\w+))?\s*")


def parse(text: str) -> Condition | None:
    """The tree of a filter; None for an empty one. Raises FilterError with the place."""
    parser = _Parser(text)
    if parser.at_end():
        return None
    condition = parser.condition(0)
    if not parser.at_end():
        raise parser.unexpected()
    return condition


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens(text)
        self._at = 0
        self._depth = 0
        self._terms = 0

    @property
    def peek(self) -> Token:
        return self._tokens[self._at]

    def at_end(self) -> bool:
        return self.peek.kind is TokenKind.END

    def _take(self) -> Token:
        token = self.peek
        self._at += 1
        return token

    def _accept(self, *operators: str) -> Token | None:
        if self.peek.kind is TokenKind.OPERATOR and self.peek.text in operators:
            return self._take()
        return None

    def _expect(self, operator: str, hint: str) -> Token:
        token = self._accept(operator)
        if token is None:
            raise self.unexpected(hint)
        return token

    def _operator(self) -> str:
        """The next token as an operator, by sign or by word; "" when it is none."""
        if self.peek.kind not in (TokenKind.OPERATOR, TokenKind.WORD):
            return ""
        text = self.peek.text
        return text.lower() if text.isupper() and text.lower() in ("and", "or", "not", "xor") else text

    def unexpected(self, hint: str = "") -> FilterError:
        token = self.peek
        if token.kind is TokenKind.END:
            return FilterError("the filter ends too early", token.start, hint or "a field or a value is missing here")
        return FilterError(f'"{token.text}" was unexpected here', token.start, hint or self._hint_for(token))

    def _hint_for(self, token: Token) -> str:
        before = self._tokens[self._at - 1].text if self._at else ""
        if token.text == ")":
            return "there is no ( for it"
        if token.kind in (TokenKind.WORD, TokenKind.STRING) and before not in LOGIC:
            return "join two conditions with && or ||"
        return "conditions look like: ip.addr == 10.0.0.1 && tcp.port == 443"

    def _nested(self, token: Token) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FilterError(f"more than {MAX_DEPTH} levels of nesting", token.start, "write it with fewer brackets")

    def condition(self, level: int) -> Condition:
        """or of xor of and of plain conditions."""
        if level == len(_PRECEDENCE):
            return self._negated()
        name = _PRECEDENCE[level]
        parts = [self.condition(level + 1)]
        while LOGIC.get(self._operator()) == name:
            self._take()
            parts.append(self.condition(level + 1))
        if len(parts) == 1:
            return parts[0]
        return Logic(parts[0].start, parts[-1].end, name, tuple(parts))

    def _negated(self) -> Condition:
        start, turns = self.peek.start, 0
        while self._operator() in ("!", "not"):
            self._take()
            turns += 1
        inner = self._relation()
        return Not(start, inner.end, inner) if turns % 2 else inner

    def _relation(self) -> Condition:
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise FilterError(f"more than {MAX_TERMS} conditions", self.peek.start, "use a set: field in {a, b, c}")
        quantifier = Quantifier.DEFAULT
        if self.peek.text in ("any", "all") and self._tokens[min(self._at + 1, len(self._tokens) - 1)].kind in (
            TokenKind.WORD, TokenKind.STRING,
        ):  # fmt: skip
            quantifier = Quantifier(self._take().text)
        start = self.peek.start
        left: Entity | Condition
        if self.peek.text == "(" and self.peek.kind is TokenKind.OPERATOR:
            left = self._parenthesis()
            if not isinstance(left, Exists) or not self._continues():
                return left
            left = self._arithmetic_from(left.of)
        else:
            left = self._arithmetic()
        return self._tests(start, left, quantifier)

    def _parenthesis(self) -> Condition:
        opened = self._take()
        self._nested(opened)
        inner = self.condition(0)
        if self._accept(")") is None:
            if self.peek.kind is TokenKind.END:
                raise FilterError('")" is missing', self.peek.start, f"the ( at character {opened.start + 1} is open")
            raise self.unexpected()
        self._depth -= 1
        return inner

    def _continues(self) -> bool:
        """Does a comparison or arithmetic follow?"""
        word = self._operator()
        return word in COMPARISONS or word in OTHER_TESTS or word in ("in", *_BIT_AND, *_SUMS, *_PRODUCTS)

    def _tests(self, start: int, left: Entity, quantifier: Quantifier) -> Condition:
        word = self._operator()
        if word in OTHER_TESTS:
            self._take()
            right = self._entity()
            return Relation(start, right.end, OTHER_TESTS[word], left, right, quantifier)
        if word == "in":
            self._take()
            return self._membership(start, left, quantifier)
        if word == "not" and self._tokens[self._at + 1].text == "in":
            self._take()
            self._take()
            inside = self._membership(start, left, quantifier)
            return Not(start, inside.end, inside)
        parts: list[Condition] = []
        while self._operator() in COMPARISONS:
            test = COMPARISONS[self._take().text]
            right = self._arithmetic()
            parts.append(Relation(left.start, right.end, test, left, right, quantifier))
            left = right
        if not parts:
            if quantifier is not Quantifier.DEFAULT:
                raise self.unexpected(
                    f"after {quantifier.value} comes a comparison: {quantifier.value} tcp.port > 1024"
                )
            return Exists(start, left.end, left)
        return parts[0] if len(parts) == 1 else Logic(start, left.end, "and", tuple(parts))

    def _membership(self, start: int, left: Entity, quantifier: Quantifier) -> Membership:
        self._expect("{", "a set is written {80, 443, 8000..8080}")
        elements: list[tuple[Entity, Entity | None]] = []
        while True:
            low = self._entity()
            elements.append((low, self._entity() if self._accept("..") else None))
            closed = self._accept("}")
            if closed:
                return Membership(start, closed.end, left, tuple(elements), quantifier)
            if not self._accept(",") and self.peek.kind is TokenKind.END:
                raise self.unexpected('"}" is missing')

    def _arithmetic(self) -> Entity:
        return self._arithmetic_from(self._product_from(self._entity()))

    def _arithmetic_from(self, left: Entity) -> Entity:
        """& binds less than + and -, they less than * / %."""
        left = self._sum_from(self._product_from(left))
        while self._operator() in _BIT_AND:
            self._take()
            right = self._sum_from(self._product_from(self._entity()))
            left = Arithmetic(left.start, right.end, "&", left, right)
        return left

    def _sum_from(self, left: Entity) -> Entity:
        while token := self._accept(*_SUMS):
            right = self._product_from(self._entity())
            left = Arithmetic(left.start, right.end, token.text, left, right)
        return left

    def _product_from(self, left: Entity) -> Entity:
        while token := self._accept(*_PRODUCTS):
            right = self._entity()
            left = Arithmetic(left.start, right.end, token.text, left, right)
        return left

    def _entity(self) -> Entity:
        token = self.peek
        if token.kind in (TokenKind.STRING, TokenKind.CHARACTER):
            self._take()
            character = token.kind is TokenKind.CHARACTER
            return self._sliced(Text(token.start, token.end, token.value, token.raw, character))
        if token.kind is TokenKind.WORD:
            return self._sliced(self._word())
        if self._accept("+"):
            return self._entity_inside(token)
        if self._accept("-"):
            of = self._entity_inside(token)
            return Negative(token.start, of.end, of)
        if self._accept("{"):
            self._nested(token)
            inner = self._arithmetic()
            self._expect("}", 'arithmetic is grouped {like + this}, "}" is missing')
            self._depth -= 1
            return inner
        raise self.unexpected()

    def _entity_inside(self, token: Token) -> Entity:
        self._nested(token)
        inner = self._entity()
        self._depth -= 1
        return inner

    def _word(self) -> Entity:
        token = self._take()
        if self.peek.text == "(" and self.peek.kind is TokenKind.OPERATOR and self.peek.start == token.end:
            return self._call(token)
        layers: tuple[Range, ...] = ()
        end = token.end
        if self._accept("#"):
            if self.peek.text == "[":
                layers, end = self._ranges()
            elif self.peek.kind is TokenKind.WORD and self.peek.text.isdecimal():
                number = self._take()
                layers, end = (Range(int(number.text), 1),), number.end
            else:
                raise self.unexpected("the layer is a number: ip.addr#2")
        return Name(token.start, end, token.text, layers)

    def _call(self, name: Token) -> Call:
        self._nested(self._take())
        arguments: list[Entity] = []
        while not (closed := self._accept(")")):
            if arguments:
                self._expect(",", "parameters are divided by commas and end with )")
            arguments.append(self._arithmetic())
        self._depth -= 1
        return Call(name.start, closed.end, name.text, tuple(arguments))

    def _sliced(self, entity: Entity) -> Entity:
        while self.peek.text == "[" and self.peek.kind is TokenKind.OPERATOR:
            self._nested(self.peek)
            ranges, end = self._ranges()
            entity = Slice(entity.start, end, entity, ranges)
        return entity

    def _ranges(self) -> tuple[tuple[Range, ...], int]:
        """What stands between [ and ]: read from the text itself, because 0-5 or :4 are words of another kind there."""
        opened = self._take()
        close = self._text.find("]", opened.end)
        if close < 0:
            raise FilterError('"]" is missing', len(self._text), "a slice is written field[0:4]")
        found: list[Range] = []
        at = opened.end
        for piece in self._text[opened.end : close].split(","):
            found.append(_range(piece, at))
            at += len(piece) + 1
        while self.peek.kind is not TokenKind.END and self.peek.start < close:
            self._take()
        self._expect("]", "a slice is written field[0:4]")
        return tuple(found), close + 1


def _range(piece: str, at: int) -> Range:
    """One of i, i:n, i-j, :n, i: ."""
    match = _RANGE.fullmatch(piece)
    hint = "slices: [i], [offset:length], [first-last], [:length], [offset:]"
    if match is None or not piece.strip():
        raise FilterError(f'"{piece.strip()}" is no range', at, hint)
    start, colon, length, stop = match.groups()
    try:
        first = int(start, 0) if start else 0
        if colon:
            wanted = int(length, 0) if length else None
            if wanted is not None and wanted < 1:
                raise FilterError(f"the length {wanted} is not positive", at, hint)
            return Range(first, wanted)
        if stop is None:
            return Range(first, 1)
        last = int(stop, 0)
    except ValueError:
        raise FilterError(f'"{piece.strip()}" is no range of numbers', at, hint) from None
    if (first < 0) == (last < 0) and last < first:
        raise FilterError(f"the range {piece.strip()} ends before it begins", at, hint)
    return Range(first, None, last)
