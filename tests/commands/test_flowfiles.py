from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.captures import pcap, written
from tests.filters.packets import ether, ipv4, udp
from tui.cli import main
from tui.commands import flowfiles
from tui.commands.flowfiles import DayFiles, Job, write_one
from tui.commands.progress import Progress
from tui.errors import DamagedFile, NoSuchFile
from tui.export.flows import FIELDS

parquet = pytest.importorskip("pyarrow.parquet")
DAY = 86_400
NOON = 1_700_000_000 // DAY * DAY + DAY // 2


def capture(folder: Path, name: str, seconds: list[int]) -> str:
    """One flow for each time."""
    packets = [ether(ipv4("10.0.0.1", "10.0.0.2", 17, udp(1000 + i, 9))) for i in range(len(seconds))]
    folder.mkdir(exist_ok=True)
    return written(folder, pcap(packets, times=[(s, 0) for s in seconds]), name)


def job(folder: Path, path: str) -> Job:
    return Job(0, path, folder / "out", "web1", "a")


def files(folder: Path) -> dict[str, int]:
    """Rows of every file below a folder."""
    return {
        str(p.relative_to(folder)): parquet.ParquetFile(p).metadata.num_rows for p in folder.rglob("*") if p.is_file()
    }


def test_flows_go_to_the_day_on_which_they_began(tmp_path: Path) -> None:
    path = capture(tmp_path, "a.pcap", [NOON, NOON + 1, NOON + DAY])
    assert write_one(job(tmp_path, path)) == (3, 0, None)
    assert files(tmp_path / "out") == {
        "day=2023-11-14/host=web1/a.parquet": 2,
        "day=2023-11-15/host=web1/a.parquet": 1,
    }


def test_times_that_jump_keep_few_files_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flowfiles, "MOST_OPEN", 2)
    with DayFiles(job(tmp_path, "")) as made:
        for day in (1, 2, 3, 1):
            made._of(day)
    assert len(files(tmp_path / "out")) == 4


def test_a_display_filter_picks_flows_in_every_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = capture(tmp_path, "a.pcap", [NOON, NOON + 1, NOON + 2])
    for form in (["--json"], ["--parquet", f"{tmp_path}/out/"]):
        assert main(["flows", path, *form, "-Y", "udp.srcport == 1001"]) == 0
    assert capsys.readouterr().out.count('"sport": 1001') == 1
    assert list(files(tmp_path / "out").values()) == [1]
    assert main(["flows", path, "-Y", "frame.number == 1"]) == 2
    assert "flows have none" in capsys.readouterr().err


def test_flows_are_picked_by_their_names(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["flows", str(demo), "--json", "-Y", 'tls && nettui.name == "www.example.org"']) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert found
    assert all(flow["names"] == ["www.example.org"] for flow in found)


def test_captures_of_one_name_do_not_overwrite_each_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Through the command, and so through processes of its own."""
    paths = [capture(tmp_path / folder, "a.pcap", [NOON]) for folder in ("one", "two")]
    out = tmp_path / "out"
    assert main(["flows", *paths, "--parquet", f"{out}/", "--host", "web 1"]) == 0
    assert "2 flows of 2 captures" in capsys.readouterr().out
    folder = "day=2023-11-14/host=web_1/"
    assert files(out) == {folder + "a.pcap.parquet": 1, folder + "a.pcap-2.parquet": 1}
    assert tuple(parquet.ParquetFile(out / folder / "a.pcap.parquet").schema_arrow.names) == FIELDS


def test_a_damaged_capture_keeps_what_was_read(tmp_path: Path) -> None:
    path = Path(capture(tmp_path, "a.pcap", [NOON, NOON + 1]))
    path.write_bytes(path.read_bytes()[:-3])
    flows, _, error = write_one(job(tmp_path, str(path)))
    assert flows == 1
    assert isinstance(error, DamagedFile)
    assert files(tmp_path / "out") == {"day=2023-11-14/host=web1/a.parquet": 1}


def test_a_capture_that_is_not_there_leaves_nothing(tmp_path: Path) -> None:
    flows, _, error = write_one(job(tmp_path, str(tmp_path / "none.pcap")))
    assert flows == 0
    assert isinstance(error, NoSuchFile)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    path = capture(tmp_path, "a.pcap", [NOON])
    (tmp_path / "out").write_text("a file is in the way")
    _, _, error = write_one(job(tmp_path, path))
    assert error is not None
    assert "cannot make" in error.message


def test_progress_adds_up_files_that_are_read_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.commands.progress.EVERY_S", 0.0)
    paths = [written(tmp_path, b"x" * 100, name) for name in "ab"]
    shown = io.StringIO()
    monkeypatch.setattr(shown, "isatty", lambda: True)
    Progress(paths, shown).update_all(7, [100, 0])
    assert "50%  7 packets" in shown.getvalue()


@pytest.mark.parametrize(("silent", "drawn"), [(True, True), (False, False)])
def test_progress_stands_between_no_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silent: bool, drawn: bool
) -> None:
    """On a terminal that shows both; `--parquet` prints nothing meanwhile, and had no progress bar either."""
    monkeypatch.setattr("tui.commands.progress.EVERY_S", 0.0)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    shown = io.StringIO()
    monkeypatch.setattr(shown, "isatty", lambda: True)
    Progress([written(tmp_path, b"x" * 100, "a")], shown, silent=silent).update(7, 0, 50)
    assert bool(shown.getvalue()) is drawn


@pytest.mark.parametrize("form", [[], ["--csv"]])
def test_a_file_that_is_no_capture_leaves_no_header_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: list[str]
) -> None:
    """`nettui flows README.md > flows.csv` left a table of nothing."""
    file = tmp_path / "readme"
    file.write_text("not a capture at all, but some text of it")
    assert main(["flows", *form, str(file)]) == 4
    assert capsys.readouterr().out == ""
