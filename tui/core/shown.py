"""The protocol column: names of protocols, and the numbers of what has no name, as Wireshark shows them."""

from __future__ import annotations

import numpy as np

from tui.core.columns import Columns
from tui.core.protocols import ETHERTYPES, ID, NAMES

_ETHERNET, _UNKNOWN = ID["Ethernet"], ID["Unknown"]
_LEAST_TYPE = 0x600
"""Smaller values in the place of an ethertype are lengths."""


def protocol_names(c: Columns) -> list[str]:
    """What the protocol column says of each packet; nothing for link types that nobody knows."""
    names = [NAMES[number] for number in c.protocol.tolist()]
    numbered = (c.protocol == _ETHERNET) & (c.ethertype >= _LEAST_TYPE) & (ETHERTYPES.take(c.ethertype) == 0)
    for row in np.flatnonzero(numbered).tolist():
        names[row] = f"0x{int(c.ethertype[row]):04x}"
    for row in np.flatnonzero(c.protocol == _UNKNOWN).tolist():
        names[row] = ""
    return names
