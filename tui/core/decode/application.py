"""The application layer: a name by port and by first bytes, in the order in which Wireshark asks its dissectors."""

from __future__ import annotations

import numpy as np

from tui.core.decode.batch import Batch
from tui.core.decode.gather import ALL, Int64, Rows, pick
from tui.core.decode.payload import Ids, Knowledge, Payload, Payloads
from tui.core.decode.tcp_protocols import OVER_TCP
from tui.core.decode.transport import TCP, UDP
from tui.core.decode.udp_protocols import OVER_UDP
from tui.core.protocols import LAYERS_OF

LAST_SYSTEM_PORT = 1023
FIRST_EPHEMERAL_PORT = 32768
"""From here on Linux gives ports to clients (ip_local_port_range)."""


def decode_application(b: Batch) -> None:
    """Name the payload of every whole TCP segment and UDP datagram that carries one."""
    carries = b.end > b.at
    for proto, knowledge in ((TCP, OVER_TCP), (UDP, OVER_UDP)):
        rows = pick(ALL, (b.proto == proto) & carries)
        if rows is not None:
            _name(b, rows, knowledge)


def _name(b: Batch, rows: Rows, knowledge: Knowledge) -> None:
    c, at = b.columns, b.here(rows)
    sport, dport = c.sport[rows], c.dport[rows]
    payloads = Payloads.of(b.data, at, b.end[rows] - at, b.wire_end[rows] - at, sport, dport)
    low, high = np.minimum(sport, dport), np.maximum(sport, dport)
    verdict = knowledge.ports.take(low, mode="clip")
    service = (verdict != 0) & ((low <= LAST_SYSTEM_PORT) | (high >= FIRST_EPHEMERAL_PORT))
    _ask(payloads, verdict, knowledge, np.arange(len(at)))
    left = np.flatnonzero(verdict == 0)
    if len(left):
        # the other port of a service is what the client happened to get: 443 <-> 44322 is no PMPROXY
        second = knowledge.ports.take(high[left], mode="clip") * ~service[left]
        _ask(payloads, second, knowledge, left)
        verdict[left] = second
        _by_content(payloads, verdict, knowledge, left.compress(second == 0))
    known = verdict != 0
    some = pick(rows, known)
    if some is not None:
        verdict = verdict.compress(known)
        c.protocol[some] = verdict
        c.layers[some] |= LAYERS_OF.take(verdict, mode="clip")


def _ask(payloads: Payloads, verdict: Ids, knowledge: Knowledge, rows: Int64) -> None:
    """`verdict` is what the port of each of `rows` says: ask whether it is so."""
    shaped = knowledge.shapes.known.take(verdict, mode="clip").nonzero()[0]
    if len(shaped):
        index = rows[shaped]
        p, first = payloads, payloads.head.matrix[index, 0]
        fits = knowledge.shapes.fit(p.data, p.at[index], p.room[index], p.length[index], first, verdict[shaped])
        verdict[shaped] *= fits
    asked = knowledge.tested.take(verdict, mode="clip").nonzero()[0]
    wanted = verdict[asked]
    for protocol in np.bincount(wanted).nonzero()[0].tolist():
        index = asked.compress(wanted == protocol)
        verdict[index] = knowledge.by_id[protocol](Payload(payloads, rows[index]))


def _by_content(payloads: Payloads, verdict: Ids, knowledge: Knowledge, rows: Int64) -> None:
    """Ask those recognisers whose first bytes are there."""
    bits = knowledge.first_bytes.take(payloads.head.u16(0)[rows], mode="clip")
    some = bits.nonzero()[0]
    rows, bits = rows[some], bits[some]
    asked = int(np.bitwise_or.reduce(bits)) if len(rows) else 0
    for k, content in enumerate(knowledge.contents):
        if asked >> k & 1:
            index = rows[(bits >> np.uint32(k) & np.uint32(1) != 0) & (verdict[rows] == 0)]
            if len(index):
                verdict[index] = content.recognise(Payload(payloads, index))
