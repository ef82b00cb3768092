"""Info of 802.11 frames (IEEE 802.11 section 9): management frames with SSID and reason, the others by name."""

from __future__ import annotations

from tui.core.info.packet import Packet
from tui.core.readers.cursor import Cursor
from tui.core.text import printable

MANAGEMENT = {
    0: "Association Request", 1: "Association Response", 2: "Reassociation Request", 3: "Reassociation Response",
    4: "Probe Request", 5: "Probe Response", 6: "Timing Advertisement", 8: "Beacon frame", 9: "ATIM",
    10: "Disassociate", 11: "Authentication", 12: "Deauthentication", 13: "Action", 14: "Action No Ack",
}  # fmt: skip
CONTROL = {
    2: "Trigger", 4: "Beamforming Report Poll", 5: "VHT/HE/EHT NDP Announcement", 7: "Control Wrapper",
    8: "802.11 Block Ack Req", 9: "802.11 Block Ack", 10: "Power-Save poll", 11: "Request-to-send",
    12: "Clear-to-send", 13: "Acknowledgement", 14: "CF-End (Control-frame)", 15: "CF-End + CF-Ack (Control-frame)",
}  # fmt: skip
DATA = {
    0: "Data", 1: "Data + CF-Ack", 2: "Data + CF-Poll", 3: "Data + CF-Ack + CF-Poll", 4: "Null function (No data)",
    5: "Acknowledgement (No data)", 8: "QoS Data", 9: "QoS Data + CF-Acknowledgment", 12: "QoS Null function (No data)",
}  # fmt: skip
REASONS = {
    1: "Unspecified reason", 2: "Previous authentication is no longer valid", 3: "Leaving the network",
    4: "Inactivity", 5: "Too many stations", 6: "Class 2 frame from an unauthenticated station",
    7: "Class 3 frame from an unassociated station", 8: "Leaving the cell", 14: "Message integrity check failure",
    15: "4-way handshake timeout", 16: "Group key handshake timeout", 23: "802.1X authentication failed",
}  # fmt: skip
FLAG_LETTERS = "opmPRMFT"
_FIXED = {0: 4, 2: 10, 4: 0, 5: 12, 8: 12}
"""Bytes of fixed fields before the elements, by subtype, where an SSID follows."""


def wlan(packet: Packet) -> str:
    cursor = Cursor(packet.data)
    cursor.skip(_header_length(packet.linktype, packet.data))
    control, flags = cursor.u8(), cursor.u8()
    kind, subtype = control >> 2 & 3, control >> 4
    shown = ", Flags=" + "".join(c if flags >> 7 - i & 1 else "." for i, c in enumerate(FLAG_LETTERS))
    if kind == 1:
        return CONTROL.get(subtype, f"Control frame {subtype}") + shown
    if kind == 2:
        return DATA.get(subtype, f"Data frame {subtype}") + _number(cursor) + shown
    if kind == 3:
        return f"Extension frame {subtype}{shown}"
    text = MANAGEMENT.get(subtype, f"Management frame {subtype}") + _number(cursor) + shown
    return text + _management(subtype, cursor, protected=bool(flags & 0x40))


def _header_length(linktype: int, data: bytes) -> int:
    """Bytes of capture information before the 802.11 header: radiotap, PPI, Prism, AVS."""
    if linktype in (127, 192):
        return int.from_bytes(data[2:4], "little")
    if linktype == 119 and data[:2] != b"\x80\x21":
        return 144
    if linktype in (119, 163):
        return int.from_bytes(data[4:8], "big")
    return 0


def _number(cursor: Cursor) -> str:
    cursor.skip(2 + 18)
    control = cursor.le16()
    return f", SN={control >> 4}, FN={control & 15}"


def _management(subtype: int, cursor: Cursor, protected: bool) -> str:
    if subtype in (10, 12):
        reason = cursor.le16()
        return "" if protected else f", Reason: {REASONS.get(reason, reason)}"
    if subtype == 11:
        algorithm, sequence, status = cursor.le16(), cursor.le16(), cursor.le16()
        return f", Algorithm={algorithm}, Seq={sequence}, Status={status}"
    if subtype not in _FIXED:
        return ""
    fixed = cursor.take(_FIXED[subtype])
    interval = f", BI={fixed[8] | fixed[9] << 8}" if subtype in (5, 8) else ""
    return f"{interval}, SSID={_ssid(cursor)}"


def _ssid(cursor: Cursor) -> str:
    while cursor.left >= 2:
        kind, size = cursor.u8(), cursor.u8()
        part = cursor.part(size)
        if kind == 0:
            raw = part.rest()
            return f'"{printable(raw)}"' if any(raw) else "Wildcard (Broadcast)"
    return "<MISSING>"
