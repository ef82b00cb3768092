"""Lookers: serves all who look at a session, in one thread. None of them can hurt the capture.

Each looker gets one answer at a time and is not heard again until it has taken it; after that it waits several times as
long as the answer has cost. What is malformed, or not taken within a time, ends that connection and nothing else.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from tui import __version__
from tui.engine.attach.answers import Answers, Looked
from tui.engine.attach.place import Seat, peer
from tui.engine.attach.values import WireError, digest
from tui.engine.attach.wire import REQUEST, Incoming, pack

MOST = 16
"""Connections at once; one who looks has two."""
PATIENCE_S = 30.0
"""How long an answer may lie untaken, or a question half asked."""
PIECE = 1 << 18
"""Bytes handed to the kernel in one go: short turns leave the processor to the worker."""
PIECES = 64
REST = 4
"""After an answer a looker waits so many times as long as the answer has cost: a fifth of a core is all it can take."""

logger = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Looker:
    """One connection."""

    socket: socket.socket
    answers: Answers
    incoming: Incoming = field(default_factory=lambda: Incoming(REQUEST))
    leaving: deque[memoryview] = field(default_factory=deque)
    """What is still to be sent."""
    moved_s: float = field(default_factory=time.monotonic)
    """When bytes last went either way, of those that are due."""
    cost_s: float = 0.0
    rests_until_s: float = 0.0


class Lookers:
    """Serves until it is closed, or until the process ends."""

    def __init__(self, seat: Seat, session: Looked, name: str) -> None:
        self._seat = seat
        self._session = session
        self._hello = {"nettui": __version__, "format": digest(), "interface": name, "pid": os.getpid()}
        self._lookers: dict[int, Looker] = {}
        self._numbers = 0
        self._bell, self._ring = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="nettui-attach", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let all go, and take the socket away."""
        self._ring.close()
        self._thread.join(1.0)
        self._seat.close()

    def _run(self) -> None:
        try:
            while self._turn():
                pass
        except Exception:
            logger.exception("nobody can look any more")
        finally:
            for looker in [*self._lookers.values()]:
                self._drop(looker)
            self._bell.close()

    def _turn(self) -> bool:
        """Wait for somebody, and serve them; False at the end."""
        ready = self._wait()
        if self._bell.fileno() in ready:
            return False
        if self._seat.listening.fileno() in ready:
            self._welcome()
        now = time.monotonic()
        for number, looker in [*self._lookers.items()]:
            try:
                if number in ready:
                    self._serve(looker)
                elif self._is_due(looker) and now - looker.moved_s > PATIENCE_S:
                    raise WireError("nothing moves")
            except (WireError, OSError) as error:
                logger.info("a looker was let go: %s", error)
                self._drop(looker)
            except Exception:
                logger.exception("a looker could not be answered")
                self._drop(looker)
        return True

    def _wait(self) -> set[int]:
        """File numbers that something can be done with."""
        poll, now, timeout_s = select.poll(), time.monotonic(), float("inf")
        poll.register(self._bell, select.POLLIN)
        if len(self._lookers) < MOST:
            poll.register(self._seat.listening, select.POLLIN)
        for number, looker in self._lookers.items():
            rest_s = looker.rests_until_s - now
            if looker.leaving:
                poll.register(number, select.POLLOUT)
            elif rest_s <= 0:
                poll.register(number, select.POLLIN)
            else:
                timeout_s = min(timeout_s, rest_s)
            if self._is_due(looker):
                timeout_s = min(timeout_s, PATIENCE_S)
        return {number for number, _ in poll.poll(None if timeout_s == float("inf") else timeout_s * 1000 + 1)}

    def _is_due(self, looker: Looker) -> bool:
        return bool(looker.leaving) or looker.incoming.begun

    def _welcome(self) -> None:
        """Take one connection, if it is of somebody who may look."""
        with contextlib.suppress(OSError):
            taken, _ = self._seat.listening.accept()
            if peer(taken) not in self._seat.users:
                taken.close()
                return
            taken.setblocking(False)
            self._numbers += 1
            looker = Looker(taken, Answers(self._session, self._numbers % MOST))
            looker.leaving.extend(pack(self._hello))
            self._lookers[taken.fileno()] = looker

    def _serve(self, looker: Looker) -> None:
        """One step: a piece of what is to be sent, or a question."""
        begun = time.thread_time()
        if looker.leaving:
            self._send(looker)
        else:
            self._hear(looker)
        looker.cost_s += time.thread_time() - begun
        if not looker.leaving:
            looker.rests_until_s = time.monotonic() + REST * looker.cost_s
            looker.cost_s = 0.0

    def _hear(self, looker: Looker) -> None:
        """Read no more than the question that has begun; answer it when it is whole."""
        try:
            data = looker.socket.recv(min(looker.incoming.missing, PIECE))
        except BlockingIOError:
            return
        if not data:
            raise WireError("it went")
        looker.moved_s = time.monotonic()
        looker.incoming.feed(data)
        message = looker.incoming.take()
        if message is not None:
            head, arrays = looker.answers.answer(message)
            looker.leaving.extend(pack({**head, "number": message.head.get("number")}, arrays))

    def _send(self, looker: Looker) -> None:
        pieces: list[memoryview[Any]] = []
        size = 0
        for piece in looker.leaving:
            pieces.append(piece[: PIECE - size])
            size += len(pieces[-1])
            if size >= PIECE or len(pieces) >= PIECES:
                break
        try:
            sent = looker.socket.sendmsg(pieces)
        except BlockingIOError:
            return
        looker.moved_s = time.monotonic()
        while sent:
            piece = looker.leaving[0]
            if len(piece) > sent:
                looker.leaving[0] = piece[sent:]
                return
            sent -= len(piece)
            looker.leaving.popleft()

    def _drop(self, looker: Looker) -> None:
        self._lookers.pop(looker.socket.fileno(), None)
        looker.socket.close()
