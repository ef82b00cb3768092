"""Thresholds: the limits of every family, under the names that `--set rule.threshold=value` takes."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

from tui.core.alert.log import AlertLimits
from tui.detectors.amplification import AmplificationThresholds
from tui.detectors.arp import ArpThresholds
from tui.detectors.beacon import BeaconThresholds
from tui.detectors.credentials import CleartextThresholds
from tui.detectors.dhcp import DhcpThresholds
from tui.detectors.exfil import ExfilThresholds
from tui.detectors.ipv6 import Ipv6Thresholds
from tui.detectors.lan import MacThresholds, WifiThresholds
from tui.detectors.login import BruteThresholds
from tui.detectors.nxdomain import DnsThresholds
from tui.detectors.policy import ConnThresholds, TlsThresholds
from tui.detectors.scanlimits import ScanThresholds
from tui.detectors.sensitive import SensitiveThresholds
from tui.detectors.size import SizeThresholds
from tui.detectors.slow import DosThresholds
from tui.detectors.synflood import FloodThresholds
from tui.detectors.tcpflags import TcpThresholds
from tui.detectors.tunnels import TunnelThresholds
from tui.detectors.volume import VolumeThresholds
from tui.errors import UsageError


@dataclass(frozen=True, slots=True)
class Thresholds:
    """One field for each family: the first word of its rules."""

    alerts: AlertLimits = field(default_factory=AlertLimits)
    scan: ScanThresholds = field(default_factory=ScanThresholds)
    flood: FloodThresholds = field(default_factory=FloodThresholds)
    tcp: TcpThresholds = field(default_factory=TcpThresholds)
    sensitive_port: SensitiveThresholds = field(default_factory=SensitiveThresholds)
    amplification: AmplificationThresholds = field(default_factory=AmplificationThresholds)
    dos: DosThresholds = field(default_factory=DosThresholds)
    arp: ArpThresholds = field(default_factory=ArpThresholds)
    mac: MacThresholds = field(default_factory=MacThresholds)
    dhcp: DhcpThresholds = field(default_factory=DhcpThresholds)
    ipv6: Ipv6Thresholds = field(default_factory=Ipv6Thresholds)
    wifi: WifiThresholds = field(default_factory=WifiThresholds)
    tunnel: TunnelThresholds = field(default_factory=TunnelThresholds)
    dns: DnsThresholds = field(default_factory=DnsThresholds)
    brute: BruteThresholds = field(default_factory=BruteThresholds)
    cleartext: CleartextThresholds = field(default_factory=CleartextThresholds)
    tls: TlsThresholds = field(default_factory=TlsThresholds)
    beacon: BeaconThresholds = field(default_factory=BeaconThresholds)
    exfil: ExfilThresholds = field(default_factory=ExfilThresholds)
    conn: ConnThresholds = field(default_factory=ConnThresholds)
    volume: VolumeThresholds = field(default_factory=VolumeThresholds)
    size: SizeThresholds = field(default_factory=SizeThresholds)

    def with_setting(self, name: str, value: str) -> Thresholds:
        """The same with one limit changed: `scan.vertical.ports` is field `vertical_ports` of `scan`."""
        family, _, rest = name.strip().partition(".")
        limit = rest.replace(".", "_").replace("-", "_")
        group: Any = getattr(self, family, None) if family in {f.name for f in fields(self)} else None
        if group is None:
            raise UsageError(f"no such family of rules: {family}", "one of " + ", ".join(f.name for f in fields(self)))
        if limit not in {f.name for f in fields(group)}:
            known = ", ".join(f"{family}.{f.name}" for f in fields(group))
            raise UsageError(f"no such limit: {name}", "one of " + known)
        changed = replace(group, **{limit: _convert(name, value, getattr(group, limit))})
        return replace(self, **{family: changed})

    def settings(self) -> dict[str, object]:
        """Every limit by the name under which it can be set."""
        return {
            f"{family.name}.{limit.name}": getattr(getattr(self, family.name), limit.name)
            for family in fields(self)
            for limit in fields(getattr(self, family.name))
        }


def _convert(name: str, text: str, old: object) -> object:
    """`text` as the type of the limit that it replaces."""
    try:
        if isinstance(old, tuple):
            kind = type(old[0]) if old else str
            return tuple(kind(word) for word in text.split(",") if word.strip())
        if isinstance(old, int):
            value: float = int(text)
        else:
            value = float(text)
    except ValueError:
        raise UsageError(f"{name}: {text!r} is no number", f"a number such as {old}") from None
    if not 0 <= value < float("inf"):
        raise UsageError(f"{name}: {text} is out of range", "a number from 0 up")
    return value
