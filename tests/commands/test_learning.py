"""The learning commands and the report, from a capture to what they print."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from tests.filters.packets import ether, ipv4, tcp, udp
from tui.cli import main
from tui.learning import classifier


def pcap(path: Path, packets: list[tuple[float, bytes]]) -> Path:
    data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for when, packet in packets:
        data += struct.pack("<IIII", int(when), int(when % 1 * 1e6), len(packet), len(packet)) + packet
    path.write_bytes(data)
    return path


def talk(n: int, size: int, port: int, start: float = 1000.0) -> list[tuple[float, bytes]]:
    """n connections of a client with a server, each with an answer."""
    found = []
    for i in range(n):
        at, client = start + i * 0.5, 20_000 + i
        for step, (src, dst, head) in enumerate((
            ("10.0.0.1", "10.0.0.9", tcp(client, port, 0x02)),
            ("10.0.0.9", "10.0.0.1", tcp(port, client, 0x12)),
            ("10.0.0.1", "10.0.0.9", tcp(client, port, 0x18, b"x" * (size + i % 7))),
            ("10.0.0.9", "10.0.0.1", tcp(port, client, 0x18, b"y" * (size // 2 + i % 5))),
        )):  # fmt: skip
            found.append((at + step * 0.01, ether(ipv4(src, dst, 6, head))))
    return found


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(classifier, "TREES", 10)
    pcap(tmp_path / "calm.pcap", talk(30, 200, 80))
    pcap(tmp_path / "wild.pcap", talk(20, 200, 80) + talk(20, 1200, 4444, 1010.0))
    pcap(tmp_path / "wild2.pcap", talk(20, 220, 80) + talk(20, 1250, 4444, 1010.0))
    (tmp_path / "labels.tsv").write_text(
        "file\tkind\tattacker\tvictim\tlabel\tt0\tt1\n"
        "calm.pcap\tlan\t-\t-\tbenign\t\t\n"
        "wild.pcap\tflood.x\t10.0.0.1\t10.0.0.9\tattack\t1009.9\t1099\n"
        "wild2.pcap\tflood.x\t10.0.0.1\t10.0.0.9\tattack\t1009.9\t1099\n"
    )
    return tmp_path


def test_from_a_baseline_to_anomalies(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = files / "base.json"
    assert main(["baseline", str(files / "calm.pcap"), "-o", str(base)]) == 0
    made = json.loads(base.read_text())
    assert made["services"] == ["10.0.0.9:80/TCP"]
    assert "30 flows" in capsys.readouterr().out
    assert main(["anomalies", str(files / "wild.pcap"), "--baseline", str(base), "--json", "--top", "5"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["rank"] for line in lines] == [1, 2, 3, 4, 5]
    assert {line["dport"] for line in lines} == {4444}
    assert lines[0]["reasons"]


def test_train_evaluate_and_classify(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels, model = str(files / "labels.tsv"), str(files / "m.skops")
    wild, calm = str(files / "wild.pcap"), str(files / "calm.pcap")
    assert main(["train", calm, wild, "--labels", labels, "-o", model]) == 0
    out = capsys.readouterr().out
    assert "random split" in out
    assert "believe this one" in out
    assert main(["evaluate", model, str(files / "wild2.pcap"), "--labels", labels, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["classes"]["flood"]["flows"] == 20
    assert main(["classify", model, wild, "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["label"] for line in lines if line["dport"] == 4444} <= {"flood", "unknown"}
    assert len(lines) == 40


def test_weak_labels_say_so(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(files / "wild.pcap"), "-o", str(files / "m.skops")]) == 0
    said = capsys.readouterr()
    assert "weak labels" in said.err
    assert "impossible" in said.out


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["train", "calm.pcap", "-o", "m.skops"], 2, "nothing to tell apart"),
        (["train", "calm.pcap", "--labels", "none.tsv", "-o", "m.skops"], 4, "none.tsv"),
        (["train", "none.pcap", "-o", "m.skops"], 4, "none.pcap"),
        (["classify", "none.skops", "calm.pcap"], 4, "none.skops"),
        (["classify", "calm.pcap", "calm.pcap"], 4, "model"),
        (["anomalies", "calm.pcap", "--baseline", "labels.tsv"], 4, "baseline"),
        (["anomalies", "one.pcap"], 2, "too few"),
        (["baseline", "-o", "b.json"], 2, "name a capture"),
        (["baseline", "calm.pcap", "-o", "/nowhere/b.json"], 1, "cannot write"),
        (["report", "calm.pcap", "-o", "/nowhere/r.html"], 1, "cannot write"),
    ],
)
def test_what_cannot_be_is_explained(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    words: list[str], code: int, text: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(files)
    pcap(files / "one.pcap", [(1.0, ether(ipv4("10.0.0.1", "10.0.0.2", 17, udp(1, 2))))])
    assert main(words) == code
    said = capsys.readouterr().err
    assert "nettui: " in said
    assert text in said
    assert "hint: " in said


def test_a_report_is_one_file_with_what_was_found(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = files / "r.html"
    assert main(["report", str(files / "wild.pcap"), "-o", str(out)]) == 0
    page = out.read_text()
    assert "10.0.0.9" in page
    assert "IsolationForest" in page
    assert '<script src="http' not in page
    assert "160 packets" in capsys.readouterr().out


def test_plots_are_saved_as_single_pictures(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    assert main(["report", str(files / "wild.pcap"), "--svg", str(files / "plots")]) == 0
    names = {path.stem for path in (files / "plots").iterdir()}
    assert {"traffic-volume", "tcp-and-udp", "anomalies", "flows-in-three-measures", "who-talks-to-whom"} <= names
    assert capsys.readouterr().out.count(".svg\n") == len(names)


def test_a_report_goes_somewhere(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(files / "wild.pcap")]) == 2
    assert "nowhere to write to" in capsys.readouterr().err
