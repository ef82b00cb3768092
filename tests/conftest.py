"""What all tests share: where the captures are."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
CAPTURES = Path(os.environ.get("NETTUI_CAPTURES", ROOT.parent / "shared/captures"))
DEMO = ROOT / "tui/data/demo.pcap"
# a terminal of sixteen colours gets a palette of its own, and pictures of the screen must not depend on where tests run
os.environ["COLORTERM"] = "truecolor"
# interfaces of tests have the same names again and again: what was learned on one before is another network's
os.environ["NETTUI_KEPT_BASELINE"] = "false"
# machines are shared: how long an example takes says nothing
settings.register_profile("shared", deadline=None, max_examples=int(os.environ.get("NETTUI_EXAMPLES", "50")))
settings.load_profile("shared")


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
