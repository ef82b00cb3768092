"""Fields of the transport layer: TCP, UDP, SCTP, DCCP."""

from __future__ import annotations

from functools import cache

import numpy as np

from tui.core.columns import NONE16, NONE32, Columns, Mark, TcpFlag
from tui.core.inner import ANALYSIS
from tui.filters import guards
from tui.filters.fields import Field
from tui.filters.kinds import Kind
from tui.filters.packets import Guard, Mask, Packets
from tui.filters.readers.tcp_options import read_options
from tui.filters.sources import Computed, Reader, Span
from tui.filters.starts import at_l4, at_payload, at_payload_end
from tui.filters.tables.make import Header, column, flag, label, parsed, union
from tui.filters.values import Chunk, Values

_TCP = Header(guards.tcp, at_l4)
_UDP = Header(guards.udp, at_l4)
_OPTIONS = Reader(guards.tcp, at_l4, at_payload, read_options)


def _ports(name: str, guard: Guard) -> tuple[Field, Field, Field]:
    source = column(f"{name}.srcport", Kind.UNSIGNED, "sport", guard, "source port", bits=16)
    target = column(f"{name}.dstport", Kind.UNSIGNED, "dport", guard, "destination port", bits=16)
    return source, target, union(f"{name}.port", (source, target), "source or destination port")


def _stream(protocol: Guard) -> Guard:
    def guard(columns: Columns) -> Mask:
        return np.asarray(protocol(columns) & (columns.stream != NONE32))

    return guard


def _marked(bits: int) -> Guard:
    return guards.both(guards.mark(bits), guards.tcp)


def _zero_window(columns: Columns) -> Mask:
    """As Wireshark: a window of 0 without SYN, FIN or RST."""
    quiet = (columns.tcp_flags & np.uint16(TcpFlag.SYN | TcpFlag.FIN | TcpFlag.RST)) == 0
    return np.asarray(guards.tcp(columns) & (columns.window == 0) & quiet)


def _segment_lengths(packets: Packets) -> Values:
    """Payload of segments, never more than the frame has room for; quoted segments have none."""
    found: Values = []
    for level in packets.levels:
        columns = level.columns
        here = guards.tcp_window(columns) if level.quoted is None else guards.tcp_window(columns) & ~level.quoted
        index = np.flatnonzero(here)
        room = columns.length[index].astype(np.int64) - columns.payload[index]
        sizes = columns.payload_len[index].astype(np.int64)
        sizes = np.where(columns.payload[index] == NONE16, sizes, np.minimum(sizes, np.maximum(room, 0)))
        rows = index if level.rows is None else level.rows[index]
        found.append(Chunk(sizes, rows, None, level.depth))
    return found


def _counted(of: str, base: str) -> Computed:
    """Sequence numbers as they count from the first of their side.

    Those that an ICMP error quotes stand as they were sent.
    """

    def values(packets: Packets) -> Values:
        found: Values = []
        for level in packets.levels:
            c = level.columns
            index = np.flatnonzero(guards.tcp_ack(c))
            begin = getattr(c, base)[index]
            if of == "ack":  # without the flag it is no acknowledgment, and counts from nothing
                begin = np.where(c.tcp_flags[index] & TcpFlag.ACK, begin, np.uint32(0))
            rows = index if level.rows is None else level.rows[index]
            found.append(Chunk(getattr(c, of)[index] - begin, rows, None, level.depth))
        return found

    return Computed(values)


def _window_sizes(packets: Packets) -> Values:
    found: Values = []
    for level in packets.levels:
        c = level.columns
        index = np.flatnonzero(guards.tcp_window(c))
        rows = index if level.rows is None else level.rows[index]
        found.append(Chunk(c.window[index].astype(np.uint32) << c.window_shift[index], rows, None, level.depth))
    return found


_FIN, _SYN, _RST, _ACK = TcpFlag.FIN, TcpFlag.SYN, TcpFlag.RST, TcpFlag.ACK
_LETTERS = "RRRACEUAPRSF"


def _flagged(bits: int, wanted: int) -> Guard:
    def guard(columns: Columns) -> Mask:
        return np.asarray(guards.tcp_flags(columns) & ((columns.tcp_flags & np.uint16(bits)) == wanted))

    return guard


@cache
def _letters(flags: int) -> bytes:
    return "".join(c if flags >> (11 - i) & 1 else "\u00b7" for i, c in enumerate(_LETTERS)).encode()


def _flag_letters(packets: Packets) -> Values:
    found: Values = []
    for level in packets.levels:
        index = np.flatnonzero(guards.tcp_flags(level.columns))
        rows = index if level.rows is None else level.rows[index]
        flags = level.columns.tcp_flags[index].tolist()
        found.append(Chunk([_letters(bits & 0xFFF) for bits in flags], rows, None, level.depth))
    return found


def _next_numbers(packets: Packets) -> Values:
    """Relative, as tcp.seq; SYN and FIN count as a byte; not of what an ICMP error quotes."""
    found: Values = []
    for level in packets.levels:
        c = level.columns
        here = guards.tcp_window(c) if level.quoted is None else guards.tcp_window(c) & ~level.quoted
        index = np.flatnonzero(here)
        edges = (c.tcp_flags[index] & np.uint16(_SYN | _FIN)) != 0
        rows = index if level.rows is None else level.rows[index]
        after = c.seq[index] - c.seq_base[index] + c.payload_len[index] + edges
        found.append(Chunk(after.astype(np.uint32), rows, None, level.depth))
    return found


def _analysis(name: str, bits: int, text: str) -> Field:
    """What the flow table says of a segment, in tunnels too."""
    return label(f"tcp.analysis.{name}", _marked(bits), text, inner=True)


TRANSPORT: tuple[Field, ...] = (
    *_ports("tcp", guards.tcp),
    column("tcp.flags", Kind.UNSIGNED, "tcp_flags", guards.tcp_flags, "all flags, 12 bits", bits=16),
    flag("tcp.flags.fin", "tcp_flags", guards.tcp_flags, TcpFlag.FIN, "FIN: the sender is done"),
    flag("tcp.flags.syn", "tcp_flags", guards.tcp_flags, TcpFlag.SYN, "SYN: a connection is asked for"),
    flag("tcp.flags.reset", "tcp_flags", guards.tcp_flags, TcpFlag.RST, "RST: refused or broken off"),
    flag("tcp.flags.push", "tcp_flags", guards.tcp_flags, TcpFlag.PSH, "PSH: hand it up now"),
    flag("tcp.flags.ack", "tcp_flags", guards.tcp_flags, TcpFlag.ACK, "ACK: acknowledges"),
    flag("tcp.flags.urg", "tcp_flags", guards.tcp_flags, TcpFlag.URG, "URG: urgent data"),
    flag("tcp.flags.ece", "tcp_flags", guards.tcp_flags, TcpFlag.ECE, "ECE: congestion was met"),
    flag("tcp.flags.cwr", "tcp_flags", guards.tcp_flags, TcpFlag.CWR, "CWR: slowed down for it"),
    flag("tcp.flags.ae", "tcp_flags", guards.tcp_flags, TcpFlag.AE, "AE: accurate ECN, once NS"),
    flag("tcp.flags.ns", "tcp_flags", guards.tcp_flags, TcpFlag.AE, "NS: nonce"),
    Field("tcp.flags.str", Kind.STRING, Computed(_flag_letters), "the flags in letters: ·······A··S·"),
    Field("tcp.nxtseq", Kind.UNSIGNED, Computed(_next_numbers), "sequence number that comes next", 32),
    label("tcp.connection.syn", _flagged(_SYN | _ACK, _SYN), "asks for a connection", inner=True, quoted=True),
    label("tcp.connection.synack", _flagged(_SYN | _ACK, _SYN | _ACK), "accepts one", inner=True, quoted=True),
    label("tcp.connection.fin", _flagged(_FIN, _FIN), "ends one", inner=True, quoted=True),
    label("tcp.connection.rst", _flagged(_RST, _RST), "breaks one off", inner=True, quoted=True),
    column("tcp.flags.res", Kind.UNSIGNED, "tcp_flags", guards.tcp_flags, "reserved bits", bits=8, shift=9, mask=7),
    Field("tcp.len", Kind.UNSIGNED, Computed(_segment_lengths), "bytes of payload", 32),
    Field("tcp.seq", Kind.UNSIGNED, _counted("seq", "seq_base"), "sequence number, from the first of its side", 32),
    Field("tcp.ack", Kind.UNSIGNED, _counted("ack", "ack_base"), "acknowledgment number, from the first", 32),
    column("tcp.seq_raw", Kind.UNSIGNED, "seq", guards.tcp, "sequence number as sent", bits=32, quoted=False),
    column("tcp.ack_raw", Kind.UNSIGNED, "ack", guards.tcp_ack, "acknowledgment number as sent", bits=32),
    column("tcp.window_size_value", Kind.UNSIGNED, "window", guards.tcp_window, "window as sent, not scaled", bits=16),
    Field("tcp.window_size", Kind.UNSIGNED, Computed(_window_sizes), "window, scaled where the scale is known", 32),
    column("tcp.stream", Kind.UNSIGNED, "stream", _stream(guards.tcp_window), "number of the connection", bits=32),
    _TCP.number("tcp.hdr_len", 12, 1, "bytes of the header", shift=4, scale=4),
    _TCP.number("tcp.checksum", 16, 2, "checksum"),
    _TCP.number("tcp.urgent_pointer", 18, 2, "urgent pointer"),
    Field("tcp.payload", Kind.BYTES, Span(guards.tcp, at_payload, at_payload_end, empty=False), "the bytes carried"),
    parsed(_OPTIONS, "tcp.options", Kind.BYTES, "all options"),
    parsed(_OPTIONS, "tcp.option_kind", Kind.UNSIGNED, "kind of each option", 8),
    parsed(_OPTIONS, "tcp.option_len", Kind.UNSIGNED, "length of each option", 8),
    *(
        parsed(_OPTIONS, f"tcp.options.{name}", Kind.BYTES, f"{words}, all bytes of the option")
        for name, words in (
            ("mss", "largest segment"), ("wscale", "window scale"), ("sack", "selective acknowledgments"),
            ("timestamp", "timestamps"), ("nop", "no operation"),
        )
    ),
    parsed(_OPTIONS, "tcp.options.mss_val", Kind.UNSIGNED, "largest segment", 16),
    parsed(_OPTIONS, "tcp.options.wscale.shift", Kind.UNSIGNED, "window scale", 8),
    parsed(_OPTIONS, "tcp.options.wscale.multiplier", Kind.UNSIGNED, "what windows are multiplied with", 16),
    parsed(_OPTIONS, "tcp.options.timestamp.tsval", Kind.UNSIGNED, "timestamp", 32),
    parsed(_OPTIONS, "tcp.options.timestamp.tsecr", Kind.UNSIGNED, "timestamp that is echoed", 32),
    parsed(_OPTIONS, "tcp.options.sack_le", Kind.UNSIGNED, "left edge of a selective acknowledgment", 32),
    parsed(_OPTIONS, "tcp.options.sack_re", Kind.UNSIGNED, "right edge of a selective acknowledgment", 32),
    parsed(_OPTIONS, "tcp.options.sack_perm", Kind.BYTES, "selective acknowledgments are understood"),
    _analysis("flags", int(ANALYSIS), "anything of tcp.analysis"),
    _analysis("retransmission", Mark.RETRANSMISSION | Mark.FAST_RETRANSMISSION, "sent before"),
    _analysis("fast_retransmission", Mark.FAST_RETRANSMISSION, "sent again after duplicate ACKs"),
    _analysis("spurious_retransmission", Mark.SPURIOUS_RETRANSMISSION, "sent again though it was acknowledged"),
    _analysis("out_of_order", Mark.OUT_OF_ORDER, "an earlier segment that came later"),
    _analysis("duplicate_ack", Mark.DUPLICATE_ACK, "the same ACK again"),
    label("tcp.analysis.zero_window", _zero_window, "the receiver's buffer is full", inner=True),
    _analysis("zero_window_probe", Mark.ZERO_WINDOW_PROBE, "asks whether the window is open again"),
    _analysis("zero_window_probe_ack", Mark.ZERO_WINDOW_PROBE_ACK, "says that it is not"),
    _analysis("lost_segment", Mark.LOST_SEGMENT, "a segment before it was not captured"),
    _analysis("ack_lost_segment", Mark.ACK_LOST_SEGMENT, "acknowledges what was not captured"),
    _analysis("keep_alive", Mark.KEEP_ALIVE, "keep-alive"),
    _analysis("keep_alive_ack", Mark.KEEP_ALIVE_ACK, "the answer to a keep-alive"),
    _analysis("window_full", Mark.WINDOW_FULL, "fills the receiver's window"),
    _analysis("window_update", Mark.WINDOW_UPDATE, "only the window has changed"),
    _analysis("reused_ports", Mark.PORTS_REUSED, "a new connection on the ends of an old one"),
    *_ports("udp", guards.udp),
    _UDP.number("udp.length", 4, 2, "bytes of header and payload"),
    _UDP.number("udp.checksum", 6, 2, "checksum"),
    column("udp.stream", Kind.UNSIGNED, "stream", _stream(guards.udp), "number of the conversation", bits=32),
    Field("udp.payload", Kind.BYTES, Span(guards.udp, at_payload, at_payload_end, empty=False), "the bytes carried"),
    *_ports("sctp", guards.sctp),
    Header(guards.sctp, at_l4).number("sctp.verification_tag", 4, 4, "verification tag"),
    *_ports("dccp", guards.dccp),
)  # fmt: skip
