"""Deck: the session that is running, and what may be changed about it without a right: interface and capture filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from tui.capture.interfaces import Interface, interfaces
from tui.capture.pacing import PacedSource
from tui.core.alert.response import Guard
from tui.engine.alerting.outputs import Outputs
from tui.engine.assemble import assemble, read_path
from tui.engine.begin import Begun
from tui.engine.learner import Learner
from tui.engine.replay import Replay
from tui.engine.session import Session
from tui.errors import UsageError


class Deck:
    """Called by the main thread only. A new interface is a new session with a new model; nothing is reset."""

    def __init__(self, begun: Begun, outputs: Outputs) -> None:
        self.begun = begun
        self.outputs = outputs
        self.session = assemble(begun, paced=True)
        outputs.follow(self.session, begun.name)
        self._learn()
        self._generation = 0

    @property
    def learner(self) -> Learner | None:
        """Where the flows of the session are scored and labelled."""
        return self.begun.learner

    def _learn(self) -> None:
        if self.learner:
            self.learner.follow(self.session)

    @cached_property
    def replay(self) -> Replay | None:
        """The hand on a file that is replayed; None where something live is captured."""
        source = self.session.source
        return Replay(source, read_path(self.begun.settings)) if isinstance(source, PacedSource) else None

    @property
    def live(self) -> bool:
        """Whether interface and capture filter can be changed at all."""
        return self.begun.opened is not None

    @property
    def capture_filter(self) -> str:
        return self.begun.opened.options.capture_filter if self.begun.opened else ""

    def interfaces(self) -> Sequence[Interface]:
        """What can be captured, `any` included."""
        return interfaces()

    def switch(self, names: Sequence[str]) -> Session:
        """Capture elsewhere: the old session is closed, its unsaved packets go with it. The new one is running.

        NoSuchInterface or CaptureError leave the old session as it is.
        """
        if self.begun.opened is None:
            raise UsageError("a file has no other interface", "start nettui without --read")
        opened = self.begun.opened.switch(names)
        old, self.begun = self.session, replace(self.begun, opened=opened)
        self._generation += 1
        self.session = assemble(self.begun, self._generation)
        self.outputs.follow(self.session, self.begun.name)
        self._learn()
        old.stop()
        self.outputs.drain()
        old.close()
        self.session.start()
        return self.session

    def set_capture_filter(self, text: str) -> None:
        """Let the kernel hand over only what `text` matches, from the next packet on; UsageError keeps the old one."""
        if self.begun.opened is None:
            raise UsageError("a file has no capture filter", "use a display filter: /")
        self.begun.opened.set_filter(text)
        brief = self.session.notice.brief
        self.session.set_notes((*self.begun.notes, brief) if brief else self.begun.notes)

    def protect(self, known: Guard) -> Guard:
        """Whom no suggested command may name."""
        return self.begun.guard(known)

    def close(self) -> None:
        if self.replay:
            self.replay.close()
        if self.learner:
            self.learner.close()
        self.session.close()
