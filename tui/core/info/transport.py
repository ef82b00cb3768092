"""Info of TCP, UDP, SCTP and bare IP: ports, flags, sequence numbers, and what the flow table found out."""

from __future__ import annotations

from functools import lru_cache

from tui.core.columns import Mark
from tui.core.info.packet import TCP, UDP, Packet, named
from tui.core.readers.cursor import Cursor, Short

FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE")
ANALYSIS = (
    (Mark.PORTS_REUSED, "[TCP Port numbers reused] "),
    (Mark.SPURIOUS_RETRANSMISSION, "[TCP Spurious Retransmission] "),
    (Mark.FAST_RETRANSMISSION, "[TCP Fast Retransmission] "),
    (Mark.RETRANSMISSION, "[TCP Retransmission] "),
    (Mark.OUT_OF_ORDER, "[TCP Out-Of-Order] "),
    (Mark.ACK_LOST_SEGMENT, "[TCP ACKed unseen segment] "),
    (Mark.LOST_SEGMENT, "[TCP Previous segment not captured] "),
    (Mark.KEEP_ALIVE, "[TCP Keep-Alive] "),
    (Mark.KEEP_ALIVE_ACK, "[TCP Keep-Alive ACK] "),
    (Mark.ZERO_WINDOW_PROBE, "[TCP ZeroWindowProbe] "),
    (Mark.ZERO_WINDOW_PROBE_ACK, "[TCP ZeroWindowProbeAck] "),
    (Mark.DUPLICATE_ACK, "[TCP Dup ACK] "),
    (Mark.ZERO_WINDOW, "[TCP ZeroWindow] "),
    (Mark.WINDOW_FULL, "[TCP Window Full] "),
    (Mark.WINDOW_UPDATE, "[TCP Window Update] "),
)
ANY_ANALYSIS = sum(bit for bit, _ in ANALYSIS)
IP_PROTOCOLS = {
    0: "HOPOPT", 1: "ICMP", 2: "IGMP", 4: "IPIP", 6: "TCP", 8: "EGP", 17: "UDP", 27: "RDP", 33: "DCCP", 41: "IPv6",
    43: "IPv6 routing", 44: "IPv6 fragment", 46: "RSVP", 47: "GRE", 50: "ESP", 51: "AH", 58: "ICMPv6",
    59: "IPv6 no next header", 60: "IPv6 destination options", 88: "EIGRP", 89: "OSPF", 94: "IPIP", 103: "PIM",
    112: "VRRP", 115: "L2TP", 132: "SCTP", 136: "UDP-Lite", 137: "MPLS in IP",
}  # fmt: skip
SCTP_CHUNKS = {
    0: "DATA", 1: "INIT", 2: "INIT_ACK", 3: "SACK", 4: "HEARTBEAT", 5: "HEARTBEAT_ACK", 6: "ABORT", 7: "SHUTDOWN",
    8: "SHUTDOWN_ACK", 9: "ERROR", 10: "COOKIE_ECHO", 11: "COOKIE_ACK", 12: "ECNE", 13: "CWR",
    14: "SHUTDOWN_COMPLETE", 15: "AUTH", 64: "I_DATA", 128: "ASCONF_ACK", 130: "RE_CONFIG", 132: "PAD",
    192: "FORWARD_TSN", 193: "ASCONF",
}  # fmt: skip

_FLAG_TEXT = tuple(
    "[" + (", ".join(name for bit, name in enumerate(FLAGS) if value >> bit & 1) or "<None>") + "]"
    for value in range(1 << len(FLAGS))
)


def flags_text(flags: int) -> str:
    """The flags in brackets, as `[SYN, ACK]`; of the 12 bits the upper three are reserved."""
    return _FLAG_TEXT[flags & 0x1FF]


def analysis_text(marks: int) -> str:
    """What the flow table found, as `[TCP Retransmission] `; "" when nothing."""
    marks &= ANY_ANALYSIS
    return _analysis(marks) if marks else ""


@lru_cache(256)
def _analysis(marks: int) -> str:
    special = Mark.FAST_RETRANSMISSION | Mark.SPURIOUS_RETRANSMISSION
    shown = marks & ~Mark.RETRANSMISSION if marks & special else marks  # the special kinds are retransmissions, too
    return "".join(text for bit, text in ANALYSIS if shown & bit)


def tcp(packet: Packet) -> str:
    ack = f" Ack={packet.ack}" if packet.tcp_flags & 0x10 else ""
    options = _options(packet) if packet.tcp_flags & 0x02 else ""
    return (
        f"{packet.sport} → {packet.dport} {flags_text(packet.tcp_flags)} Seq={packet.seq}{ack}"
        f" Win={packet.window} Len={packet.payload_len}{options}"
    )


def _options(packet: Packet) -> str:
    """The options of a SYN that tell how the connection will behave (RFC 9293 section 3.2, RFC 7323, RFC 2018)."""
    header = packet.transport()
    found: list[str] = []
    try:
        header.skip(12)
        size = (header.u8() >> 4) * 4
        header.skip(7)
        options = header.part(size - 20)
        while options.left:
            kind = options.u8()
            if kind == 0:
                break
            if kind == 1:
                continue
            part = options.part(options.u8() - 2)
            if kind == 2:
                found.append(f" MSS={part.u16()}")
            elif kind == 3:
                found.append(f" WS={1 << min(part.u8(), 14)}")
            elif kind == 4:
                found.append(" SACK_PERM")
            elif kind == 8:
                found.append(f" TSval={part.u32()} TSecr={part.u32()}")
            elif kind == 34:
                found.append(" TFO")
    except Short:
        pass
    return "".join(found)


def udp(packet: Packet) -> str:
    return f"{packet.sport} → {packet.dport} Len={packet.payload_len}"


def sctp(packet: Packet) -> str:
    cursor = packet.transport()
    found: list[str] = []
    try:
        cursor.skip(12)
        while cursor.left >= 4 and len(found) < 8:
            kind, _, size = cursor.u8(), cursor.u8(), cursor.u16()
            part = cursor.part(max(size - 4, 0))
            cursor.part(-size % 4)
            found.append(_chunk(kind, part))
    except Short:
        pass
    return ", ".join(found) or udp(packet)


def _chunk(kind: int, part: Cursor) -> str:
    name = named(SCTP_CHUNKS, kind, "chunk")
    if kind in (0, 3) and part.left >= 4:
        return f"{name} ({'TSN' if kind == 0 else 'Ack'}={part.u32()})"
    return name


def dccp(packet: Packet) -> str:
    kinds = ("Request", "Response", "Data", "Ack", "DataAck", "CloseReq", "Close", "Reset", "Sync", "SyncAck")
    cursor = packet.transport()
    cursor.skip(8)
    kind = cursor.u8() >> 1 & 15
    return f"{packet.sport} → {packet.dport} [{kinds[kind] if kind < len(kinds) else kind}]"


def ip(packet: Packet) -> str:
    """A datagram with nothing above it that is recognised, or a fragment of one."""
    name = named(IP_PROTOCOLS, packet.ip_proto, "IP protocol")
    if packet.marks & Mark.FRAGMENT and packet.l3 is not None and packet.ethertype != 0x86DD:
        cursor = packet.network()
        cursor.skip(4)
        ident, offset = cursor.u16(), (cursor.u16() & 0x1FFF) * 8
        return f"Fragmented IP protocol (proto={name} {packet.ip_proto}, off={offset}, ID={ident:04x})"
    if packet.marks & Mark.FRAGMENT:
        return f"IPv6 fragment ({name})"
    return f"{name}, {max(packet.length - (packet.l4 or 0), 0)} bytes"


def gre(packet: Packet) -> str:
    cursor = packet.transport()
    flags, kind = cursor.u16(), cursor.u16()
    key = ""
    if flags & 0x2000:
        cursor.skip(4 if flags & 0x8000 else 0)
        key = f", key=0x{cursor.u32():x}"
    return f"Encapsulated 0x{kind:04x}{key}"


def esp(packet: Packet) -> str:
    cursor = packet.transport()
    return f"ESP (SPI=0x{cursor.u32():08x}) Seq={cursor.u32()}"


def plain(packet: Packet) -> str:
    """What can be said of any packet, from its columns alone."""
    if packet.has_ports and packet.marks & Mark.FRAGMENT:
        return f"{packet.sport} → {packet.dport}, the last fragment of the datagram"
    if packet.has_ports and packet.ip_proto == TCP:
        return tcp(packet)
    if packet.has_ports and packet.ip_proto == UDP:
        return udp(packet)
    if packet.has_ports:
        return f"{packet.sport} → {packet.dport}"
    if packet.l3 is not None and packet.ip_proto:
        return ip(packet)
    if packet.ethertype:
        return f"Ethertype 0x{packet.ethertype:04x}, {packet.length} bytes"
    return f"{packet.length} bytes"
