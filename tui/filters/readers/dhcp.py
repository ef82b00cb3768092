"""Fields of DHCP for IPv4 (RFC 2131, RFC 2132)."""

from __future__ import annotations

from tui.core.readers.cursor import Cursor, Short
from tui.filters.readers.found import Found

_COOKIE = 0x63825363
_NUMBERS = {
    53: "dhcp.option.dhcp", 51: "dhcp.option.ip_address_lease_time", 57: "dhcp.option.dhcp_max_message_size",
    58: "dhcp.option.renewal_time_value", 59: "dhcp.option.rebinding_time_value",
}  # fmt: skip
_ADDRESSES = {
    1: "dhcp.option.subnet_mask", 3: "dhcp.option.router", 6: "dhcp.option.domain_name_server",
    28: "dhcp.option.broadcast_address", 42: "dhcp.option.ntp_server", 50: "dhcp.option.requested_ip_address",
    54: "dhcp.option.dhcp_server_id",
}  # fmt: skip
_TEXTS = {
    12: "dhcp.option.hostname", 15: "dhcp.option.domain_name", 56: "dhcp.option.message",
    60: "dhcp.option.vendor_class_id",
}  # fmt: skip


def read_dhcp_fields(data: bytes, _stream: bool) -> Found:
    found = Found()
    cursor = Cursor(data)
    try:
        _header(cursor, found)
        while cursor.left:
            kind = cursor.u8()
            if kind == 0:
                continue
            found.add("dhcp.option.type", kind)
            if kind == 255:
                break
            length = cursor.u8()
            found.add("dhcp.option.length", length)
            _option(kind, cursor.take(length), found)
    except Short:
        pass
    return found


def _header(cursor: Cursor, found: Found) -> None:
    found.add("dhcp.type", cursor.u8())
    found.add("dhcp.hw.type", cursor.u8())
    size = cursor.u8()
    found.add("dhcp.hw.len", size)
    found.add("dhcp.hops", cursor.u8())
    found.add("dhcp.id", cursor.u32())
    found.add("dhcp.secs", cursor.u16())
    flags = cursor.u16()
    found.add("dhcp.flags", flags)
    found.add("dhcp.flags.bc", flags >> 15)
    for name in ("client", "your", "server", "relay"):
        found.add(f"dhcp.ip.{name}", cursor.u32())
    hardware = cursor.take(16)
    if size == 6:
        found.add("dhcp.hw.mac_addr", int.from_bytes(hardware[:6], "big"))
    server, file = cursor.take(64).split(b"\0")[0], cursor.take(128).split(b"\0")[0]
    if server:
        found.add("dhcp.server", server)
    if file:
        found.add("dhcp.file", file)
    if cursor.u32() != _COOKIE:
        raise Short
    found.add("dhcp.cookie", _COOKIE)


def _option(kind: int, body: bytes, found: Found) -> None:
    found.add("dhcp.option.value", body)
    if kind in _NUMBERS and 1 <= len(body) <= 4:
        found.add(_NUMBERS[kind], int.from_bytes(body, "big"))
    elif kind in _ADDRESSES:
        for at in range(0, len(body) - 3, 4):
            found.add(_ADDRESSES[kind], int.from_bytes(body[at : at + 4], "big"))
    elif kind in _TEXTS:
        found.add(_TEXTS[kind], body.split(b"\0")[0])
    elif kind == 55:
        for item in body:
            found.add("dhcp.option.request_list_item", item)
