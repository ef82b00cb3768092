"""The table of commands, and the parsers made from it: one for a run, and the whole for completions and the manual."""

from __future__ import annotations

import argparse
import importlib
from typing import NoReturn, Protocol, cast

from tui import __version__
from tui.errors import UsageError

COMMANDS = {
    "watch": "the same engine with no screen: a daemon, or a bounded run with a summary",
    "attach": "look at a running watch from this terminal, read-only",
    "packets": "one line per packet of a file",
    "stats": "summary of files: counts, rates, protocols, talkers, names, features",
    "flows": "one line per flow of files, with its features",
    "alerts": "run the detectors over files",
    "report": "a standalone HTML report of a file, with plots",
    "baseline": "learn what is usual on an interface",
    "anomalies": "rank the flows of a file by how unlike the usual they are",
    "train": "train a classifier of flows on captures",
    "evaluate": "test a classifier on labelled captures",
    "classify": "say what each flow of a file is",
    "interfaces": "what can be captured here",
    "doctor": "check rights, kernel ring, libpcap, terminal, disk",
    "recover": "list or save what a killed process left",
    "config": "every setting, its value, and where it came from",
    "completion": "what a shell needs to complete the words of nettui",
    "files": "print what ships beside the program: systemd unit, Grafana dashboard, manual page",
}


class Command(Protocol):
    """What every module of tui.commands offers."""

    __doc__: str | None

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, arguments: argparse.Namespace) -> int: ...


class Parser(argparse.ArgumentParser):
    """argparse, with our kind of error: what is wrong, and what to do."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage."""
        raise UsageError(message, f"{self.prog} --help lists the options")


def load(name: str) -> Command:
    """The module of a command; what it needs is imported with it."""
    return cast(Command, importlib.import_module(f"tui.commands.{name}"))


def parser(program: str, about: str | None, epilog: str | None = None) -> Parser:
    """A parser without the command's own arguments."""
    made = Parser(
        prog=program,
        description=about,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    made.add_argument("--version", action="version", version=f"nettui {__version__}")
    return made


def whole() -> tuple[Parser, dict[str, Parser]]:
    """The parser of everything, and those of the commands below it. Imports every command."""
    live = importlib.import_module("tui.commands.live")
    top = parser("nettui", live.__doc__)
    live.add_arguments(top)
    below = top.add_subparsers(metavar="COMMAND", parser_class=Parser)
    found: dict[str, Parser] = {}
    for name, what in COMMANDS.items():
        module = load(name)
        found[name] = below.add_parser(name, help=what, description=module.__doc__, allow_abbrev=False)
        module.add_arguments(found[name])
    return top, found
