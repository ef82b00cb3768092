from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tui.cli import main
from tui.export.flows import FIELDS

DEMO = str(Path(__file__).resolve().parents[2] / "tui/data/demo.pcap")
STATS = (
    "packets", "bytes", "first_ns", "last_ns", "duration_s", "protocols", "addresses", "unique_sources",
    "unique_destinations", "flows", "tcp_connections_per_minute", "sizes", "names", "malformed", "damaged", "features",
)  # fmt: skip


@pytest.fixture(scope="module")
def summary() -> dict[str, object]:
    from contextlib import redirect_stdout

    out = io.StringIO()
    with redirect_stdout(out):
        assert main(["stats", DEMO, "--json"]) == 0
    assert out.getvalue().count("\n") == 1
    return json.loads(out.getvalue())


def test_the_summary_has_its_keys_in_order(summary: dict) -> None:
    assert tuple(summary) == STATS


def test_protocols_and_sizes_sum_to_the_packets(summary: dict) -> None:
    assert sum(p["packets"] for p in summary["protocols"].values()) == summary["packets"]
    assert sum(p["bytes"] for p in summary["protocols"].values()) == summary["bytes"]
    assert sum(summary["sizes"].values()) == summary["packets"]


def test_every_feature_is_described_for_every_flow(summary: dict) -> None:
    flows = sum(summary["flows"].values())
    assert {row["count"] for row in summary["features"].values()} == {flows}


def test_the_text_tells_the_same_packets(summary: dict, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", DEMO]) == 0
    assert f"packets    {summary['packets']:,}" in capsys.readouterr().out


def test_segments_for_which_there_is_no_time_are_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["stats", DEMO, "--json"]) == 0
    all_of_them = capsys.readouterr()
    assert not all_of_them.err
    monkeypatch.setattr("tui.engine.files.summed.STEPS", 0)
    assert main(["stats", DEMO, "--json"]) == 0
    some = capsys.readouterr()
    assert "are counted by the name that each shows by itself" in some.err
    named = [json.loads(told.out)["protocols"]["TLS"]["packets"] for told in (all_of_them, some)]
    assert named[1] < named[0]


def test_flows_sum_to_their_packets_and_come_in_order(summary: dict, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["flows", DEMO, "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {tuple(row) for row in rows} == {FIELDS}
    assert len(rows) == sum(summary["flows"].values())
    assert [r["first_ns"] for r in rows] == sorted(r["first_ns"] for r in rows)
    assert sum(r["packets"] + r["packets_back"] for r in rows) <= summary["packets"]
    assert {"S0", "SF"} <= {r["state"] for r in rows}


def test_csv_has_a_header_and_the_same_flows(summary: dict, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["flows", DEMO, "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert tuple(rows[0]) == FIELDS
    assert len(rows) == sum(summary["flows"].values())


def test_parquet_holds_the_same_flows(summary: dict, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    out = tmp_path / "flows.parquet"
    assert main(["flows", DEMO, "--parquet", str(out)]) == 0
    table = parquet.read_table(out)
    assert table.num_rows == sum(summary["flows"].values())
    assert tuple(table.schema.names) == FIELDS
    assert list(tmp_path.iterdir()) == [out]


def test_a_damaged_file_is_summed_up_as_far_as_it_goes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(Path(DEMO).read_bytes()[:50_000])
    assert main(["stats", str(cut), "--json"]) == 5
    out = capsys.readouterr()
    assert json.loads(out.out)["damaged"]["offset"] > 0
    assert "hint: " in out.err
