"""What a shell needs to complete the words of nettui; from the same table as --help. bash and zsh need shtab."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterable, Iterator, Mapping

from tui.commands import table
from tui.errors import MissingLibrary
from tui.settings.options import LEVELS, THEMES

SHELLS = ("bash", "zsh", "fish")
FILES = {"FILE", "PATH", "OUT", "OUT.html", "MODEL", "SOCKET"}
"""What a metavar must be for file names to be offered."""
WORDS = {"theme": THEMES, "log_level": LEVELS, "speed": ("1", "10", "max")}
"""What is offered for options that take one of some words, by their field."""
INTERFACES = "iface"
BASH = 'nettui_interfaces() { compgen -W "any $(ls /sys/class/net 2>/dev/null)" -- "$1"; }\n'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS, help="the shell that is to complete")


def run(arguments: argparse.Namespace) -> int:
    """Print the script of that shell."""
    whole, commands = table.whole()
    if arguments.shell == "fish":
        sys.stdout.writelines(f"{line}\n" for line in fish(whole, commands))
        return 0
    try:
        shtab = importlib.import_module("shtab")
    except ImportError:
        raise MissingLibrary("completions need shtab", "pip install 'nettui[extra]'") from None
    for parser in (whole, *commands.values()):
        for action in parser._actions:  # argparse has no other way to walk them
            if action.metavar in FILES or action.metavar == "DIR":
                vars(action)["complete"] = shtab.FILE if action.metavar in FILES else shtab.DIRECTORY
            elif action.dest == INTERFACES:
                vars(action)["complete"] = {"bash": "nettui_interfaces", "zsh": "_net_interfaces"}
            elif action.dest in WORDS:
                action.choices = WORDS[action.dest]
    sys.stdout.write(shtab.complete(whole, shell=arguments.shell, preamble={"bash": BASH, "zsh": ""}))
    return 0


def fish(whole: argparse.ArgumentParser, commands: Mapping[str, argparse.ArgumentParser]) -> Iterator[str]:
    """One `complete` line for each command and each option (fish: complete(1))."""
    top = f"not __fish_seen_subcommand_from {' '.join(commands)}"
    for name in commands:
        yield f"complete -c nettui -n {_quoted(top)} -a {name} -d {_quoted(table.COMMANDS[name])}"
    yield from _fish_options(top, whole._actions)
    for name, parser in commands.items():
        yield from _fish_options(f"__fish_seen_subcommand_from {name}", parser._actions)


def _fish_options(when: str, actions: Iterable[argparse.Action]) -> Iterator[str]:
    for action in actions:
        flags = [f"-{'l' if flag.startswith('--') else 's'} {flag.lstrip('-')}" for flag in action.option_strings]
        offered = " ".join(map(str, action.choices or WORDS.get(action.dest, ())))
        if action.nargs == 0 or action.metavar in FILES:
            takes = "" if action.nargs == 0 else " -r -F"
        elif action.dest == INTERFACES:
            takes = " -x -a '(command ls /sys/class/net) any'"
        elif action.metavar == "DIR":
            takes = " -x -a '(__fish_complete_directories)'"
        else:
            takes = f" -x -a {_quoted(offered)}" if offered else " -x"
        if flags:
            about = _quoted((action.help or "").replace("%%", "%"))
            yield f"complete -c nettui -n {_quoted(when)} {' '.join(flags)}{takes} -d {about}"
        elif offered and not isinstance(action, argparse._SubParsersAction):
            yield f"complete -c nettui -n {_quoted(when)} -f -a {_quoted(offered)}"


def _quoted(text: str) -> str:
    """For fish, in which a backslash protects a quote and itself."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
