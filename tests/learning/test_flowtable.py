from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tui.core.features import FEATURES
from tui.errors import FormatError, MissingLibrary, NoSuchFile, UsageError
from tui.learning import flowtable
from tui.learning.flowtable import is_table, read, read_labelled


def table(path: Path, rows: list[dict[str, Any]], columns: tuple[str, ...] = (*FEATURES, "label", "src")) -> str:
    """A CSV file; features that are not given are 1."""
    with path.open("w", newline="") as opened:
        out = csv.DictWriter(opened, columns)
        out.writeheader()
        out.writerows({name: row.get(name, 1 if name in FEATURES else "") for name in columns} for row in rows)
    return str(path)


def test_features_come_in_their_order_whatever_the_order_of_columns(tmp_path: Path) -> None:
    values = {name: float(i) for i, name in enumerate(FEATURES)}
    path = table(tmp_path / "t.csv", [{**values, "src": "10.0.0.1"}], ("src", *reversed(FEATURES)))
    (part,) = read(path)
    np.testing.assert_array_equal(part.rows, [np.arange(len(FEATURES))])
    assert part.facts[0]["src"] == "10.0.0.1"
    assert part.labels.tolist() == [""]


def test_a_round_trip_that_is_not_known_is_0(tmp_path: Path) -> None:
    (part,) = read(table(tmp_path / "t.csv", [{"rtt_ms": ""}]))
    assert part.rows[0, FEATURES.index("rtt_ms")] == 0


def test_parquet_reads_as_csv_does(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "t.parquet"
    rows = [{**dict.fromkeys(FEATURES, 1.0), "rtt_ms": None, "label": "web", "src": "::1", "more": "x"}]
    parquet.write_table(arrow.Table.from_pylist(rows), path)
    (part,) = read(str(path))
    (same,) = read(table(tmp_path / "t.csv", [{"rtt_ms": "", "label": "web", "src": "::1"}]))
    np.testing.assert_array_equal(part.rows, same.rows)
    assert part.labels.tolist() == same.labels.tolist() == ["web"]


@pytest.mark.parametrize("value", ["nan", "inf", "many", ""])
def test_a_value_that_is_no_number_is_told_with_its_place(tmp_path: Path, value: str) -> None:
    path = table(tmp_path / "t.csv", [{}, {"bytes_per_s": value}])
    with pytest.raises(FormatError, match="bytes_per_s of flow 2 is"):
        list(read(path))


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", ",".join(FEATURES).encode() + b"\n"])
@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_what_is_no_flow_table_is_told(tmp_path: Path, content: bytes, name: str) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FormatError):
        list(read(str(path)))


@pytest.mark.parametrize("name", ["none.csv", "none.parquet"])
def test_a_table_that_is_not_there_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(NoSuchFile):
        list(read(str(tmp_path / name)))


def test_parquet_without_its_library_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    with pytest.raises(MissingLibrary) as caught:
        list(read("t.parquet"))
    assert caught.value.hint == 'pip install "nettui[export]"'


def test_flows_without_a_label_cannot_be_learned_from(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", [{"label": "web"}, {}])
    with pytest.raises(UsageError, match="1 flows have no label"):
        read_labelled([path])


def test_of_too_many_flows_a_fair_choice_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flowtable, "PART", 10)
    paths = [table(tmp_path / f"{name}.csv", [{"label": name}] * 100) for name in "ab"]
    found = read_labelled(paths, most=50)
    assert len(found.rows) == len(found.labels) == len(found.files) == 50
    assert found.seen == 200
    assert set(found.labels.tolist()) == {"a", "b"}
    assert [("a", "b")[file] for file in found.files] == found.labels.tolist()


def test_tables_are_told_by_their_names() -> None:
    assert [is_table(name) for name in ("a.csv", "B.CSV", "c.parquet", "d.pcap", "-")] == [
        True,
        True,
        True,
        False,
        False,
    ]
