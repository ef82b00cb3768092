"""NamesTable: every name that was seen, how often, when, by whom; and the name behind an address (passive DNS)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tui.core.names import NameEvent, NameKind

MAX_NAMES = 20_000
"""Names kept, about 12 MB when full: a resolver's day. At the bound the one unseen for longest goes, and is counted."""
MAX_ADDRESSES = 65_536
"""Addresses with a name. At the bound the one not named for the longest goes."""
MAX_CLIENTS = 16
"""Clients kept of one name; more are only said to be there."""
MAX_RESULTS = 8
"""Addresses kept of one name: the newest ones."""


@dataclass(frozen=True, slots=True)
class NameRow:
    """One name of one kind (dns, sni, http, url), as the names screen and stats show it."""

    kind: str
    name: str
    count: int
    first_ns: int
    last_ns: int
    clients: tuple[str, ...]
    more_clients: bool
    """There were more clients than are kept."""
    addresses: tuple[str, ...]
    failures: int
    """Answers that said "no such name" or reported another error."""
    detail: str
    """ALPN of a ClientHello, the last URL of a host, the canonical name of a DNS name."""


@dataclass(slots=True)
class _Entry:
    """A `NameRow` while it is counted."""

    count: int
    first_ns: int
    last_ns: int
    clients: dict[str, None] = field(default_factory=dict)
    more_clients: bool = False
    addresses: dict[str, None] = field(default_factory=dict)
    failures: int = 0
    detail: str = ""


_KIND = {
    NameKind.DNS_QUERY: "dns", NameKind.DNS_ANSWER: "dns", NameKind.SNI: "sni", NameKind.HTTP_REQUEST: "http",
}  # fmt: skip


class NamesTable:
    """Counts names as events come in; bounded in names, clients and addresses."""

    def __init__(self, max_names: int = MAX_NAMES, max_addresses: int = MAX_ADDRESSES) -> None:
        self._max_names = max_names
        self._max_addresses = max_addresses
        self._asked: dict[str, str] = {}
        self._entries: OrderedDict[tuple[str, str], _Entry] = OrderedDict()
        self._named: OrderedDict[str, str] = OrderedDict()
        self.evicted = 0
        """Names that had to go at the bound."""

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, events: Iterable[NameEvent]) -> None:
        """Count the events. A DNS question and its answer count once; an answer alone counts, too."""
        for event in events:
            if event.name:
                self._count(event)
            if event.url and event.kind is NameKind.HTTP_REQUEST:
                _met(self._entry("url", event.url, event.time_ns), event.client)
            for address in event.answers:
                self._name(address, event.name)

    def name_of(self, address: str) -> str:
        """The name whose answer last held this address; "" when none was seen. Nothing is ever asked of the network."""
        return self._named.get(address, "")

    def named(self) -> dict[str, str]:
        """A copy of the map from address to name: what the wire said counts before what was asked for."""
        return {**self._asked, **self._named}

    def add_asked(self, found: Mapping[str, str]) -> None:
        """Names that were asked of the network, where the settings say so; not counted among those seen."""
        self._asked = dict(list({**self._asked, **found}.items())[-self._max_addresses :])

    def rows(self, kind: str = "", limit: int = 0) -> list[NameRow]:
        """The names of one kind (all where it is empty), most frequent first, at most `limit` where one is given."""
        wanted = [item for item in self._entries.items() if not kind or item[0][0] == kind]
        wanted.sort(key=lambda item: (-item[1].count, item[0]))
        return [_row(key, entry) for key, entry in (wanted[:limit] if limit else wanted)]

    def _count(self, event: NameEvent) -> None:
        answer = event.kind is NameKind.DNS_ANSWER
        entry = self._entry(_KIND[event.kind], event.name, event.time_ns, counts=not answer)
        _met(entry, event.client)
        for address in event.answers:
            entry.addresses.pop(address, None)
            entry.addresses[address] = None
        while len(entry.addresses) > MAX_RESULTS:
            del entry.addresses[next(iter(entry.addresses))]
        if event.kind in (NameKind.SNI, NameKind.HTTP_REQUEST) and event.server:
            entry.addresses.setdefault(event.server)
        entry.failures += answer and event.rcode != 0
        entry.detail = ",".join(event.alpn) or event.url or event.canonical or entry.detail

    def _entry(self, kind: str, name: str, time_ns: int, counts: bool = True) -> _Entry:
        key = (kind, name)
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = _Entry(1, time_ns, time_ns)
            if len(self._entries) > self._max_names:
                self._entries.popitem(last=False)
                self.evicted += 1
            return entry
        entry.count += counts
        entry.last_ns = max(entry.last_ns, time_ns)
        self._entries.move_to_end(key)
        return entry

    def _name(self, address: str, name: str) -> None:
        self._named[address] = name
        self._named.move_to_end(address)
        if len(self._named) > self._max_addresses:
            self._named.popitem(last=False)


def _met(entry: _Entry, client: str) -> None:
    if len(entry.clients) < MAX_CLIENTS:
        entry.clients.setdefault(client)
    elif client not in entry.clients:
        entry.more_clients = True


def _row(key: tuple[str, str], entry: _Entry) -> NameRow:
    return NameRow(
        key[0], key[1], entry.count, entry.first_ns, entry.last_ns, tuple(entry.clients), entry.more_clients,
        tuple(entry.addresses), entry.failures, entry.detail,
    )  # fmt: skip
