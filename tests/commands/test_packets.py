"""nettui packets: lines, filter, limit, exit codes."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.core.test_names import ETHERNET, QUERY, ip, tcp, udp
from tui.capture import stream
from tui.cli import main


def capture(path: Path, *packets: bytes, cut: int = 0) -> Path:
    """A pcap file with these Ethernet frames, a second apart; its last `cut` bytes are missing."""
    records = b"".join(struct.pack("<IIII", 1_700_000_000 + i, 0, len(p), len(p)) + p for i, p in enumerate(packets))
    data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + records
    path.write_bytes(data[: len(data) - cut])
    return path


@pytest.fixture
def three(tmp_path: Path) -> Path:
    packets = (ip(17, udp(QUERY)), ip(6, tcp(b"", dport=80)), ip(6, tcp(b"x", dport=443)))
    return capture(tmp_path / "three.pcap", *(ETHERNET + packet for packet in packets))


def numbers(out: str) -> list[int]:
    return [json.loads(line)["number"] for line in out.splitlines()]


def test_every_packet_is_a_line(three: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["packets", str(three), "--json"]) == 0
    assert numbers(capfd.readouterr().out) == [1, 2, 3]


def test_a_filter_picks_packets_and_keeps_their_numbers(three: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["packets", str(three), "--json", "-Y", "tcp.port == 443"]) == 0
    assert numbers(capfd.readouterr().out) == [3]


def test_count_limits_the_lines(three: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["packets", str(three), "--json", "-Y", "ip", "-c", "2"]) == 0
    assert numbers(capfd.readouterr().out) == [1, 2]


def test_csv_has_its_header_even_when_nothing_matches(three: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["packets", str(three), "--csv", "-Y", "arp"]) == 0
    assert capfd.readouterr().out.startswith("number,time_ns,len,")


def test_text_names_the_query(three: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["packets", str(three)]) == 0
    assert "Standard query 0x1234 A a.example" in capfd.readouterr().out


def test_a_file_that_grows_is_followed(
    three: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    more = capture(three.with_name("more.pcap"), ETHERNET + ip(17, udp(QUERY))).read_bytes()[24:]
    pieces = [more[:20], more[20:]]

    def grow(seconds: float) -> None:
        with three.open("ab") as file:
            file.write(pieces.pop(0))

    monkeypatch.setattr(stream, "time", SimpleNamespace(sleep=grow))
    assert main(["packets", str(three), "--json", "--follow", "-c", "4"]) == 0
    assert numbers(capfd.readouterr().out) == [1, 2, 3, 4]


def test_a_damaged_file_is_read_as_far_as_it_goes(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    frame = ETHERNET + ip(17, udp(QUERY))
    path = capture(tmp_path / "cut.pcap", frame, frame, cut=5)
    assert main(["packets", str(path), "--json"]) == 5
    out, err = capfd.readouterr()
    assert numbers(out) == [1]
    assert "damaged at byte" in err
    assert "hint:" in err


@pytest.mark.parametrize("content", [None, b"", b"no capture at all, but some text"])
def test_what_is_no_capture_is_not_found(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.pcap"
    if content is not None:
        path.write_bytes(content)
    assert main(["packets", str(path)]) == 4


@pytest.mark.parametrize("words", [["-Y", "no.such.field == 1"], ["-c", "0"], ["--json", "--csv"], ["--nothing"]])
def test_wrong_usage_is_2(three: Path, words: list[str]) -> None:
    assert main(["packets", str(three), *words]) == 2
