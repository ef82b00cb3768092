from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from tui.errors import SaveError
from tui.export import pictures
from tui.export.charts import FlowPoints

pytest.importorskip("matplotlib")
HOSTILE = "<script>alert(1)</script>$\\frac{$ \x1b[31m\u202e $x_$"
TIMES = ["2026-01-01T00:00:00", "2026-01-01T00:00:01"]


def every() -> list:
    points = FlowPoints(*(np.array([0.0, 1e6]) for _ in range(4)), [HOSTILE] * 2)
    return [
        pictures.over_time(HOSTILE, TIMES, {HOSTILE: [1, 2], "b": [3, 4]}, "n/s"),
        pictures.over_time("t", TIMES, {HOSTILE: [1, 2], "b": [0, 0]}, "n/s", fill=False),
        pictures.bars("b", {HOSTILE: 3}, "x", "y"),
        pictures.shares("s", {HOSTILE: 3, "b": 1}, "x"),
        pictures.heat_map("h", [HOSTILE], ["b"], np.array([[5.0]])),
        pictures.scatter("s", points),
        pictures.scatter_3d("s", points),
    ]


@pytest.mark.parametrize("form", ["png", "svg"])
def test_every_picture_is_drawn_whatever_the_text(tmp_path: Path, form: str) -> None:
    with pictures.drawing():
        made = [pictures.save(figure, tmp_path, f"plot {i}", form) for i, figure in enumerate(every())]
    assert sorted(tmp_path.iterdir()) == sorted(made)
    for path in made:
        data = path.read_bytes()
        if form == "png":
            assert data.startswith(b"\x89PNG")
        else:
            root = ElementTree.fromstring(data)
            assert not [node for node in root.iter() if node.tag.endswith("script")]
            assert b"\x1b" not in data


def test_titles_become_names(tmp_path: Path) -> None:
    with pictures.drawing():
        path = pictures.save(pictures.bars("b", {"a": 1}, "x", "y"), tmp_path / "new", "TCP and UDP /..", "svg")
    assert path == tmp_path / "new/tcp-and-udp.svg"


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pictures.drawing(), pytest.raises(SaveError):
        pictures.save(pictures.bars("b", {"a": 1}, "x", "y"), tmp_path / "file", "t", "svg")
