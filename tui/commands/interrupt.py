"""Ctrl-C, also while libraries are being loaded, which make other errors of it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interruptible() -> Iterator[None]:
    """Within, what a Ctrl-C sets off is a KeyboardInterrupt, whatever is made of it on its way."""
    default = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # else it is ignored, or another's
    if not default or threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed = False

    def interrupt(*_: object) -> None:
        nonlocal pressed
        pressed = True
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    except Exception:
        if pressed:  # NumPy, half loaded, says that it is installed wrongly
            raise KeyboardInterrupt from None
        raise
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
