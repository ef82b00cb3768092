"""The options of TCP and DHCP, one by one with their bytes: scapy gives their values, but not where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tui.core.text import printable
from tui.dissect.nodes import Field

LIMIT = 160
"""Characters of a field's text."""
_ENDS = {"TCP": (0, 1), "DHCP": (255, 0)}
"""Codes of one byte: the end of the list, and padding."""


def option_fields(kind: str, values: Any, data: bytes, start: int, end: int) -> tuple[Field, ...]:
    """Fields for a list of (name, value) pairs in `data[start:end]`: code, length, value (RFC 9293, RFC 2132)."""
    if kind not in _ENDS or not isinstance(values, list):
        return ()
    stop, pad = _ENDS[kind]
    header = 2 if kind == "DHCP" else 0
    found: list[Field] = []
    at = start
    names = iter(values)
    while at < end and len(found) < 128:
        code = data[at]
        size = 1 if code in (stop, pad) else (data[at + 1] if at + 1 < end else 0) + header
        if size < 1 or at + size > end:
            break
        name, text = _pair(next(names, None), code)
        found.append(Field(name, text, at, at + size))
        at += size
        if code == stop:
            break
    return tuple(found)


def _pair(value: Any, code: int) -> tuple[str, str]:
    """scapy gives a pair, a bare word ("end", "pad"), or fewer items than there are bytes."""
    if isinstance(value, str):
        return value, ""
    if isinstance(value, Sequence) and len(value) >= 2:
        shown = value[1] if len(value) == 2 else value[1:]
        return printable(str(value[0]), 40), "" if shown is None else value_text(shown)
    return f"option {code}", ""


def value_text(value: Any) -> str:
    """Any value of scapy as printable text."""
    if isinstance(value, bytes):
        if len(value) > 4 and not any(value):
            return f"{len(value)} zero bytes"
        text = value.rstrip(b"\0")[:LIMIT].decode("utf-8", "replace")
        return printable(text) if value and text.isprintable() else value[: LIMIT // 2].hex()
    return printable(str(value), LIMIT)
