"""The command line: arguments to one command; every error becomes two lines and an exit code."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from tui import __version__
from tui.errors import NettuiError

COMMANDS = {
    "watch": "the same engine with no screen",
    "packets": "one line per packet of a file",
    "stats": "summary of a file",
    "flows": "one line per flow of a file",
    "alerts": "run the detectors over a file",
    "interfaces": "what can be captured",
    "doctor": "check rights, kernel ring, libpcap, terminal, disk",
    "recover": "list or save what a killed process left",
    "config": "every setting, its value, and where it came from",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code of CLI.md."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        if words and words[0] in COMMANDS:
            return _command(words[0], words[1:])
        return _command("live", words)
    except NettuiError as error:
        print(f"nettui: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        return 130


def _command(name: str, words: list[str]) -> int:
    module = importlib.import_module(f"tui.commands.{name}")
    program = "nettui" if name == "live" else f"nettui {name}"
    parser = argparse.ArgumentParser(prog=program, description=module.__doc__)
    parser.add_argument("--version", action="version", version=f"nettui {__version__}")
    module.add_arguments(parser)
    return int(module.run(parser.parse_args(words)))
