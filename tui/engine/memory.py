"""When free memory is given back to the kernel: soon in a monitor that runs for months, at its end by a command."""

from __future__ import annotations

import ctypes
import time

EVERY_S = 10.0
"""At most so often; it takes a millisecond or two."""
KEPT, ARRAY = 64 << 20, 4 << 20
"""Bytes at the top of its heap that a command keeps of what it frees, and the size from which arrays lie outside it."""
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def keep_freed() -> None:
    """Have the C library keep the memory of a batch for the next one: new memory costs a page fault every 4 KiB.

    For commands that end soon, and the processes that they start. Does nothing where it is not glibc (mallopt(3)).
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(_M_TRIM_THRESHOLD, KEPT)
        set_option(_M_MMAP_THRESHOLD, ARRAY)


class Trimmer:
    """Gives free memory back to the kernel now and then; the worker of a session has one.

    The C library by itself gives back the top of its heap only: after a burst 15 MB and more stay with the process.
    """

    def __init__(self) -> None:
        self._trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's alone (malloc_trim(3))
        self._at = time.monotonic()

    def trim(self, now: float) -> bool:
        """Give back what is free, at most every EVERY_S seconds; whether it was done. Takes a millisecond or two."""
        if self._trim is None or now - self._at < EVERY_S:
            return False
        self._at = now
        self._trim(0)
        return True
