"""Limits of the scan rules, of ports and of hosts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScanThresholds:
    """Limits of `scan.*`: attempts count once for each different target and port; ICMP sweeps count hosts."""

    idle_s: int = 15 * 60
    """A source, pair, port or target that has not failed for so long is forgotten."""
    vertical_ports: int = 15
    """Different ports of one host that failed for one source."""
    horizontal_hosts: int = 20
    """Different hosts at which one port failed for one source."""
    random_attempts: int = 25
    """Different services, of any host, that failed for one source."""
    ratio: float = 0.5
    """Failed, of all distinct attempts."""
    trw_score: float = 11.5
    """Where the walk ends: ln(1 / alpha), alpha 1e-5. Scanners are rare, which asks for more than the paper's 1e-2."""
    trw_failures: int = 9
    """... and at least so many services must have failed."""
    trw_theta: float = 0.2
    """A scanner's attempts succeed so often, a user's fail so often (Jung et al. 2004, Threshold Random Walk)."""
    trw_floor: float = -4.6
    """ln(0.01): the walk goes no lower, so that a long honest past does not hide a scan."""
    distributed_ports: int = 30
    """Different ports of one host that failed for several sources together."""
    distributed_sources: int = 3
    distributed_share: float = 0.6
    """No source has more than this share of the failures; else it is a scan of its own."""
    decoy_s: int = 60
    """Vertical scans of one target that begin within this time are one."""
    icmp_sweep_hosts: int = 10
    """Silent hosts among those that one source has pinged in `icmp_sweep_window_s`."""
    icmp_sweep_silent: float = 0.4
    """... and this share of all pinged hosts is silent."""
    icmp_sweep_many: int = 15
    """Of so many hosts even `icmp_sweep_some` silent ones are more than a poller has."""
    icmp_sweep_some: float = 0.3
    icmp_sweep_window_s: int = 60
    icmp_sweep_patience_s: int = 3
    """A host that has not answered for so long is silent."""
    peer_share: float = 0.6
    """Where so many of the failures are at different, high ports of different hosts, it looks like peer-to-peer."""
