"""What belongs to this machine, and is not told to others."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tui.core.hashing import HashKey

MACHINE_ID = Path("/etc/machine-id")
"""machine-id(5): not to be shown to the network, so only a hash of it is used."""
_LENGTH = 32


def hash_key() -> HashKey:
    """The same each time, so that one file gives the same numbers each time; a random one where there is no id.

    Who sends the packets does not know it, and cannot make them fall together in a table.
    """
    try:
        identity = MACHINE_ID.read_bytes().strip()
    except OSError:
        identity = b""
    if len(identity) != _LENGTH:  # empty or "uninitialized": an image that has not been started yet
        return HashKey()
    return HashKey.of(hashlib.blake2b(identity, digest_size=32, person=b"nettui tables").digest())
