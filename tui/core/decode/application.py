"""The application layer: a name by port and by first bytes, in the order in which Wireshark asks its dissectors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tui.core.decode.batch import Batch
from tui.core.decode.gather import ALL, Rows, pick
from tui.core.decode.payload import Ids, Payload, Recogniser
from tui.core.decode.tcp_protocols import TCP_FIRST_BYTES, TCP_RECOGNISERS, tcp_by_content
from tui.core.decode.transport import TCP, UDP
from tui.core.decode.udp_protocols import UDP_FIRST_BYTES, UDP_RECOGNISERS, udp_by_content
from tui.core.protocols import LAYERS_OF, TCP_PORTS, UDP_PORTS


def decode_application(b: Batch) -> None:
    """Name the payload of every whole TCP segment and UDP datagram that carries one."""
    for proto, ports, recognisers, first_bytes, by_content in (
        (TCP, TCP_PORTS, TCP_RECOGNISERS, TCP_FIRST_BYTES, tcp_by_content),
        (UDP, UDP_PORTS, UDP_RECOGNISERS, UDP_FIRST_BYTES, udp_by_content),
    ):
        rows = pick(ALL, (b.proto == proto) & (b.end > b.at))
        if rows is not None:
            _name(b, rows, ports, recognisers, first_bytes, by_content)


def _name(
    b: Batch,
    rows: Rows,
    ports: NDArray[np.uint16],
    recognisers: Mapping[int, Recogniser],
    first_bytes: NDArray[np.bool_],
    by_content: Recogniser,
) -> None:
    c = b.columns
    at = b.at[rows]
    sport, dport = c.sport[rows], c.dport[rows]
    payload = Payload(b.data, at, b.end[rows] - at, b.wire_end[rows] - at, sport, dport)
    verdict = np.zeros(len(at), np.uint16)
    by_port = ports.take(np.minimum(sport, dport))
    _ask(payload, by_port, recognisers, verdict)
    by_port = ports.take(np.maximum(sport, dport))
    by_port *= verdict == 0
    _ask(payload, by_port, recognisers, verdict)
    unknown = np.flatnonzero((verdict == 0) & first_bytes.take(payload.u16(0)))
    if len(unknown):
        verdict[unknown] = by_content(payload.select(unknown))
    known = verdict != 0
    some = pick(rows, known)
    if some is not None:
        c.protocol[some] = verdict[known] if isinstance(some, np.ndarray) else verdict
        c.layers[some] |= LAYERS_OF.take(c.protocol[some])


def _ask(payload: Payload, by_port: Ids, recognisers: Mapping[int, Recogniser], verdict: Ids) -> None:
    """Give the name of the port where no recogniser objects."""
    present = np.flatnonzero(np.bincount(by_port)).tolist() if by_port.any() else []
    for protocol in present:
        if not protocol:
            continue
        index = np.flatnonzero(by_port == protocol)
        recogniser = recognisers.get(protocol)
        verdict[index] = protocol if recogniser is None else recogniser(payload.select(index))
