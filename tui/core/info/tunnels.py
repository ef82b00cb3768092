"""Info of protocols that carry keys, hidden payloads or other packets: SSH, WireGuard, ISAKMP, OpenVPN, VXLAN, GTP."""

from __future__ import annotations

from tui.core.info.packet import Packet, named
from tui.core.text import printable

SSH_MESSAGES = {
    1: "Disconnect", 2: "Ignore", 3: "Unimplemented", 4: "Debug", 5: "Service Request", 6: "Service Accept",
    20: "Key Exchange Init", 21: "New Keys", 30: "Key Exchange (30)", 31: "Key Exchange Reply (31)",
    32: "Key Exchange (32)", 33: "Key Exchange Reply (33)", 34: "Group Exchange Request",
}  # fmt: skip
ISAKMP_EXCHANGES = {
    0: "None", 1: "Base", 2: "Identity Protection (Main Mode)", 3: "Authentication Only", 4: "Aggressive",
    5: "Informational", 6: "Transaction (Config Mode)", 32: "Quick Mode", 33: "New Group Mode", 34: "IKE_SA_INIT",
    35: "IKE_AUTH", 36: "CREATE_CHILD_SA", 37: "INFORMATIONAL",
}  # fmt: skip
OPENVPN = {
    1: "P_CONTROL_HARD_RESET_CLIENT_V1", 2: "P_CONTROL_HARD_RESET_SERVER_V1", 3: "P_CONTROL_SOFT_RESET_V1",
    4: "P_CONTROL_V1", 5: "P_ACK_V1", 6: "P_DATA_V1", 7: "P_CONTROL_HARD_RESET_CLIENT_V2",
    8: "P_CONTROL_HARD_RESET_SERVER_V2", 9: "P_DATA_V2", 10: "P_CONTROL_HARD_RESET_CLIENT_V3",
}  # fmt: skip
GTP_MESSAGES = {
    1: "Echo request", 2: "Echo response", 26: "Error indication", 31: "Supported extension headers notification",
    254: "End marker", 255: "G-PDU",
}  # fmt: skip


def ssh(packet: Packet) -> str:
    """A banner, a message of the key exchange, or an encrypted packet (RFC 4253)."""
    payload = packet.payload
    if not payload:
        return ""
    side = "Server" if packet.from_server(22) else "Client"
    if payload.startswith(b"SSH-"):
        return f"{side}: Protocol ({printable(packet.body().line(), 100)})"
    sized = len(payload) > 6 and int.from_bytes(payload[:4], "big") < 35_000 and payload[4] >= 4
    if sized and payload[5] in SSH_MESSAGES:
        return f"{side}: {SSH_MESSAGES[payload[5]]}"
    return f"{side}: Encrypted packet (len={packet.payload_len})"


def wireguard(packet: Packet) -> str:
    cursor = packet.body()
    kind = cursor.u8()
    cursor.skip(3)
    if kind == 1:
        return f"Handshake Initiation, sender=0x{cursor.le32():08X}"
    if kind == 2:
        return f"Handshake Response, sender=0x{cursor.le32():08X}, receiver=0x{cursor.le32():08X}"
    if kind == 3:
        return f"Cookie Reply, receiver=0x{cursor.le32():08X}"
    if kind == 4:
        receiver, counter = cursor.le32(), cursor.le32() | cursor.le32() << 32
        what = "Keepalive" if packet.payload_len == 32 else "Transport Data"
        return f"{what}, receiver=0x{receiver:08X}, counter={counter}, datalen={max(packet.payload_len - 32, 0)}"
    return f"message type {kind}"


def isakmp(packet: Packet) -> str:
    cursor = packet.body()
    if packet.payload[:4] == bytes(4) and 4500 in (packet.sport, packet.dport):
        cursor.skip(4)
    cursor.skip(17)
    version, exchange, flags, ident = cursor.u8() >> 4, cursor.u8(), cursor.u8(), cursor.u32()
    text = named(ISAKMP_EXCHANGES, exchange, "Exchange")
    if version < 2:
        return text
    side = "Initiator" if flags & 8 else "Responder"
    return f"{text} MID={ident:02d} {side} {'Response' if flags & 0x20 else 'Request'}"


def esp_in_udp(packet: Packet) -> str:
    """RFC 3948: a single 0xFF keeps the translation alive, anything else begins with the SPI."""
    payload = packet.payload
    if payload[:1] == b"\xff" and packet.payload_len == 1:
        return "NAT-keepalive"
    cursor = packet.body()
    return f"ESP (SPI=0x{cursor.u32():08x}) Seq={cursor.u32()}"


def openvpn(packet: Packet) -> str:
    cursor = packet.body()
    if packet.ip_proto == 6:
        cursor.skip(2)
    return f"MessageType: {named(OPENVPN, cursor.u8() >> 3, 'unknown')}"


def vxlan(packet: Packet) -> str:
    cursor = packet.body()
    cursor.skip(4)
    return f"VXLAN, VNI {cursor.u24()}"


def geneve(packet: Packet) -> str:
    cursor = packet.body()
    cursor.skip(2)
    kind = cursor.u16()
    return f"Encapsulated 0x{kind:04x}, VNI {cursor.u24()}"


def gtp(packet: Packet) -> str:
    cursor = packet.body()
    cursor.skip(1)
    kind = cursor.u8()
    cursor.skip(2)
    return f"{named(GTP_MESSAGES, kind, 'Message')}, TEID 0x{cursor.u32():08x}"


def l2tp(packet: Packet) -> str:
    cursor = packet.body()
    bits = cursor.u16()
    if bits & 0x4000:
        cursor.skip(2)
    tunnel, session = cursor.u16(), cursor.u16()
    kind = "Control Message" if bits & 0x8000 else "Data Message"
    return f"{kind} (tunnel id={tunnel}, session id={session})"
