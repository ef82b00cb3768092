"""A report in a real browser: every chart is drawn, nothing from packets runs, the console has nothing to say."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.commands.test_learning import pcap
from tests.filters.packets import ether, ipv4, tcp, udp
from tui.cli import main

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NAMES = (
    b"<script>document.title='taken'</script>.example", b"\"><img src=x onerror=document.title='taken'>.com",
    b"</script><script>document.title='taken'</script>.net",
)  # fmt: skip
REQUEST = (
    b"GET /<script>document.title='taken'</script> HTTP/1.1\r\nHost: <b>bold</b>\r\n"
    b"User-Agent: <script>document.title='taken'</script>\r\n\r\n"
)


def question(name: bytes) -> bytes:
    labels = b"".join(bytes([len(label)]) + label for label in name.split(b"."))
    return b"\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + labels + b"\x00\x00\x01\x00\x01"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """The report of a capture whose every text wants to be more than text."""
    pytest.importorskip("plotly")
    hosts = ("10.0.0.1", "10.0.0.2")
    packets = [(at * 1.0, ether(ipv4(*hosts, 17, udp(4000 + at, 53, question(name))))) for at, name in enumerate(NAMES)]
    packets.append((5.0, ether(ipv4(*hosts, 6, tcp(5000, 80, payload=REQUEST)))))
    packets += [(6.0 + n, ether(ipv4(*hosts, 6, tcp(6000 + n, 80 + n)))) for n in range(12)]
    pcap(tmp_path / "hostile.pcap", packets)
    assert main(["report", str(tmp_path / "hostile.pcap"), "-o", str(tmp_path / "r.html")]) == 0
    return tmp_path / "r.html"


def test_urls_and_names_stand_in_it_as_text(page: Path) -> None:
    text = page.read_text()
    assert "URLs asked by HTTP" in text
    assert "&lt;script&gt;document.title" in text
    assert "<script>document.title" not in text


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium")
def test_a_browser_draws_it_and_complains_of_nothing(page: Path, tmp_path: Path) -> None:
    assert BROWSER is not None
    words = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader",
             "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={tmp_path / 'profile'}",
             "--virtual-time-budget=10000", "--enable-logging=stderr", "--dump-dom", page.as_uri()]  # fmt: skip
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    said = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    assert not [line for line in said if re.search(r"Uncaught|Error|Failed|Refused", line)]
    assert "<title>Report of hostile.pcap</title>" in done.stdout
    assert len(re.findall(r'id="chart\d+"', done.stdout)) >= 10
    assert done.stdout.count('class="main-svg"') >= 10
