from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np

from tui.export import charts
from tui.export.charts import FlowPoints
from tui.export.report import ROWS, Report, Table, escape, to_html

HOSTILE = "<script>alert(1)</script>\"'&\x1b[31m\u202e"


class Page(HTMLParser):
    """Text and scripts of a page, apart from the library."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.text = ""
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        assert not any(name in ("src", "href") for name, _ in attrs), "nothing is loaded from elsewhere"
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts.append(data)
        elif self._inside != "style":
            self.text += data


def read(page: str) -> Page:
    found = Page()
    found.feed(page)
    return found


def points(n: int) -> FlowPoints:
    ramp = np.linspace(1, 2, n)
    return FlowPoints(ramp, ramp, ramp, ramp, [HOSTILE] * n)


def test_text_from_packets_stays_text() -> None:
    figure = charts.shares("names", {HOSTILE: 3.0}, "bytes")
    page = to_html(
        Report(HOSTILE, HOSTILE, {HOSTILE: HOSTILE}, charts=[figure], tables=[Table("t", ["a"], [[HOSTILE]])])
    )
    found = read(page)
    assert "alert(1)" in found.text
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert not any(re.search(r"^\s*alert\(1\)", script) for script in found.scripts)


def test_the_page_is_whole_without_a_network() -> None:
    page = to_html(Report("r", "a", {"packets": "1"}))
    found = read(page)
    assert len(found.scripts[0]) > 1_000_000
    assert "The detectors found nothing." in found.text


def test_every_chart_draws() -> None:
    times = ["2026-01-01T00:00:00", "2026-01-01T00:00:01"]
    made = [
        charts.over_time("t", times, {"a": [1, 2], "b": [3, 4]}, "n/s"),
        charts.bars("b", {"1-2": 3}, "x", "y"),
        charts.heat_map("h", ["a"], ["b"], np.array([[5.0]])),
        charts.scatter("s", points(10)),
        charts.scatter_3d("s", points(10)),
    ]
    assert "chart4" in to_html(Report("r", "a", {}, charts=made))


def test_a_scatter_keeps_the_strangest_points() -> None:
    kept = points(charts.POINTS + 100).strangest(charts.POINTS)
    assert len(kept.score) == charts.POINTS
    assert kept.score.max() == 2


def test_flows_without_a_rate_are_drawn_too() -> None:
    """A logarithmic axis has no 0, and used to leave flows of one packet out."""
    none = np.zeros(3)
    for draw in (charts.scatter, charts.scatter_3d):
        trace = draw("s", FlowPoints(none, none, none + 60, none, ["a"] * 3)).data[0]
        assert list(trace.x) == list(trace.y) == [charts.NO_RATE] * 3


def test_tables_are_bounded() -> None:
    page = to_html(Report("r", "a", {}, tables=[Table("t", ["n"], ([f"row{i}x"] for i in range(1000)))]))
    assert f"row{ROWS - 1}x" in page
    assert f"row{ROWS}x" not in page


def test_numbers_are_written_for_people() -> None:
    assert [escape(v) for v in (1234567, 0.123456789, None, True)] == ["1,234,567", "0.123457", "", "yes"]
