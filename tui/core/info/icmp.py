"""Info of ICMP (RFC 792), ICMPv6 (RFC 4443, 4861, 3810) and IGMP (RFC 3376): types and codes in words."""

from __future__ import annotations

import ipaddress

from tui.core.info.packet import Packet, named
from tui.core.readers.cursor import Cursor

TYPES = {
    0: "Echo (ping) reply", 3: "Destination unreachable", 4: "Source quench (flow control)", 5: "Redirect",
    8: "Echo (ping) request", 9: "Router advertisement", 10: "Router solicitation", 11: "Time-to-live exceeded",
    12: "Parameter problem", 13: "Timestamp request", 14: "Timestamp reply", 15: "Information request",
    16: "Information reply", 17: "Address mask request", 18: "Address mask reply", 30: "Traceroute",
    42: "Extended Echo request", 43: "Extended Echo reply",
}  # fmt: skip
CODES = {
    3: ("Network unreachable", "Host unreachable", "Protocol unreachable", "Port unreachable", "Fragmentation needed",
        "Source route failed", "Destination network unknown", "Destination host unknown", "Source host isolated",
        "Network administratively prohibited", "Host administratively prohibited", "Network unreachable for TOS",
        "Host unreachable for TOS", "Communication administratively filtered", "Host precedence violation",
        "Precedence cutoff in effect"),
    5: ("Redirect for network", "Redirect for host", "Redirect for TOS and network", "Redirect for TOS and host"),
    11: ("Time to live exceeded in transit", "Fragment reassembly time exceeded"),
    12: ("Pointer indicates the error", "Required option missing", "Bad length"),
}  # fmt: skip
TYPES6 = {
    1: "Destination Unreachable", 2: "Packet Too Big", 3: "Time Exceeded", 4: "Parameter Problem",
    128: "Echo (ping) request", 129: "Echo (ping) reply", 130: "Multicast Listener Query",
    131: "Multicast Listener Report", 132: "Multicast Listener Done", 133: "Router Solicitation",
    134: "Router Advertisement", 135: "Neighbor Solicitation", 136: "Neighbor Advertisement", 137: "Redirect",
    138: "Router Renumbering", 141: "Inverse Neighbor Discovery Solicitation",
    142: "Inverse Neighbor Discovery Advertisement", 143: "Multicast Listener Report Message v2",
    144: "Home Agent Address Discovery Request", 145: "Home Agent Address Discovery Reply",
    148: "Certification Path Solicitation", 149: "Certification Path Advertisement",
    151: "Multicast Router Advertisement", 155: "RPL Control",
}  # fmt: skip
CODES6 = {
    1: ("no route to destination", "Administratively prohibited", "Beyond scope of source address",
        "Address unreachable", "Port unreachable", "Source address failed ingress/egress policy",
        "Reject route to destination"),
    3: ("hop limit exceeded in transit", "fragment reassembly time exceeded"),
    4: ("erroneous header field encountered", "unrecognized Next Header type encountered",
        "unrecognized IPv6 option encountered"),
}  # fmt: skip
IGMP_TYPES = {
    0x11: "Membership Query", 0x12: "Membership Report", 0x16: "Membership Report", 0x17: "Leave Group",
    0x22: "Membership Report", 0x13: "DVMRP", 0x14: "PIM", 0x30: "Multicast Router Advertisement",
}  # fmt: skip


def icmp(packet: Packet) -> str:
    kind, code = packet.code >> 8, packet.code & 255
    text = named(TYPES, kind, "Type")
    body = packet.transport()
    body.skip(4)
    if kind in (0, 8):
        ident, sequence = body.u16(), body.u16()
        swapped = (sequence & 255) << 8 | sequence >> 8
        return f"{text}  id=0x{ident:04x}, seq={sequence}/{swapped}, ttl={packet.ttl}"
    if kind in (13, 14, 17, 18):
        return f"{text}  id=0x{body.u16():04x}, seq={body.u16()}, ttl={packet.ttl}"
    words = CODES.get(kind, ())
    if words:
        text += f" ({words[code]})" if code < len(words) else f" (Code {code})"
    if kind == 3 and code == 4:
        body.skip(2)
        text += f", next-hop MTU {body.u16()}"
    if kind == 5:
        text += f", gateway {ipaddress.IPv4Address(body.take(4))}"
    return text


def icmpv6(packet: Packet) -> str:
    kind, code = packet.code >> 8, packet.code & 255
    text = named(TYPES6, kind, "Type")
    body = packet.transport()
    body.skip(4)
    if kind in (128, 129):
        return f"{text} id=0x{body.u16():04x}, seq={body.u16()}, hop limit={packet.ttl}"
    if kind in (135, 136, 137):
        return _neighbour(kind, text, body)
    if kind in (133, 134):
        body.skip(4 if kind == 133 else 12)
        hardware = _option(body, 1)
        return f"{text} from {hardware}" if hardware else text
    if kind in (130, 131, 132):
        body.skip(4)
        group = ipaddress.IPv6Address(body.take(16))
        return f"{text} for {group}" if int(group) else text
    if kind == 2:
        return f"{text}, MTU {body.u32()}"
    words = CODES6.get(kind, ())
    if words:
        text += f" ({words[code]})" if code < len(words) else f" (Code {code})"
    return text


def _neighbour(kind: int, text: str, body: Cursor) -> str:
    flags = body.u32() >> 29
    target = ipaddress.IPv6Address(body.take(16))
    if kind == 135:
        hardware = _option(body, 1)
        return f"{text} for {target}" + (f" from {hardware}" if hardware else "")
    if kind == 137:
        return f"{text}, target {target}"
    words = ", ".join(word for bit, word in ((4, "rtr"), (2, "sol"), (1, "ovr")) if flags & bit)
    hardware = _option(body, 2)
    return f"{text} {target}" + (f" ({words})" if words else "") + (f" is at {hardware}" if hardware else "")


def _option(body: Cursor, wanted: int) -> str:
    """The link-layer address in a neighbour discovery option (RFC 4861 section 4.6.1); "" when it is not there."""
    while body.left >= 8:
        kind, size = body.u8(), body.u8()
        if size == 0:
            break
        part = body.part(size * 8 - 2)
        if kind == wanted:
            return part.take(6).hex(":")
    return ""


def igmp(packet: Packet) -> str:
    body = packet.transport()
    kind = body.u8()
    text = named(IGMP_TYPES, kind, "Type")
    body.skip(3)
    if kind == 0x22:
        body.skip(2)
        records = body.u16()
        body.skip(4)
        return (
            f"{text}, {records} group record{'' if records == 1 else 's'}, first {ipaddress.IPv4Address(body.take(4))}"
        )
    group = ipaddress.IPv4Address(body.take(4))
    if kind == 0x11:
        return f"{text}, general" if not int(group) else f"{text}, specific for group {group}"
    return f"{text} {group}"
