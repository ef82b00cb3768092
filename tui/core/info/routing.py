"""Info of routing and redundancy protocols: OSPF, BGP, RIP, EIGRP, VRRP, HSRP, PIM, BFD."""

from __future__ import annotations

from tui.core.info.packet import Packet, named

OSPF_TYPES = {1: "Hello Packet", 2: "DB Description", 3: "LS Request", 4: "LS Update", 5: "LS Acknowledge"}
BGP_TYPES = {1: "OPEN", 2: "UPDATE", 3: "NOTIFICATION", 4: "KEEPALIVE", 5: "ROUTE-REFRESH"}
BGP_ERRORS = {
    1: "Message Header Error", 2: "OPEN Message Error", 3: "UPDATE Message Error", 4: "Hold Timer Expired",
    5: "Finite State Machine Error", 6: "Cease",
}  # fmt: skip
EIGRP_OPERATIONS = {1: "Update", 2: "Request", 3: "Query", 4: "Reply", 5: "Hello", 10: "SIA-Query", 11: "SIA-Reply"}
HSRP_STATES = {0: "Initial", 1: "Learn", 2: "Listen", 4: "Speak", 8: "Standby", 16: "Active"}
PIM_TYPES = {
    0: "Hello", 1: "Register", 2: "Register-stop", 3: "Join/Prune", 4: "Bootstrap", 5: "Assert", 6: "Graft",
    7: "Graft-Ack", 8: "Candidate-RP-Advertisement",
}  # fmt: skip
BFD_STATES = ("AdminDown", "Down", "Init", "Up")
BGP_MARKER = b"\xff" * 16


def ospf(packet: Packet) -> str:
    cursor = packet.transport()
    version, kind = cursor.u8(), cursor.u8()
    cursor.skip(2)
    router, area = ".".join(map(str, cursor.take(4))), ".".join(map(str, cursor.take(4)))
    return f"{named(OSPF_TYPES, kind, 'Type')}, v{version}, router {router}, area {area}"


def bgp(packet: Packet) -> str:
    """The messages in the segment (RFC 4271 section 4)."""
    payload = packet.payload
    found: list[str] = []
    at = payload.find(BGP_MARKER)
    while at >= 0 and at + 19 <= len(payload) and len(found) < 8:
        size, kind = payload[at + 16] << 8 | payload[at + 17], payload[at + 18]
        text = f"{named(BGP_TYPES, kind, 'Type')} Message"
        if kind == 3 and at + 20 < len(payload):
            text += f" ({named(BGP_ERRORS, payload[at + 19], 'Error')}, subcode {payload[at + 20]})"
        elif kind == 1 and at + 22 <= len(payload):
            text += f" (AS {payload[at + 20] << 8 | payload[at + 21]})"
        found.append(text)
        at = payload.find(BGP_MARKER, at + max(size, 19))
    return ", ".join(found) or ("Continuation" if payload else "")


def rip(packet: Packet) -> str:
    cursor = packet.body()
    command = cursor.u8()
    entries = max(packet.payload_len - 4, 0) // 20
    return f"{ {1: 'Request', 2: 'Response'}.get(command, f'Command {command}') }, {entries} entries"


def eigrp(packet: Packet) -> str:
    cursor = packet.transport()
    cursor.skip(1)
    return named(EIGRP_OPERATIONS, cursor.u8(), "Operation")


def vrrp(packet: Packet) -> str:
    cursor = packet.transport()
    first, router, priority = cursor.u8(), cursor.u8(), cursor.u8()
    return f"Announcement (v{first >> 4}), group {router}, priority {priority}"


def hsrp(packet: Packet) -> str:
    cursor = packet.body()
    cursor.skip(1)
    kind, state = cursor.u8(), cursor.u8()
    return f"{('Hello', 'Coup', 'Resign')[kind] if kind < 3 else kind} (state {named(HSRP_STATES, state, 'state')})"


def pim(packet: Packet) -> str:
    return named(PIM_TYPES, packet.transport().u8() & 15, "Type")


def bfd(packet: Packet) -> str:
    cursor = packet.body()
    diagnostic, flags = cursor.u8() & 31, cursor.u8()
    return f"Diag: {diagnostic}, State: {BFD_STATES[flags >> 6]}, Flags: 0x{flags & 63:02x}"
