"""Learner: how strange the flows of a session are, and what a model takes them for, worked out by a helper process.

A thread copies the flows that spoke last out of the session and sends them to the helper; whoever asks gets the last
answer at once. So neither capture nor screen ever waits for a forest to grow. The helper is forked before NumPy is
imported, takes up nothing until it is asked, gives way to all other work, and ends with the monitor.
"""

from __future__ import annotations

import logging
import threading
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.engine.rights.helpers import Helper
from tui.engine.rights.privileges import compute_only
from tui.errors import CaptureError, NettuiError
from tui.learning.wire import CHECK, LABEL, RANK, unpacked

if TYPE_CHECKING:
    from tui.core.flow.records import FlowRecords
    from tui.core.judged import Labels, Ranking
    from tui.engine.judging import Book
    from tui.engine.session import Session

EVERY_S = 5.0
"""A round begins so often while somebody looks, or while there is a model."""
FLOWS = 20_000
"""Flows of one round: those that spoke last."""
LONGEST = 16 << 20
"""Bytes of one message: FLOWS records and their answer."""
MEMORY = 1 << 30
"""Bytes that the helper may take. scikit-learn takes about 200 MB."""
PATIENCE_S = 60.0
"""How long one answer may take; then the helper is given up."""
POLL_S = 0.1
FRESH_S = 2.0
"""How long the session may take to hand its flows over."""

logger = logging.getLogger(__name__)


class Learner:
    """One for a run; follows each of its sessions, one after the other. Made before the rights are dropped."""

    def __init__(self, baseline: Path | None, model: Path | None) -> None:
        self.has_model = model is not None
        self._helper = Helper(partial(_serve, [], baseline, model), partial(compute_only, MEMORY), LONGEST)
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._book: Book | None = None
        self._ranking: Ranking | None = None
        self._looked = False
        self._wake, self._closed = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self.problem = ""
        """Why there is no ranking: too few flows, a helper that has gone."""

    def check(self) -> None:
        """Have the model loaded, which takes a second or two. Raises what is wrong with it, after closing."""
        if not self.has_model:
            return
        try:
            self._ask(CHECK)
        except NettuiError:
            self.close()
            raise

    def follow(self, session: Session) -> None:
        """Look at this session from now on."""
        from tui.engine.judging import Book

        with self._lock:
            self._session, self._book, self._ranking, self.problem = session, Book(), None, ""
        if self.has_model:
            self._start()

    def ranking(self) -> Ranking | None:
        """The last ranking of the session's flows; asking for it is what makes the next."""
        self._looked = True
        self._start()
        self._wake.set()
        return self._ranking

    def labels(self) -> Labels | None:
        """What the model takes the flows for; None without a model, or before its first answer."""
        return self._book.labels if self._book and self.has_model else None

    def close(self, timeout_s: float = 0.0) -> None:
        """End; with a model, wait so long until the flows of a session that is over all have a label."""
        self._closed.set()
        self._wake.set()
        if self._thread is not None and timeout_s:
            end = time.monotonic() + timeout_s
            self._thread.join(timeout_s)
            while self.has_model and self._label() and time.monotonic() < end:
                pass
        self._helper.close()

    # in the thread

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="learner", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._closed.is_set():
            if not self.has_model:
                self._wake.wait()
                self._wake.clear()
            began = time.monotonic()
            try:
                self._round()
            except Exception:
                logger.exception("the learner stops")
                self.problem = "the learner has failed; the log says why"
                return
            while time.monotonic() - began < EVERY_S and not self._first_look():
                if self._closed.wait(POLL_S):
                    return

    def _first_look(self) -> bool:
        """Whether somebody looks at anomalies for the first time, and should not wait."""
        return self._looked and self._ranking is None and not self.problem

    def _round(self) -> None:
        looked, self._looked = self._looked, False
        if self.has_model:
            self._label()
        if looked:
            self._rank()

    def _rank(self) -> None:
        from tui.engine.judging import ranking

        session, before = self._session, self._ranking
        flows, _ = self._recent()
        if flows is None:
            return
        try:
            made = ranking(flows, *self._ask(RANK, flows), number=before.number + 1 if before else 1)
        except NettuiError as error:
            self.problem = error.message
            return
        with self._lock:
            if session is self._session:
                self._ranking, self.problem = made, ""

    def _label(self) -> bool:
        """One round of labels; whether there was anything to do."""
        book = self._book
        flows, total = self._recent()
        if flows is None or book is None:
            return False
        changed = book.changed(flows)
        if not len(changed):
            return False
        try:
            header, (index, sure) = self._ask(LABEL, changed)
        except NettuiError as error:
            self.problem = error.message
            return False
        book.add(changed, index, sure, tuple(header["classes"]), total)
        return True

    def _recent(self) -> tuple[FlowRecords | None, int]:
        """The flows that spoke last, as they are now, and how many there ever were."""
        session = self._session
        if session is None:
            return None, 0
        before = session.ask("recent flows", _recent)
        end = time.monotonic() + FRESH_S
        while (found := session.ask("recent flows", _recent)) is before and time.monotonic() < end:
            time.sleep(POLL_S)
        return found or (None, 0)

    def _ask(self, what: bytes, flows: FlowRecords | None = None) -> tuple[dict[str, Any], list[Any]]:
        question = what + (flows.table.tobytes() if flows is not None else b"")
        answer = self._helper.ask(question, PATIENCE_S)
        if answer is None:
            raise CaptureError("the process that learns has ended", "start nettui again")
        return unpacked(answer)


def _recent(monitor: Any) -> tuple[FlowRecords, int]:
    found: tuple[FlowRecords, int] = monitor.recent_flows(FLOWS)
    return found


def _serve(made: list[Any], baseline: Path | None, model: Path | None, question: bytes) -> bytes:
    """In the helper: what takes long to import is imported with the first question."""
    if not made:
        from tui.learning.adviser import Adviser

        warnings.simplefilter("ignore")  # joblib's, that it may not start programs here; nobody would read them
        made.append(Adviser(baseline, model))
    answer: Callable[[bytes], bytes] = made[0].answer
    return answer(question)
