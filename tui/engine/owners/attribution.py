"""Attribution: new flows of this machine's own addresses are shown to the helper that knows whose sockets they are.

A thread of its own asks, in bundles, at most twice a second; capture never waits for it. What it finds is replaced as
a whole in `session.owners`, and stays when the flow has ended.
"""

from __future__ import annotations

import logging
import pwd
import threading
from collections import deque
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import NONE32, AddressKind
from tui.core.flow.owners import How, Owner, Owners, OwnerTable
from tui.core.ipproto import TCP, UDP
from tui.engine.owners.processes import MOST_FLOWS, Flow, Process

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.core.flow.records import FlowRecords
    from tui.core.flow.table import FlowTable

PAUSE_S = 0.3
"""Between two looks for new flows."""
PLACES = 20
"""Looks after which the addresses of this machine are asked for again, if there are new flows."""
TRIES = 3
"""How often a flow is asked about: a socket may be there only after its first packet is."""
MOST_WAITING = 4 * MOST_FLOWS
"""Flows that wait to be asked about; of a flood of new ones, the rest stays unknown."""
_TRANSPORTS = (TCP, UDP)
MAPPED = np.uint64(0xFFFF << 32)
"""Before an IPv4 address that is written as an IPv6 one."""

logger = logging.getLogger(__name__)


class Asked(Protocol):
    """`tui.engine.owners.processes.Processes`."""

    def addresses(self) -> list[bytes] | None: ...

    def find(self, flows: Sequence[Flow]) -> list[Process | None] | None: ...


class SessionLike(Protocol):
    """`tui.engine.session.Session`, as far as it is needed here."""

    owners: Owners

    @property
    def ended(self) -> bool: ...

    def do(self, action: Callable[[], None]) -> None: ...

    def warn(self, text: str) -> None: ...


class Attribution:
    """For one session; ends with it."""

    def __init__(self, processes: Asked, session: SessionLike, flows: FlowTable) -> None:
        self._processes = processes
        self._session = session
        self._flows = flows
        self._table = OwnerTable()
        self._own = OwnAddresses([])
        self._after = 0
        self._waiting: deque[tuple[int, Flow, int]] = deque()
        """(flow, what is asked, how often it may be asked yet)."""
        self._fresh: deque[list[tuple[int, Flow]]] = deque()
        self._looking = False
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="nettui-processes", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        looks = PLACES
        try:
            while not self._session.ended:
                if looks >= PLACES and self._flows.total != self._after:
                    looks = 0
                    if not self._locate():
                        return
                looks += 1
                self.look()
                if not self.ask():
                    return
                self._end.wait(PAUSE_S)
        except Exception as error:
            logger.exception("no processes")
            self._session.warn(f"processes are no longer known: {type(error).__name__}")

    def _locate(self) -> bool:
        """Ask which addresses are here; False when nobody answers any more."""
        addresses = self._processes.addresses()
        if addresses is None:
            self._session.warn("processes are no longer known: their helper has gone")
            return False
        self._own = OwnAddresses(addresses)
        return True

    def look(self) -> None:
        """Have the worker tell the flows that are new."""
        if not self._looking and (self._flows.total != self._after):
            self._looking = True
            self._session.do(self._gather)

    def _gather(self) -> None:
        """By the worker: copy what is to be asked about the flows since the last look."""
        try:
            self._fresh.append(self._new_flows())
        finally:
            self._looking = False

    def _new_flows(self) -> list[tuple[int, Flow]]:
        """Flows that began since the last look and have an end here; those that were answered first."""
        before, self._after = self._after, self._flows.total
        records, of = self._flows.records, self._flows.live()
        number = records.flow[of]
        of = of[(number >= before) & (number < NONE32) & np.isin(records.ip_proto[of], _TRANSPORTS)]
        of = of[self._own.have(records, of)]
        if len(of) > MOST_FLOWS:
            answered = records.packets[1, of] > 0
            of = of[np.argsort(~answered, kind="stable")[:MOST_FLOWS]]
        return list(zip(records.flow[of].tolist(), _questions(records, of), strict=True))

    def ask(self) -> bool:
        """Ask about the flows that wait, a bundle of them; False when nobody answers any more."""
        while self._fresh:
            self._waiting += [(flow, question, TRIES) for flow, question in self._fresh.popleft()]
        while len(self._waiting) > MOST_WAITING:
            self._waiting.popleft()
        some = [self._waiting.popleft() for _ in range(min(MOST_FLOWS, len(self._waiting)))]
        if not some:
            return True
        answers = self._processes.find([question for _, question, _ in some])
        if answers is None:
            self._session.warn("processes are no longer known: their helper has gone")
            return False
        found = {}
        for (flow, question, tries), answer in zip(some, answers, strict=True):
            if answer is not None:
                found[flow] = _owner(answer)
            if (answer is None or answer.how != How.EXACT) and tries > 1:
                self._waiting.append((flow, question, tries - 1))
        self._table.put(found)
        self._session.owners = self._table.owners
        return True


class OwnAddresses:
    """A set of addresses that whole arrays are looked up in."""

    def __init__(self, addresses: list[bytes]) -> None:
        numbers = [(int.from_bytes(a[:8], "big"), int.from_bytes(a[8:], "big")) for a in addresses]
        v4 = [low & 0xFFFFFFFF for high, low in numbers if not high and low >> 32 == 0xFFFF]
        v6 = [(high, low) for high, low in numbers if high or low >> 32 != 0xFFFF]
        self._v4 = np.array(sorted(v4), np.uint64)
        self._v6 = np.array(v6, np.uint64).reshape(-1, 2)

    def have(self, records: FlowRecords, of: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of the flows have one of these addresses at either end."""
        found = np.zeros(len(of), np.bool_)
        four = records.kind[of] == AddressKind.IPV4
        for side in ("src", "dst"):
            high, low = getattr(records, f"{side}_hi")[of], getattr(records, f"{side}_lo")[of]
            found |= four & (np.isin(low, self._v4) | (low >> np.uint64(24) == 127))
            for own_high, own_low in self._v6:
                found |= ~four & (high == own_high) & (low == own_low)
        return found


def _questions(records: FlowRecords, of: NDArray[np.int64]) -> list[Flow]:
    """What is asked about flows: protocol, address and port of the side that began, and of the other."""
    four = records.kind[of] == AddressKind.IPV4
    sides = []
    for side in ("src", "dst"):
        high, low = getattr(records, f"{side}_hi")[of], getattr(records, f"{side}_lo")[of]
        raw = np.stack([high, np.where(four, low | MAPPED, low)], axis=1).astype(">u8").tobytes()
        sides.append([raw[at : at + 16] for at in range(0, len(raw), 16)])
    sport, dport = records.sport[of].tolist(), records.dport[of].tolist()
    return list(zip(records.ip_proto[of].tolist(), sides[0], sport, sides[1], dport, strict=True))


def _owner(found: Process) -> Owner:
    return Owner(found.pid, found.name, _user(found.user), How(found.how), found.container)


def _user(number: int | None) -> str:
    """Name of a user; the number where there is none."""
    if number is None:
        return ""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
