"""Every guard: what is never blocked, what is limited in place of a block, and what is taken back how."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from tests.core.alert.test_log import finding, told
from tui.core.alert.alerts import Alert, Endpoint, Severity
from tui.core.alert.log import AlertLog
from tui.core.alert.response import Guard, Response, learned, suggest, trusted
from tui.core.alert.rules import RULES
from tui.core.baseline import Baseline

OUTSIDE, INSIDE = "203.0.113.9", "10.0.4.17"
GUARD = Guard({"10.0.4.1": "a gateway of this machine"}, ("192.0.2.0/24",))


def alert(rule: str = "scan.vertical", src: str | None = OUTSIDE, dst: str | None = INSIDE, **changed: object) -> Alert:
    log = AlertLog()
    log.report(finding(rule=rule), 1)
    port = changed.pop("port", None)
    made = replace(told(log), src=Endpoint(src), dst=Endpoint(dst, port), severity=Severity.HIGH)
    return replace(made, **changed)


def test_an_attacker_is_blocked_for_a_time_and_that_can_be_taken_back() -> None:
    found = suggest(alert(), GUARD)
    assert found.command == "nft add element inet nettui block { 203.0.113.9 timeout 10m }"
    assert found.undo == "nft delete element inet nettui block { 203.0.113.9 }"


def test_ipv6_has_a_set_of_its_own() -> None:
    assert " block6 { 2001:db8::9 timeout" in suggest(alert(src="2001:db8::9"), GUARD).command


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("10.0.4.1", "gateway"),
        ("192.0.2.77", "allowed"),
        ("127.0.0.1", "no single host"),
        ("224.0.0.1", "no single host"),
        ("255.255.255.255", "no single host"),
        ("0.0.0.0", "no single host"),
        ("ff02::1", "no single host"),
        (None, "no address"),
        ("not an address; rm -rf /", "no address"),
    ],
)
def test_who_is_never_blocked(source: str | None, why: str) -> None:
    found = suggest(alert(src=source), GUARD)
    assert found.command == found.undo == ""
    assert why in found.reason


def test_a_source_that_may_be_forged_is_never_blocked() -> None:
    forged = replace(alert(), src=Endpoint(OUTSIDE, spoofable=True))
    assert suggest(forged, GUARD).command == ""
    assert suggest(replace(alert(), sources=3), GUARD).command == ""


@pytest.mark.parametrize("rule", ["scan.distributed", "tcp.illegal_flags", "amplification", "flood.icmp"])
def test_attacks_whose_sources_are_forged_or_innocent_name_no_address(rule: str) -> None:
    found = suggest(alert(rule, port=80), GUARD)
    assert found.command == ""
    assert found.reason


@pytest.mark.parametrize(("rule", "kind"), [("flood.syn", "tcp"), ("flood.udp", "udp"), ("flood.ack", "tcp")])
def test_a_flood_has_its_port_limited_and_not_its_source_blocked(rule: str, kind: str) -> None:
    found = suggest(alert(rule, port=443), GUARD)
    assert found.command == f"nft add element inet nettui limited {{ {INSIDE} . {kind} . 443 timeout 10m }}"
    assert OUTSIDE not in found.command + found.undo
    assert suggest(alert(rule, port=None), GUARD).command == ""


@pytest.mark.parametrize("rule", ["arp.spoof", "dhcp.rogue", "mac.flood", "ipv6.ra_new", "wifi.deauth", "scan.arp"])
def test_what_happens_below_addresses_is_no_matter_of_a_filter(rule: str) -> None:
    assert "switch port" in suggest(alert(rule), GUARD).reason


@pytest.mark.parametrize("rule", ["beacon", "exfil.volume", "tunnel.icmp"])
def test_of_what_leaves_the_far_end_is_blocked(rule: str) -> None:
    assert "8.8.4.4" in suggest(alert(rule, src=INSIDE, dst="8.8.4.4"), GUARD).command
    assert "8.8.4.4" in suggest(alert(rule, src="8.8.4.4", dst=INSIDE), GUARD).command


def test_the_resolver_of_a_tunnel_is_never_blocked() -> None:
    guard = GUARD.also(learned(Baseline(services={"10.0.4.53:53/UDP"})))
    assert "a DNS server" in suggest(alert("tunnel.dns", src=INSIDE, dst="10.0.4.53"), guard).reason


def test_what_is_not_sure_is_not_acted_upon() -> None:
    assert "not sure" in suggest(alert(severity=Severity.INFO), GUARD).reason
    assert "not sure" in suggest(alert(confidence=0.5), GUARD).reason


def test_every_rule_has_an_answer() -> None:
    for rule in RULES:
        found = suggest(alert(rule), GUARD)
        assert bool(found.command) != bool(found.reason), rule
        assert found.command.startswith("nft add element inet nettui ") or not found.command


def test_what_was_learned_and_what_was_allowed_is_protected() -> None:
    @dataclass
    class Watching:
        detectors: object

    @dataclass
    class Watch:
        learned: Baseline
        log: AlertLog

    log = AlertLog()
    log.report(finding(), 1)
    log.mute(told(log).incident_id, "pair", "me", 0, None)
    known = Baseline(routers={"fe80::1 02:00:00:00:00:01"}, dhcp_servers={"10.0.4.2"}, services={"10.0.4.3:53/UDP"})
    guard = trusted(Watching(Watch(known, log)))  # as much of a monitor as is asked for
    assert set(guard.addresses) == {"fe80::1", "10.0.4.2", "10.0.4.3"}
    assert guard.allowed == ("10.0.0.5", "10.0.0.9")
    assert trusted(Watching(None)) == Guard()


def test_an_event_says_that_nothing_was_done() -> None:
    event = Response("add", "delete").to_event()
    assert (event["suggested"], event["undo"], event["taken"]) == ("add", "delete", None)
    assert Response(reason="why").to_event()["suggested"] is None
