"""Limits of the scan rules, of ports and of hosts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScanThresholds:
    idle_s: int = 15 * 60
    vertical_ports: int = 15
    horizontal_hosts: int = 20
    random_attempts: int = 25
    ratio: float = 0.5
    """Failed, of all distinct attempts."""
    trw_score: float = 11.5
    """ln(1 / alpha), alpha 1e-5: the base rate of scanners asks for more than the paper's 1e-2."""
    trw_failures: int = 9
    trw_theta: float = 0.2
    """A scanner's attempts succeed so often, a user's fail so often."""
    trw_floor: float = -4.6
    distributed_ports: int = 30
    distributed_sources: int = 3
    distributed_share: float = 0.6
    decoy_s: int = 60
    """Vertical scans of one target that begin within this time are one."""
    icmp_sweep_hosts: int = 10
    icmp_sweep_silent: float = 0.4
    icmp_sweep_many: int = 15
    """Of so many hosts even `icmp_sweep_some` silent ones are more than a poller has."""
    icmp_sweep_some: float = 0.3
    icmp_sweep_window_s: int = 60
    icmp_sweep_patience_s: int = 3
    """A host that has not answered for so long is silent."""
    peer_share: float = 0.6
    """Where so many of the failures are at different, high ports of different hosts, it looks like peer-to-peer."""
