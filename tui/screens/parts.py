"""What the screens are given to work with, each imported when it is first needed: a screen is drawn without them."""

from __future__ import annotations

from collections.abc import Sequence

from tui.core.columns import Columns
from tui.core.frames import Frames
from tui.screens.listing import FilterLike
from tui.widgets import chart
from tui.widgets.detail import Node


def describe(columns: Columns, frames: Frames, wanted: str = "") -> Sequence[str]:
    """The info lines of packets; those that do not have `wanted` may be empty."""
    from tui.core.info.batch import infos

    return infos(columns, frames, wanted)


def compile_filter(text: str) -> FilterLike:
    """A display filter; raises FilterError."""
    from tui import filters

    return filters.compile(text)


def dissect(data: bytes, linktype: int) -> Sequence[Node]:
    """The tree of one packet."""
    from tui.screens.packet import nodes

    return nodes(data, linktype)


def load_late() -> None:
    """What takes long to import and is not needed for the first paint."""
    from tui.dissect.library import scapy

    chart.load()
    scapy()
