"""Completion: what may stand at the cursor of a filter that is being written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tui.filters.fields import Field
from tui.filters.functions import FUNCTIONS
from tui.filters.kinds import BYTE_LIKE, Kind
from tui.filters.parser import COMPARISONS, LOGIC, OTHER_TESTS
from tui.filters.tables import FIELDS

MAX_CANDIDATES = 40

COMMON = (
    "ip.addr", "tcp.port", "udp.port", "tcp", "udp", "dns", "http", "tls", "arp", "icmp", "ipv6.addr", "eth.addr",
    "tcp.flags.syn", "tcp.flags.reset", "tcp.analysis.retransmission", "dns.qry.name", "http.host",
    "tls.handshake.extensions_server_name", "frame.len", "nettui.process", "nettui.alert",
)  # fmt: skip
"""What is offered before anything is typed."""

_WORD = re.compile(r"[\w.:-]*$")
_TOKENS = re.compile(r'r?"(?:[^"\\]|\\.)*"?|[\w.:/-]+|[=!<>~&|^]+|[^\s\w]')
_LOGIC_WORDS = (("and", "both conditions"), ("or", "one of the conditions"), ("xor", "exactly one of them"))
_TESTS = {
    "==": "is", "!=": "is not, for all values", ">": "is more than", "<": "is less than", ">=": "is at least",
    "<=": "is at most", "in": "is one of {a, b, 1..5}",
}  # fmt: skip
_TEXT_TESTS = {"contains": "has these bytes in it", "matches": "fits a regular expression, in any case"}
_OPENERS = frozenset({"(", "!", "not", "any", "all", *LOGIC})
_OPERATORS = frozenset({*COMPARISONS, *OTHER_TESTS, "in", "{", ",", "..", "&"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """`text` may replace the characters from `start` to `end` of the filter."""

    text: str
    start: int
    end: int
    description: str


def complete(text: str, cursor: int | None = None) -> list[Candidate]:
    """What fits at the cursor (default: the end), the likeliest first, at most MAX_CANDIDATES. Never raises."""
    cursor = len(text) if cursor is None else max(0, min(cursor, len(text)))
    before = text[:cursor]
    if _in_quotes(before):
        return []
    match = _WORD.search(before)
    word = match.group() if match else ""
    start = cursor - len(word)
    words = _TOKENS.findall(before[:start])
    found = _fitting(words, word)
    return [Candidate(name, start, cursor, about) for name, about in found[:MAX_CANDIDATES]]


def _in_quotes(before: str) -> bool:
    return len(re.findall(r'(?<!\\)"', before)) % 2 == 1


def _fitting(words: list[str], word: str) -> list[tuple[str, str]]:
    last = words[-1] if words else ""
    if not words or last in _OPENERS:
        found = _fields(word)
        return found if words and last in ("any", "all") else found + _starting(word, [("not", "turns it round")])
    if last in _OPERATORS:
        return _values(words, word)
    field = FIELDS.get(last)
    if field is not None and not _is_value(words):
        return _starting(word, [*_tests(field), *_LOGIC_WORDS])
    return _starting(word, list(_LOGIC_WORDS))


def _is_value(words: list[str]) -> bool:
    """Does the last word stand behind an operator?"""
    return len(words) > 1 and words[-2] in _OPERATORS


def _starting(word: str, choices: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, about) for name, about in choices if name.startswith(word)]


def _fields(word: str) -> list[tuple[str, str]]:
    """Fields and functions that begin with the word; else those that have it in their name or description."""
    lower = word.lower()
    if not lower:
        return [(name, FIELDS[name].description) for name in COMMON]
    begin = sorted((n for n in FIELDS if n.startswith(lower)), key=lambda n: (n.count("."), n))
    found = [(name, FIELDS[name].description) for name in begin]
    found += [(f"{name}(", f"function: {f.example}") for name, f in FUNCTIONS.items() if name.startswith(lower)]
    if len(found) < 8 and len(lower) > 1:
        inside = [n for n, f in FIELDS.items() if n not in begin and (lower in n or lower in f.description.lower())]
        found += [(name, FIELDS[name].description) for name in inside]
    return found


def _tests(field: Field) -> list[tuple[str, str]]:
    if field.kind is Kind.NONE:
        return []
    if field.kind is Kind.PROTOCOL:
        return list(_TEXT_TESTS.items())
    if field.kind in BYTE_LIKE:
        return [*_TEXT_TESTS.items(), *_TESTS.items()]
    return list(_TESTS.items())


def _values(words: list[str], word: str) -> list[tuple[str, str]]:
    """Words that the field on the left knows for its numbers."""
    field = next((FIELDS[w] for w in reversed(words) if w in FIELDS), None)
    if field is None:
        return []
    if field.kind is Kind.BOOLEAN:
        return _starting(word, [("1", "true"), ("0", "false")])
    named = sorted(field.names.items(), key=lambda item: item[1])
    lower = word.lower()
    return [(str(number), name) for name, number in named if str(number).startswith(word) or name.startswith(lower)]
