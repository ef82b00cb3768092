"""Fields of SMB and SMB2: headers, names of shares and files, and who logs in."""

from __future__ import annotations

from tui.filters.readers.found import Found
from tui.filters.readers.windows import read_ntlm, utf16

MAX_COALESCED = 8
"""SMB2 requests read of one chain."""
_DATAGRAM_HEAD = 14 + 2 * 255 + 4
"""A NetBIOS datagram header with names of the greatest length."""
_SESSION_SETUP_ANDX = 0x73
_NEGOTIATE, _SESSION_SETUP, _TREE_CONNECT, _CREATE = 0, 1, 3, 5


def read_smb_fields(data: bytes, stream: bool) -> Found:
    """Headers of SMB (MS-CIFS 2.2.3.1) and SMB2 (MS-SMB2 2.2.1) messages behind the 4 bytes of NetBIOS session.

    In datagrams one message stands behind the names of both sides (RFC 1002 section 4.4).
    """
    found = Found()
    if not stream:
        at = data.find(b"\xffSMB", 0, _DATAGRAM_HEAD)
        if at >= 0:
            _smb(data[at:], found)
        return found
    at = 0
    while at + 8 < len(data):
        size = int.from_bytes(data[at + 1 : at + 4], "big")
        message = data[at + 4 : at + 4 + size]
        if message[:4] == b"\xffSMB":
            _smb(message, found)
        elif message[:4] == b"\xfeSMB" and len(message) >= 64:
            _smb2(message, found)
        at += 4 + max(size, 1)
    return found


def _smb(message: bytes, found: Found) -> None:
    if len(message) < 32:
        return
    found.add("smb.cmd", message[4])
    found.add("smb.nt_status", int.from_bytes(message[5:9], "little"))
    found.add("smb.flags.response", message[9] >> 7)
    for name, place in (("tid", 24), ("pid", 26), ("uid", 28), ("mid", 30)):
        found.add(f"smb.{name}", int.from_bytes(message[place : place + 2], "little"))
    if message[4] == _SESSION_SETUP_ANDX:
        read_ntlm(message[32:], found)


def _smb2(message: bytes, found: Found) -> None:
    """One message, and those chained to it."""
    for _ in range(MAX_COALESCED):
        flags = int.from_bytes(message[16:20], "little")
        found.add("smb2.cmd", int.from_bytes(message[12:14], "little"))
        found.add("smb2.flags.response", flags & 1)
        if flags & 1:
            found.add("smb2.nt_status", int.from_bytes(message[8:12], "little"))
        found.add("smb2.msg_id", int.from_bytes(message[24:32], "little"))
        if not flags & 2:
            found.add("smb2.tid", int.from_bytes(message[36:40], "little"))
        found.add("smb2.sesid", int.from_bytes(message[40:48], "little"))
        following = int.from_bytes(message[20:24], "little")
        _smb2_body(message[: following or None], flags & 1, found)
        message = message[following:]
        if not following or len(message) < 64:
            return


def _smb2_body(message: bytes, response: int, found: Found) -> None:
    """What is asked for, behind the header of 64 bytes (MS-SMB2 sections 2.2.3, 2.2.5, 2.2.9, 2.2.13)."""
    kind = int.from_bytes(message[12:14], "little")
    if kind == _SESSION_SETUP:
        read_ntlm(message[64:], found)
    elif kind == _NEGOTIATE:
        _dialects(message, response, found)
    elif kind == _TREE_CONNECT and not response:
        _name(message, 68, "smb2.tree", found)
    elif kind == _CREATE and not response:
        _name(message, 108, "smb2.filename", found)


def _dialects(message: bytes, response: int, found: Found) -> None:
    count = 1 if response else min(int.from_bytes(message[66:68], "little"), MAX_COALESCED)
    start = 68 if response else 100
    for at in range(start, start + 2 * count, 2):
        if at + 2 <= len(message):
            found.add("smb2.dialect", int.from_bytes(message[at : at + 2], "little"))


def _name(message: bytes, place: int, field: str, found: Found) -> None:
    """A text in UTF-16 of which offset and length stand at a place."""
    start = int.from_bytes(message[place : place + 2], "little")
    size = int.from_bytes(message[place + 2 : place + 4], "little")
    raw = message[start : start + size]
    if len(raw) == size:
        found.add(field, utf16(raw))
