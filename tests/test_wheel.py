"""What is installed: all that runs, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DATA = {
    "tui/data/demo.pcap", "tui/data/nettui.service", "tui/data/grafana.json", "tui/data/nettui.nft", "tui/nettui.tcss",
    "tui/py.typed",
}  # fmt: skip


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The members of a wheel built from a copy of this tree."""
    pytest.importorskip("setuptools")
    tree, out = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("out")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    for folder in ("tui", "tests"):
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(out)!r})"
    done = subprocess.run([sys.executable, "-c", build], cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = out.glob("*.whl")
    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as opened:
        return set(opened.namelist())


def test_a_wheel_holds_every_module_and_its_data(names: set[str]) -> None:
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "tui").rglob("*.py")}
    assert modules <= names
    assert names >= DATA


def test_a_wheel_holds_nothing_else(names: set[str]) -> None:
    other = {name for name in names if not name.startswith("tui/") and ".dist-info/" not in name}
    assert other == set()
    assert {name for name in names if name.startswith("tui/") and not name.endswith(".py")} == DATA
