"""What a shell needs to complete the words of nettui; from the same table as --help (extra `extra`: shtab)."""

from __future__ import annotations

import argparse
import importlib
import sys

from tui.commands import table
from tui.errors import MissingLibrary

SHELLS = ("bash", "zsh")
FILES = {"FILE", "PATH", "OUT", "OUT.html", "MODEL"}
"""What a metavar must be for file names to be offered."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS, help="the shell that is to complete")


def run(arguments: argparse.Namespace) -> int:
    """Print the script of that shell."""
    try:
        shtab = importlib.import_module("shtab")
    except ImportError:
        raise MissingLibrary("completions need shtab", "pip install 'nettui[extra]'") from None
    whole, commands = table.whole()
    for parser in (whole, *commands.values()):
        for action in parser._actions:  # argparse has no other way to walk them
            offered = shtab.FILE if action.metavar in FILES else shtab.DIRECTORY if action.metavar == "DIR" else None
            if offered:
                vars(action)["complete"] = offered
    sys.stdout.write(shtab.complete(whole, shell=arguments.shell))
    return 0
