"""A terminal that is gone: not every parent passes SIGHUP on (su does not), and a screen without one would spin."""

from __future__ import annotations

import logging
import select
import signal
import threading

logger = logging.getLogger(__name__)


def watch(descriptor: int) -> None:
    """Once the other end of the terminal is closed, the main thread gets SIGHUP. Costs nothing until then.

    poll(2) reports POLLHUP and POLLERR whether asked for or not, so nothing else is asked for. Where there is no poll
    the signal is all there is.
    """
    if hasattr(select, "poll"):
        threading.Thread(target=_wait, args=(descriptor,), name="nettui-hangup", daemon=True).start()


def _wait(descriptor: int) -> None:
    terminal = select.poll()
    terminal.register(descriptor, 0)
    events = 0
    while not events:
        events = terminal.poll()[0][1]
    if events & select.POLLNVAL:  # closed by ourselves: we are leaving already
        return
    logger.info("the terminal is gone")
    main = threading.main_thread().ident
    if main is not None:
        signal.pthread_kill(main, signal.SIGHUP)
