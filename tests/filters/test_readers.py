"""Fields that readers find: one packet of each protocol, and any bytes at all."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.filters.packets import Capture, capture, ether, ipv4, ipv6, tcp, udp
from tui import filters
from tui.core.decode import decode
from tui.core.flow.table import FlowTable
from tui.core.frames import from_packets
from tui.filters.readers import (
    carried,
    fingerprint,
    ip_options,
    lines,
    neighbourhood,
    neighbours,
    other,
    routing,
    sip,
    smb,
    tls,
    windows,
    wlan,
)
from tui.filters.readers import dns as naming
from tui.filters.readers.found import Found

CLIENT, SERVER = "10.0.0.1", "10.0.0.2"


def over_tcp(port: int, data: bytes) -> bytes:
    return ether(ipv4(CLIENT, SERVER, 6, tcp(40_000, port, 0x18, data)))


def over_udp(port: int, data: bytes) -> bytes:
    return ether(ipv4(CLIENT, SERVER, 17, udp(40_000, port, data)))


INNER = ipv4("10.1.0.1", "10.1.0.2", 17, udp(40_001, 40_002, b"hi"))
NEIGHBOUR = (
    bytes.fromhex("8700000000000000") + bytes.fromhex("fe80" + "00" * 13 + "05") + bytes.fromhex("0101") + b"\2" * 6
)
RECORDS = struct.pack(">BxHxxH", 0x22, 0, 2) + bytes.fromhex("04000000ef01010104000000ef020202")
LABELS = bytes.fromhex("000640400006513f")
SESSION = bytes.fromhex("11000007") + struct.pack(">HH", 2 + len(INNER), 0x21) + INNER
FRAGMENT = ipv6("fe80::1", "fe80::2", 44, bytes.fromhex("110000090000beef") + bytes(16))


@pytest.mark.parametrize(
    ("packet", "picks", "leaves"),
    [
        (
            over_tcp(21, b"PASS secret\r\n"),
            ['ftp.request.command == "PASS"', 'ftp.request.arg == "secret"'],
            "ftp.response == 1",
        ),
        (
            over_tcp(21, b"530 Login incorrect.\r\n"),
            ["ftp.response.code == 530", "ftp.response == 1"],
            "ftp.request == 1",
        ),
        (
            over_tcp(25, b"MAIL FROM:<a@b.c>\r\n"),
            ['smtp.req.command == "MAIL"', 'smtp.req.parameter contains "a@b"'],
            "smtp.rsp",
        ),
        (
            over_tcp(25, b"250-one\r\n250 two\r\n"),
            ["smtp.response.code == 250", 'smtp.rsp.parameter == "two"'],
            "smtp.req",
        ),
        (over_tcp(110, b"+OK ready\r\n"), ['pop.response.indicator == "+OK"'], "pop.request.command"),
        (over_tcp(110, b"USER me\r\n"), ['pop.request.parameter == "me"'], "pop.response.indicator"),
        (
            over_udp(5060, b"INVITE sip:b@x SIP/2.0\r\nCall-ID: 7\r\nf: <sip:a@x>\r\n\r\n"),
            ['sip.Method == "INVITE"', 'sip.Call-ID == "7"', 'sip.From contains "a@x"'],
            "sip.Status-Code",
        ),
        (over_udp(5060, b"SIP/2.0 486 Busy Here\r\n\r\n"), ["sip.Status-Code == 486"], "sip.Method"),
        (
            over_udp(514, b"<11>disk full"),
            ["syslog.facility == 1", "syslog.level == 3", 'syslog.msg == "disk full"'],
            "syslog.level > 3",
        ),
        (
            over_tcp(1883, bytes([0x10, 16]) + b"\0\4MQTT\4\2\0\x3c\0\4node"),
            ['mqtt.clientid == "node"', "mqtt.msgtype == 1"],
            "mqtt.topic",
        ),
        (over_tcp(1883, bytes([0x30, 7]) + b"\0\3a/bhi"), ['mqtt.topic == "a/b"'], "mqtt.clientid"),
        (
            ether(ipv4(CLIENT, SERVER, 47, bytes.fromhex("200008000000002a") + INNER)),
            ["gre.key == 42", "gre.proto == 0x800"],
            "gre.sequence_number",
        ),
        (
            over_udp(4789, bytes.fromhex("0800000000002a00") + ether(INNER)),
            ["vxlan.vni == 42", "udp.dstport == 40002"],
            "vxlan.vni == 0",
        ),
        (
            ether(LABELS + INNER, 0x8847),
            ["mpls.label == 100", "mpls.label == 101", "mpls.ttl == 63"],
            "mpls.label == 7",
        ),
        (ether(SESSION, 0x8864), ["pppoe.session_id == 7", "ppp.protocol == 0x21"], "pppoe.code == 1"),
        (
            ether(ipv6("fe80::1", "fe80::2", 58, NEIGHBOUR), 0x86DD),
            ["icmpv6.nd.ns.target_address == fe80::5", "icmpv6.opt.linkaddr == 02:02:02:02:02:02"],
            "icmpv6.nd.na.flag.s",
        ),
        (
            ether(FRAGMENT, 0x86DD),
            ["ipv6.fraghdr.offset == 1", "ipv6.fraghdr.more == 1", "ipv6.fraghdr.ident == 0xbeef"],
            "ipv6.routing",
        ),
        (
            ether(ipv4(CLIENT, "224.0.0.22", 2, RECORDS)),
            ["igmp.maddr == 239.1.1.1", "igmp.maddr == 239.2.2.2"],
            "igmp.maddr == 224.0.0.22",
        ),
        (
            over_tcp(80, b"GET / HTTP/1.1\r\nAuthorization: Basic bWU6c2VjcmV0\r\n\r\n"),
            ['http.authbasic == "me:secret"', 'http.request.line contains "Basic"'],
            "http.response.line",
        ),
        (
            ether(ipv4(CLIENT, SERVER, 6, tcp(1, 2, 0x02))),
            ['tcp.flags.str == "··········S·"', "tcp.connection.syn", "tcp.nxtseq == 1001"],
            "tcp.connection.rst",
        ),
    ],
)
def test_fields_of_one_packet(packet: bytes, picks: list[str], leaves: str) -> None:
    one = capture(packet)
    for text in picks:
        assert one.picked(text) == [1], text
    assert one.picked(leaves) == []


@pytest.mark.parametrize(
    ("packet", "layers"),
    [
        (over_tcp(80, b"GET / HTTP/1.1\r\n\r\n"), "eth:ethertype:ip:tcp:http"),
        (ether(bytes.fromhex("0001080006040001") + bytes(20), 0x0806), "eth:ethertype:arp"),
        (
            over_udp(4789, bytes.fromhex("0800000000002a00") + ether(INNER)),
            "eth:ethertype:ip:udp:vxlan:eth:ethertype:ip:udp",
        ),
        (ether(ipv4(CLIENT, SERVER, 47, bytes.fromhex("00000800") + INNER)), "eth:ethertype:ip:gre:ip:udp"),
        (ether(b"\0\7\x08\0" + INNER, 0x8100), "eth:ethertype:vlan:ethertype:ip:udp"),
        (ether(ipv6("fe80::1", "fe80::2", 58, NEIGHBOUR), 0x86DD), "eth:ethertype:ipv6:icmpv6"),
    ],
)
def test_frame_protocols_names_the_layers(packet: bytes, layers: str) -> None:
    assert capture(packet).picked(f'frame.protocols == "{layers}"') == [1]


def test_the_columns_of_the_list_can_be_asked_for() -> None:
    two = capture(over_tcp(80, b"GET /a HTTP/1.1\r\n\r\n"), ether(ipv4(CLIENT, SERVER, 6, tcp(1, 2, 0x04))))
    assert two.picked('_ws.col.Protocol == "HTTP"') == [1]
    assert two.picked('_ws.col.Info contains "RST"') == [2]


def followed(seconds: list[float]) -> Capture:
    """A TCP segment of one of two connections at each of these times."""
    packets = [ether(ipv4(CLIENT, SERVER, 6, tcp(40_000 + i % 2, 80))) for i in range(len(seconds))]
    frames = from_packets(packets, times_ns=[int(s * 1e9) for s in seconds])
    columns = decode(frames)
    FlowTable().update(columns, frames)
    return Capture(frames, columns)


TIMES = [0.0, 1.0, 2.0, 2.5, 9.0, 3.0]


def test_times_within_a_stream() -> None:
    some = followed(TIMES)
    assert some.picked("tcp.time_delta == 0") == [1, 2]
    assert some.picked("tcp.time_delta == 2") == [3]
    assert some.picked("tcp.time_delta > 5") == [5]
    assert some.picked("tcp.time_relative == 2") == [3, 6]
    assert some.picked("tcp.srcport == 40001 && tcp.time_delta == 1.5") == [4]


@pytest.mark.parametrize("every", [1, 2, 4])
def test_times_within_a_stream_over_batches(every: int) -> None:
    some = followed(TIMES)
    for text in ("tcp.time_delta > 1", "tcp.time_relative >= 2", "tcp.time_delta == 0"):
        run, found = filters.Run(filters.compile(text)), []
        for at in range(0, len(TIMES), every):
            part = slice(at, at + every)
            mask = run.match(some.columns.select(part), some.frames.select(part).select, at)
            found += [at + int(i) + 1 for i in mask.nonzero()[0]]
        assert found == some.picked(text), text


def test_the_fingerprint_of_a_hello_leaves_out_what_means_nothing() -> None:
    found = Found()
    for name, values in {
        "tls.handshake.version": [771], "tls.handshake.ciphersuite": [0x0A0A, 4865, 49195],
        "tls.handshake.extension.type": [0x1A1A, 0, 10], "tls.handshake.extensions_supported_group": [29],
    }.items():  # fmt: skip
        for value in values:
            found.add(name, value)
    fingerprint.add_fingerprint(found, client=True)
    assert found["tls.handshake.ja3_full"] == [b"771,4865-49195,0-10,29,"]


DEAUTHENTICATION = (
    bytes.fromhex("c0003a01") + bytes.fromhex("ffffffffffff001122334455001122334455") + b"\x10\x00\x07\x00"
)
BEACON = bytes.fromhex("80000000") + bytes.fromhex("ffffffffffff001122334455001122334455") + bytes(2)
BEACON += (
    bytes(8)
    + b"\x64\x00\x01\x00"
    + b"\x00\x04home"
    + b"\x03\x01\x06"
    + bytes.fromhex("30140100000fac040100000fac040100000fac020000")
)
RADIOTAP = struct.pack("<BxHI", 0, 14, 1 << 3 | 1 << 5) + struct.pack("<HHbx", 2437, 0, -70)


def test_fields_of_802_11() -> None:
    frames = from_packets([DEAUTHENTICATION, BEACON], 105)
    bare = Capture(frames, decode(frames))
    assert bare.picked("wlan.fc.type_subtype == 0x0c && wlan.fixed.reason_code == 7") == [1]
    assert bare.picked('wlan.fc.type_subtype == "Beacon frame"') == [2]
    assert bare.picked("wlan.bssid == 00:11:22:33:44:55 && wlan.da == ff:ff:ff:ff:ff:ff") == [1, 2]
    assert bare.picked('wlan.ssid == "home" && wlan.ds.current_channel == 6 && wlan.rsn.akms.type == 2') == [2]
    assert bare.picked("wlan.seq == 1 && !(wlan.fc.retry == 1)") == [1]


def test_fields_of_802_11_behind_what_the_driver_tells() -> None:
    frames = from_packets([RADIOTAP + BEACON], 127)
    tapped = Capture(frames, decode(frames))
    assert tapped.picked("wlan_radio.channel == 6 && radiotap.dbm_antsignal == -70") == [1]
    assert tapped.picked("wlan.fc.subtype == 8 && radiotap.length == 14") == [1]


NEIGHBOURS = (
    neighbourhood.read_stp_fields, neighbourhood.read_lldp_fields, neighbourhood.read_cdp_fields,
    neighbourhood.read_eapol_fields, routing.read_ospf_fields, routing.read_bgp_fields, routing.read_isakmp_fields,
    routing.read_wireguard_fields, routing.read_sctp_fields, routing.read_tftp_fields,
)  # fmt: skip
READERS = (
    lines.read_ftp_fields, lines.read_smtp_fields, lines.read_pop_fields, sip.read_sip_fields,
    lines.read_syslog_fields, lines.read_mqtt_fields, carried.read_gre_fields, carried.read_link_fields,
    carried.read_ppp_fields, naming.read_dns_fields, naming.read_mdns_fields, naming.read_llmnr_fields,
    other.read_snmp_fields, smb.read_smb_fields, windows.read_kerberos_fields, *NEIGHBOURS,
    wlan.read_wlan_fields, wlan.read_radiotap_fields,
    wlan.read_ppi_fields, neighbours.read_groups, neighbours.read_neighbour_options, ip_options.read_extensions,
)  # fmt: skip


@given(st.binary(max_size=120) | st.binary(max_size=40).map(lambda tail: b"\x22\0\0\0\0\0\xff\xff" + tail))
def test_readers_answer_to_any_bytes(data: bytes) -> None:
    for read in READERS:
        for values in read(data, True).values():
            assert values


def test_a_longer_ftp_reply_goes_on_and_is_no_command() -> None:
    found = lines.read_ftp_fields(b"   welcome to all\r\n230 logged in\r\n", True)
    assert found == {"ftp.response": [1], "ftp.request": [0]}


@given(st.binary(max_size=80))
def test_windows_readers_answer_to_any_bytes(data: bytes) -> None:
    header = struct.pack("<4sHHIHHIIQII Q16s", b"\xfeSMB", 64, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, b"")
    for message in (header + data, header + b"NTLMSSP\0\3\0\0\0" + data):
        assert smb.read_smb_fields(struct.pack(">I", len(message)) + message, True)["smb2.cmd"] == [1]
    assert windows.read_kerberos_fields(b"\x6a" + data, False) is not None
    assert windows.read_kerberos_fields(b"\x7e\x40\x30\x3e" + data, False)["kerberos.msg_type"] == [30]


def test_who_logs_in_with_kerberos() -> None:
    name = bytes.fromhex("3010a003020101a1093007") + b"\x1b\x05alice"
    body = b"\xa1\x12" + name + b"\xa2\x05\x1b\x03LAB" + b"\xa8\x05\x30\x03\x02\x01\x17"
    request = b"\xa1\x03\x02\x01\x05\xa2\x03\x02\x01\x0a" + bytes([0xA4, len(body) + 2, 0x30, len(body)]) + body
    data = bytes([0x6A, len(request) + 2, 0x30, len(request)]) + request
    found = windows.read_kerberos_fields(data, False)
    assert found["kerberos.msg_type"] == [10]
    assert found["kerberos.CNameString"] == [b"alice"]
    assert found["kerberos.realm"] == [b"LAB"]
    assert found["kerberos.ENCTYPE"] == [23]


def test_a_hello_in_the_form_of_ssl_2_is_a_client_hello() -> None:
    hello = b"\x80\x0c\x01\x03\x00" + bytes(9)
    assert tls.read_tls_fields(hello, True)["tls.handshake.type"] == [1]
    assert "tls.handshake.type" not in tls.read_tls_fields(hello + b"x", True)
