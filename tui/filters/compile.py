"""Compile: a parsed filter to a tree of terms, functions from packets to a mask. Names and kinds are checked here."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tui.errors import FilterError
from tui.filters import compare
from tui.filters.expressions import Expression, expression, is_literal, literal
from tui.filters.kinds import BYTE_LIKE, Kind
from tui.filters.packets import Mask, Packets
from tui.filters.sources import Cost
from tui.filters.syntax import Condition, Entity, Exists, Logic, Membership, Name, Not, Quantifier, Relation, Test, Text
from tui.filters.values import Data, Values, all_of, any_of, existing

_SPARSE = 0.5
"""Terms that need bytes are tried on the packets left only where fewer than this part of them are left."""
_MIRRORED = {Test.LT: Test.GT, Test.GT: Test.LT, Test.LE: Test.GE, Test.GE: Test.LE}


@dataclass(frozen=True, slots=True)
class Term:
    """A condition that can be applied. `cost`: of its dearest part."""

    cost: Cost
    match: Callable[[Packets], Mask]


def term(node: Condition) -> Term:
    """The term of a condition. Raises FilterError at the place of what does not fit."""
    if isinstance(node, Logic):
        return _logic(node.operator, [term(part) for part in node.parts])
    if isinstance(node, Not):
        inner = term(node.of)
        return Term(inner.cost, lambda packets: ~inner.match(packets))
    if isinstance(node, Exists):
        return _exists(node.of)
    if isinstance(node, Membership):
        return _membership(node)
    return _relation(node)


def _logic(operator: str, terms: list[Term]) -> Term:
    cost = max(item.cost for item in terms)
    ordered = sorted(terms, key=lambda item: item.cost)
    if operator == "xor":
        return Term(cost, lambda packets: np.logical_xor.reduce([item.match(packets) for item in ordered]))
    return Term(cost, lambda packets: _in_turn(ordered, packets, whole=operator == "and"))


def _in_turn(terms: list[Term], packets: Packets, *, whole: bool) -> Mask:
    """and (`whole`) or or: cheap terms over all packets, dear ones over those that are still undecided."""
    found = terms[0].match(packets)
    for item in terms[1:]:
        if item.cost is Cost.HEADER:
            found = found & item.match(packets) if whole else found | item.match(packets)
            continue
        open_ = np.flatnonzero(found if whole else ~found)
        if not len(open_) and packets.place.memory is None:
            break  # else fields that remember must see every batch, though none of it is undecided
        if len(open_) > _SPARSE * len(packets):
            found = found & item.match(packets) if whole else found | item.match(packets)
        else:
            found[open_] = item.match(packets.narrow(open_))
    return found


def _exists(entity: Entity) -> Term:
    made = expression(entity)
    if made.kind is None:
        word = entity.text if isinstance(entity, Name) else ""
        raise FilterError(
            f'"{word}" is a value, not a condition', entity.start, "compare a field with it: tcp.port == 80"
        )
    if made.number_test:
        return Term(made.cost, lambda p: any_of(made.values(p), len(p), _nonzero))
    if made.present is not None:
        present = made.present
        return Term(Cost.HEADER, lambda p: present(p.columns))
    return Term(made.cost, lambda p: existing(made.values(p), len(p)))


def _nonzero(data: Data) -> Mask:
    if isinstance(data, list):
        return np.fromiter((any(item) for item in data), np.bool_, len(data))
    return np.asarray(np.asarray(data) != 0)


def _relation(node: Relation) -> Term:
    left, right, test = node.left, node.right, node.test
    if is_literal(left) and not is_literal(right) and test not in (Test.CONTAINS, Test.MATCHES):
        left, right, test = right, left, _MIRRORED.get(test, test)
    made = expression(left)
    if made.kind is None or is_literal(left):
        raise FilterError(
            f"{node.test.value} needs a field on one side",
            left.start,
            "fields look like ip.addr, tcp.port, dns.qry.name",
        )
    if made.kind is Kind.NONE:
        raise FilterError("this field has no value to compare", left.start, "write it alone: it is there or it is not")
    if test is Test.MATCHES:
        return _matches(made, right, node)
    if test is Test.CONTAINS:
        return _contains(made, right, node)
    if not is_literal(right, made):
        return _field_against_field(made, right, test, node.quantifier)
    return _against(made, compare.tester(_plain(test), literal(made, right)), test, node.quantifier)


def _plain(test: Test) -> Test:
    return {Test.ALL_EQ: Test.EQ, Test.ANY_NE: Test.NE}.get(test, test)


def _against(made: Expression, check: Callable[[Data], Mask], test: Test, quantifier: Quantifier) -> Term:
    """A test of every or of some value; some, where neither the test nor a word before it says otherwise."""
    every = quantifier is Quantifier.ALL or (
        quantifier is Quantifier.DEFAULT and test in (Test.NE, Test.ALL_EQ)
    )  # fmt: skip
    join: Callable[[Values, int, Callable[[Data], Mask]], Mask] = all_of if every else any_of
    return Term(made.cost, lambda p: join(made.values(p), len(p), check))


def _field_against_field(made: Expression, right: Entity, test: Test, quantifier: Quantifier) -> Term:
    other = expression(right)
    if other.kind is None or made.kind is None or not compare.comparable(made.kind, other.kind):
        raise FilterError(
            f"{made.text} is {made.kind.value if made.kind else ''} and {other.text} is not",
            right.start, "compare fields of the same kind",
        )  # fmt: skip
    every = quantifier is Quantifier.ALL or (quantifier is Quantifier.DEFAULT and test in (Test.NE, Test.ALL_EQ))
    plain = _plain(test)
    return Term(
        max(made.cost, other.cost),
        lambda p: compare.pairs(made.values(p), other.values(p), len(p), plain, every=every),
    )


def _contains(made: Expression, right: Entity, node: Relation) -> Term:
    if made.kind not in (*BYTE_LIKE, Kind.ETHER):
        raise FilterError(f"{made.text} is no text and has no bytes to search", node.left.start, "use == or in {...}")
    raw = made.as_bytes()
    needle = literal(raw, right)
    assert isinstance(needle, bytes)
    return _against(raw, compare.containing(needle), Test.CONTAINS, node.quantifier)


def _matches(made: Expression, right: Entity, node: Relation) -> Term:
    if made.kind not in (*BYTE_LIKE, Kind.ETHER):
        raise FilterError(f"{made.text} is no text and has no bytes to search", node.left.start, "use == or in {...}")
    if not isinstance(right, Text) or right.character:
        raise FilterError("matches needs an expression in double quotes", right.start, 'for example: matches "^GET"')
    source = right.value if _has_zero(right) else right.raw
    try:
        pattern = re.compile(source, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as problem:
        before = source[: getattr(problem, "pos", 0) or 0].decode("utf-8", "replace")  # `re` counts bytes
        where = right.start + 1 + len(before)
        raise FilterError(f"the regular expression does not compile: {problem}", where, "write \\\\[ for a [") from None
    return _against(made.as_bytes(), compare.matching(pattern), Test.MATCHES, node.quantifier)


def _has_zero(text: Text) -> bool:
    """Escapes of the filter and of the regular expression mean the same, but for \\0 and octal ones."""
    return b"\\" in text.raw and text.raw != text.value and re.search(rb"\\[0-7]", text.raw) is not None


def _membership(node: Membership) -> Term:
    made = expression(node.left)
    if made.kind is None or made.kind is Kind.NONE:
        raise FilterError("in needs a field before it", node.left.start, "for example: tcp.port in {80, 443}")
    numbers: list[int] = []
    checks: list[Callable[[Data], Mask]] = []
    others: list[Term] = []
    for low, high in node.elements:
        if high is not None:
            checks.append(compare.between(literal(made, low), literal(made, high)))
        elif not is_literal(low, made):
            others.append(_field_against_field(made, low, Test.EQ, node.quantifier))
        else:
            value = literal(made, low)
            if isinstance(value, int):
                numbers.append(value)
            else:
                checks.append(compare.tester(Test.EQ, value))
    if len(numbers) > 4:
        checks.append(compare.one_of(numbers))
    else:
        checks.extend(compare.tester(Test.EQ, number) for number in numbers)
    own = [_against(made, _either(checks), Test.IN, node.quantifier)] if checks else []
    return _logic("or", [*own, *others])


def _either(checks: list[Callable[[Data], Mask]]) -> Callable[[Data], Mask]:
    if len(checks) == 1:
        return checks[0]

    def check(data: Data) -> Mask:
        found = checks[0](data)
        for other in checks[1:]:
            found = found | other(data)
        return found

    return check
