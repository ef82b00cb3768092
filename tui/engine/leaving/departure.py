"""Leaving: nothing that was captured is lost on the way out, whatever made us go.

The person quits, a limit is reached, the terminal is gone, or a signal comes. Python's own signal handlers run in the
main thread even while the screen's event loop waits for a terminal that no longer reads, so packets are saved there.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from tui.engine.assemble import default_save
from tui.engine.begin import Begun
from tui.engine.deck import Deck
from tui.engine.leaving import hangup
from tui.engine.leaving.farewell import farewell, files_of, incomplete
from tui.engine.leaving.signals import ENDING, HeldSignals
from tui.engine.leaving.terminal import PATIENCE_S, Terminal
from tui.engine.session import Session
from tui.errors import NettuiError

logger = logging.getLogger(__name__)


class Departure:
    """One run's way out; knows the terminal as it was before the screen."""

    def __init__(self, deck: Deck) -> None:
        self._deck = deck
        self._terminal = Terminal()

    @property
    def _begun(self) -> Begun:
        return self._deck.begun

    @property
    def _session(self) -> Session:
        return self._deck.session

    def catch_signals(self, held: HeldSignals | None = None) -> None:
        """From now on a signal of ENDING, or a terminal that is gone, saves and leaves; what came before does so now.

        The session is running.
        """
        for number in ENDING:
            signal.signal(number, self._on_signal)
        if self._terminal is not None:
            hangup.watch(sys.stdin.fileno())
        if held and held.came:
            self._on_signal(held.came, None)

    def leave(self, saved: Path | None = None, *, discard: bool = False) -> int:
        """After the screen: save what the options ask for, print the exit line; the exit code."""
        session = self._session
        session.stop()
        self._deck.outputs.close()
        code, reason = self._outcome()
        try:
            saved = saved or self._save_by_option(discard)
        except NettuiError as error:
            # the packets stay where they are: `nettui recover` finds them
            print(f"nettui: {error.message}\nhint: {error.hint}", file=sys.stderr)
            session.store.flush()
            print(self._line(None, "not saved; nettui recover has them"))
            return 1
        line = self._line(saved, reason)
        session.close()
        print(line)
        return code

    def leave_after_failure(self) -> None:
        """The screen failed: its packets are saved as on a signal."""
        logger.exception("the screen failed")
        saved = self._rescue()
        print(self._line(saved, ""), file=sys.stderr)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        """Save, give the terminal back, go. No way leads back into the event loop: it may be stuck."""
        for other in (*ENDING, signal.SIGCONT):  # `timeout` and systemd send that as well: the screen stays away
            signal.signal(other, signal.SIG_IGN)
        logger.info("signal %s: leaving", signal.Signals(number).name)
        code = 0
        try:
            saved = self._rescue()
            line = self._line(saved, "")
            if missing := incomplete(self._session.store, self._begun.settings.write):
                code, line = missing.exit_code, f"{line}\nnettui: {missing.message}"
        except Exception as error:
            logger.exception("nothing could be saved")
            code, line = 1, f"nettui: not saved: {error}"
        self._terminal.restore(line)
        os._exit(code)

    def _rescue(self) -> Path | None:
        settings = self._begun.settings
        self._session.emergency_stop()
        self._deck.outputs.close(PATIENCE_S)
        if settings.no_save:
            self._session.store.abandon()
            return None
        report = self._session.emergency_save(settings.save or default_save(self._begun))
        return report.path if report else settings.write

    def _save_by_option(self, discard: bool) -> Path | None:
        """--save PATH saves; --write has saved already."""
        settings = self._begun.settings
        if settings.save and not discard:
            return self._session.save(settings.save).path
        return settings.write

    def _outcome(self) -> tuple[int, str]:
        """The exit code of how the session ended, with the reason in words."""
        missing = incomplete(self._session.store, self._begun.settings.write)
        for error in (self._session.error, self._session.damage, missing):
            if error:
                print(f"nettui: {error.message}\nhint: {error.hint}", file=sys.stderr)
                return error.exit_code, ""
        return 0, ""

    def _line(self, saved: Path | None, reason: str) -> str:
        files = files_of(self._session.store, saved, self._begun.settings.write)
        return farewell(self._session, self._begun.name, files, reason)
