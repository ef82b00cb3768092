"""Fields of 802.11 frames (IEEE 802.11-2020 section 9), and of what capture drivers put before them (radiotap, PPI)."""

from __future__ import annotations

from tui.core.readers.cursor import Cursor, Short
from tui.filters.readers.found import Found

_MANAGEMENT, _CONTROL, _DATA = 0, 1, 2
_PROTECTED = 0x40
_FIXED = {0: 4, 1: 6, 2: 10, 3: 6, 4: 0, 5: 12, 8: 12, 10: 2, 11: 6, 12: 2}
"""Bytes before the elements, by subtype of management frames."""
_BLOCK_ACK = 3
_RECEIVER_ONLY = (12, 13)
_ENDS = (14, 15)
_CONTROLS = (8, 9, 10, 11, 12, 13, 14, 15)
MAX_ELEMENTS = 96
_RADIOTAP = (
    (8, 8), (1, 1), (1, 1), (4, 2), (2, 2), (1, 1),
)  # fmt: skip
"""Bytes and alignment of the first fields: time, flags, rate, channel, hopping, signal."""


def read_wlan_fields(data: bytes, _stream: bool) -> Found:
    """Addresses by what they mean, numbers, and what management frames say."""
    found, cursor = Found(), Cursor(data)
    try:
        control, flags = cursor.u8(), cursor.u8()
        kind, subtype = control >> 2 & 3, control >> 4
        duration = cursor.le16()
        if not duration & 0x8000:
            found.add("wlan.duration", duration)
        if kind == _CONTROL:
            _control(cursor, subtype, found)
        elif kind in (_MANAGEMENT, _DATA):
            _addresses(cursor, kind, flags & 3, found)
            if kind == _DATA and subtype & 8:
                found.add("wlan.qos.priority", cursor.le16() & 7)
            if kind == _MANAGEMENT and not flags & _PROTECTED:
                cursor.skip(4 if flags & 0x80 else 0)
                _management(cursor, subtype, found)
    except Short:
        pass
    return found


def _put(found: Found, address: bytes, *names: str) -> None:
    value = int.from_bytes(address, "big")
    for name in names:
        found.add(f"wlan.{name}", value)
        found.add("wlan.addr", value)


def _control(cursor: Cursor, subtype: int, found: Found) -> None:
    if subtype not in _CONTROLS:
        return
    _put(found, cursor.take(6), "ra", *(("bssid",) if subtype == 10 else ()))
    if subtype not in _RECEIVER_ONLY:
        _put(found, cursor.take(6), "bssid" if subtype in _ENDS else "ta")


def _addresses(cursor: Cursor, kind: int, distribution: int, found: Found) -> None:
    """Which of the three or four addresses is whose goes by the direction (table 9-30)."""
    first, second, third = (cursor.take(6) for _ in range(3))
    number = cursor.le16()
    found.add("wlan.seq", number >> 4)
    found.add("wlan.frag", number & 15)
    _put(found, first, "ra")
    _put(found, second, "ta")
    if kind == _MANAGEMENT or distribution == 0:
        parts = {"da": first, "sa": second, "bssid": third}
    elif distribution == 1:
        parts = {"bssid": first, "sa": second, "da": third}
    elif distribution == 2:
        parts = {"da": first, "bssid": second, "sa": third}
    else:
        parts = {"da": third, "sa": cursor.take(6)}
    for name, address in parts.items():
        _put(found, address, name)
    if kind == _DATA and distribution < 3:
        found.add("wlan.staa", int.from_bytes(parts["da" if distribution == 2 else "sa"], "big"))


def _management(cursor: Cursor, subtype: int, found: Found) -> None:
    if subtype == 13 and cursor.u8() == _BLOCK_ACK:
        action = cursor.u8()
        cursor.skip({1: 1, 2: 2}.get(action, cursor.left))
        found.add("wlan.fixed.status_code" if action == 1 else "wlan.fixed.reason_code", cursor.le16())
    if subtype not in _FIXED:
        return
    fixed = Cursor(cursor.take(_FIXED[subtype]))
    if subtype in (10, 12):
        found.add("wlan.fixed.reason_code", fixed.le16())
    elif subtype == 11:
        found.add("wlan.fixed.auth.alg", fixed.le16())
        found.add("wlan.fixed.auth_seq", fixed.le16())
        found.add("wlan.fixed.status_code", fixed.le16())
    elif subtype in (1, 3):
        fixed.skip(2)
        found.add("wlan.fixed.status_code", fixed.le16())
    elif subtype in (5, 8):
        fixed.skip(8)
        found.add("wlan.fixed.beacon", fixed.le16())
    for _ in range(MAX_ELEMENTS):
        if cursor.left < 2:
            break
        kind, size = cursor.u8(), cursor.u8()
        if size > cursor.left:
            break
        found.add("wlan.tag.number", kind)
        _element(kind, cursor.take(size), found)


def _element(kind: int, body: bytes, found: Found) -> None:
    if kind == 0:
        found.add("wlan.ssid", body)
    elif kind == 3 and body:
        found.add("wlan.ds.current_channel", body[0])
    elif kind == 7 and len(body) >= 3:
        found.add("wlan.country_info.code", body[:2])
    elif kind == 48:
        _security(Cursor(body), found)


def _security(body: Cursor, found: Found) -> None:
    """The RSN element (section 9.4.2.24): version, ciphers, key management."""
    try:
        found.add("wlan.rsn.version", body.le16())
        body.skip(3)
        found.add("wlan.rsn.gcs.type", body.u8())
        for name in ("pcs", "akms"):
            for _ in range(min(body.le16(), MAX_ELEMENTS)):
                body.skip(3)
                found.add(f"wlan.rsn.{name}.type", body.u8())
    except Short:
        pass


def read_radiotap_fields(data: bytes, _stream: bool) -> Found:
    """Channel and signal (radiotap.org): fields stand one after the other, each where it is aligned."""
    found, cursor = Found(), Cursor(data)
    try:
        cursor.skip(2)
        found.add("radiotap.length", cursor.le16())
        present = word = cursor.le16() | cursor.le16() << 16
        for _ in range(MAX_ELEMENTS):
            if not word >> 31:
                break
            word = cursor.le16() | cursor.le16() << 16
        for bit, (size, aligned) in enumerate(_RADIOTAP):
            if not present >> bit & 1:
                continue
            cursor.skip(-cursor.at % aligned)
            part = cursor.take(size)
            if bit == 2:
                found.add("radiotap.datarate", part[0] >> 1)
            elif bit == 3:
                _frequency(part[0] | part[1] << 8, found, "radiotap.channel.freq")
            elif bit == 5:
                found.add("radiotap.dbm_antsignal", part[0] - 256 if part[0] > 127 else part[0])
                found.add("wlan_radio.signal_dbm", part[0] - 256 if part[0] > 127 else part[0])
    except Short:
        pass
    return found


def read_ppi_fields(data: bytes, _stream: bool) -> Found:
    """The 802.11 part of per-packet information (PPI specification 1.0.7, section 4.1.2)."""
    found, cursor = Found(), Cursor(data)
    try:
        cursor.skip(2)
        cursor = Cursor(data, 8, min(cursor.le16(), len(data)))
        while cursor.left >= 4:
            kind, size = cursor.le16(), cursor.le16()
            body = Cursor(cursor.take(size))
            if kind == 2:
                body.skip(12)
                _frequency(body.le16(), found)
                body.skip(4)
                signal = body.u8()
                found.add("wlan_radio.signal_dbm", signal - 256 if signal > 127 else signal)
    except Short:
        pass
    return found


def _frequency(megahertz: int, found: Found, *names: str) -> None:
    for name in (*names, "wlan_radio.frequency"):
        found.add(name, megahertz)
    if megahertz == 2484:
        found.add("wlan_radio.channel", 14)
    elif 2412 <= megahertz < 2484:
        found.add("wlan_radio.channel", (megahertz - 2407) // 5)
    elif 5000 < megahertz < 5950:
        found.add("wlan_radio.channel", (megahertz - 5000) // 5)
    elif 5950 <= megahertz < 7200:
        found.add("wlan_radio.channel", (megahertz - 5950) // 5)
