"""Every sign that is not plain text, in two sets: one for terminals with Unicode, one for those without."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The signs of one set."""

    dot: str
    """A state."""
    up: str
    down: str
    arrow: str
    back: str
    """The other way."""
    between: str
    """Between two counts."""
    more: str
    """Text that was cut."""
    bars: str
    """A cell filled from the left by eighths; the last is full."""
    marker: str
    """plotext's name of the sign its chart is made of."""
    mark: str
    open: str
    closed: str
    cursor: str
    """Under the place on a chart that the cursor is on."""
    play: str
    paused: str
    track: tuple[str, str, str]
    """A bar of time: what is behind one, where one is, what is to come."""


UNICODE = Glyphs(
    "●", "↑", "↓", "→", "←", "·", "…", "▏▎▍▌▋▊▉█", "braille", "◆", "▾", "▸", "▲", "▶", "‖", ("━", "●", "─")
)  # fmt: skip
ASCII = Glyphs(
    "*", "^", "v", "->", "<-", "|", ">", "-=######", "#", "+", "-", "+", "^", ">", "=", ("=", "O", "-")
)  # fmt: skip


_PLAIN = str.maketrans(
    {"→": ">", "←": "<", "↔": "-", "↑": "^", "↓": "v", "…": ".", "·": "|", "–": "-", "×": "x", "µ": "u"}
)


def plain(text: str) -> str:
    """The text in ASCII, as wide as it was where its characters are narrow."""
    return text if text.isascii() else text.translate(_PLAIN).encode("ascii", "replace").decode()


def bar(glyphs: Glyphs, part: float, whole: float, width: int) -> str:
    """A bar of at most `width` cells; anything that is there shows at least the thinnest sign."""
    if whole <= 0 or part <= 0:
        return " " * width
    steps = len(glyphs.bars)
    eighths = max(1, min(width * steps, round(part / whole * width * steps)))
    full, rest = divmod(eighths, steps)
    return (glyphs.bars[-1] * full + (glyphs.bars[rest - 1] if rest else "")).ljust(width)
