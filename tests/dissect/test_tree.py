"""The detail tree: every field knows its bytes, as tshark places them, and no bytes make it fail."""

from __future__ import annotations

import logging
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.readers.test_readers import hello, record
from tests.core.test_names import ANSWER, ETHERNET, ip, tcp, udp
from tui import filters
from tui.capture.pcapfile import open_capture
from tui.core.flow.table import FlowTable
from tui.dissect.hexdump import column_of, hex_lines
from tui.dissect.nodes import Dissection
from tui.dissect.tree import MAX_BYTES, tree
from tui.engine.files.offline import OfflineRun

NEVER_ENDS = 60.0
"""A time budget that a busy machine does not meet."""
FILES = (
    "proto/arkime_wireshark-dhcp.pcap", "proto/arkime_dns-wiresharkrepo.pcap", "proto/zeek_pipelined-requests.pcap",
    "proto/tcpdump_icmpv6.pcap", "encap/zeek_icmp_dot1q.pcap", "encap/ndpi_6in4tunnel.pcap", "encap/zeek_q-in-q.pcap",
    "link/zeek_linux_dlt_sll2.pcap", "link/mercury_http_rawip.pcap",
)  # fmt: skip
PLACES = {
    ("Ether", "dst"): "eth.dst", ("Ether", "src"): "eth.src", ("Ether", "type"): "eth.type",
    ("Dot1Q", "vlan"): "vlan.id", ("Dot1Q", "type"): "vlan.etype",
    ("IP", "tos"): "ip.dsfield", ("IP", "len"): "ip.len", ("IP", "id"): "ip.id", ("IP", "ttl"): "ip.ttl",
    ("IP", "proto"): "ip.proto", ("IP", "chksum"): "ip.checksum", ("IP", "src"): "ip.src", ("IP", "dst"): "ip.dst",
    ("IPv6", "plen"): "ipv6.plen", ("IPv6", "nh"): "ipv6.nxt", ("IPv6", "hlim"): "ipv6.hlim",
    ("IPv6", "src"): "ipv6.src", ("IPv6", "dst"): "ipv6.dst",
    ("TCP", "sport"): "tcp.srcport", ("TCP", "dport"): "tcp.dstport", ("TCP", "seq"): "tcp.seq_raw",
    ("TCP", "ack"): "tcp.ack_raw", ("TCP", "flags"): "tcp.flags", ("TCP", "window"): "tcp.window_size_value",
    ("TCP", "chksum"): "tcp.checksum", ("TCP", "urgptr"): "tcp.urgent_pointer", ("TCP", "options"): "tcp.options",
    ("TCP", "MSS"): "tcp.options.mss", ("TCP", "Timestamp"): "tcp.options.timestamp",
    ("UDP", "sport"): "udp.srcport", ("UDP", "dport"): "udp.dstport", ("UDP", "len"): "udp.length",
    ("UDP", "chksum"): "udp.checksum", ("ICMP", "type"): "icmp.type", ("ICMP", "code"): "icmp.code",
    ("ICMP", "chksum"): "icmp.checksum", ("ICMP", "id"): "icmp.ident", ("ICMP", "seq"): "icmp.seq",
    ("ARP", "op"): "arp.opcode", ("ARP", "hwsrc"): "arp.src.hw_mac", ("ARP", "psrc"): "arp.src.proto_ipv4",
    ("ARP", "hwdst"): "arp.dst.hw_mac", ("ARP", "pdst"): "arp.dst.proto_ipv4",
    ("DNS", "id"): "dns.id", ("DNS", "qdcount"): "dns.count.queries", ("DNS", "ancount"): "dns.count.answers",
    ("DNS", "ttl"): "dns.resp.ttl", ("BOOTP", "op"): "dhcp.type", ("BOOTP", "xid"): "dhcp.id",
    ("BOOTP", "yiaddr"): "dhcp.ip.your", ("BOOTP", "sname"): "dhcp.server", ("HTTP", "Host"): "http.host",
}  # fmt: skip
"""scapy's layer and field, and what tshark calls it."""


def pdml(path: Path) -> list[dict[str, set[tuple[int, int]]]]:
    """For each packet: the places (position, size) of every field, by tshark."""
    command = ["tshark", "-n", "-r", str(path), "-T", "pdml", "-c", "40"]
    out = subprocess.run(command, capture_output=True, check=True).stdout
    packets = []
    for packet in ElementTree.fromstring(out).iter("packet"):
        places: dict[str, set[tuple[int, int]]] = {}
        for field in packet.iter("field"):
            place = int(field.get("pos", "0")), int(field.get("size", "0"))
            places.setdefault(field.get("name", ""), set()).add(place)
        packets.append(places)
    return packets


@pytest.mark.corpus
@pytest.mark.parametrize("name", FILES)
def test_every_field_stands_where_tshark_has_it(corpus: Path, name: str) -> None:
    path = corpus / "corpus" / name
    frames = open_capture(str(path)).read(1.0)
    assert frames is not None
    compared = 0
    for number, places in enumerate(pdml(path)):
        found = tree(frames.bytes_of(number), int(frames.linktype[number]), NEVER_ENDS)
        for layer, field in found.walk():
            known = PLACES.get((layer.name, field.name))
            if known in places and (field.end > field.start):
                place = field.start, field.end - field.start
                assert place in places[known], f"packet {number + 1}: {layer.name}.{field.name}"
                compared += 1
    assert compared > 10


def dissected(packet: bytes) -> Dissection:
    return tree(ETHERNET + packet, 1, NEVER_ENDS)


def test_layers_follow_each_other_without_gaps() -> None:
    found = dissected(ip(17, udp(ANSWER, 53, 5000)))
    assert [layer.name for layer in found.layers] == ["Ether", "IP", "UDP", "DNS"]
    assert [layer.start for layer in found.layers] == [0, 14, 34, 42]
    assert found.layers[-1].end == len(found.data)
    assert found.complete


def test_padding_after_the_datagram_is_padding() -> None:
    found = tree(ETHERNET + ip(17, udp(b"x")) + bytes(10), 1, NEVER_ENDS)
    assert (found.layers[-1].name, found.layers[-1].end - found.layers[-1].start) == ("Padding", 10)


def test_a_client_hello_is_read_to_its_extensions() -> None:
    found = dissected(ip(6, tcp(record(hello()))))
    assert "SNI=example.com" in found.layers[-1].title
    names = [field.name for _, field in found.walk()]
    assert "server_name" in names


@pytest.mark.corpus
@pytest.mark.parametrize("name", (*FILES, "proto/arkime_curl-enabled-tls13.pcap", "proto/zeek_mdns.pcap"))
def test_every_filter_that_is_offered_compiles_and_picks_its_packet(corpus: Path, name: str) -> None:
    offered, wrong = 0, []
    for batch in OfflineRun([str(corpus / "corpus" / name)], FlowTable()).batches():
        for row in range(min(len(batch.columns), 12)):
            one = batch.frames.select(np.array([row]))
            found = {field.filter for _, field in tree(one.bytes_of(0), int(one.linktype[0]), NEVER_ENDS).walk()} - {""}
            offered += len(found)
            columns = batch.columns.select(np.array([row]))
            missed = [text for text in found if not filters.compile(text).match(columns, one.select).all()]
            # a message over several segments is picked at the one that ends it
            wrong += [text for text in missed if not text.startswith(("http.", "tls."))]
    assert offered > 3
    assert wrong == []


def test_a_field_offers_a_display_filter() -> None:
    filters = {field.filter for _, field in dissected(ip(6, tcp(b""))).walk()}
    assert {"ip.src == 10.0.0.1", "tcp.dstport == 443"} <= filters


def test_hostile_text_is_made_harmless() -> None:
    found = dissected(ip(6, tcp(b"GET /\x1b[31m HTTP/1.1\r\nHost: \x9b6n\r\n\r\n", dport=80)))
    for layer, field in found.walk():
        assert (layer.title + field.name + field.text).isprintable()


def test_a_header_that_is_cut_keeps_the_fields_before_the_cut() -> None:
    found = tree((ETHERNET + ip(6, tcp(b"")))[:41], 1, NEVER_ENDS)
    assert [layer.name for layer in found.layers] == ["Ether", "IP", "TCP", "Raw"]
    assert [field.name for field in found.layers[2].fields] == ["sport", "dport"]
    assert not found.complete


def test_a_time_budget_leaves_the_rest_as_bytes() -> None:
    found = tree(ETHERNET + ip(17, udp(ANSWER, 53, 5000)), 1, time_s=0.0)
    assert not found.complete
    assert [layer.name for layer in found.layers] == ["Raw"]


def test_an_unknown_link_type_is_bytes() -> None:
    (layer,) = tree(b"abc", 9999, NEVER_ENDS).layers
    assert (layer.start, layer.end) == (0, 3)


def test_what_is_beyond_a_jumbo_frame_is_bytes() -> None:
    found = dissected(ip(17, udp(bytes(20_000), 9, 9)))
    assert (found.layers[-1].start, found.layers[-1].end) == (MAX_BYTES, len(found.data))


def test_scapy_logs_nothing(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    tree(b"\xff" * 200, 1, NEVER_ENDS)
    logging.getLogger("scapy.runtime").error("hidden")
    assert capfd.readouterr().err == ""


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=200),
    st.sampled_from([b"", ETHERNET, ETHERNET + ip(17, udp(b"", 53, 53)), ETHERNET[:12] + b"\x88\xcc"]),
    st.sampled_from([1, 101, 105, 113, 127, 276]),
)
def test_any_bytes_are_dissected_without_failing(data: bytes, head: bytes, linktype: int) -> None:
    found = tree(head + data, linktype, NEVER_ENDS)
    for layer in found.layers:
        assert 0 <= layer.start <= layer.end <= len(found.data)
    for layer, field in found.walk():
        assert layer.start <= field.start < field.end <= len(found.data)
        assert (field.name + field.text).isprintable()
    covered = {at for layer in found.layers for at in range(layer.start, layer.end)}
    assert covered == set(range(len(found.data)))


def test_hex_lines_show_offset_bytes_and_text() -> None:
    assert [line.line for line in hex_lines(b"0123456789abcdef\x1b!")] == [
        "0000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef",
        "0010  1b 21" + " " * 45 + ".!",
    ]
    assert [line.offset for line in hex_lines(bytes(100), 2, 4)] == [32, 48]


def test_a_byte_stands_in_its_column() -> None:
    (line,) = hex_lines(bytes(range(16)))
    assert [line.hex[column_of(i) : column_of(i) + 2] for i in range(16)] == [f"{i:02x}" for i in range(16)]


def test_names_and_lines_offer_what_they_say() -> None:
    dns_filters = {field.filter for _, field in dissected(ip(17, udp(ANSWER))).walk()}
    assert any(text.startswith("dns.qry.name == ") for text in dns_filters)
    assert any(text.startswith("dns.a == ") for text in dns_filters)
    request = b'GET /a?b HTTP/1.1\r\nHost: example.org\r\nUser-Agent: say "no"\r\n\r\n'
    lines = {field.name: field.filter for _, field in dissected(ip(6, tcp(request, 80))).walk()}
    assert lines["Host"] == 'http.host == "example.org"'
    assert lines["start line"] == 'http.request.uri == "/a?b"'
    assert lines["User-Agent"] == ""
