"""Copying: a packet, or a part of it, in the forms that other programs take; into a file where no clipboard is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tui.dissect.hexdump import as_hex, as_python

FILE = "file"
FILE_WORDS = "all of these as text in a file, where the terminal has no clipboard"
ASKED = "the packet's line, field and bytes as text   enter writes it   esc goes back"
SHOWN = 40
"""Characters of a form that the choice shows."""


@dataclass(frozen=True, slots=True)
class Form:
    """One way of writing it."""

    name: str
    words: str
    text: str


def forms(line: str, field: str, part: bytes, data: bytes) -> tuple[Form, ...]:
    """What can be copied of a packet: `line` of the list, chosen `field` and its bytes (empty where none is chosen)."""
    made = [Form("line", line, line)]
    if field:
        name, colon, value = field.partition(": ")
        made.append(Form("field", field, field))
        made += [Form("value", value, value)] if colon and name else []
    if part:
        made.append(Form("field's bytes", _begin(part), part.hex()))
    if data:
        made += [
            Form("bytes", _begin(data), data.hex()),
            Form("hex dump", f"{len(data):,} bytes, as offset, hex and text", as_hex(data)),
            Form("python", "bytes.fromhex(...)", as_python(data)),
        ]
    return tuple(made)


def _begin(data: bytes) -> str:
    text = data.hex()
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."


def write(made: Sequence[Form], path: str) -> None:
    """Write all forms into a text file (mode 0600). Raises SaveError."""
    from tui.export.rowfile import write_rows

    write_rows(Path(path).expanduser(), (f"# {form.name}\n{form.text}\n\n" for form in made))
