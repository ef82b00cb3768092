"""EVE lines: Suricata's keys, our severities turned round, and no raw payload."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.core.alert.test_log import finding, told
from tui.core.alert.alerts import Endpoint, Severity
from tui.core.alert.log import AlertLog
from tui.core.alert.rules import RULES
from tui.export.eve import eve, eve_line, timestamp


def alert(**changed: object):
    log = AlertLog()
    log.report(finding(**changed), 1)
    return told(log)


def test_the_keys_of_the_contract() -> None:
    event = json.loads(eve_line(alert(samples=(4, 2)), "eth0"))
    assert event["event_type"] == "alert" and event["in_iface"] == "eth0"
    assert (event["src_ip"], event["dest_ip"]) == ("10.0.0.5", "10.0.0.9")
    assert event["alert"]["gid"] == 77 and event["alert"]["signature_id"] == 7_700_001
    assert event["alert"]["signature"] == "NETTUI Vertical port scan"
    assert all(isinstance(v, list) and all(isinstance(x, str) for x in v) for v in event["alert"]["metadata"].values())
    ours = event["nettui"]
    assert ours["rule"] == "scan.vertical" and ours["event"] == "open" and ours["evidence"]["samples"] == [3, 5]
    assert {
        "incident_id",
        "severity",
        "first_seen",
        "last_seen",
        "count",
        "filter_display",
        "filter_bpf",
        "text",
    } <= set(ours)
    assert 0 <= event["flow_id"] < 1 << 64


def test_the_worst_is_one() -> None:
    worst = [
        eve(alert(severity=s))["alert"]["severity"]
        for s in (Severity.CRITICAL, Severity.HIGH, Severity.LOW, Severity.INFO)
    ]
    assert worst == [1, 1, 2, 3]


def test_nothing_unsure_is_called_command_and_control() -> None:
    sure = alert(rule="tunnel.dns")
    assert "Command and Control" in eve(sure)["alert"]["category"]
    assert eve(replace(sure, confidence=0.5))["alert"]["category"] == "Potentially Bad Traffic"


def test_a_flow_has_its_community_id() -> None:
    flow = replace(alert(), src=Endpoint("128.232.110.120", 34855), dst=Endpoint("66.35.250.204", 80), proto="TCP")
    assert eve(flow)["community_id"] == "1:LQU9qZlK+B5F3KDmev6m5PMibrg="
    assert eve(alert())["community_id"] is None


def test_times_are_written_as_suricata_does_and_never_fail() -> None:
    assert timestamp(1_700_000_000_123_456_789) == "2023-11-14T22:13:20.123456+0000"
    assert timestamp(-(1 << 63))[:4].isdigit() and timestamp((1 << 63) - 1)[:4] == "2262"


def test_every_rule_has_a_number_of_its_own() -> None:
    assert len({r.number for r in RULES.values()}) == len(RULES)
