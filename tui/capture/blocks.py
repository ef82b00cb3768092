"""The blocks of a TPACKET_V3 ring: which are full, where their frames begin, and giving them back."""

from __future__ import annotations

import mmap
from itertools import pairwise, repeat

import numpy as np
from numpy.typing import NDArray

from tui.capture.packetsocket import Geometry

STATUS, PACKETS, FIRST, USED = 8 // 4, 12 // 4, 16 // 4, 20 // 4
"""Words of struct tpacket_block_desc: block_status, num_pkts, offset_to_first_pkt, blk_len."""
KERNEL, USER = 0, 1
SIDE_BY_SIDE = 16
"""From so many blocks on, walking them side by side is faster (1.3 us a step) than in turn (0.1 us a frame)."""

HEADER = np.dtype(
    {
        "names": [
            "next", "sec", "nsec", "caplen", "length", "status", "mac", "tci", "tpid",
            "protocol", "ifindex", "hatype", "pkttype", "halen", "address",
        ],
        "formats": ["u4"] * 6 + ["u2", "u4", "u2", ">u2", "i4", "u2", "u1", "u1", "V8"],
        "offsets": [0, 4, 8, 12, 16, 20, 24, 32, 36, 50, 52, 56, 58, 59, 60],
        "itemsize": 68,
    }
)  # fmt: skip
"""struct tpacket3_hdr and the struct sockaddr_ll that follows it at 48."""


class Ring:
    """Reads the kernel's blocks in order. One thread takes; any thread may give back."""

    def __init__(self, mapping: mmap.mmap, geometry: Geometry, position: int = 0) -> None:
        """`position`: the block that the kernel fills next; not 0 in a ring that was used before."""
        self.buffer: NDArray[np.uint8] = np.frombuffer(mapping, np.uint8)
        self.geometry = geometry
        self._words = memoryview(mapping).cast("I")
        self._next_offset = np.ndarray((len(self.buffer) - 3,), np.uint32, self.buffer, 0, (1,))
        self.position = position
        self._out = bytearray(geometry.blocks)
        """1 for the blocks that are out with readers: they are full still, and must not be taken twice."""

    def ready(self, most_blocks: int, enough_packets: int) -> tuple[list[int], int]:
        """The blocks that are full, in order, and their packets, as far as the bounds allow. Nothing is taken yet."""
        words, step, blocks, out = self._words, self.geometry.block_size // 4, self.geometry.blocks, self._out
        found: list[int] = []
        packets, at = 0, self.position
        while len(found) < most_blocks and packets < enough_packets and words[at * step + STATUS] & USER:
            if out[at]:
                break
            found.append(at)
            packets += words[at * step + PACKETS]
            at = (at + 1) % blocks
            if at == self.position:
                break
        return found, packets

    def waiting(self) -> int:
        """The blocks that are full and not taken."""
        words, step, blocks = self._words, self.geometry.block_size // 4, self.geometry.blocks
        at = self.position
        for found in range(blocks):
            if not words[at * step + STATUS] & USER or self._out[at]:
                return found
            at = (at + 1) % blocks
        return blocks

    def take(self, blocks: list[int]) -> None:
        """Move on behind these blocks, which `ready` gave; they stay ours until `give_back`."""
        for block in blocks:
            self._out[block] = 1
        self.position = (blocks[-1] + 1) % self.geometry.blocks

    def give_back(self, blocks: list[int]) -> None:
        """Let the kernel fill these blocks again. The interpreter's lock orders this after all reads of them."""
        step = self.geometry.block_size // 4
        for block in blocks:
            self._words[block * step + STATUS] = KERNEL
            self._out[block] = 0  # after it: what the kernel has filled meanwhile is new

    def used(self, blocks: list[int]) -> list[int]:
        """Bytes in use of each block, its own header included."""
        step = self.geometry.block_size // 4
        return [self._words[block * step + USED] for block in blocks]

    def offsets(self, blocks: list[int]) -> NDArray[np.int64]:
        """Where the header of each frame begins, in bytes of the mapping, block after block."""
        if len(blocks) < SIDE_BY_SIDE:
            return self._walk(blocks)
        return self._walk_side_by_side(blocks)

    def _walk(self, blocks: list[int]) -> NDArray[np.int64]:
        words, size = self._words, self.geometry.block_size
        found: list[int] = []
        append = found.append
        for block in blocks:
            start = block * size
            at = start + words[start // 4 + FIRST]
            for _ in repeat(None, words[start // 4 + PACKETS]):
                append(at)
                at += words[at >> 2]
        return np.fromiter(found, np.int64, len(found))

    def _walk_side_by_side(self, blocks: list[int]) -> NDArray[np.int64]:
        """One step in all blocks at a time: their cache misses overlap, where one chain would wait for each."""
        starts = np.asarray(blocks, np.int64) * self.geometry.block_size
        header = self._words
        counts = np.array([header[start // 4 + PACKETS] for start in starts.tolist()])
        steps = int(counts.max())
        found = np.empty((steps, len(blocks)), np.int64)
        found[0] = starts + np.array([header[start // 4 + FIRST] for start in starts.tolist()])
        chain = self._next_offset
        for here, there in pairwise(list(found)):
            np.add(here, chain[here], out=there)  # the last frame's next offset is 0: a finished block stands still
        taken: NDArray[np.int64] = found.T[np.arange(steps) < counts[:, None]]
        return taken


def headers(buffer: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.void]:
    """The kernel's headers at these offsets (multiples of 8), as a structured array of their own."""
    size = HEADER.itemsize
    at_every_8 = np.ndarray(((len(buffer) - size) // 8 + 1,), f"V{size}", buffer, 0, (8,))
    rows: NDArray[np.void] = at_every_8[offsets >> 3].view(HEADER)  # as bytes: by fields takes six times as long
    return rows
