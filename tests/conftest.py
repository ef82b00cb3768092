"""What all tests share: where the captures are, and that tests which need the whole machine take turns."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CAPTURES = Path(os.environ.get("NETTUI_CAPTURES", ROOT.parent / "shared/captures"))
DEMO = ROOT / "tui/data/demo.pcap"
# a terminal of sixteen colours gets a palette of its own, and pictures of the screen must not depend on where tests run
os.environ["COLORTERM"] = "truecolor"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that make interfaces or drive terminals run in one worker, one after the other."""
    for item in items:
        if item.get_closest_marker("live") or item.get_closest_marker("terminal"):
            item.add_marker(pytest.mark.xdist_group("machine"))


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of shared captures; skips where it is not there, or where tshark is not."""
    if not (CAPTURES / "corpus").is_dir():
        pytest.skip(f"no captures at {CAPTURES}")
    if not shutil.which("tshark"):
        pytest.skip("tshark is not installed")
    return CAPTURES


@pytest.fixture(scope="session")
def demo() -> Path:
    """The capture that ships with the package."""
    return DEMO
