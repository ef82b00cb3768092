"""Print what ships beside the program: the systemd unit, the Grafana dashboard, the nftables table, the manual page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tui.commands import table
from tui.export import manual

DATA = Path(__file__).resolve().parent.parent / "data"
PROGRAM = "/usr/local/bin/nettui"
"""Where the unit looks for nettui, unless this one lies elsewhere."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", choices=tuple(FILES), help="which one")


def run(arguments: argparse.Namespace) -> int:
    """Print it."""
    sys.stdout.write(FILES[arguments.file]())
    return 0


def _service() -> str:
    """The unit, with the program that prints it."""
    program = Path(sys.argv[0])
    text = (DATA / "nettui.service").read_text()
    if program.name == "__main__.py" or not program.is_file():
        return text
    return text.replace(PROGRAM, str(program.absolute()))


def _dashboard() -> str:
    return (DATA / "grafana.json").read_text()


def _nftables() -> str:
    """The table that suggested commands fill."""
    return (DATA / "nettui.nft").read_text()


def _manual() -> str:
    whole, commands = table.whole()
    return manual.page(whole, table.COMMANDS, commands)


FILES = {"service": _service, "dashboard": _dashboard, "nftables": _nftables, "man": _manual}
