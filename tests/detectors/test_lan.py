"""The local network: ARP, DHCP, IPv6 routers, MAC addresses, 802.11; each with a harmless twin."""

from __future__ import annotations

import random
import struct
from ipaddress import ip_address

from tests.detectors.wire import (
    BROADCAST,
    GATEWAY,
    SYN,
    A,
    B,
    Timed,
    arp,
    dhcp,
    ether,
    mac,
    mac_here,
    monitor,
    opened,
    rules,
    tcp,
    udp,
)  # fmt: skip
from tui.core.baseline import Baseline

EVIL = mac(0xBAD)


def test_unasked_replies_that_take_an_address_are_spoofing() -> None:
    packets = [
        (0.0, arp(1, mac_here(A), A, GATEWAY)),
        (0.01, arp(2, mac_here(GATEWAY), GATEWAY, A, mac_here(A), mac_here(A))),
    ]
    packets += [(5.0 + 2 * i, arp(2, EVIL, GATEWAY, A, mac_here(A), mac_here(A))) for i in range(4)]
    (alert,) = opened(monitor(packets))
    assert (alert.rule, alert.severity, alert.src.mac, alert.dst.ip) == ("arp.spoof", 4, "02:00:00:00:0b:ad", GATEWAY)


def test_a_virtual_address_that_fails_over_has_only_moved() -> None:
    packets = [
        (0.0, arp(1, mac_here(A), "10.0.0.50", "10.0.0.50")),
        (10.0, arp(1, mac_here(B), "10.0.0.50", "10.0.0.50")),
    ]
    packets += [(11.0 + i, arp(1, mac_here("10.0.0.77"), "10.0.0.77", "10.0.0.50")) for i in range(3)]
    packets += [
        (11.01 + i, arp(2, mac_here(B), "10.0.0.50", "10.0.0.77", mac_here("10.0.0.77"), mac_here("10.0.0.77")))
        for i in range(3)
    ]
    assert rules(packets) == []
    assert rules(packets, least=1) == ["arp.moved"]


def test_many_targets_are_an_arp_scan_and_few_asked_often_are_none() -> None:
    assert rules([(i * 0.1, arp(1, EVIL, A, f"10.0.0.{i + 1}")) for i in range(60)]) == ["scan.arp"]
    assert rules([(i * 0.1, arp(1, EVIL, A, f"10.0.0.{i % 25 + 1}")) for i in range(400)]) == []


def offers(server: int, gateway: str, first: int, at: float = 0.0) -> list[Timed]:
    """What a server offers to three clients."""
    address = f"10.0.0.{server}"
    return [
        (at + i * 2.0, dhcp(2, mac(50 + i), mac(server), address, gateway, f"10.0.0.{first + i}")) for i in range(3)
    ]


def test_two_dhcp_servers_that_disagree() -> None:
    assert rules(offers(1, "10.0.0.1", 100)) == []
    assert rules(offers(1, "10.0.0.1", 100) + offers(66, "10.0.0.66", 200, 0.1)) == ["dhcp.rogue"]
    assert rules(offers(1, "10.0.0.1", 100) + offers(2, "10.0.0.1", 200, 0.1)) == []


def test_an_unknown_dhcp_server_beside_a_known_one() -> None:
    known = Baseline(dhcp_servers={"10.0.0.1"})
    assert rules([(0.0, dhcp(2, mac(50), EVIL, "10.0.0.66", "10.0.0.66", "10.0.0.9"))], baseline=known) == [
        "dhcp.rogue"
    ]
    assert rules([(0.0, dhcp(2, mac(50), mac(1), "10.0.0.1", "10.0.0.1", "10.0.0.9"))], baseline=known) == []


def test_one_sender_with_many_clients_starves_the_server() -> None:
    assert rules([(i * 3.0, dhcp(1, mac(900 + i), EVIL)) for i in range(5)]) == ["dhcp.starvation"]
    assert rules([(i * 3.0, dhcp(1, mac(900 + i), mac(900 + i))) for i in range(9)]) == []


def test_one_client_with_many_addresses_is_none() -> None:
    """Hundreds of Informs with one MAC, each from another address, were nothing: no MAC was counted twice."""

    def asks(i: int, source: str) -> Timed:
        body = dhcp(8, mac(900), mac(900))[42:]
        return i / 50, udp(source, "10.0.0.1", 68, 67, body, src_mac=mac(900))

    forged = [asks(i, f"10.0.3.{i}") for i in range(60)]
    (alert,) = opened(monitor(forged))
    assert (alert.rule, alert.src.mac) == ("dhcp.starvation", mac(900).hex(":"))
    assert "a client has one" in alert.text.what
    # a client that asks again and again, and one that gets another address
    assert rules([asks(i, f"10.0.3.{i // 40}") for i in range(60)]) == []


def router(number: int, flags: int = 0, lifetime: int = 1800) -> bytes:
    source = mac(0x100 + number)
    prefix = ip_address(f"2001:db8:{number:x}::").packed
    body = bytes((134, 0, 0, 0, 64, flags)) + struct.pack(">HII", lifetime, 0, 0) + bytes((1, 1)) + source
    body += bytes((3, 4, 64, 0xC0)) + struct.pack(">III", 3600, 3600, 0) + prefix
    head = struct.pack(">IHBB", 0x60000000, len(body), 58, 255) + ip_address(f"fe80::{number:x}").packed
    return ether(head + ip_address("ff02::1").packed + body, 0x86DD, source, b"\x33\x33\x00\x00\x00\x01")


def test_a_router_that_speaks_every_few_minutes_is_only_information() -> None:
    packets = [(i * 200.0, router(1)) for i in range(6)]
    assert rules(packets) == []
    assert rules(packets, least=1) == ["ipv6.ra_new"]


def test_a_router_that_speaks_all_the_time_is_doubted() -> None:
    (alert,) = opened(monitor([(i * 5.0, router(1)) for i in range(10)]))
    final = rules([(i * 5.0, router(1)) for i in range(10)])
    assert final == ["ipv6.ra_new"] and alert.rule == "ipv6.ra_new"


def test_a_flood_of_routers_is_one_incident() -> None:
    assert rules([(i * 0.001, router(i + 1)) for i in range(800)]) == ["ipv6.ra_new"]


def test_random_mac_addresses_and_a_busy_start() -> None:
    chance = random.Random(1)
    made = [bytes((chance.randrange(0, 256, 2), *chance.randbytes(5))) for _ in range(900)]
    assert "mac.flood" in rules([(i * 0.001, ether(b"\0" * 46, 0x0800, m)) for i, m in enumerate(made)])
    cards = [bytes((0, 0x1B, 0x21)) + i.to_bytes(3, "big") for i in range(900)]
    assert rules([(i * 0.001, ether(b"\0" * 46, 0x0800, m)) for i, m in enumerate(cards)]) == []


def test_deauthentication_by_the_dozen() -> None:
    station = mac(7)
    frame = b"\xc0\x00\x3a\x01" + BROADCAST + station + station + b"\x00\x00\x07\x00"
    assert rules([(i * 0.01, frame) for i in range(60)], linktype=105) == ["wifi.deauth"]
    assert rules([(i * 9.0, frame) for i in range(6)], linktype=105) == []


def test_openings_to_oneself() -> None:
    own: list[Timed] = [(0.0, tcp(B, B, 80, 80, SYN, 1))]
    assert rules(own) == ["tcp.illegal_flags"]
    assert rules([*own, (0.2, tcp(B, B, 80, 80, 16, 2, 2))]) == []


def test_phones_that_make_up_their_addresses_are_told_together() -> None:
    known = Baseline(hosts={"02:00:00:00:00:01"})
    phones = [(i * 500.0, arp(1, mac(500 + i), f"10.0.0.{i + 30}", GATEWAY)) for i in range(12)]
    maker = [(5.0, arp(1, bytes.fromhex("000c29112233"), "10.0.0.99", GATEWAY))]
    alerts = [a for a in opened(monitor(phones + maker, baseline=known)) if a.rule == "device.new"]
    assert sorted(a.src.mac or "" for a in alerts)[0] == "00:0c:29:11:22:33"
    assert len(alerts) == 2
