"""Info of what Windows networks speak: SMB, NetBIOS sessions and datagrams, Kerberos, LDAP, RDP, DCE/RPC."""

from __future__ import annotations

import re

from tui.core.info.packet import Packet, named
from tui.core.readers.cursor import Cursor, Short
from tui.core.text import printable

SMB2_COMMANDS = (
    "Negotiate Protocol", "Session Setup", "Session Logoff", "Tree Connect", "Tree Disconnect", "Create", "Close",
    "Flush", "Read", "Write", "Lock", "Ioctl", "Cancel", "KeepAlive", "Find", "Notify", "GetInfo", "SetInfo", "Break",
)  # fmt: skip
SMB_COMMANDS = {
    0x00: "Create Directory", 0x01: "Delete Directory", 0x02: "Open", 0x04: "Close", 0x06: "Delete", 0x07: "Rename",
    0x08: "Query Information", 0x0A: "Read", 0x0B: "Write", 0x10: "Check Directory", 0x24: "Locking AndX",
    0x25: "Trans", 0x2B: "Echo", 0x2D: "Open AndX", 0x2E: "Read AndX", 0x2F: "Write AndX", 0x32: "Trans2",
    0x33: "Trans2 Secondary", 0x34: "Find Close2", 0x71: "Tree Disconnect", 0x72: "Negotiate Protocol",
    0x73: "Session Setup AndX", 0x74: "Logoff AndX", 0x75: "Tree Connect AndX", 0xA0: "NT Trans",
    0xA1: "NT Trans Secondary", 0xA2: "NT Create AndX", 0xA4: "NT Cancel",
}  # fmt: skip
STATUS = {
    0x00000103: "STATUS_PENDING", 0x80000005: "STATUS_BUFFER_OVERFLOW", 0x80000006: "STATUS_NO_MORE_FILES",
    0xC0000002: "STATUS_NOT_IMPLEMENTED", 0xC000000D: "STATUS_INVALID_PARAMETER", 0xC000000F: "STATUS_NO_SUCH_FILE",
    0xC0000011: "STATUS_END_OF_FILE", 0xC0000016: "STATUS_MORE_PROCESSING_REQUIRED",
    0xC0000022: "STATUS_ACCESS_DENIED", 0xC0000034: "STATUS_OBJECT_NAME_NOT_FOUND",
    0xC0000035: "STATUS_OBJECT_NAME_COLLISION", 0xC0000043: "STATUS_SHARING_VIOLATION",
    0xC0000064: "STATUS_NO_SUCH_USER", 0xC000006D: "STATUS_LOGON_FAILURE", 0xC0000072: "STATUS_ACCOUNT_DISABLED",
    0xC00000BB: "STATUS_NOT_SUPPORTED", 0xC00000CC: "STATUS_BAD_NETWORK_NAME",
    0xC0000234: "STATUS_ACCOUNT_LOCKED_OUT",
}  # fmt: skip
NBSS_TYPES = {
    0x00: "Session message", 0x81: "Session request", 0x82: "Positive session response",
    0x83: "Negative session response", 0x84: "Retarget session response", 0x85: "Session keep-alive",
}  # fmt: skip
BROWSER = {
    1: "Host Announcement", 2: "Request Announcement", 8: "Browser Election Request", 9: "Get Backup List Request",
    10: "Get Backup List Response", 11: "Become Backup Browser", 12: "Domain/Workgroup Announcement",
    13: "Master Announcement", 15: "Local Master Announcement",
}  # fmt: skip
KERBEROS = {10: "AS-REQ", 11: "AS-REP", 12: "TGS-REQ", 13: "TGS-REP", 14: "AP-REQ", 15: "AP-REP", 30: "KRB Error"}
LDAP = {
    0: "bindRequest", 1: "bindResponse", 2: "unbindRequest", 3: "searchRequest", 4: "searchResEntry",
    5: "searchResDone", 6: "modifyRequest", 7: "modifyResponse", 8: "addRequest", 9: "addResponse", 10: "delRequest",
    11: "delResponse", 12: "modDNRequest", 13: "modDNResponse", 14: "compareRequest", 15: "compareResponse",
    16: "abandonRequest", 19: "searchResRef", 23: "extendedReq", 24: "extendedResp", 25: "intermediateResponse",
}  # fmt: skip
RPC_TYPES = {
    0: "Request", 2: "Response", 3: "Fault", 11: "Bind", 12: "Bind_ack", 13: "Bind_nak", 14: "Alter_context",
    15: "Alter_context_resp", 16: "AUTH3", 17: "Shutdown", 18: "Cancel",
}  # fmt: skip
COTP = {0xE0: "Connect Request", 0xD0: "Connect Confirm", 0x80: "Disconnect Request", 0xF0: "Data", 0x70: "TPDU Error"}


def smb(packet: Packet) -> str:
    """SMB 1, 2 and 3, behind the NetBIOS session header or in a datagram."""
    payload = packet.payload
    at = payload.find(b"SMB", 1, 256)
    if at < 0:
        return nbss(packet)
    cursor = Cursor(payload, at + 3)
    first = payload[at - 1]
    if first == 0xFD:
        return "Encrypted SMB3"
    if first == 0xFC:
        return "Compressed SMB3"
    return _smb2(cursor) if first == 0xFE else _smb1(cursor)


def _smb1(cursor: Cursor) -> str:
    command, status, flags = cursor.u8(), cursor.le32(), cursor.u8()
    text = named(SMB_COMMANDS, command, "Command")
    text += " Response" if flags & 0x80 else " Request"
    return f"{text}, Error: {_status(status)}" if status else text


def _smb2(cursor: Cursor) -> str:
    start = cursor.at - 4
    cursor.skip(4)
    status = cursor.le32()
    command = cursor.le16()
    cursor.skip(2)
    response = cursor.le32() & 1
    text = SMB2_COMMANDS[command] if command < len(SMB2_COMMANDS) else f"Command {command}"
    text += " Response" if response else " Request"
    if response:
        return f"{text}, Error: {_status(status)}" if status else text
    name = _smb2_name(cursor.data, start, command)
    return f"{text} {'Tree' if command == 3 else 'File'}: {name}" if name else text


def _smb2_name(data: bytes, start: int, command: int) -> str:
    """The share of a Tree Connect or the file of a Create ([MS-SMB2] sections 2.2.9 and 2.2.13), UTF-16."""
    place = {3: 64 + 4, 5: 64 + 44}.get(command)
    if place is None:
        return ""
    cursor = Cursor(data, start + place)
    offset, size = cursor.le16(), cursor.le16()
    raw = data[start + offset : start + offset + size]
    return printable(raw.decode("utf-16-le", "replace"), 120)


def _status(status: int) -> str:
    return STATUS.get(status) or f"0x{status:08x}"


def nbss(packet: Packet) -> str:
    payload = packet.payload
    if not payload:
        return ""
    return NBSS_TYPES.get(payload[0], "NBSS Continuation Message")


def nbds(packet: Packet) -> str:
    kinds = {0x10: "Direct_unique datagram", 0x11: "Direct_group datagram", 0x12: "Broadcast datagram", 0x13: "Error"}
    return named(kinds, packet.body().u8(), "Datagram")


def browser(packet: Packet) -> str:
    """The command behind the mail slot's name, and the machine that announces itself."""
    payload = packet.payload
    at = payload.find(b"\\BROWSE\0")
    if at < 0 or at + 9 > len(payload):
        return nbds(packet)
    command = payload[at + 8]
    text = named(BROWSER, command, "Command")
    if command in (1, 12, 15):
        return f"{text} {printable(payload[at + 14 : at + 30].split(bytes(1))[0])}".rstrip()
    return text


def kerberos(packet: Packet) -> str:
    payload = packet.payload
    cursor = Cursor(payload, 4 if packet.ip_proto == 6 else 0)
    tag = cursor.u8()
    if tag & 0xE0 != 0x60:
        return "Continuation"
    kind = tag & 31
    text = named(KERBEROS, kind, "message")
    error = re.search(rb"\xa6\x03\x02\x01(.)", payload[:200], re.DOTALL) if kind == 30 else None
    codes = {6: "KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN", 24: "KRB5KDC_ERR_PREAUTH_FAILED", 25: "KRB5KDC_ERR_PREAUTH_REQUIRED",
             18: "KRB5KDC_ERR_CLIENT_REVOKED", 37: "KRB5KRB_AP_ERR_SKEW", 7: "KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN",
             14: "KRB5KDC_ERR_ETYPE_NOSUPP", 52: "KRB5KRB_ERR_RESPONSE_TOO_BIG"}  # fmt: skip
    return f"{text}: {named(codes, error.group(1)[0], 'error')}" if error else text


def ldap(packet: Packet) -> str:
    cursor = packet.body()
    if cursor.u8() != 0x30:
        return "Continuation"
    _ber_length(cursor)
    cursor.skip(1)
    ident = int.from_bytes(cursor.take(_ber_length(cursor))[:8], "big")
    tag = cursor.u8()
    text = f"{named(LDAP, tag & 31, 'operation')}({ident})"
    _ber_length(cursor)
    try:
        if tag & 31 == 0:
            cursor.skip(1)
            cursor.skip(_ber_length(cursor))
        if tag & 31 in (0, 3, 4) and cursor.u8() == 4:
            return f'{text} "{printable(cursor.take(_ber_length(cursor)), 100) or "<ROOT>"}"'
    except Short:
        pass
    return text


def _ber_length(cursor: Cursor) -> int:
    first = cursor.u8()
    return first if first < 0x80 else int.from_bytes(cursor.take(first & 7), "big")


def tpkt(packet: Packet) -> str:
    """RDP's first packets: the X.224 connection with its cookie, then data (RFC 1006, [MS-RDPBCGR] 2.2.1)."""
    payload = packet.payload
    cursor = packet.body()
    if cursor.u8() != 3:
        return "Fast-Path PDU" if payload else ""
    cursor.skip(4)
    text = named(COTP, cursor.u8() & 0xF0, "TPDU")
    cookie = re.search(rb"Cookie: ([^\r\n]{1,80})", payload[:200])
    return f"{text}, Cookie: {printable(cookie.group(1))}" if cookie else text


def dcerpc(packet: Packet) -> str:
    payload = packet.payload
    at = payload.find(b"\x05\x00", 0, 512)
    if at < 0:
        return ""
    cursor = Cursor(payload, at + 2)
    kind = cursor.u8()
    cursor.skip(9)
    return f"{named(RPC_TYPES, kind, 'PDU')}: call_id: {cursor.le32()}"
