"""Entries: what the tracker of connection attempts keeps of each of them."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from tui.detectors import feeding
from tui.detectors.tables import Field


class State(IntEnum):
    """Of an entry; SILENT and BARE are probes that no program sends: without ACK, or an ACK that belongs to nothing."""

    SENT = 1
    ANSWERED = 2
    OPEN = 3
    SILENT = 4
    BARE = 5
    DATAGRAM = 6
    REPLIED = 7


# isn_c and isn_s: initial sequence numbers of client and server; known_s: isn_s was seen or can be told; sent and
# received: payload bytes by sequence numbers; fins: bit 0 the client's, bit 1 the server's; repeats: SYNs sent again
FIELDS: dict[str, Field] = {
    "client_hi": np.uint64, "client_lo": np.uint64, "server_hi": np.uint64, "server_lo": np.uint64,
    "client": np.uint64, "server": np.uint64, "kind": np.uint8, "cport": np.uint16, "sport": np.uint16,
    "proto": np.uint8, "state": np.uint8, "start_ns": np.int64, "last_ns": np.int64, "number": np.int64,
    "isn_c": np.uint32, "isn_s": np.uint32, "known_s": np.bool_, "sent": np.int64, "received": np.int64,
    "greeting": np.uint8, "fins": np.uint8, "repeats": np.uint8, "interface": np.uint16, **feeding.FIELDS,
}  # fmt: skip
BLANK = ("isn_s", "known_s", "sent", "received", "greeting", "fins", "repeats", *feeding.FIELDS)
"""Of a new entry, what is not known yet."""
