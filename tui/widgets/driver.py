"""The terminal's driver: it also bears to be stopped and continued by others than its own Ctrl-Z."""

from __future__ import annotations

from collections.abc import Callable

from textual.drivers.linux_driver import LinuxDriver


class SteadyDriver(LinuxDriver):
    """Takes a SIGCONT for what it is. Textual's own takes each for the end of a Ctrl-Z, and sets the screen up again.

    Then a second thread reads the keys, the terminal stays raw at the end, and the first is waited for, for ever.
    """

    _awaited = False
    """A SIGCONT has come that was not answered yet."""

    def _sigtstp_application(self, *_: object) -> None:
        self._soon(super()._sigtstp_application)

    def _sigcont_application(self, *_: object) -> None:
        if not self._awaited:  # many of them ask for no more than one does
            self._awaited = True
            self._soon(self._continued)

    def _soon(self, act: Callable[[], None]) -> None:
        """A handler may interrupt whoever is writing to the terminal, who would be waited for, for ever."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(act)

    def _continued(self) -> None:
        """The screen anew, where it is up or left by Ctrl-Z; before it is up and after it, nothing.

        Whoever stopped us with SIGSTOP has a terminal that shows something else since, in another mode.
        """
        self._awaited = False
        if self._writer_thread is not None and self._writer_thread.is_alive():
            self.suspend_application_mode()
            self._must_signal_resume = True
        if self._must_signal_resume:
            super()._sigcont_application()
