"""Info of machines and things: Modbus, MQTT, CoAP, DNP3, BACnet, S7, RTP."""

from __future__ import annotations

from tui.core.info.packet import Packet, named
from tui.core.text import printable

MODBUS = {
    1: "Read Coils", 2: "Read Discrete Inputs", 3: "Read Holding Registers", 4: "Read Input Registers",
    5: "Write Single Coil", 6: "Write Single Register", 7: "Read Exception Status", 8: "Diagnostics",
    15: "Write Multiple Coils", 16: "Write Multiple Registers", 17: "Report Server ID", 20: "Read File Record",
    21: "Write File Record", 22: "Mask Write Register", 23: "Read Write Multiple Registers", 24: "Read FIFO Queue",
    43: "Encapsulated Interface Transport", 90: "Unity (Schneider)",
}  # fmt: skip
MODBUS_ERRORS = {
    1: "Illegal function", 2: "Illegal data address", 3: "Illegal data value", 4: "Server device failure",
    5: "Acknowledge", 6: "Server device busy", 8: "Memory parity error", 10: "Gateway path unavailable",
    11: "Gateway target device failed to respond",
}  # fmt: skip
MQTT = (
    "Reserved", "Connect Command", "Connect Ack", "Publish Message", "Publish Ack", "Publish Received",
    "Publish Release", "Publish Complete", "Subscribe Request", "Subscribe Ack", "Unsubscribe Request",
    "Unsubscribe Ack", "Ping Request", "Ping Response", "Disconnect Req", "Authentication Exchange",
)  # fmt: skip
COAP_TYPES = ("CON", "NON", "ACK", "RST")
COAP_METHODS = {0: "Empty Message", 1: "GET", 2: "POST", 3: "PUT", 4: "DELETE", 5: "FETCH", 6: "PATCH", 7: "iPATCH"}
RTP_TYPES = {
    0: "ITU-T G.711 PCMU", 3: "GSM 06.10", 4: "ITU-T G.723", 8: "ITU-T G.711 PCMA", 9: "ITU-T G.722",
    18: "ITU-T G.729", 26: "JPEG", 31: "H.261", 32: "MPEG-I/II Video", 33: "MPEG-II transport streams", 34: "H.263",
}  # fmt: skip


def modbus(packet: Packet) -> str:
    if not packet.payload:
        return ""
    cursor = packet.body()
    transaction = cursor.u16()
    cursor.skip(4)
    unit, function = cursor.u8(), cursor.u8()
    side = "Response" if packet.from_server(502) else "Query"
    name = named(MODBUS, function & 0x7F, "Function")
    text = f"{side}: Trans: {transaction}; Unit: {unit}, Func: {function & 0x7F}: {name}"
    if function & 0x80:
        return f"{text}. Exception: {named(MODBUS_ERRORS, cursor.u8(), 'code')}"
    return text


def mqtt(packet: Packet) -> str:
    """The control packets in the segment, with the topic of a publication and the client of a connection."""
    cursor = packet.body()
    found: list[str] = []
    while cursor.left >= 2 and len(found) < 8:
        first, size, shift = cursor.u8(), 0, 0
        while shift < 28:
            byte = cursor.u8()
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        body = cursor.part(size)
        text = MQTT[first >> 4]
        if first >> 4 == 3 and body.left >= 2:
            text += f" [{printable(body.take(min(body.u16(), body.left)), 80)}]"
        elif first >> 4 == 2 and body.left >= 2:
            body.skip(1)
            code = body.u8()
            text += f" (refused, code {code})" if code else ""
        found.append(text)
    return ", ".join(found)


def coap(packet: Packet) -> str:
    cursor = packet.body()
    first, code, ident = cursor.u8(), cursor.u8(), cursor.u16()
    what = COAP_METHODS.get(code) or f"{code >> 5}.{code & 31:02d}"
    return f"{COAP_TYPES[first >> 4 & 3]}, MID:{ident}, {what}"


def rtp(packet: Packet) -> str:
    cursor = packet.body()
    cursor.skip(1)
    kind, sequence, stamp, source = cursor.u8(), cursor.u16(), cursor.u32(), cursor.u32()
    name = RTP_TYPES.get(kind & 0x7F) or f"DynamicRTP-Type-{kind & 0x7F}"
    mark = ", Mark" if kind & 0x80 else ""
    return f"PT={name}, SSRC=0x{source:X}, Seq={sequence}, Time={stamp}{mark}"


def rtcp(packet: Packet) -> str:
    cursor = packet.body()
    kinds = {200: "Sender Report", 201: "Receiver Report", 202: "Source description", 203: "Goodbye", 204: "App"}
    found: list[str] = []
    while cursor.left >= 4 and len(found) < 6:
        cursor.skip(1)
        found.append(named(kinds, cursor.u8(), "Type"))
        cursor.part(cursor.u16() * 4)
    return "   ".join(found)
