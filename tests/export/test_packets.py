"""Lines of packets: the keys of the contract in order, and nothing hostile in them."""

from __future__ import annotations

import csv
import io
import json

import numpy as np

from tests.core.test_names import batch, ip, tcp, udp
from tui.export.packets import FIELDS, PacketRows, csv_header, csv_lines, json_lines, text_lines

HOSTILE = b'GET /\x1b]0;x\x07,"q" HTTP/1.1\r\nHost: a\x9b6n\r\n\r\n'


def rows(*packets: bytes) -> PacketRows:
    frames, columns = batch(*packets)
    return PacketRows(columns, frames, np.arange(len(columns)) + 1)


def test_a_json_line_has_the_keys_in_order() -> None:
    (line,) = json_lines(rows(ip(17, udp(b"abc", 5000, 6000)))).splitlines()
    packet = json.loads(line)
    assert tuple(packet) == FIELDS
    assert packet == {
        "number": 1, "time_ns": 0, "len": 45, "caplen": 45, "src": "10.0.0.1", "dst": "10.0.0.2", "protocol": "UDP",
        "sport": 5000, "dport": 6000, "tcp_flags": None, "vlan": None, "info": "5000 → 6000 Len=3", "malformed": False,
    }  # fmt: skip


def test_csv_says_the_same_as_json() -> None:
    given = rows(ip(6, tcp(HOSTILE, dport=80)), ip(17, udp(b"abc")))
    table = list(csv.DictReader(io.StringIO(csv_header() + csv_lines(given))))
    for line, packet in zip(table, map(json.loads, json_lines(given).splitlines()), strict=True):
        words = {key: "" if value is None else json.dumps(value).strip('"') for key, value in packet.items()}
        assert {**line, "info": ""} == {**words, "info": ""}
        assert line["info"] == packet["info"]


def test_escape_sequences_stay_out_of_every_form() -> None:
    given = rows(ip(6, tcp(HOSTILE, dport=80)))
    for text in (json_lines(given), csv_lines(given), text_lines(0)(given)):
        assert "\x1b" not in text
        assert "\x9b" not in text
        assert "\\u001b" not in text
        assert text.count("\n") == 1


def test_text_shows_the_time_since_the_first_packet() -> None:
    frames, columns = batch(ip(17, udp(b"a")), ip(17, udp(b"b")))
    columns.time_ns[:] = (5_000_000_000, 6_500_000_000)
    first, second = text_lines(5_000_000_000)(PacketRows(columns, frames, np.array([1, 2]))).splitlines()
    assert first.split()[:2] == ["1", "0.000000"]
    assert second.split()[:2] == ["2", "1.500000"]
