"""The words of a display filter, each with its place in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from tui.errors import FilterError

MAX_LENGTH = 16_384
"""Characters of one filter; the longest that people generate (sets of addresses) are a tenth of it."""

_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"(?:\.(?!\.)|[\w:])(?:(?!\.\.)[\w:./-])*")
_OPERATOR = re.compile(r"===|!==|==|!=|~=|<=|>=|&&|\|\||\^\^|\.\.|[<>!~&+\-*/%#{}(),\[\]]")
_ESCAPES = {
    "a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "'": 39, '"': 34, "\\": 92, "?": 63,
}  # fmt: skip
_NUMERIC_ESCAPE = re.compile(r"([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})")


class TokenKind(Enum):
    WORD = auto()
    """A field, a value without quotes, or an operator written as a word: only its place in the sentence tells."""
    STRING = auto()
    CHARACTER = auto()
    OPERATOR = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    kind: TokenKind
    text: str
    """As written; "" at the end."""
    start: int
    end: int
    value: bytes = b""
    """Of a string or a character: what the escapes stand for. Other characters are UTF-8."""
    raw: bytes = b""
    """Of a string: with the escapes left as they are, for regular expressions."""


def tokens(text: str) -> list[Token]:
    """All words and one END. Raises FilterError."""
    if len(text) > MAX_LENGTH:
        raise FilterError(f"the filter is longer than {MAX_LENGTH:,} characters", MAX_LENGTH, "split it, or use a CIDR")
    found: list[Token] = []
    at = _skip(text, 0)
    while at < len(text):
        token = _next(text, at)
        found.append(token)
        at = _skip(text, token.end)
    return [*found, Token(TokenKind.END, "", len(text), len(text))]


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _next(text: str, at: int) -> Token:
    if text[at] in "\"'":
        return _quoted(text, at, at, raw=False)
    if text[at] in "rR" and text[at + 1 : at + 2] == '"':
        return _quoted(text, at, at + 1, raw=True)
    match = _WORD.match(text, at)
    if match:
        return Token(TokenKind.WORD, match.group(), at, match.end())
    match = _OPERATOR.match(text, at)
    if match:
        return Token(TokenKind.OPERATOR, match.group(), at, match.end())
    raise FilterError(f'"{text[at]}" was unexpected', at, _stray_hint(text[at]))


def _stray_hint(character: str) -> str:
    return {
        "=": "equality is written ==",
        "|": "write || or the word or",
        "^": "write ^^ or the word xor",
    }.get(character, "values with signs in them stand in double quotes")


def _quoted(text: str, start: int, quote: int, *, raw: bool) -> Token:
    """A string or character constant that opens at `quote`."""
    mark = text[quote]
    value, at = bytearray(), quote + 1
    while at < len(text) and text[at] != mark:
        if text[at] != "\\":
            value += text[at].encode("utf-8", "surrogatepass")
            at += 1
        elif raw:
            value += text[at : at + 2].encode("utf-8", "surrogatepass")
            at += 2
        else:
            piece, at = _escape(text, at)
            value += piece
    if at >= len(text):
        raise FilterError("the closing quote is missing", start, f"end the text with {mark}")
    source = text[quote + 1 : at].encode("utf-8", "surrogatepass")
    if mark == "'" and len(value) != 1:
        raise FilterError("a character constant holds one character", start, "texts stand in double quotes")
    kind = TokenKind.CHARACTER if mark == "'" else TokenKind.STRING
    return Token(kind, text[start : at + 1], start, at + 1, bytes(value), source)


def _escape(text: str, at: int) -> tuple[bytes, int]:
    """The bytes of the escape at `at`, and where the text goes on."""
    match = _NUMERIC_ESCAPE.match(text, at + 1)
    if match:
        octal, hexadecimal, short, long = match.groups()
        number = int(octal, 8) if octal else int(hexadecimal or short or long, 16)
        if number > 255 and octal:
            raise FilterError(f"\\{octal} is larger than 255", at, "octal escapes end at \\377")
        if octal or hexadecimal:
            return bytes([number]), match.end()
        if number > 0x10FFFF or 0xD800 <= number < 0xE000:
            raise FilterError("no such character", at, "code points end at \\U0010FFFF")
        return chr(number).encode(), match.end()
    letter = text[at + 1 : at + 2]
    if letter in _ESCAPES and letter:
        return bytes([_ESCAPES[letter]]), at + 2
    raise FilterError(f'"\\{letter}" is no escape', at, r'write \\ for a backslash, or r"..." for a raw string')
