"""EVE: alerts as the JSON lines that Suricata writes, so that what reads those reads ours."""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
import json
from dataclasses import asdict
from typing import Any

from tui.core.alert.alerts import Alert, Endpoint, Severity
from tui.core.alert.response import Response
from tui.core.alert.rules import BAD, CONTROL, RULES
from tui.core.columns import AddressKind
from tui.core.communityid import community_id

GENERATOR = 77
FIRST_SIGNATURE = 7_700_000
_NUMBERS = {"TCP": 6, "UDP": 17}
SURE = 0.8
"""Below this confidence nothing is called command and control."""
_WORST_FIRST = {Severity.CRITICAL: 1, Severity.HIGH: 1, Severity.LOW: 2, Severity.INFO: 3}


def timestamp(time_ns: int) -> str:
    """ISO 8601 with microseconds and zone, as Suricata writes it; times beyond the calendar are cut to its edge."""
    low, high = -62_135_596_800, 253_402_300_799
    second, rest = divmod(time_ns, 1_000_000_000)
    moment = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(
        seconds=min(max(second, low), high)
    )
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest // 1_000:06}+0000"


def eve(alert: Alert, interface: str = "", response: Response | None = None) -> dict[str, Any]:
    """One event of an incident. No payload, no credential is ever in it. `response`: where one was asked for."""
    return {
        "timestamp": timestamp(alert.detected_ns),
        "event_type": "alert",
        "in_iface": alert.interface or interface or None,
        "src_ip": alert.src.ip,
        "src_port": alert.src.port,
        "dest_ip": alert.dst.ip,
        "dest_port": alert.dst.port,
        "proto": alert.proto or None,
        "vlan": None if alert.vlan is None else [alert.vlan],
        "community_id": _community(alert),
        "flow_id": int.from_bytes(hashlib.blake2b(alert.incident_id.encode(), digest_size=8).digest(), "big") >> 11,
        "alert": _signature(alert),
        "nettui": _incident(alert) | ({"response": response.to_event()} if response else {}),
    }


def _signature(alert: Alert) -> dict[str, Any]:
    """What Suricata says of the rule that has fired."""
    rule = RULES[alert.rule]
    return {
        "action": "allowed",
        "gid": GENERATOR,
        "signature_id": FIRST_SIGNATURE + rule.number,
        "rev": rule.revision,
        "signature": f"NETTUI {rule.title}",
        "category": BAD if rule.category == CONTROL and alert.confidence < SURE else rule.category,
        "severity": _WORST_FIRST[alert.severity],
        "metadata": {
            "attack": list(rule.attack),
            "confidence": [f"{alert.confidence:.2f}"],
            "incident_id": [alert.incident_id],
            "nettui_rule": [alert.rule],
        },
    }


def _incident(alert: Alert) -> dict[str, Any]:
    """What Suricata has no place for."""
    return {
        "id": alert.id,
        "incident_id": alert.incident_id,
        "rule": alert.rule,
        "severity": int(alert.severity),
        "event": alert.event.value,
        "status": alert.status.value,
        "confidence": alert.confidence,
        "first_seen": timestamp(alert.first_ns),
        "last_seen": timestamp(alert.last_ns),
        "count": alert.count,
        "suppressed": alert.suppressed,
        "sampled": alert.sampled,
        "src": _endpoint(alert.src),
        "sources_distinct": alert.sources,
        "dst": _endpoint(alert.dst),
        "evidence": asdict(alert.evidence) | {"samples": [number + 1 for number in alert.evidence.samples]},
        "text": asdict(alert.text) | {"next": list(alert.text.next)},
        "filter_display": alert.filter_display,
        "filter_bpf": alert.filter_bpf,
        "related": list(alert.related),
        "tags": list(alert.tags),
    }


def eve_line(alert: Alert, interface: str = "", response: Response | None = None, *, ascii_only: bool = False) -> str:
    """The event as one line of JSON."""
    return json.dumps(eve(alert, interface, response), ensure_ascii=ascii_only, separators=(",", ":"))


def _endpoint(end: Endpoint) -> dict[str, Any]:
    return {"ip": end.ip, "mac": end.mac, "port": end.port, "name": end.name, "spoofable": end.spoofable}


def _community(alert: Alert) -> str | None:
    """Only where the alert names both ends of a flow."""
    src, dst = alert.src, alert.dst
    if not src.ip or not dst.ip or src.port is None or dst.port is None or alert.proto not in _NUMBERS:
        return None
    one, other = ipaddress.ip_address(src.ip), ipaddress.ip_address(dst.ip)
    if one.version != other.version:
        return None
    kind = AddressKind.IPV4 if one.version == 4 else AddressKind.IPV6
    ends = [divmod(int(end), 1 << 64) for end in (one, other)]
    return community_id(kind, ends[0], ends[1], _NUMBERS[alert.proto], src.port, dst.port)
