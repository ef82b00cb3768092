"""A line of 2 KB/s slows the screen, never the capture; when the line is good again, so is the screen."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.live.conftest import Lab
from tests.terminal.pseudo import PseudoTerminal

pytestmark = [pytest.mark.live, pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")]
PACKETS = 12_000
SLOW = 2_000


def test_no_packet_is_lost_on_a_slow_line_and_the_screen_recovers(in_b: Lab, home: object) -> None:
    command = [sys.executable, "-m", "tui", "--iface", in_b.vb, "--no-save"]
    with PseudoTerminal(command) as terminal:
        terminal.wait_for("live", "following")
        # about 3,000 packets/s for 4 s: 40 KB/s of text where each row were written
        flood = ["ip", "netns", "exec", in_b.a, "ping", "-q", "-i", "0.0006", "-c", str(PACKETS // 2), "10.77.0.2"]
        with subprocess.Popen(flood, stdout=subprocess.DEVNULL) as sending:
            terminal.read_slowly(SLOW, lambda: sending.poll() is not None)
        drawn = len(terminal.raw)
        terminal.wait_for(f"seq={PACKETS // 2}", "lost 0")
        assert len(terminal.raw) - drawn < 60_000  # it has not written all that was missed
        terminal.type("?")
        terminal.wait_for("esc closes")
        terminal.type("q")
        terminal.wait_for("following")
        terminal.type("q")
        terminal.wait_for_end()
    said = re.search(rb"([\d,]+) packets captured, 0 lost \(interface 0, kernel 0\)", terminal.raw)
    assert said and int(said[1].replace(b",", b"")) >= PACKETS
