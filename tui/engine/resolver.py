"""Resolver: reverse DNS, only where the settings ask for it; the one part that sends anything, from a helper.

The helper is forked before the rights are dropped, keeps none, and asks the system's own resolver. A thread gives it
the addresses of new flows that no answer on the wire has named.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from tui.engine.rights.helpers import Helper
from tui.engine.rights.privileges import compute_only

if TYPE_CHECKING:
    from tui.core.flow.table import FlowTable
    from tui.core.namestable import NamesTable

MOST = 32
"""Addresses in one question; all of them are asked for at the same time."""
ANSWER_S = 4.0
"""How long one question may take; names that come later are kept for the next."""
PATIENCE_S = 15.0
PAUSE_S = 1.0
MOST_ASKED = 20_000
"""Addresses that are asked for in one run; each once."""
MOST_NEW = 500
"""Flows looked at between two questions."""
MEMORY = 1 << 30

logger = logging.getLogger(__name__)


class Asker:
    """The helper's side: a thread for each address, and what they found."""

    def __init__(self, look_up: Callable[[str], str] | None = None) -> None:
        self._look_up = look_up or look_up_name
        self._found: dict[str, str] = {}
        self._lock = threading.Lock()

    def serve(self, message: bytes) -> bytes:
        """From a JSON list of addresses to an object of those that have a name."""
        try:
            given = json.loads(message)
        except (ValueError, RecursionError):
            given = None
        asked = [str(address) for address in given[:MOST]] if isinstance(given, list) else []
        threads = [threading.Thread(target=self._ask, args=(address,), daemon=True) for address in asked]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + ANSWER_S
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        with self._lock:
            found, self._found = self._found, {}
        return json.dumps(found).encode()

    def _ask(self, address: str) -> None:
        if name := self._look_up(address):
            with self._lock:
                self._found[address] = name


def look_up_name(address: str) -> str:
    """The name of an address by the system's resolver; empty where it has none."""
    try:
        name = socket.getnameinfo((address, 0), socket.NI_NAMEREQD)[0]
    except (OSError, UnicodeError):
        return ""
    return name[:255]


class Names:
    """The monitor's side. Fork before the rights are dropped."""

    def __init__(self, asker: Asker | None = None) -> None:
        self._helper = Helper((asker or Asker()).serve, lambda: compute_only(MEMORY))

    def find(self, addresses: list[str]) -> dict[str, str] | None:
        """Names of some addresses, as far as they have one; None when the helper has gone."""
        answer = self._helper.ask(json.dumps(addresses[:MOST]).encode(), PATIENCE_S)
        return None if answer is None else {str(a): str(n) for a, n in json.loads(answer).items()}

    def close(self) -> None:
        self._helper.close()


class SessionLike(Protocol):
    @property
    def ended(self) -> bool: ...

    def do(self, action: Callable[[], None]) -> None: ...

    def warn(self, text: str) -> None: ...


class Resolving:
    """For one session; ends with it."""

    def __init__(self, names: Names, session: SessionLike, flows: FlowTable, table: NamesTable) -> None:
        self._names = names
        self._session = session
        self._flows = flows
        self._table = table
        self._after = 0
        self._asked: set[str] = set()
        self._waiting: deque[str] = deque()
        self._pause = threading.Event()
        self._thread = threading.Thread(target=self._run, name="nettui-resolver", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        try:
            while not self._session.ended:
                if self._flows.total != self._after:
                    self._session.do(self.gather)
                if not self.ask():
                    self._session.warn("names are no longer looked up: their helper has gone")
                    return
                self._pause.wait(PAUSE_S)
        except Exception as error:
            logger.exception("no names are looked up")
            self._session.warn(f"names are no longer looked up: {type(error).__name__}")

    def gather(self) -> None:
        """By the worker: the addresses of flows that began since, without those that the wire has named."""
        from tui.core.flow.order import ends

        before, self._after = self._after, self._flows.total
        records, of = self._flows.records, self._flows.live()
        fresh = of[records.flow[of] >= before][-MOST_NEW:]
        self.take(address for at in fresh.tolist() for address in ends(records, at))

    def take(self, addresses: Iterable[str]) -> None:
        """Have addresses asked for that were not yet."""
        for address in addresses:
            if address in self._asked or len(self._asked) >= MOST_ASKED or not _has_name(address):
                continue
            self._asked.add(address)
            if not self._table.name_of(address):
                self._waiting.append(address)

    def ask(self) -> bool:
        """Ask for some of those that wait; False when nobody answers any more."""
        some = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
        if not some:
            return True
        found = self._names.find(some)
        if found:
            self._session.do(lambda: self._table.add_asked(found))
        return found is not None


def _has_name(address: str) -> bool:
    """Whether it is worth asking: no group, no link-local address."""
    try:
        given = ipaddress.ip_address(address)
    except ValueError:
        return False
    return not (given.is_multicast or given.is_link_local or given.is_unspecified or given.is_reserved)
