"""The pool: memory between the worker and the disk."""

from __future__ import annotations

import numpy as np

from tui.store.pool import CHUNK, IOV_MAX, WARM, Chunk, Pool


def pieces_of(*arrays: np.ndarray) -> np.ndarray:
    return np.array([[a.ctypes.data, len(a)] for a in arrays], np.uint64)


def test_more_pieces_than_one_call_takes() -> None:
    pool = Pool(4 * CHUNK)
    source = np.arange(3 * IOV_MAX, dtype=np.uint8)
    chunk = pool.take(0)
    pool.gather(chunk, pieces_of(*(source[i : i + 1] for i in range(len(source)))))
    pool.gather(chunk, pieces_of(source[:5]))
    assert bytes(chunk.memory[: chunk.filled]) == source.tobytes() + source[:5].tobytes()


def test_without_a_memfd_the_bytes_are_copied() -> None:
    pool = Pool(4 * CHUNK)
    pool._fd = -1
    chunk = pool.take(0)
    pool.gather(chunk, pieces_of(np.full(10, 7, np.uint8), np.full(3, 9, np.uint8)))
    assert bytes(chunk.memory[: chunk.filled]) == bytes([7] * 10 + [9] * 3)


def test_the_warmest_chunk_is_taken_first() -> None:
    pool = Pool(8 * CHUNK)
    chunks = [pool.take(0) for _ in range(8)]
    assert pool.free == 0
    pool.give_back(chunks[5])
    pool.give_back(chunks[2])
    assert pool.take(0).index == chunks[2].index


def test_memory_is_given_back_but_for_the_warm_chunks() -> None:
    pool = Pool(16 * CHUNK)
    chunks = [pool.take(0) for _ in range(16)]
    for chunk in chunks:
        pool.gather(chunk, pieces_of(np.full(100, 1, np.uint8)))
    for chunk in chunks[:-1]:
        pool.give_back(chunk)
    pool.trim()
    assert pool.free == 15
    emptied = [c for c in chunks[:-1] if not any(c.memory[:100])]
    assert len(emptied) == 15 - WARM
    assert bytes(chunks[-1].memory[:100]) == bytes([1] * 100)
    again: list[Chunk] = [pool.take(0) for _ in range(15)]
    assert len({c.index for c in again}) == 15
