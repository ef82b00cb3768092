"""What no flow has room for is told by every command that sums flows up."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.commands.test_flowfiles import NOON, capture
from tui.cli import main
from tui.commands import flowfiles, flowinput, flowreading
from tui.core.flow.held import FlowLimits
from tui.core.flow.table import FlowTable
from tui.engine.files import summed

FEW = FlowLimits(bits=6)


@pytest.fixture
def flood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """More flows at once than the tables have room for."""
    for module in (flowreading, flowinput, summed):
        monkeypatch.setattr(module, "FlowTable", partial(FlowTable, FEW))
    return capture(tmp_path, "flood.pcap", [NOON] * 100)


@pytest.mark.parametrize("words", [["stats"], ["stats", "--json"], ["flows"], ["flows", "--csv"], ["anomalies"]])
def test_packets_in_no_flow_are_told_beside_the_output(
    flood: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """In a flood of 1,500,000 packets, 446,000 of them were missing from flows and addresses without a word."""
    assert main([*words, flood]) == 0
    told = capsys.readouterr()
    assert "packets are in no flow" not in told.out
    number = int(told.err.split("nettui: ")[1].split(" packets are in no flow")[0])
    assert 40 <= number < 100


def test_a_folder_of_flows_and_one_file_tell_it_too(flood: str, tmp_path: Path) -> None:
    flows, left_out, error = flowfiles.write_one(flowfiles.Job(0, flood, tmp_path / "out", "web1", "a"))
    assert flows + left_out == 100
    assert error is None


def test_without_a_flood_nothing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = capture(tmp_path, "a.pcap", [NOON] * 100)
    for words in (["stats"], ["flows"]):
        assert main([*words, path]) == 0
    assert capsys.readouterr().err == ""
