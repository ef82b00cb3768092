"""Response: the command that would stop an attack for ten minutes, for a person to run; or why there is none.

nettui runs none of these, and holds no right to. Blocking the wrong address does more harm than most attacks, and who
can forge an address can have its owner blocked. So whatever may be forged is never blocked by its source.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tui.core.alert.alerts import Alert, Severity
from tui.core.alert.log import AlertLog
from tui.core.baseline import Baseline

MINUTES = 10
LEAST_CONFIDENCE = 0.7
TABLE = "inet nettui"
"""The table that `nettui files nftables` prints."""
PREPARE = "nettui files nftables | sudo nft -f -"

_SOURCE = (
    "scan.vertical",
    "scan.horizontal",
    "scan.random",
    "scan.slow_trw",
    "sensitive_port",
    "dos.slowloris",
    "brute.",
)
"""Their sources have had answers, or have kept connections: worth a block, if nothing else speaks against it."""
_TARGET = ("beacon", "exfil.volume", "tunnel.")
"""What is to be stopped is the far end."""
_PORT = ("flood.syn", "flood.udp", "flood.ack", "flood.rst")
_LAN = ("arp.", "mac.", "dhcp.", "ipv6.", "wifi.", "scan.arp")
_WHY = {
    "flood.icmp": "limit ICMP where this network meets the next one: the sources may be forged, and there is no port",
    "amplification": "the answers come from other people's servers: only your provider can stop them on the way",
    "scan.distributed": "all of its sources but one may be forged: those whose addresses were used would be blocked",
    "tcp.illegal_flags": "such packets need no answer, so their source may be forged",
}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Guard:
    """What is never named in a command: address to what it is, and networks that a person has allowed."""

    addresses: dict[str, str] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()

    def reason(self, address: Address) -> str:
        """Why it may not be blocked; nothing where it may."""
        if address.is_multicast or address.is_unspecified or address.is_loopback or address == _BROADCAST:
            return f"{address} is no single host"
        known = self.addresses.get(str(address))
        if known:
            return f"{address} is {known}"
        if any(_covers(network, address) for network in self.allowed):
            return f"{address} is allowed"
        return ""

    def also(self, addresses: Mapping[str, str], allowed: Iterable[str] = ()) -> Guard:
        """The same with more in it."""
        return Guard({**addresses, **self.addresses}, (*self.allowed, *allowed))


@dataclass(frozen=True, slots=True)
class Response:
    """`command` and what takes it back; both empty where `reason` says why nothing is suggested."""

    command: str = ""
    undo: str = ""
    reason: str = ""

    def to_event(self) -> dict[str, object]:
        """As it stands in an EVE event: nothing is ever taken by nettui."""
        return {
            "suggested": self.command or None,
            "undo": self.undo or None,
            "reason": self.reason or None,
            "expires_s": MINUTES * 60 if self.command else None,
            "taken": None,
        }


def learned(baseline: Baseline | None) -> dict[str, str]:
    """Who keeps the network running, as far as it was learned: routers, DHCP and DNS servers."""
    if baseline is None:
        return {}
    found = {entry.partition(" ")[0]: "a router" for entry in baseline.routers}
    found.update((server, "a DHCP server") for server in baseline.dhcp_servers)
    for service in baseline.services:
        address, _, port = service.rpartition(":")
        if port in ("53/UDP", "53/TCP"):
            found[address] = "a DNS server"
    return found


class Watch(Protocol):
    """What knows the link: `tui.detectors.registry.DetectorSet`."""

    @property
    def learned(self) -> Baseline | None: ...

    @property
    def log(self) -> AlertLog: ...


class Watching(Protocol):
    """`tui.engine.monitor.Monitor`."""

    @property
    def detectors(self) -> Watch | None: ...


def trusted(monitor: Watching) -> Guard:
    """What was learned on this link, and what a person has muted or allowed; called in the worker."""
    watch = monitor.detectors
    if watch is None:
        return Guard()
    texts = (text for s in watch.log.silence.suppressions for text in (s.src, s.dst, s.either) if text)
    return Guard(learned(watch.learned), tuple(dict.fromkeys(texts)))


def suggest(alert: Alert, guard: Guard) -> Response:
    """What would stop it for ten minutes, or why nothing is suggested."""
    rule = alert.rule
    if rule in _WHY:
        return Response(reason=_WHY[rule])
    if rule.startswith(_LAN):
        who = alert.src.mac or "the sender"
        return Response(reason=f"a filter of addresses does not stop it: find the switch port of {who} and close it")
    if not rule.startswith((*_SOURCE, *_TARGET, *_PORT)):
        return Response(reason="there is nothing to block")
    if alert.severity < Severity.LOW or alert.confidence < LEAST_CONFIDENCE:
        return Response(reason=f"not sure enough: severity {int(alert.severity)}, confidence {alert.confidence:.1f}")
    if rule.startswith(_PORT):
        return _limit(alert, guard)
    if rule.startswith(_TARGET):
        return _block(_far_end(alert), guard)
    if alert.src.spoofable or alert.sources > 1:
        return Response(reason="several sources, or forged ones: those whose addresses were used would be blocked")
    return _block(alert.src.ip, guard)


def _block(text: str | None, guard: Guard) -> Response:
    address = _address(text)
    if address is None:
        return Response(reason="no address is known")
    if why := guard.reason(address):
        return Response(reason=f"{why}: never blocked")
    return _element("block" if address.version == 4 else "block6", str(address))


def _limit(alert: Alert, guard: Guard) -> Response:
    """A flood's sources may be forged: new connections to the port are limited, whoever they come from."""
    address, port = _address(alert.dst.ip), alert.dst.port
    if address is None or port is None:
        return Response(reason="the sources may be forged, and it is not one port that could be limited")
    if address.is_multicast or address.is_unspecified or address == _BROADCAST:
        return Response(reason=guard.reason(address))
    kind = "udp" if alert.rule == "flood.udp" else "tcp"
    return _element("limited" if address.version == 4 else "limited6", f"{address} . {kind} . {port}")


def _element(name: str, what: str) -> Response:
    return Response(
        f"nft add element {TABLE} {name} {{ {what} timeout {MINUTES}m }}",
        f"nft delete element {TABLE} {name} {{ {what} }}",
    )


def _far_end(alert: Alert) -> str | None:
    """The side in the internet; where both are there, or none, the one that was called."""
    src, dst = _address(alert.src.ip), _address(alert.dst.ip)
    if src is not None and src.is_global and (dst is None or not dst.is_global):
        return alert.src.ip
    return alert.dst.ip


def _address(text: str | None) -> Address | None:
    try:
        return ipaddress.ip_address(text or "")
    except ValueError:
        return None


def _covers(network: str, address: Address) -> bool:
    try:
        return address in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


_BROADCAST = ipaddress.IPv4Address("255.255.255.255")
