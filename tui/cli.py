"""The command line: arguments to one command; every error becomes two lines and an exit code."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import Any

from tui.commands import table
from tui.commands.interrupt import interruptible
from tui.commands.output import forsake, not_taken, open_closed
from tui.commands.table import COMMANDS
from tui.errors import FilterError, NettuiError, UsageError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code of CLI.md."""
    words = list(sys.argv[1:] if argv is None else argv)
    # no matrix is multiplied here; but NumPy's library would start a thread for each core, which spins for a while
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    open_closed()
    try:
        code = _command(words)
        sys.stdout.flush()
        gc.freeze()  # what goes with the process is not searched for cycles: that took 20 ms
        return code
    except NettuiError as error:
        complain(error)
        return error.exit_code
    except BrokenPipeError:
        forsake()  # whoever read our output has gone (`| head`)
        return 0
    except OSError as error:
        told = not_taken(error)
        if told is None:
            raise
        forsake()
        complain(told)
        return told.exit_code
    except KeyboardInterrupt:
        return 130


def complain(error: NettuiError) -> None:
    """What went wrong and what to do, on standard error; a filter is shown with a mark under the place."""
    print(f"nettui: {error.message}", file=sys.stderr)
    if isinstance(error, FilterError) and error.text:
        print(f"  {error.text}\n  {' ' * error.position}^", file=sys.stderr)
    if error.hint:
        print(f"hint: {error.hint}", file=sys.stderr)


def _command(words: list[str]) -> int:
    first = words[0] if words else ""
    if first == "attach":
        return _attach(words[1:])
    if first in COMMANDS:
        return _run(f"nettui {first}", first, words[1:])
    if first and not first.startswith("-"):
        import difflib

        close = difflib.get_close_matches(first, COMMANDS, 1)
        hint = f"did you mean nettui {close[0]}?" if close else "nettui --help lists the commands"
        raise UsageError(f"no command {first!r}", hint)
    return _live(words)


def _attach(words: list[str]) -> int:
    from tui.commands import attach

    parser = table.parser("nettui attach", attach.__doc__)
    attach.add_arguments(parser)
    return attach.run(parser.parse_args(words), _screen)


def _live(words: list[str]) -> int:
    from tui.commands import live

    commands = "\n".join(f"  {name:<12}{what}" for name, what in COMMANDS.items())
    parser = table.parser("nettui", live.__doc__, f"commands (nettui COMMAND --help):\n{commands}")
    live.add_arguments(parser)
    return live.run(parser.parse_args(words), _screen)


def _screen() -> Any:
    from tui import app

    return app.run


def _run(program: str, name: str, words: list[str]) -> int:
    with interruptible():
        module = table.load(name)
        parser = table.parser(program, module.__doc__)
        module.add_arguments(parser)
        return module.run(parser.parse_args(words))
