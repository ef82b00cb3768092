from __future__ import annotations

import pytest

from tests.filters.packets import SAMPLE
from tui import filters
from tui.errors import FilterError


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("tcp", [1, 2, 3]),
        ("!tcp && ip", [4, 7, 8]),
        ("udp", [4, 7, 8]),
        ("tcp xor ip", [4, 7, 8]),
        ("tcp.port == 80", [1, 2, 3]),
        ("80 == tcp.port", [1, 2, 3]),
        ("tcp.dstport == 80", [1, 3]),
        ("tcp.port in {79..81, 443}", [1, 2, 3]),
        ("tcp.port in {1,2,3,4,5,6,80}", [1, 2, 3]),
        ("tcp.port not in {80}", [4, 5, 6, 7, 8]),
        ("tcp.srcport > tcp.dstport", [1, 3]),
        ("tcp.flags.syn == 1 && tcp.flags.ack == 0", [1]),
        ("tcp.flags & 0x12 == 0x12", [2]),
        ("(tcp.flags & 2) == 2", [1, 2]),
        ("tcp.flags & 2", [1, 2]),
        ("tcp.len > 0", [3]),
        ("tcp.seq == 1000", [1, 2, 3]),
        ("tcp.ack == 2000", [1, 2, 3]),
        ("tcp.window_size == 4096", [1, 2, 3]),
        ("0 < tcp.len < 1000", [3]),
        ("tcp.len + 1 == 1", [1, 2]),
        ("{tcp.len * 2} / 2 == 0", [1, 2]),
        ("tcp.options.mss_val == 1460", [1]),
        ("tcp.hdr_len == 24", [1]),
        # several values: == is any, != is all that differ, !(==) is the opposite of ==
        ("ip.addr == 10.0.0.0/8", [1, 2, 3, 4, 7, 8]),
        ("ip.addr != 10.0.0.1", [4, 7, 8]),
        ("!(ip.addr == 10.0.0.1)", [4, 5, 6, 7, 8]),
        ("all ip.addr == 10.0.0.0/8", [4, 7, 8]),
        ("ip.addr === 10.0.0.0/8", [4, 7, 8]),
        ("ip.addr !== 10.0.0.0/8", [1, 2, 3]),
        ("any ip.addr == 192.168.0.0/16", [1, 2, 3]),
        ("ip.src in {10.0.0.2..10.0.0.3}", [4, 7, 8]),
        ("ip.src[0:2] == c0:a8", [2]),
        ("ip.src == 192.168.1.99/24", [2]),
        ('ip.src_host == "192.168.1.1"', [2]),
        # inner headers: what an ICMP error quotes
        ("udp.port == 2222", [7]),
        ("ip.addr == 10.7.7.7", [7]),
        ("ip.addr#2", [7]),
        ("ip.src#2 == 10.0.0.2", [7]),
        ("ip.src#1 == 10.0.0.2", [4]),
        ("count(ip.addr) == 4", [7]),
        ("ipv6.addr == fe80::/10", [5]),
        ("ipv6.dst > fe80::", [5]),
        ("ipv6.src[0:2] == fe:80", [5]),
        ("icmpv6.type == 133", [5]),
        ("eth.src[0:3] == 00:aa:bb", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("eth.addr == 00-11-22-33-44-55", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("eth.type == 0x0806", [6]),
        ("eth.type == arp", [6]),
        ("vlan.id == 20", [8]),
        ("vlan.id == 10", [8]),
        ("vlan.id > 10", [8]),
        ("vlan.priority == 5", [8]),
        ("arp.opcode == 1", [6]),
        ('arp.opcode == "request"', [6]),
        ("arp.dst.proto_ipv4 == 10.0.0.2", [6]),
        ("arp.src.hw_mac == 00:aa:bb:cc:dd:ee", [6]),
        ("ip.addr == 10.0.0.2", [4, 7]),
        ('dns.qry.name contains "example"', [4]),
        ('dns.qry.name matches "^WWW[.]"', [4]),
        ('lower(dns.qry.name) == "www.example.com"', [4]),
        ("len(dns.qry.name) == 15", [4]),
        ("dns.qry.type == A", [4]),
        ("dns.flags.response == 0", [4]),
        ("dns.flags.recdesired == true", [4]),
        ("http.request", [3]),
        ("http.request.method == GET", [3]),
        ('http.request.method in {"POST", "GET"}', [3]),
        ('http.request.full_uri == "http://example.org/index.html?a=1"', [3]),
        ('http.cookie_pair == "z=1"', [3]),
        ('http.user_agent[0:4] == "curl"', [3]),
        ('tcp contains "Host: example"', [3]),
        ('tcp.payload matches r"^get\\s/"', [3]),
        ("tcp[13] == 12", [2]),
        ("tcp[13] & 2", [1, 2]),
        ("udp.payload[-2:] == 6c:6f", [8]),
        ('frame contains "hello"', [8]),
        ("frame[0:2] == 00:11", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("frame.number in {2..3, 8}", [2, 3, 8]),
        ("frame.number == 3", [3]),
        ("frame.time_relative > 1.0", [4, 5, 6, 7, 8]),
        ("frame.time_delta == 0.5", [2, 3, 4, 5, 6, 7, 8]),
        ('frame.time >= "1970-01-01 00:00:03Z"', [7, 8]),
        ("max(tcp.srcport, tcp.dstport) == 40000", [1, 2, 3]),
        ("min(udp.srcport, udp.dstport) < 10", [8]),
        ('string(tcp.dstport) matches "^80$"', [1, 3]),
        ('nettui.protocol == "ARP"', [6]),
        ("tcp.port == -1", []),
        ("ip.proto == udp && dns or arp", [4, 6]),
        ('ip.proto == "udp" && dns || arp', [4, 6]),
    ],
)
def test_what_is_picked(text: str, numbers: list[int]) -> None:
    assert SAMPLE.picked(text) == numbers


@pytest.mark.parametrize(
    ("text", "position", "hint"),
    [
        ("tcp.prot == 80", 0, "tcp.port"),
        ("TCP", 0, "tcp"),
        ("wireguard", 0, "wg"),
        ("tcp.analysis.initial_rt > 1", 0, "tcp.analysis.initial_rtt"),
        ("ip.addr == 10.0.0.1 && wlan.bsid", 23, "wlan.bssid"),
        ("dns.tim > 1", 0, "dns.time"),
        ("tcp.port == 70000", 12, "80"),
        ("tcp.port == http", 12, "same kind"),
        ("tcp.port contains 80", 0, "=="),
        ("tcp.port[0] == 0", 0, "slices"),
        ("ip.addr == 10.0.0.300", 11, "10.0.0.1"),
        ("tcp.analysis.retransmission == 1", 0, "alone"),
        ("http.host ~ bro", 12, 'matches "^GET"'),
        ('http.host matches "[a"', 19, ""),
        ("foo(tcp) == 1", 0, "len"),
        ("len() == 1", 0, "len("),
        ("upper(tcp.port) == 1", 6, "upper("),
        ("80", 0, ""),
        ('"abc"', 0, ""),
        ("5 == 5", 0, "ip.addr"),
        ("tcp.srcport == ip.src", 15, "same kind"),
        ("tcp.port == udp.prt", 12, "udp.port"),
        ("eth.addr == 00:11", 12, "00:11:22:33:44:55"),
        ('frame.time > "yesterday"', 13, "2026"),
    ],
)
def test_errors_say_where_and_what_to_do(text: str, position: int, hint: str) -> None:
    with pytest.raises(FilterError) as caught:
        filters.compile(text)
    assert caught.value.position == position
    assert hint in caught.value.hint
    assert caught.value.text == text


def test_fields_that_need_bytes_are_empty_without_a_reader() -> None:
    assert not filters.compile("dns.qry.name").match(SAMPLE.columns).any()


def test_bytes_are_read_only_of_packets_that_cheaper_terms_left() -> None:
    asked: list[int] = []

    def read(rows):
        asked.extend(rows.tolist())
        return SAMPLE.frames.select(rows)

    picked = filters.compile('tcp.payload contains "GET" && tcp.flags.push == 1').match(SAMPLE.columns, read)
    assert picked.nonzero()[0].tolist() == [2]
    assert set(asked) == {2, 6}  # 6 carries an inner header, which any term on TCP has to look at


def test_needs_bytes_tells_headers_from_payloads() -> None:
    assert not filters.compile("ip.addr == 10.0.0.1 && tcp.port == 80").needs_bytes
    assert filters.compile('tcp && http.host contains "x"').needs_bytes


def test_a_run_counts_and_times_over_batches() -> None:
    run = filters.Run(filters.compile("frame.number == 6 || frame.time_relative == 0 || frame.time_delta > 0.6"))
    first, second = slice(0, 4), slice(4, 8)
    got = [
        *run.match(SAMPLE.columns.select(first), SAMPLE.frames.select(first).select, 0),
        *run.match(SAMPLE.columns.select(second), SAMPLE.frames.select(second).select, 4),
    ]
    assert [i + 1 for i, hit in enumerate(got) if hit] == [1, 6]


def test_a_set_of_thousands_is_no_slower_to_write() -> None:
    ports = ", ".join(map(str, range(1, 2000, 2)))
    assert SAMPLE.picked(f"tcp.port in {{{ports}}}") == []
    assert SAMPLE.picked(f"udp.port in {{{ports}}}") == [4, 7, 8]


def test_an_unknown_field_is_answered_with_all_names_that_are_near() -> None:
    with pytest.raises(FilterError) as caught:
        filters.compile("ip.hlen == 20 || dns.flags.recavai")
    assert caught.value.hint.count(".") <= 6
    with pytest.raises(FilterError) as caught:
        filters.compile("tls.handshake.extensions_server_nam")
    offered = caught.value.hint
    assert "tls.handshake.extensions_server_name" in offered
    assert " or " in offered


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ssl.handshake.type == 1", "tls.handshake.type == 1"), ("ssl", "tls"), ("bootp", "dhcp"),
        ("bootp.option.dhcp == 1", "dhcp.option.dhcp == 1"),
    ],
)  # fmt: skip
def test_older_names_mean_the_same(old: str, new: str) -> None:
    assert SAMPLE.picked(old) == SAMPLE.picked(new)
    assert filters.compile(old).needs_bytes == filters.compile(new).needs_bytes


def test_ip_version_is_that_of_either() -> None:
    assert SAMPLE.picked("ip.version == 6") == [5]
    assert SAMPLE.picked("ip.version != 4") == [5]
