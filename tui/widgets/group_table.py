"""Lines of the flows screen while flows are put together: one for each host, service or process."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from tui.core.flow.groups import FlowGroups
from tui.core.text import fit, printable
from tui.widgets.glyphs import Glyphs
from tui.widgets.ink import Piece
from tui.widgets.numbers import bits_per_s, octets, scaled

_CELLS = {"flows": 8, "packets": 8, "bytes": 8, "bytes_per_s": 10, "retransmissions": 7}
_TITLES = {
    "flows": "Flows", "packets": "Packets", "bytes": "Bytes", "bytes_per_s": "Rate", "retransmissions": "Resent",
}  # fmt: skip


@dataclass(slots=True)
class GroupLook:
    """How groups are written; one for the life of the screen."""

    glyphs: Glyphs
    sort: str = "bytes"
    descending: bool = True


class GroupLines:
    """A TableSource over groups."""

    def __init__(self, groups: FlowGroups, look: GroupLook) -> None:
        self.groups = groups
        self._look = look
        self._order = groups.order(look.sort, look.descending)
        self._places = np.empty(len(groups), np.int64)
        self._places[self._order] = np.arange(len(groups))

    def __len__(self) -> int:
        return len(self.groups)

    def group(self, place: int) -> int:
        """Which group stands at a place."""
        return int(self._order[place])

    def identity(self, place: int) -> Hashable:
        return int(self.groups.keys[self.group(place)])

    def place(self, identity: Hashable) -> int:
        assert isinstance(identity, int)
        at = int(np.searchsorted(self.groups.keys, np.uint64(identity)))
        known = at < len(self) and int(self.groups.keys[at]) == identity
        return int(self._places[at]) if known else -1

    def header(self, width: int) -> list[Piece]:
        mark = self._look.glyphs.down if self._look.descending else self._look.glyphs.up
        pieces: list[Piece] = [(f" {fit(self.groups.by.value.capitalize(), _room(width))} ", "dim")]
        for name, cells in _shown(width):
            chosen = name == self._look.sort
            pieces.append((f"{(_TITLES[name] + mark * chosen).rjust(cells)} ", "bright" if chosen else "dim"))
        return pieces

    def lines(self, start: int, stop: int, width: int) -> Sequence[list[Piece]]:
        return [self._line(int(at), width) for at in self._order[start:stop]]

    def _line(self, at: int, width: int) -> list[Piece]:
        groups = self.groups
        rate, resent = float(groups.bytes_per_s[at]), float(groups.retransmissions[at])
        texts = {
            "flows": f"{int(groups.flows[at]):,}",
            "packets": scaled(float(groups.packets[at])),
            "bytes": octets(float(groups.bytes[at])),
            "bytes_per_s": bits_per_s(8 * rate) if rate else "",
            "retransmissions": scaled(resent) if resent else "",
        }
        inks = {"bytes_per_s": "bright", "retransmissions": "amber"}
        pieces: list[Piece] = [(f" {fit(printable(groups.label(at)), _room(width))} ", "text")]
        pieces += [(f"{texts[name].rjust(cells)} ", inks.get(name, "text")) for name, cells in _shown(width)]
        return pieces


def _shown(width: int) -> list[tuple[str, int]]:
    """The columns with numbers that fit, with their widths; bytes and rate stay longest."""
    names = [name for name in _CELLS if width >= 70 or name in ("flows", "bytes", "bytes_per_s")]
    return [(name, _CELLS[name]) for name in names]


def _room(width: int) -> int:
    """Cells for what the group is called."""
    return max(8, width - 2 - sum(cells + 1 for _, cells in _shown(width)))
