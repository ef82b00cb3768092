"""What a pane draws, as an SVG picture: text in its colours, no font or anything else from the network."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.color import Color
from rich.console import Console
from rich.segment import Segment, Segments
from rich.style import Style
from rich.terminal_theme import TerminalTheme

_FORMAT = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace(
    "Fira Code", "monospace"
)
_NO_COLOUR = (128, 128, 128)


def svg(lines: Iterable[Sequence[Segment]], width: int, title: str, ground: Style) -> str:
    """The lines as a picture; `ground` has the colours of the pane."""
    console = Console(
        record=True,
        width=width,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
    )
    for line in lines:
        console.print(Segments([*line, Segment("\n")]), end="", no_wrap=True, crop=True)
    theme = TerminalTheme(_rgb(ground.bgcolor), _rgb(ground.color), [_NO_COLOUR] * 8)
    return console.export_svg(title=title, theme=theme, code_format=_FORMAT, unique_id="nettui")


def _rgb(colour: Color | None) -> tuple[int, int, int]:
    found = colour.get_truecolor() if colour else None
    return (found.red, found.green, found.blue) if found else _NO_COLOUR
