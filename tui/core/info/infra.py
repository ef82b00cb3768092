"""Info of the small services every network runs: NTP, SNMP, syslog, TFTP, RADIUS, STUN."""

from __future__ import annotations

import re

from tui.core.info.packet import Packet, named
from tui.core.readers.cursor import Cursor
from tui.core.text import printable

NTP_MODES = (
    "reserved", "symmetric active", "symmetric passive", "client", "server", "broadcast", "control", "private",
)  # fmt: skip
SNMP_PDUS = {
    0xA0: "get-request", 0xA1: "get-next-request", 0xA2: "get-response", 0xA3: "set-request", 0xA4: "trap",
    0xA5: "getBulkRequest", 0xA6: "informRequest", 0xA7: "snmpV2-trap", 0xA8: "report",
}  # fmt: skip
FACILITIES = (
    "KERN", "USER", "MAIL", "DAEMON", "AUTH", "SYSLOG", "LPR", "NEWS", "UUCP", "CRON", "AUTHPRIV", "FTP", "NTP",
    "LOGAUDIT", "LOGALERT", "CRON", "LOCAL0", "LOCAL1", "LOCAL2", "LOCAL3", "LOCAL4", "LOCAL5", "LOCAL6", "LOCAL7",
)  # fmt: skip
LEVELS = ("EMERG", "ALERT", "CRIT", "ERR", "WARNING", "NOTICE", "INFO", "DEBUG")
RADIUS_CODES = {
    1: "Access-Request", 2: "Access-Accept", 3: "Access-Reject", 4: "Accounting-Request", 5: "Accounting-Response",
    11: "Access-Challenge", 12: "Status-Server", 40: "Disconnect-Request", 41: "Disconnect-ACK",
    42: "Disconnect-NAK", 43: "CoA-Request", 44: "CoA-ACK", 45: "CoA-NAK",
}  # fmt: skip
STUN_METHODS = {
    1: "Binding", 2: "Shared Secret", 3: "Allocate", 4: "Refresh", 6: "Send", 7: "Data", 8: "CreatePermission",
    9: "ChannelBind",
}  # fmt: skip
STUN_CLASSES = ("Request", "Indication", "Success Response", "Error Response")
TFTP_ERRORS = {0: "Not defined", 1: "File not found", 2: "Access violation", 3: "Disk full", 4: "Illegal operation"}


def ntp(packet: Packet) -> str:
    cursor = packet.body()
    first, stratum = cursor.u8(), cursor.u8()
    text = f"NTP Version {first >> 3 & 7}, {NTP_MODES[first & 7]}"
    return f"{text}, stratum {stratum}" if first & 7 in (4, 5) else text


def snmp(packet: Packet) -> str:
    """Version, PDU and the first object identifiers, out of BER (RFC 3416)."""
    cursor = _open(packet.body(), 0x30)
    version = int.from_bytes(_open(cursor, 0x02).rest(), "big")
    if version == 3:
        return "SNMPv3 message"
    community = printable(_open(cursor, 0x04).rest(), 32)
    kind = cursor.u8()
    body = cursor.part(_length(cursor))
    text = f"{SNMP_PDUS.get(kind, f'PDU 0x{kind:02x}')} v{'1' if version == 0 else '2c'} {community}"
    if kind == 0xA4:
        return f"{text} {_oid(_open(body, 0x06).rest())}"
    for _ in range(3):
        _open(body, 0x02)
    bindings = _open(body, 0x30)
    names: list[str] = []
    while bindings.left and len(names) < 4:
        names.append(_oid(_open(_open(bindings, 0x30), 0x06).rest()))
    return " ".join([text, *names])


def _open(cursor: Cursor, tag: int) -> Cursor:
    """The inside of the next element, which has this tag; an empty cursor where it has another."""
    found = cursor.u8()
    part = cursor.part(_length(cursor))
    return part if found == tag else Cursor(b"")


def _length(cursor: Cursor) -> int:
    first = cursor.u8()
    return first if first < 0x80 else int.from_bytes(cursor.take(min(first & 0x7F, 4)), "big")


def _oid(raw: bytes) -> str:
    if not raw:
        return ""
    numbers = [min(raw[0] // 40, 2), raw[0] - 40 * min(raw[0] // 40, 2)]
    value = 0
    for byte in raw[1:64]:
        value = (value << 7 | byte & 0x7F) & 0xFFFFFFFF
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    return ".".join(map(str, numbers))


def syslog(packet: Packet) -> str:
    found = re.match(rb"<(\d{1,3})>", packet.payload)
    if not found:
        return printable(packet.payload[:200])
    priority = int(found.group(1))
    facility = FACILITIES[priority >> 3] if priority >> 3 < len(FACILITIES) else str(priority >> 3)
    return f"{facility}.{LEVELS[priority & 7]}: {printable(packet.payload[found.end() : found.end() + 200])}"


def tftp(packet: Packet) -> str:
    cursor = packet.body()
    kind = cursor.u16()
    if kind in (1, 2):
        name, mode = cursor.until(b"\0"), cursor.until(b"\0")
        verb = "Read" if kind == 1 else "Write"
        return f"{verb} Request, File: {printable(name, 100)}, Transfer type: {printable(mode, 20)}"
    if kind == 3:
        return f"Data Packet, Block: {cursor.u16()}"
    if kind == 4:
        return f"Acknowledgement, Block: {cursor.u16()}"
    if kind == 5:
        code = cursor.u16()
        return f"Error Code, {named(TFTP_ERRORS, code, 'Code')}: {printable(cursor.until(bytes(1)), 80)}"
    return "Option Acknowledgement" if kind == 6 else f"Opcode {kind}"


def radius(packet: Packet) -> str:
    cursor = packet.body()
    return f"{named(RADIUS_CODES, cursor.u8(), 'Code')} id={cursor.u8()}"


def stun(packet: Packet) -> str:
    cursor = packet.body()
    kind = cursor.u16()
    if kind >> 14:
        return f"ChannelData TURN Message, Channel 0x{kind:04x}"
    method = kind & 0xF | kind >> 1 & 0x70 | kind >> 2 & 0xF80
    return f"{named(STUN_METHODS, method, 'Method')} {STUN_CLASSES[kind >> 4 & 1 | kind >> 7 & 2]}"


def rpc(packet: Packet) -> str:
    """A call or reply of ONC RPC (RFC 5531)."""
    cursor = packet.body()
    if packet.ip_proto == 6:
        cursor.skip(4)
    xid, kind = cursor.u32(), cursor.u32()
    if kind == 0:
        cursor.skip(4)
        program, version, procedure = cursor.u32(), cursor.u32(), cursor.u32()
        return f"Call program {program} v{version} procedure {procedure}, XID 0x{xid:08x}"
    return f"Reply, XID 0x{xid:08x}"


def daytime(packet: Packet) -> str:
    side = "Response" if packet.from_server(13, 37) else "Request"
    return f"{side} {printable(packet.payload[:80])}".rstrip() if packet.dport != 37 and packet.sport != 37 else side
