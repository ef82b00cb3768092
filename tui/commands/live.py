"""A live network monitor for the terminal: packets, protocols, talkers, rates and alerts of an interface or a file."""

from __future__ import annotations

import argparse
import difflib
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tui.capture.interfaces import find
from tui.engine import log
from tui.engine.begin import Begun, begin
from tui.engine.signals import HeldSignals
from tui.errors import NoSuchFile, UsageError
from tui.settings import Settings, resolve
from tui.settings.listing import COLUMNS
from tui.settings.sources import add_options

if TYPE_CHECKING:
    from tui.engine.deck import Deck
    from tui.engine.session import Session

DUMB = {"", "dumb", "unknown"}
SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_options(parser, "live")


class Choice(Protocol):
    """How the person left the screen."""

    @property
    def saved(self) -> Path | None: ...

    @property
    def discard(self) -> bool: ...


Show = Callable[["Session", Settings, "Deck"], Choice]
"""Shows a running session until the person leaves."""


def run(arguments: argparse.Namespace, load_screen: Callable[[], Show]) -> int:
    """Show the screen until the person leaves, then save what they chose and say what was captured.

    `load_screen` imports the screen; called when the rights are gone and packets are kept.
    """
    settings = resolve(arguments).settings
    check_terminal(settings)
    if settings.eve == "-":
        raise UsageError("alerts cannot go to standard output: the screen is there", "name a file, or use nettui watch")
    log.to_file(settings.log_file, settings.log_level)
    # a file has nothing to lose, and a pipe that gives nothing must not keep the process
    # ssh may wait for a password: whoever is asked may go
    here = settings.read is None and not settings.demo and not settings.remote
    held = HeldSignals(SIGNALS) if here else None
    begun = begin(settings, learns=True)
    check_filter(settings)  # after the rights are gone: it imports NumPy, whose threads would keep theirs
    if settings.protocol:
        begun = replace(begun, settings=replace(settings, protocol=protocol_name(settings.protocol)))
    return _show(begun, load_screen, held)


def check_terminal(settings: Settings) -> None:
    """Raises UsageError where no screen can be shown. A mistake in the options is told before that."""
    kind = os.environ.get("TERM", "")
    if sys.stdin.isatty() and sys.stdout.isatty() and kind not in DUMB:
        _trust_size()
        return
    for name in settings.iface:
        find(name)
    if settings.read and settings.read != "-" and not Path(settings.read).exists():
        raise NoSuchFile(f"there is no file {settings.read}", "check the path")
    check_filter(settings)  # nothing is captured any more, so it may be imported
    if kind in DUMB and sys.stdin.isatty() and sys.stdout.isatty():
        raise UsageError(f"a terminal of type {kind!r} cannot show a screen", "set TERM, or use `nettui watch`")
    raise UsageError("there is no terminal", "run it in one, or use `nettui watch`, which needs none")


def _trust_size() -> None:
    """The size that the terminal has counts, not one that was exported when it, or another, had that."""
    if os.get_terminal_size(sys.stdout.fileno()).columns:  # 0: a line that was never told
        os.environ.pop("COLUMNS", None)
        os.environ.pop("LINES", None)


def check_filter(settings: Settings) -> None:
    """A wrong filter ends the run before the screen opens: position and hint on standard error."""
    if settings.display_filter:
        from tui import filters

        filters.compile(settings.display_filter)
    _check_list(settings)


def _check_list(settings: Settings) -> None:
    """The same for colouring rules, and for columns that are fields."""
    names = [name for name in settings.list_columns if name not in COLUMNS]
    if not names and not settings.color:
        return
    from tui import filters
    from tui.filters.show import check

    for name in names:
        check(name)
    for rule in settings.color:
        filters.compile(rule.filter)


def protocol_name(text: str) -> str:
    """A protocol as the screen writes it, however it was typed. UsageError where there is none of that name."""
    from tui.core.protocols import NAMES

    known = {name.lower(): name for name in (*NAMES, "IP", "All")}
    if text.lower() in known:
        return known[text.lower()]
    close = difflib.get_close_matches(text.lower(), known, 3)
    hint = " or ".join(f"--protocol {name}" for name in close) or "use a name such as tcp, udp, icmp, dns or http"
    raise UsageError(f"no protocol {text!r}", hint)


def _show(begun: Begun, load_screen: Callable[[], Show], held: HeldSignals | None) -> int:
    """The session behind the screen, from the first packet to the line that says what became of them."""
    from tui.commands.placing import located
    from tui.engine.deck import Deck
    from tui.engine.departure import Departure
    from tui.engine.outputs import Outputs
    from tui.export.alertsink import sinks

    deck = Deck(begun, Outputs(begun, located(begun.settings), [*sinks(begun.settings.eve, begun.syslog, begun.name)]))
    departure = Departure(deck)
    deck.session.start()
    departure.catch_signals(held)
    try:
        show = load_screen()  # behind the session: packets are kept while it is imported
        choice = show(deck.session, replace(begun.settings, save_dir=begun.save_dir), deck)
    except BaseException:
        departure.leave_after_failure()
        raise
    if deck.learner:
        deck.learner.close()
    return departure.leave(choice.saved, discard=choice.discard)
