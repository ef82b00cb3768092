"""What is told of addresses that somebody else claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tui.core.alert.alerts import Endpoint, Evidence, Explanation, Finding, Severity
from tui.detectors.words import listed


@dataclass(slots=True)
class Claim:
    """One MAC's claim to one address."""

    first_ns: int
    last_ns: int
    forced: list[tuple[int, int]] = field(default_factory=list)
    """(second, MAC of the sender) of claims that nobody asked for, sent to single hosts."""
    samples: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who says that an address is where."""

    mac: str
    """Of the sender."""
    said: str
    """Where the address is said to be; most often the same."""
    ip: str
    before: Sequence[str]
    """The MACs it was at."""
    own: Sequence[str] = ()
    """Other addresses that the sender uses."""


def spoof(who: Claimant, claim: Claim, reasons: Sequence[str], replies: int, limit: int, window_s: int) -> Finding:
    """`arp.spoof`: `reasons` say why it is no accident."""
    was = f"; it belonged to {listed(who.before, 3)}" if who.before else ""
    return Finding(
        rule="arp.spoof",
        severity=Severity.CRITICAL,
        keys=(("arp.spoof", who.mac),),
        src=Endpoint(who.own[0] if len(who.own) == 1 else None, mac=who.mac),
        dst=Endpoint(who.ip, mac=who.before[0] if who.before else None),
        evidence=Evidence(replies, limit, "replies", window_s, samples=tuple(claim.samples)),
        text=Explanation(
            f"{who.mac} says that {who.ip} is at {who.said}{was}: {'; '.join(reasons)} (limit {limit}).",
            f"{who.mac} also uses {listed(who.own, 3)}." if who.own else "",
            "Load balancers and proxies can answer for others; they answer when asked.",
            (
                "find the switch port of that MAC address",
                f"compare with the true MAC of {who.ip}",
                "fix the entry by hand on the victims",
            ),
        ),
        first_ns=claim.first_ns,
        last_ns=claim.last_ns,
        proto="ARP",
        filter_display=f"arp && (eth.src == {who.mac} || arp.src.hw_mac == {who.mac})",
        filter_bpf=f"arp and ether src {who.mac}",
        confidence=0.95 if len(reasons) > 1 else 0.8,
        rank=3,
    )


def moved(who: Claimant, claim: Claim) -> Finding:
    """`arp.moved`: the new MAC is the source, the address and its old MAC the target."""
    return Finding(
        rule="arp.moved",
        severity=Severity.INFO,
        keys=(("arp.moved", who.ip),),
        src=Endpoint(mac=who.mac),
        dst=Endpoint(who.ip, mac=who.before[0] if who.before else None),
        evidence=Evidence(1, 1, "moves", samples=tuple(claim.samples)),
        text=Explanation(
            f"{who.ip} moved from {listed(who.before, 3)} to {who.mac}.",
            why="Fail-over, a new network card and a reused address all look like this.",
            next=("was a fail-over or a new device planned?",),
        ),
        first_ns=claim.first_ns,
        last_ns=claim.last_ns,
        proto="ARP",
        filter_display=f"arp.src.proto_ipv4 == {who.ip}",
        filter_bpf=f"arp host {who.ip}",
        confidence=0.6,
    )
