"""Effort: how much is made of each packet while more come in than the worker can take.

Never given up, at any level: the packet in the store, its row, the counts by protocol, flow and second, the state of
its connection, and what the detectors want to see of openings, closings, errors and the link.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """What is made of a packet."""

    begins: float
    """Part of the source's buffer that waits when this level begins."""
    ends: float
    """... and when it ends."""
    analysis: bool
    """TCP analysis: retransmissions, lost segments, window."""
    dialogues: bool
    """Segments are named after the message that they go on with."""
    names: float
    """Share of the budget for names."""
    sample: int
    """Of the bulk packets of a busy second the detectors see one in so many."""


LEVELS = (
    Level(0.0, 0.0, analysis=True, dialogues=True, names=1.0, sample=16),
    Level(0.1, 0.03, analysis=True, dialogues=False, names=0.2, sample=32),
    Level(0.25, 0.1, analysis=False, dialogues=False, names=0.05, sample=64),
)
"""In the order in which things are given up."""


class Effort:
    """The level that the pressure asks for: up at once, down when it has eased well below."""

    def __init__(self) -> None:
        self._at = 0
        self.shortened = 0
        """Packets of which less than everything was made."""

    @property
    def level(self) -> Level:
        """The level now."""
        return LEVELS[self._at]

    @property
    def full(self) -> bool:
        """Whether everything is made of each packet."""
        return self._at == 0

    def press(self, pressure: float) -> None:
        """`pressure`: which part of the source's buffer is full and waits, 0 to 1."""
        while self._at and pressure < LEVELS[self._at].ends:
            self._at -= 1
        while self._at + 1 < len(LEVELS) and pressure >= LEVELS[self._at + 1].begins:
            self._at += 1

    def count(self, packets: int) -> None:
        """So many packets were taken at this level."""
        if self._at:
            self.shortened += packets
