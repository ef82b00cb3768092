"""A live network monitor for the terminal: packets, protocols, talkers, rates and alerts of an interface or a file."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tui.commands import terminal
from tui.engine import log
from tui.engine.begin import Begun, begin
from tui.engine.leaving.signals import ENDING, HeldSignals
from tui.errors import UsageError
from tui.settings import Settings, resolve
from tui.settings.sources import add_options

if TYPE_CHECKING:
    from tui.engine.deck import Deck
    from tui.engine.session import Session


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
    resolved = resolve(arguments)
    terminal.check(resolved.settings)
    settings = terminal.suited(resolved)
    if settings.eve == "-":
        raise UsageError("alerts cannot go to standard output: the screen is there", "name a file, or use nettui watch")
    log.to_file(settings.log_file, settings.log_level)
    # a file has nothing to lose, and a pipe that gives nothing must not keep the process
    # ssh may wait for a password: whoever is asked may go
    here = settings.read is None and not settings.demo and not settings.remote
    held = HeldSignals(ENDING) if here else None
    begun = begin(settings, learns=True)
    terminal.check_filter(settings)  # after the rights are gone: it imports NumPy, whose threads would keep theirs
    if settings.protocol:
        begun = replace(begun, settings=replace(settings, protocol=protocol_name(settings.protocol)))
    return _show(begun, load_screen, held)


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
    from tui.engine.alerting.outputs import Outputs
    from tui.engine.deck import Deck
    from tui.engine.leaving.departure import Departure
    from tui.export.alertsink import sinks

    deck = Deck(begun, Outputs(begun, located(begun.settings), [*sinks(begun.settings.eve, begun.syslog, begun.name)]))
    departure = Departure(deck)
    show = None if deck.session.source.live else load_screen()  # a file can wait for the screen
    deck.session.start()
    departure.catch_signals(held)
    try:
        show = show or load_screen()  # behind the session: packets are kept while it is imported
        choice = show(deck.session, replace(begun.settings, save_dir=begun.save_dir), deck)
    except UsageError:  # a setting that only the screen can judge: nothing was shown, and nothing is kept
        departure.leave(discard=True)
        raise
    except BaseException:
        departure.leave_after_failure()
        raise
    if deck.learner:
        deck.learner.close()
    return departure.leave(choice.saved, discard=choice.discard)
