"""What a flow has shown before names its later packets."""

from __future__ import annotations

from tests.benchmarks.traffic import ethernet, ipv4, tcp, udp
from tui.core.decode import decode
from tui.core.flow.table import FlowTable
from tui.core.frames import from_packets
from tui.core.protocols import NAMES

RECORD = b"\x17\x03\x03\x01\x2c" + bytes(300)
HELLO = b"\x16\x03\x01\0\x05hello"


def segment(payload: bytes, seq: int, port: int = 9443, back: bool = False) -> bytes:
    ports = (port, 50001) if back else (50001, port)
    data = bytearray(tcp(*ports, payload))
    data[4:8] = seq.to_bytes(4, "big")
    packet = bytearray(ipv4(6, bytes(data)))
    if back:
        packet[12:16], packet[16:20] = packet[16:20], packet[12:16]
    return ethernet(0x0800, bytes(packet))


def names(*batches: list[bytes]) -> list[str]:
    table, out = FlowTable(), []
    for batch in batches:
        frames = from_packets(batch, times_ns=[100_000_000 * (len(out) + i) for i in range(len(batch))])
        columns = decode(frames)
        table.update(columns, frames)
        out += [NAMES[p] for p in columns.protocol.tolist()]
    return out


def test_tls_on_any_port_is_named_where_a_record_ends() -> None:
    packets = [segment(HELLO, 1), segment(RECORD[:100], 11), segment(RECORD[100:200], 111), segment(RECORD[200:], 211)]
    assert names(packets) == ["TLS", "TCP", "TCP", "TLS"]
    assert names(*([p] for p in packets)) == ["TLS", "TCP", "TCP", "TLS"]


def test_both_sides_of_a_flow_may_have_a_message_under_way() -> None:
    # found when of two sides in one batch only the last was remembered
    packets = [segment(RECORD[:100], 1, 443), segment(RECORD[:90], 1, 443, True), segment(RECORD[100:], 101, 443),
               segment(RECORD[90:], 91, 443, True)]  # fmt: skip
    assert names(packets) == ["TCP", "TCP", "TLS", "TLS"]


def test_a_response_goes_by_http_where_its_body_ends() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n"
    packets = [segment(head + bytes(20), 1, 80, True), segment(bytes(40), 1 + len(head) + 20, 80, True)]
    assert names(packets) == ["TCP", "HTTP"]


def test_a_retransmission_goes_by_its_transport() -> None:
    packets = [segment(HELLO, 1, 443), segment(HELLO, 11, 443), segment(HELLO, 1, 443)]
    assert names(packets) == ["TLS", "TLS", "TCP"]


def test_bittorrent_is_known_by_its_handshake() -> None:
    packets = [segment(b"\x13BitTorrent protocol" + bytes(48), 1, 40000), segment(b"anything", 69, 40000)]
    assert names(packets) == ["BitTorrent", "BitTorrent"]


def test_quic_goes_on_with_short_headers() -> None:
    first = ethernet(0x0800, ipv4(17, udp(50001, 443, b"\xc3\0\0\0\1\x08" + bytes(60))))
    later = ethernet(0x0800, ipv4(17, udp(50001, 443, b"\x41" + bytes(60))))
    assert names([later], [first, later]) == ["UDP", "QUIC", "QUIC"]


def test_ftp_announces_its_data_connections() -> None:
    control = segment(b"227 Entering Passive Mode (10,0,0,1,156,64)\r\n", 1, 21, True)
    data = segment(b"contents", 1, 40000, True)
    other = segment(b"contents", 1, 40001, True)
    data = data.replace(b"\xc0\xa8\0\1", b"\x0a\0\0\1", 1)
    assert names([control, other, data]) == ["FTP", "TCP", "FTP-DATA"]


def test_tftp_answers_come_from_a_port_of_their_own() -> None:
    request = ethernet(0x0800, ipv4(17, udp(50001, 69, b"\0\1file\0octet\0")))
    more = ethernet(0x0800, ipv4(17, udp(50001, 33333, b"\0\4\0\1")))
    assert names([request, more]) == ["TFTP", "TFTP"]
