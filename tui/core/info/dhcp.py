"""Info of DHCP (RFC 2131) and DHCPv6 (RFC 8415)."""

from __future__ import annotations

import ipaddress

from tui.core.info.packet import Packet, named
from tui.core.readers.cursor import Cursor, Short
from tui.core.text import printable

MESSAGES = {
    1: "Discover", 2: "Offer", 3: "Request", 4: "Decline", 5: "ACK", 6: "NAK", 7: "Release", 8: "Inform",
    9: "Force Renew", 10: "Lease query", 11: "Lease Unassigned", 12: "Lease Unknown", 13: "Lease Active",
}  # fmt: skip
MESSAGES6 = {
    1: "Solicit", 2: "Advertise", 3: "Request", 4: "Confirm", 5: "Renew", 6: "Rebind", 7: "Reply", 8: "Release",
    9: "Decline", 10: "Reconfigure", 11: "Information-request", 12: "Relay-forw", 13: "Relay-reply",
}  # fmt: skip
COOKIE = b"\x63\x82\x53\x63"


def dhcp(packet: Packet) -> str:
    cursor = packet.body()
    operation = cursor.u8()
    cursor.skip(3)
    txid = cursor.u32()
    cursor.skip(8)
    yours = cursor.take(4)
    cursor.skip(8)
    hardware = cursor.take(6).hex(":")
    cursor.skip(202)
    options = _options(cursor) if cursor.take(4) == COOKIE else {}
    if 53 not in options:
        return f"Boot {'Request' if operation == 1 else 'Reply'} from {hardware}"
    kind = options[53][0] if options[53] else 0
    text = f"DHCP {MESSAGES.get(kind, f'message {kind}'):8} - Transaction ID 0x{txid:x}"
    if operation == 2 and any(yours):
        return f"{text}, {ipaddress.IPv4Address(yours)} for {hardware}"
    if len(options.get(50, b"")) == 4:
        text += f", wants {ipaddress.IPv4Address(options[50])}"
    return f"{text}, host {printable(options[12], 40)}" if 12 in options else text


def _options(cursor: Cursor) -> dict[int, bytes]:
    """The options up to the end mark, at most 64."""
    found: dict[int, bytes] = {}
    try:
        while cursor.left and len(found) < 64:
            kind = cursor.u8()
            if kind == 255:
                break
            if kind:
                found.setdefault(kind, cursor.take(cursor.u8()))
    except Short:
        pass
    return found


def dhcpv6(packet: Packet) -> str:
    cursor = packet.body()
    kind = cursor.u8()
    text = named(MESSAGES6, kind, "DHCPv6 message")
    if kind in (12, 13):
        cursor.skip(1)
        return f"{text} L: {ipaddress.IPv6Address(cursor.take(16))}"
    text = f"{text} XID: 0x{cursor.u24():x}"
    while cursor.left >= 4:
        option, part = cursor.u16(), cursor.part(cursor.u16())
        if option == 1:
            return f"{text} CID: {part.rest().hex()[:40]}"
    return text
