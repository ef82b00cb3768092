"""Info of what lives on the link itself: ARP, spanning tree, LLDP, CDP, EAPOL, PPPoE discovery, PPP, loop detection."""

from __future__ import annotations

from tui.core.info.packet import Packet, named
from tui.core.readers.cursor import Cursor, Short
from tui.core.text import printable

ARP_OPERATIONS = {3: "RARP request", 4: "RARP reply", 8: "InARP request", 9: "InARP reply", 10: "ARP NAK"}
EAPOL_TYPES = {0: "EAP", 1: "Start", 2: "Logoff", 3: "Key", 4: "Encapsulated ASF Alert", 5: "MKA"}
EAP_CODES = {1: "Request", 2: "Response", 3: "Success", 4: "Failure"}
EAP_TYPES = {
    1: "Identity", 2: "Notification", 3: "Nak", 4: "MD5-Challenge", 6: "GTC", 13: "TLS", 21: "TTLS", 25: "PEAP",
    26: "MSCHAPv2", 43: "FAST", 52: "PWD", 55: "TEAP",
}  # fmt: skip
PPPOE_CODES = {
    0x09: "Active Discovery Initiation (PADI)", 0x07: "Active Discovery Offer (PADO)",
    0x19: "Active Discovery Request (PADR)", 0x65: "Active Discovery Session-confirmation (PADS)",
    0xA7: "Active Discovery Terminate (PADT)", 0x00: "Session Data",
}  # fmt: skip
PPP_CODES = {
    1: "Configuration Request", 2: "Configuration Ack", 3: "Configuration Nak", 4: "Configuration Reject",
    5: "Termination Request", 6: "Termination Ack", 7: "Code Reject", 8: "Protocol Reject", 9: "Echo Request",
    10: "Echo Reply", 11: "Discard Request",
}  # fmt: skip


def _after_ethernet(packet: Packet) -> Cursor:
    """Behind the Ethernet header and its VLAN tags; the network offset where decode gave one."""
    if packet.l3 is not None:
        return packet.network()
    cursor = Cursor(packet.data)
    cursor.skip(12)
    while (kind := cursor.u16()) in (0x8100, 0x88A8, 0x9100):
        cursor.skip(2)
    if kind <= 1500:
        cursor.end = min(cursor.end, cursor.at + kind)
    return cursor


def arp(packet: Packet) -> str:
    cursor = packet.network()
    cursor.skip(4)
    hardware, protocol, operation = cursor.u8(), cursor.u8(), cursor.u16()
    sender_mac, sender = cursor.take(hardware), cursor.take(protocol)
    target_mac, target = cursor.take(hardware), cursor.take(protocol)
    mine, asked = _ip(sender), _ip(target)
    if operation == 1:
        if sender == target:
            if not any(target_mac):
                return f"ARP Announcement for {mine}"
            return f"Gratuitous ARP for {mine} (Request)"
        if not any(sender):
            return f"Who has {asked}? (ARP Probe)"
        return f"Who has {asked}? Tell {mine}"
    if operation == 2:
        if sender == target:
            return f"Gratuitous ARP for {mine} (Reply), at {sender_mac.hex(':')}"
        return f"{mine} is at {sender_mac.hex(':')}"
    if operation == 3:
        return f"Who is {target_mac.hex(':')}? Tell {sender_mac.hex(':')}"
    if operation == 4:
        return f"{target_mac.hex(':')} is at {asked}"
    return named(ARP_OPERATIONS, operation, "ARP operation")


def _ip(raw: bytes) -> str:
    return ".".join(map(str, raw)) if len(raw) == 4 else raw.hex(":") or "nobody"


def stp(packet: Packet) -> str:
    """IEEE 802.1D/w configuration and topology messages; Cisco's per-VLAN form stands behind a SNAP header."""
    cursor = _after_ethernet(packet)
    sap = cursor.u16()
    cursor.skip(6 if sap == 0xAAAA else 1)
    cursor.skip(2)
    version, kind = cursor.u8(), cursor.u8()
    if kind == 0x80:
        return "Topology Change Notification"
    flags = cursor.u8()
    root_priority, root_mac = cursor.u16(), cursor.take(6).hex(":")
    cost = cursor.u32()
    cursor.skip(8)
    port = cursor.u16()
    kind_text = {0: "Conf.", 2: "RST.", 3: "MST.", 4: "SPT."}.get(version, "BPDU.")
    change = " TC +" if flags & 1 else ""
    root = f"{root_priority & 0xF000}/{root_priority & 0xFFF}/{root_mac}"
    return f"{kind_text}{change} Root = {root}  Cost = {cost}  Port = 0x{port:04x}"


def lldp(packet: Packet) -> str:
    cursor = _after_ethernet(packet)
    if packet.l3 is None and cursor.left == 0:
        raise Short
    found: dict[int, str] = {}
    while cursor.left >= 2 and len(found) < 16:
        head = cursor.u16()
        kind, part = head >> 9, cursor.part(head & 0x1FF)
        if kind == 0:
            break
        found.setdefault(kind, _lldp_value(kind, part))
    words = (("", 1), ("Port = ", 2), ("TTL = ", 3), ("SysName = ", 5), ("SysDesc = ", 6))
    return " ".join(f"{word}{found[kind]}" for word, kind in words if found.get(kind))


def _lldp_value(kind: int, part: Cursor) -> str:
    if kind in (1, 2):
        subtype, raw = part.u8(), part.rest()
        if (kind == 1 and subtype == 4) or (kind == 2 and subtype == 3):
            return f"MA/{raw.hex(':')}"
        return printable(raw, 40)
    if kind == 3:
        return str(part.u16())
    return printable(part.rest(), 60)


def cdp(packet: Packet) -> str:
    cursor = _after_ethernet(packet)
    if cursor.data[cursor.at : cursor.at + 2] == b"\xaa\xaa":
        cursor.skip(8)
    cursor.skip(4)
    words = {1: "Device ID", 3: "Port ID", 6: "Platform"}
    found: list[str] = []
    while cursor.left >= 4 and len(found) < 3:
        kind, size = cursor.u16(), cursor.u16()
        part = cursor.part(max(size - 4, 0))
        if kind in words:
            found.append(f"{words[kind]}: {printable(part.rest(), 40)}")
    return "  ".join(found)


def eapol(packet: Packet) -> str:
    cursor = packet.network() if packet.l3 is not None else _find(packet, b"\x88\x8e")
    cursor.skip(1)
    kind = cursor.u8()
    cursor.skip(2)
    if kind == 0:
        return _eap(cursor)
    if kind == 3:
        return _key(cursor)
    return named(EAPOL_TYPES, kind, "EAPOL type")


def _find(packet: Packet, ethertype: bytes) -> Cursor:
    """Behind the first LLC/SNAP header with this type: in 802.11 the header before it has many lengths."""
    cursor = Cursor(packet.data)
    cursor.until(b"\xaa\xaa\x03\x00\x00\x00" + ethertype)
    return cursor


def _eap(cursor: Cursor) -> str:
    code = cursor.u8()
    cursor.skip(3)
    text = named(EAP_CODES, code, "EAP code")
    if code not in (1, 2):
        return text
    kind = cursor.u8()
    text = f"{text}, {named(EAP_TYPES, kind, 'type')}"
    return f"{text} {printable(cursor.rest(), 60)}".rstrip() if kind == 1 else text


def _key(cursor: Cursor) -> str:
    """Which message of the four-way handshake (IEEE 802.11 section 12.7.6) the key information bits make it."""
    cursor.skip(1)
    bits = cursor.u16()
    install, ack, mic, secure = (bits >> n & 1 for n in (6, 7, 8, 9))
    if not bits & 8:
        return "Key (Group Message)"
    number = 1 if ack and not mic else 3 if ack and install else 4 if secure and not ack else 2
    return f"Key (Message {number} of 4)"


def pppoe_discovery(packet: Packet) -> str:
    cursor = _after_ethernet(packet)
    cursor.skip(1)
    return named(PPPOE_CODES, cursor.u8(), "PPPoE code")


def ppp_control(packet: Packet) -> str:
    """LCP, IPCP and their kin: the code behind the two bytes of the PPP protocol, wherever PPP begins."""
    at = packet.l3 if packet.l3 is not None else packet.l4
    cursor = Cursor(packet.data, packet.payload_at if at is None and packet.payload_at is not None else at or 0)
    return named(PPP_CODES, cursor.u8(), "PPP code")


def loop(packet: Packet) -> str:
    cursor = _after_ethernet(packet)
    cursor.skip(2)
    function = int.from_bytes(cursor.take(2), "little")
    return {1: "Reply", 2: "Forward Data"}.get(function, f"function {function}")
