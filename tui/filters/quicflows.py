"""What a QUIC packet does not say itself: the key of the server's Initial, and how long the connection ID is.

Both stand in packets of the same connection before it (RFC 9000 section 5.1, RFC 9001 section 5.2); looked for within
the batch, and remembered from batch to batch where these come in order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tui.core.columns import NONE16, NONE32, Columns, Mark
from tui.core.readers.quic import read_long
from tui.filters.packets import Guard, Packets

HEAD = 512
"""Bytes of a datagram in which its first long header stands, connection IDs included."""
MOST = 4_096
"""Connections that are remembered; the oldest is forgotten."""


@dataclass(slots=True)
class Connection:
    """What its packets have told."""

    first: bytes = b""
    """The connection ID that the client chose for the server, which the keys of Initials are made of."""
    client: bytes = b""
    """The client's own connection ID."""
    server: bytes | None = None
    """The server's, which the client sends its later packets to."""


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of the connection of one packet."""

    key: bytes
    """The client's first choice; b"" where it is not known."""
    to_client: bool
    dcid: int
    """Bytes of the connection ID in a short header; -1 where not known."""


class Connections(dict[int, Connection]):
    """By stream."""

    def of(self, stream: int) -> Connection:
        found = self.get(stream)
        if found is None:
            found = self[stream] = Connection()
            if len(self) > MOST:
                del self[next(iter(self))]
        return found


def contexts(packets: Packets, guard: Guard) -> dict[int, Context]:
    """The context of each QUIC packet of the whole batch, by row."""
    root = packets.root or packets
    c: Columns = root.columns
    known = guard(c) & (c.stream != NONE32) & (c.payload != NONE16)
    rows = np.flatnonzero(known)
    if root.read is None or not len(rows):
        return {}
    frames = root.read(rows)
    start = frames.offset + c.payload[rows]
    stop = np.minimum(start + HEAD, frames.offset + frames.caplen)
    heads = [frames.buffer[a:b].tobytes() for a, b in zip(start.tolist(), stop.tolist(), strict=True)]
    back = ((c.marks[rows] & np.uint32(Mark.FROM_RESPONDER)) != 0).tolist()
    connections = root.place.memory.connections if root.place.memory is not None else Connections()
    found: dict[int, Context] = {}
    for row, stream, to_client, head in zip(rows.tolist(), c.stream[rows].tolist(), back, heads, strict=True):
        connection = connections.of(stream)
        _learn(connection, head, to_client)
        peer = connection.client if to_client else connection.server
        found[row] = Context(connection.first, to_client, -1 if peer is None or not connection.first else len(peer))
    return found


def _learn(connection: Connection, head: bytes, to_client: bool) -> None:
    header = read_long(head)
    if header is None:
        return
    if not to_client and header.type == "Initial" and not connection.first:
        connection.first, connection.client = header.dcid, header.scid
    elif to_client and connection.server is None and header.type in ("Initial", "Handshake"):
        connection.server = header.scid
