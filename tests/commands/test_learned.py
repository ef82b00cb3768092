"""What the learning commands are given: flow tables, and what cannot be learned from."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import pytest

from tests.captures import pcap as no_packets
from tests.commands.test_learning import pcap, talk
from tests.filters.packets import ether, ipv4, udp
from tui.cli import main
from tui.learning import classifier, modelfile


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """wild.csv and wild.parquet hold the same labelled flows."""
    monkeypatch.setattr(classifier, "TREES", 10)
    monkeypatch.chdir(tmp_path)
    pcap(tmp_path / "wild.pcap", talk(20, 200, 80) + talk(20, 1200, 4444, 1010.0))
    assert main(["flows", "wild.pcap", "--csv"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    for row in rows:
        row["label"] = "odd" if row["dport"] == "4444" else "web"
    with (tmp_path / "wild.csv").open("w", newline="") as opened:
        out = csv.DictWriter(opened, list(rows[0]))
        out.writeheader()
        out.writerows(rows)
    return tmp_path


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_table_teaches_and_is_classified_as_its_capture(tables: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "wild.csv", "-o", "m.skops"]) == 0
    said = capsys.readouterr()
    assert "odd 20, web 20" in said.out
    assert "weak labels" not in said.err
    assert main(["evaluate", "m.skops", "wild.csv", "--json"]) == 0
    assert lines(capsys)[0]["classes"]["odd"]["flows"] == 20
    assert main(["classify", "m.skops", "wild.csv", "--json"]) == 0
    of_table = lines(capsys)
    assert main(["classify", "m.skops", "wild.pcap", "--json"]) == 0
    of_capture = lines(capsys)
    keys = ("src", "sport", "dst", "dport", "label", "probability")
    assert [[row[key] for key in keys] for row in of_table] == [[row[key] for key in keys] for row in of_capture]
    assert {row["label"] for row in of_table if row["dport"] == 4444} <= {"odd", "unknown"}


def test_parquet_of_flows_is_classified(tables: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pyarrow")
    assert main(["flows", "wild.pcap", "--parquet", "wild.parquet"]) == 0
    assert main(["train", "wild.csv", "-o", "m.skops"]) == 0
    capsys.readouterr()
    assert main(["classify", "m.skops", "wild.parquet"]) == 0
    out = capsys.readouterr().out
    assert "40 flows: " in out
    assert "10.0.0.1:20000 -> 10.0.0.9:80" in out


def test_constant_features_are_no_trouble(tables: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pcap(tables / "same.pcap", talk(1, 200, 80) * 12)
    packets = [(1000.0 + i, ether(ipv4("10.0.0.1", "10.0.0.2", 17, udp(1000 + i, 9)))) for i in range(12)]
    pcap(tables / "same.pcap", packets)
    assert main(["anomalies", "same.pcap", "--json"]) == 0
    found = lines(capsys)
    assert len({row["score"] for row in found}) == 1
    assert all(row["reasons"] == [] for row in found)


def spoil(path: Path) -> None:
    """A table with a NaN, and one whose flows have no labels."""
    rows = list(csv.DictReader(path.read_text().splitlines()))
    rows[3]["bytes_per_s"] = "nan"
    for name, column in (("nan.csv", ""), ("bare.csv", "label")):
        with path.with_name(name).open("w", newline="") as opened:
            out = csv.DictWriter(opened, [key for key in rows[0] if key != column], extrasaction="ignore")
            out.writeheader()
            out.writerows(rows if not column else rows[:3])


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["train", "empty.pcap", "-o", "m.skops"], 4, "holds no packets"),
        (["train", "nothing.pcap", "-o", "m.skops"], 4, "nothing.pcap"),
        (["train", "one.pcap", "-o", "m.skops"], 2, "1 flow is too few"),
        (["anomalies", "one.pcap"], 2, "1 flow is too few"),
        (["anomalies", "empty.pcap"], 4, "holds no packets"),
        (["baseline", "empty.pcap", "-o", "b.json"], 4, "holds no packets"),
        (["report", "empty.pcap", "-o", "r.html"], 4, "no packets"),
        (["train", "nan.csv", "-o", "m.skops"], 4, "bytes_per_s of flow 4 is 'nan', no number"),
        (["train", "bare.csv", "-o", "m.skops"], 2, "3 flows have no label"),
        (["train", "labels.csv", "-o", "m.skops"], 4, "no column"),
        (["train", "none.csv", "-o", "m.skops"], 4, "none.csv"),
        (["train", "wild.csv", "wild.pcap", "-o", "m.skops"], 2, "do not mix"),
        (["train", "wild.csv", "--labels", "labels.tsv", "-o", "m.skops"], 2, "carry their labels"),
        (["train", "wild.pcap", "--labels", "labels.tsv", "-o", "m.skops"], 2, "say nothing of wild.pcap"),
        (["train", "gone.pcap", "--labels", "labels.tsv", "-o", "m.skops"], 4, "gone.pcap"),
        (["train", "typo.pcap", "--labels", "labels.tsv", "-o", "m.skops"], 4, "no file typo.pcap"),
        (["evaluate", "none.skops", "wild.pcap"], 4, "none.skops"),
        (["classify", "wild.csv", "wild.csv"], 4, "no model"),
        (["anomalies", "wild.pcap", "--baseline", "none.json"], 4, "none.json"),
        (["watch", "-r", "wild.pcap", "--speed", "max", "--model", "none.skops"], 4, "none.skops"),
    ],
)
def test_what_cannot_be_learned_from_is_explained(
    tables: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, text: str
) -> None:
    spoil(tables / "wild.csv")
    (tables / "empty.pcap").write_bytes(no_packets([]))
    (tables / "nothing.pcap").write_bytes(b"")
    (tables / "labels.csv").write_text("file,label\nwild.pcap,web\n")
    head = "file\tkind\tattacker\tvictim\tlabel\tt0\tt1\n"
    (tables / "labels.tsv").write_text(head + "gone.pcap\tlan\t-\t-\tbenign\t\t\n")
    pcap(tables / "one.pcap", [(1.0, ether(ipv4("10.0.0.1", "10.0.0.2", 17, udp(1, 2))))])
    assert main(words) == code
    said = capsys.readouterr().err.splitlines()
    assert len(said) in (2, 3)
    assert text in said[-2]
    assert said[-1].startswith("hint: ")
    assert not (tables / "m.skops").exists()


def test_a_model_of_other_features_is_refused(
    tables: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as old:
        old.setattr(modelfile, "FORMAT", 0)
        assert main(["train", "wild.csv", "-o", "m.skops"]) == 0
    capsys.readouterr()
    assert main(["classify", "m.skops", "wild.pcap"]) == 4
    said = capsys.readouterr().err
    assert "another version" in said
    assert "train it again" in said


@pytest.mark.parametrize(
    ("words", "module", "extra"),
    [
        (["train", "wild.csv", "-o", "m.skops"], "skops.io", "learn"),
        (["classify", "m.skops", "wild.csv"], "skops.io", "learn"),
        (["evaluate", "m.skops", "wild.csv"], "skops.io", "learn"),
        (["flows", "wild.pcap", "--model", "m.skops"], "skops.io", "learn"),
        (["watch", "-r", "wild.pcap", "--speed", "max", "--model", "m.skops"], "skops.io", "learn"),
        (["report", "wild.pcap", "--png", "plots"], "matplotlib", "export"),
        (["report", "wild.pcap", "-o", "r.html"], "plotly.graph_objects", "export"),
        (["flows", "wild.pcap", "--parquet", "o.parquet"], "pyarrow", "export"),
    ],
)
def test_a_missing_extra_is_one_line_with_its_command(
    tables: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    words: list[str], module: str, extra: str,
) -> None:  # fmt: skip
    monkeypatch.setitem(sys.modules, module, None)
    assert main(words) == 1
    assert f'hint: pip install "nettui[{extra}]"' in capsys.readouterr().err


@pytest.mark.parametrize("folder", [False, True])
def test_flows_carry_the_label_of_a_model_and_the_score_against_a_baseline(
    tables: Path, capsys: pytest.CaptureFixture[str], folder: bool
) -> None:
    assert main(["train", "wild.csv", "-o", "m.skops"]) == 0
    assert main(["baseline", "wild.pcap", "-o", "base.json"]) == 0
    capsys.readouterr()
    known = ["--model", "m.skops", "--baseline", "base.json"]
    if folder:
        parquet = pytest.importorskip("pyarrow.parquet")
        assert main(["flows", "wild.pcap", "--parquet", "out/", *known]) == 0
        rows = [
            row for path in (tables / "out").rglob("*.parquet") for row in parquet.ParquetFile(path).read().to_pylist()
        ]
    else:
        assert main(["flows", "wild.pcap", "--json", *known]) == 0
        rows = lines(capsys)
    assert len(rows) == 40
    assert {row["label"] for row in rows} <= {"odd", "web", "unknown"}
    assert all(0 < row["anomaly_score"] < 1 for row in rows)
    assert all(0 < row["probability"] <= 1 and (row["probability"] >= 0.7 or row["label"] == "unknown") for row in rows)
