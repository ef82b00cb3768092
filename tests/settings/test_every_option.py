"""Every option can be set in the file and in the environment, and it is told where its value came from."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

import pytest

from tui.settings.model import Settings
from tui.settings.options import OPTIONS, Option
from tui.settings.sources import ENVIRONMENT, FILE, resolve

WORDS = {
    "iface": "lo", "read": "x.pcap", "remote": "web1:eth0", "ssh": "ssh -C", "speed": "10", "capture_filter": "udp",
    "display_filter": "tcp", "protocol": "dns", "write": "x.pcapng", "rotate_size": "100MB", "rotate_files": "3",
    "save": "x.pcapng", "save_dir": "/tmp", "duration": "5", "count": "7", "snaplen": "96", "buffer": "32MB",
    "keep": "1GB", "keep_packets": "1000", "spool": "/tmp", "record": "30", "learn": "60", "baseline": "b.json",
    "model": "m.skops", "thresholds": "scan.vertical.ports=30", "allow": "scan until 2099-01-31: ours",
    "protect": "10.0.0.1",
    "evidence": "/tmp", "geoip": "x.mmdb", "eve": "x.json", "syslog": "local", "webhook": "http://127.0.0.1:9/",
    "on_alert": "logger x", "metrics": "9741", "theme": "light", "fps": "5", "log_file": "x.log", "log_level": "debug",
    "keys": "pause=x space", "list_columns": "time info", "list_widths": "info=40", "list_time": "delta",
    "color": "bad: tcp.flags.reset == 1",
}  # fmt: skip
"""What one may write for each option that takes something."""
TABLES = {
    "list_columns": 'columns = ["time", "info"]', "list_widths": "widths = {info = 40}",
    "keys": '[keys]\npause = "x space"', "thresholds": '[thresholds]\n"scan.vertical.ports" = 30',
    "color": '[[color]]\nfilter = "tcp.flags.reset == 1"\nstyle = "bad"',
}  # fmt: skip
"""What has a form of its own in the file."""
NEEDED = {"loop": "read", "follow": "read", "rotate_size": "write", "rotate_files": "write"}
"""Options that make no sense without another."""

EVERY = pytest.mark.parametrize("option", OPTIONS, ids=[option.field for option in OPTIONS])


def words_of(option: Option) -> str:
    return str(option.switch).lower() if option.read is None else WORDS[option.field]


def others(option: Option) -> dict[str, str]:
    """The environment with what the option needs."""
    needed = NEEDED.get(option.field)
    return {f"NETTUI_{needed.upper()}": WORDS[needed]} if needed else {}


def in_a_file(option: Option) -> str:
    """The line of the settings file, with its table."""
    line = TABLES.get(option.field)
    if line is None:
        value = json.dumps([words_of(option)] if option.many else words_of(option))
        line = f"{option.name or option.field} = {words_of(option) if option.read is None else value}"
    return f"[{option.section}]\n{line}" if option.section and not line.startswith("[") else line


@EVERY
def test_in_the_environment(option: Option, tmp_path: Path) -> None:
    settings = tmp_path / "config.toml"
    settings.write_text("")
    given = {f"NETTUI_{option.field.upper()}": words_of(option)}
    found = resolve(Namespace(config=str(settings)), others(option) | given)
    assert found.origin[option.field] == ENVIRONMENT
    assert getattr(found.settings, option.field) != getattr(Settings(), option.field)


@EVERY
def test_in_the_file(option: Option, tmp_path: Path) -> None:
    settings = tmp_path / "config.toml"
    settings.write_text(in_a_file(option) + "\n")
    found = resolve(Namespace(config=str(settings)), others(option))
    assert found.origin[option.field] == FILE
    assert getattr(found.settings, option.field) != getattr(Settings(), option.field)
