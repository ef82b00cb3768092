"""Info of many rows at once: TCP and UDP from lists of their columns, the others one by one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tui.core.columns import Columns, Mark, TcpFlag
from tui.core.frames import Frames
from tui.core.info import describe
from tui.core.info.packet import Packet
from tui.core.info.transport import ANY_ANALYSIS, analysis_text, flags_text
from tui.core.info.wanted import tcp_may_have, udp_may_have
from tui.core.inner import innermost, tunnelled
from tui.core.protocols import ID


def infos(columns: Columns, frames: Frames, wanted: str = "") -> list[str]:
    """The info text of every row; the same as `info` gives for each, made faster for the two commonest protocols.

    Who looks for rows with a text, whatever the case of its letters, says so: the texts of rows that surely do not have
    it may be left empty.
    """
    plain = columns.marks & (Mark.PORTS | Mark.INNER | Mark.FRAGMENT) == Mark.PORTS
    tcp = (columns.protocol == ID["TCP"]) & (columns.ip_proto == 6) & plain
    udp = (columns.protocol == ID["UDP"]) & (columns.ip_proto == 17) & plain
    told = np.ones(len(columns), np.bool_)
    if wanted:
        told[tcp] = tcp_may_have(columns.select(tcp), frames.select(tcp), wanted)
        told[udp] = udp_may_have(columns.select(udp), wanted)
    tcp &= told & (columns.tcp_flags & TcpFlag.SYN == 0)
    udp &= told
    out = [""] * len(columns)
    for row, text in zip(np.flatnonzero(tcp).tolist(), _tcp(columns.select(tcp)), strict=True):
        out[row] = text
    for row, text in zip(np.flatnonzero(udp).tolist(), _udp(columns.select(udp)), strict=True):
        out[row] = text
    others = np.flatnonzero(told & ~(tcp | udp))
    inner = innermost(columns, frames, tunnelled(columns))
    each = Packet.several(columns, others, _bytes(frames.select(others)))
    for row, packet in zip(others.tolist(), each, strict=True):
        out[row] = describe(Packet.of(*inner[row], packet.data) if row in inner else packet)
    return out


def _bytes(frames: Frames) -> Iterator[bytes]:
    """The captured bytes of each frame."""
    ends = (frames.offset + frames.caplen).tolist()
    return (frames.buffer[start:end].tobytes() for start, end in zip(frames.offset.tolist(), ends, strict=True))


def _tcp(c: Columns) -> list[str]:
    fields = (
        c.marks & ANY_ANALYSIS,
        c.sport,
        c.dport,
        c.tcp_flags,
        c.seq - c.seq_base,
        c.ack - c.ack_base,
        c.window.astype(np.uint32) << c.window_shift,
        c.payload_len,
    )
    rows = zip(*(field.tolist() for field in fields), strict=True)
    return [
        f"{analysis_text(marks)}{sport} → {dport} {flags_text(flags)} Seq={seq}{f' Ack={ack}' if flags & 16 else ''}"
        f" Win={window} Len={size}"
        for marks, sport, dport, flags, seq, ack, window, size in rows
    ]


def _udp(c: Columns) -> list[str]:
    rows = zip(c.sport.tolist(), c.dport.tolist(), c.payload_len.tolist(), strict=True)
    return [f"{sport} → {dport} Len={size}" for sport, dport, size in rows]
