"""Memory that is free is given back to the kernel, which the C library by itself does for the top of its heap alone."""

from __future__ import annotations

import ctypes
import time

EVERY_S = 10.0


class Trimmer:
    """The worker's: after bursts, what their batches took stays with the process otherwise, 15 MB and more."""

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
