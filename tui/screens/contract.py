"""What the screen needs of a session; `tui.engine.session.Session` is the one that ships, tests bring their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from tui.core.alert.log import AlertLog
from tui.core.alert.response import Guard
from tui.core.flow.owners import Owners
from tui.core.frames import FrameReader
from tui.core.judged import Labels, Ranking
from tui.core.notes import Notes
from tui.core.snapshot import Snapshot
from tui.store.rows import Rows

T = TypeVar("T")


class SaveOutcome(Protocol):
    """What a save has done."""

    @property
    def path(self) -> Path: ...

    @property
    def packets(self) -> int: ...

    @property
    def unsaid(self) -> int:
        """Packets that are in the file without their notes and marks."""
        ...


class SessionLike(Protocol):
    """The one door between the worker and the screen; every call returns at once, but for `save`."""

    @property
    def rows(self) -> Rows: ...

    @property
    def reader(self) -> FrameReader: ...

    @property
    def unsaved(self) -> int:
        """Packets that are gone when the session is."""
        ...

    @property
    def notes(self) -> Notes:
        """What a person, or the file, says of packets."""
        ...

    @property
    def interfaces(self) -> Sequence[str]:
        """Names, by their number in `Columns.interface`; of another machine, with its name."""
        ...

    @property
    def owners(self) -> Owners:
        """The processes of flows, as far as they are known now."""
        ...

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        ...

    def snapshot(self) -> Snapshot: ...

    def ask(self, key: str, build: Callable[[Any], T]) -> T | None:
        """What `build(monitor)` gave in the worker, at most a second ago; None until the first answer is there."""
        ...

    def shown(self) -> None:
        """The first packets are on the screen, or none came: the worker may import what takes long."""
        ...

    def decide(self, act: Callable[[AlertLog], object]) -> None:
        """Have the worker do what a person has decided about an alert."""
        ...

    def save(self, path: Path, sequences: NDArray[np.int64] | None = None) -> SaveOutcome:
        """Write all packets kept, or those of the sequence numbers; raises NettuiError. Any thread may call it."""
        ...


class LearnerLike(Protocol):
    """What flows look like to a process that has learned: `tui.engine.learner.Learner`. No call ever waits."""

    @property
    def has_model(self) -> bool: ...

    @property
    def problem(self) -> str:
        """Why there is nothing new; empty where all is well."""
        ...

    def ranking(self) -> Ranking | None:
        """The last ranking; asking for it makes the next."""
        ...

    def labels(self) -> Labels | None:
        """What the model takes the flows for; None where there is none."""
        ...


class InterfaceLike(Protocol):
    """Something that can be captured."""

    @property
    def name(self) -> str: ...

    @property
    def state(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def addresses(self) -> tuple[str, ...]: ...


class ReplayLike(Protocol):
    """A file that is read in its own time: `tui.engine.replay.Replay`."""

    @property
    def speed(self) -> float: ...

    @speed.setter
    def speed(self, factor: float) -> None: ...

    @property
    def paused(self) -> bool: ...

    @paused.setter
    def paused(self, paused: bool) -> None: ...

    @property
    def ended(self) -> bool: ...

    @property
    def position_ns(self) -> int:
        """How far it has been read, in times of its packets."""
        ...

    def span_at(self, time_ns: int) -> tuple[int, int] | None:
        """Its first and its last time, in the round of a loop that a time lies in; None while that is not known."""
        ...

    def seek(self, time_ns: float) -> None:
        """Read on to a time as fast as it goes; infinity is the end."""
        ...

    def measure(self) -> None:
        """Find out how long it is, in a thread."""
        ...


class DeckLike(Protocol):
    """What may be changed while the screen is there: `tui.engine.deck.Deck`."""

    @property
    def live(self) -> bool:
        """Whether anything can be changed; a file has no other interface."""
        ...

    @property
    def capture_filter(self) -> str: ...

    @property
    def learner(self) -> LearnerLike | None: ...

    @property
    def replay(self) -> ReplayLike | None:
        """The hand on a file that is replayed; None where something live is captured."""
        ...

    def interfaces(self) -> Sequence[InterfaceLike]: ...

    def switch(self, names: Sequence[str]) -> SessionLike:
        """Capture elsewhere, in a new session that is running; raises NettuiError and keeps the old one."""
        ...

    def protect(self, known: Guard) -> Guard:
        """With what this machine lives by added: no suggested command may name it."""
        ...

    def set_capture_filter(self, text: str) -> None:
        """Raises NettuiError and keeps the old filter."""
        ...
