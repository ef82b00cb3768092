"""Link types and tags end at the same IPv4 packet."""

from __future__ import annotations

import struct

import pytest

from tests.core.decode.packets import ethernet, ipv4, ipv6, see, tcp
from tui.core.columns import NONE16, Mark

IP = ipv4(6, tcp(1234, 80))
LLC = b"\xaa\xaa\x03\0\0\0\x08\0"
WLAN = b"\x08\x01\0\0" + b"\2" * 18 + b"\0\0" + LLC


@pytest.mark.parametrize(("linktype", "packet"), [
    (0, b"\2\0\0\0" + IP), (108, b"\0\0\0\2" + IP), (1, ethernet(0x0800, IP)), (12, IP), (101, IP), (228, IP),
    (9, b"\x00\x21" + IP), (9, b"\xff\x03\x00\x21" + IP), (9, b"\x21" + IP), (50, b"\xff\x03\x00\x21" + IP),
    (50, b"\x0f\0\x08\0" + IP), (104, b"\x0f\0\x08\0" + IP),
    (51, b"\x11\0\0\1" + struct.pack("!H", len(IP) + 2) + b"\0\x21" + IP),
    (113, bytes(4) + b"\0\6" + b"\2" * 8 + b"\x08\0" + IP), (276, b"\x08\0" + bytes(18) + IP),
    (242, bytes(40) + b"\x08\0\0\0" + IP),
    (105, WLAN + IP), (127, b"\0\0\x08\0\0\0\0\0" + WLAN + IP), (192, b"\0\0\x08\0\x69\0\0\0" + WLAN + IP),
    (119, bytes(144) + WLAN + IP),
    (1, ethernet(len(LLC + IP), LLC + IP)),
    (1, ethernet(0x8864, b"\x11\0\0\1" + struct.pack("!H", len(IP) + 2) + b"\0\x21" + IP)),
    (1, ethernet(0x8847, b"\0\1\0\x40\0\1\1\x40" + IP)),
])  # fmt: skip
def test_a_link_type_leads_to_the_network_layer(linktype: int, packet: bytes) -> None:
    seen = see(packet, linktype)
    assert (seen.src, seen.dst, seen.ports) == ("10.0.0.1", "192.168.0.1", (1234, 80))
    assert seen.l3 == packet.index(IP)


@pytest.mark.parametrize("tags", [b"\x81\0\x20\5", b"\x88\xa8\0\5\x81\0\0\6", b"\x91\0\0\5\x81\0\0\6\x81\0\0\7"])
def test_the_outermost_tag_is_kept(tags: bytes) -> None:
    seen = see(ethernet(0x0800, IP)[:12] + tags + b"\x08\0" + IP)
    assert (seen.vlan, seen.ports) == (5, (1234, 80))
    assert "VLAN" in seen.layer_names


def test_without_a_tag_there_is_none() -> None:
    assert see(ethernet(0x0800, IP)).vlan == NONE16


@pytest.mark.parametrize(("first", "mark"), [("ffffffffffff", Mark.BROADCAST), ("01005e000001", Mark.MULTICAST)])
def test_group_addresses(first: str, mark: int) -> None:
    seen = see(bytes.fromhex(first) + ethernet(0x0800, IP)[6:])
    assert seen.marks & (Mark.BROADCAST | Mark.MULTICAST) == mark


@pytest.mark.parametrize(("packet", "name"), [
    (ethernet(0x88CC, b"\2\7" + bytes(20)), "LLDP"), (ethernet(0x888E, bytes(20)), "EAPOL"),
    (ethernet(30, b"\x42\x42\x03" + bytes(30)), "STP"),
    (ethernet(30, b"\xaa\xaa\x03\0\0\x0c\x20\0" + bytes(30)), "CDP"),
    (ethernet(30, b"\xfe\xfe\x03\x83" + bytes(30)), "ISIS"), (ethernet(0x8137, bytes(40)), "IPX"),
    (ethernet(0x1234, bytes(40)), "Ethernet"),
])  # fmt: skip
def test_layer_two_protocols_go_by_their_link_addresses(packet: bytes, name: str) -> None:
    seen = see(packet)
    assert (seen.name, seen.src, seen.dst) == (name, "02:00:00:00:00:02", "02:00:00:00:00:01")


@pytest.mark.parametrize(
    ("linktype", "name"), [(189, "USB"), (187, "HCI H4"), (195, "IEEE 802.15.4"), (65000, "Unknown")]
)
def test_other_link_types_are_listed_by_name(linktype: int, name: str) -> None:
    seen = see(bytes(40), linktype)
    assert (seen.name, seen.src, seen.length) == (name, None, 40)


def test_an_acknowledgement_of_wlan_has_no_sender() -> None:
    seen = see(b"\xd4\0\0\0" + b"\2" * 6, 105)
    assert (seen.name, seen.src, seen.dst) == ("802.11", None, "02:02:02:02:02:02")


def test_an_encrypted_wlan_frame_is_not_read_further() -> None:
    seen = see(b"\x08\x41" + WLAN[2:] + IP, 105)
    assert (seen.name, seen.src, seen.dst) == ("802.11", "02:02:02:02:02:02", "02:02:02:02:02:02")


def test_ipv6_is_not_believed_under_a_wrong_version() -> None:
    assert see(ethernet(0x86DD, b"\x40" + ipv6(17, bytes(20))[1:])).name == "Ethernet"
