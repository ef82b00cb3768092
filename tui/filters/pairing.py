"""Pairing: questions and their answers, within a batch and over batches that come in order.

As in Wireshark read once from its beginning: an answer knows its question, a question not yet its answer.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from tui.filters.packets import Packets

MOST_ASKED = 65_536
"""Questions of one protocol that are remembered; the oldest is forgotten."""


class Event(NamedTuple):
    """A message, in the order of the capture."""

    row: int
    key: Hashable
    """What question and answer have in common."""
    answer: bool


@dataclass(slots=True)
class Question:
    time_ns: int
    number: int
    answered: int = 0
    """Number of the packet that answered first; 0: none yet."""


class Asked(dict[Hashable, Question]):
    """Questions by key."""

    def put(self, key: Hashable, question: Question) -> None:
        self.pop(key, None)
        self[key] = question
        if len(self) > MOST_ASKED:
            del self[next(iter(self))]


@dataclass(slots=True)
class Paired:
    """Rows of the batch, each with a value where it has one."""

    delay_ns: dict[int, int] = field(default_factory=dict)
    """Of answers: since the question."""
    question: dict[int, int] = field(default_factory=dict)
    """Of answers: number of the packet with the question."""
    asked_again: dict[int, int] = field(default_factory=dict)
    """Of questions that were asked before: number of the first."""
    answered_again: dict[int, int] = field(default_factory=dict)
    """Of answers that were given before: number of the first."""


def pair(
    packets: Packets, events: Iterable[Event], asked: Asked, again_ns: int, *, once: bool = True
) -> Paired:  # fmt: skip
    """Pair the events of a whole batch. A question asked again within `again_ns` is the same, and its time the first.

    `once`: a second answer is one given again; else it answers, too, as where "wait" comes before the result.
    """
    found, times = Paired(), packets.columns.time_ns
    place = packets.place
    for row, key, answer in events:
        time_ns = int(times[row])
        number = int(place.numbers[row]) if place.numbers is not None else place.first_number + row
        before = asked.get(key)
        if not answer:
            if before is not None and not before.answered and time_ns - before.time_ns < again_ns:
                found.asked_again[row] = before.number
            else:
                asked.put(key, Question(time_ns, number))
        elif before is None:
            continue
        elif before.answered and once:
            found.answered_again[row] = before.answered
        else:
            before.answered = number
            found.delay_ns[row] = time_ns - before.time_ns
            found.question[row] = before.number
    return found
