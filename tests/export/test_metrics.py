"""Metrics as a scraper reads them: prometheus_client's own parser, over HTTP."""

from __future__ import annotations

import json
import re
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import tui
from tui.core.snapshot import Health, Loss, ProtocolCount, Series, Snapshot
from tui.core.state import State
from tui.errors import CaptureError, MissingLibrary
from tui.export.metrics import MetricsServer, listen

parser = pytest.importorskip("prometheus_client.parser")
NONE = np.empty(0, np.int64)
SNAPSHOT = Snapshot(
    generation=0,
    interface="eth0",
    health=Health(State.LIVE, warnings=("names are skipped",)),
    first_ns=1,
    now_ns=2_000_000_000,
    packets=12,
    bytes=3456,
    packets_per_s=7.0,
    bits_per_s=8.5,
    loss=Loss(interface=None, kernel=3, evicted=4),
    kept=8,
    protocols=(ProtocolCount("TCP", 9, 3000), ProtocolCount('odd"\n', 3, 456)),
    talkers=(),
    ports=(),
    pairs=(),
    series=Series(0, NONE, NONE),
    alert_counts={4: 2},
    flows=5,
    flows_held=3,
)


@pytest.fixture
def url() -> Iterator[str]:
    taken = listen("127.0.0.1", 0)
    server = MetricsServer(taken, lambda: SNAPSHOT, {"scan.vertical": 2})
    yield f"http://127.0.0.1:{taken.getsockname()[1]}"
    server.close()


def scraped(url: str) -> dict[str, dict[tuple[str, ...], float]]:
    """Samples by name and label values."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in parser.text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def test_a_scraper_reads_what_the_snapshot_says(url: str) -> None:
    got = scraped(url)
    assert got["nettui_packets_total"] == {(): 12}
    assert got["nettui_bytes_total"] == {(): 3456}
    assert got["nettui_protocol_bytes_total"] == {("TCP",): 3000, ('odd"\n',): 456}
    assert got["nettui_incidents_total"] == {("scan.vertical",): 2}
    assert got["nettui_open_incidents"][("4",)] == 2
    assert {state: value for state, value in got["nettui_session"].items() if value} == {("live",): 1}
    assert set(got["nettui_session"]) == {(state.value,) for state in State}
    assert (got["nettui_flows_total"], got["nettui_flows_held"]) == ({(): 5}, {(): 3})
    assert got["nettui_warnings"] == {(): 1}
    assert got["nettui_packet_timestamp_seconds"] == {(): 2.0}
    assert got["nettui_build_info"] == {("eth0", tui.__version__): 1}


def test_names_and_units_are_as_prometheus_wants_them(url: str) -> None:
    """Counters end in _total, units are base units, and each has a help text."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=5) as answer:
        families = list(parser.text_string_to_metric_families(answer.read().decode()))
    for family in families:
        assert family.documentation, family.name
        assert not {"bits", "ms", "milliseconds", "kilobytes"} & set(family.name.split("_")), family.name
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter"), sample.name


def test_a_counter_that_is_not_known_is_absent(url: str) -> None:
    lost = scraped(url)["nettui_lost_packets_total"]
    assert lost[("kernel",)] == 3
    assert ("interface",) not in lost


def test_other_paths_are_not_there(url: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{url}/etc/passwd", timeout=5)
    assert refused.value.code == 404
    refused.value.close()


def test_a_taken_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(CaptureError):
        listen("127.0.0.1", other.getsockname()[1])


def test_without_the_library_it_is_told_before_the_capture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(MissingLibrary):
        listen("127.0.0.1", 0)


def test_the_dashboard_asks_only_for_what_is_served(url: str) -> None:
    dashboard = json.loads((Path(tui.__file__).parent / "data/grafana.json").read_text())
    asked = {
        name
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"nettui_\w+", target["expr"])
    }
    assert asked <= set(scraped(url))
    assert len(asked) >= 6
