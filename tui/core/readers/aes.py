"""AES-128 encryption (FIPS 197) of many blocks at once with NumPy: to read QUIC Initials, whose keys are public.

Not for secrets: table look-ups leak time. QUIC Initials (RFC 9001 section 5.2) are hidden from nobody, by design.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

_SHIFT_ROWS = np.array([0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11])
_ROUNDS = 10


@cache
def _tables() -> tuple[Bytes, Bytes]:
    """The S-box, and multiplication by x in GF(2^8), both made from their definitions."""
    double = np.array([(i << 1) ^ (0x11B if i & 0x80 else 0) for i in range(256)], np.uint16).astype(np.uint8)
    exponent, logarithm = [0] * 255, [0] * 256
    value = 1
    for i in range(255):
        exponent[i], logarithm[value] = value, i
        value ^= int(double[value])  # times 3, a generator of the field
    box = np.zeros(256, np.uint8)
    for i in range(256):
        inverse = exponent[-logarithm[i] % 255] if i else 0
        twice = inverse << 8 | inverse
        box[i] = 0x63 ^ inverse ^ (twice >> 4 ^ twice >> 5 ^ twice >> 6 ^ twice >> 7) & 0xFF
    return box, double


def _round_keys(key: bytes) -> Bytes:
    """The eleven round keys, shape (11, 16)."""
    box, double = _tables()
    words = [list(key[i : i + 4]) for i in range(0, 16, 4)]
    constant = 1
    for i in range(4, 4 * (_ROUNDS + 1)):
        word = list(words[-1])
        if i % 4 == 0:
            word = [int(box[b]) for b in word[1:] + word[:1]]
            word[0] ^= constant
            constant = int(double[constant])
        words.append([a ^ b for a, b in zip(words[i - 4], word, strict=True)])
    return np.array(words, np.uint8).reshape(_ROUNDS + 1, 16)


def encrypt(key: bytes, blocks: Bytes) -> Bytes:
    """The blocks, shape (n, 16), encrypted one by one with a key of 16 bytes."""
    box, double = _tables()
    keys = _round_keys(key)
    state = blocks ^ keys[0]
    for step in range(1, _ROUNDS):
        columns = box[state][:, _SHIFT_ROWS].reshape(-1, 4, 4)
        after = np.roll(columns, -1, axis=2)
        every = np.bitwise_xor.reduce(columns, axis=2, keepdims=True)
        state = (columns ^ every ^ double[columns ^ after]).reshape(-1, 16) ^ keys[step]
    sealed: Bytes = box[state][:, _SHIFT_ROWS] ^ keys[_ROUNDS]
    return sealed


def counter_mode(key: bytes, nonce: bytes, data: bytes, first: int = 2) -> bytes:
    """Decrypt what AES-GCM encrypted (the tag is not looked at): counter mode from block `first` on."""
    count = -(-len(data) // 16)
    blocks = np.empty((count, 16), np.uint8)
    blocks[:, :12] = np.frombuffer(nonce, np.uint8)
    blocks[:, 12:] = np.arange(first, first + count, dtype=">u4").view(np.uint8).reshape(-1, 4)
    stream = encrypt(key, blocks).reshape(-1)[: len(data)]
    return (stream ^ np.frombuffer(data, np.uint8)).tobytes()
