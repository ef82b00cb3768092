"""Measures: for each rule the limit that it is nearest to, as `--set` calls it, and the unit it counts in."""

from __future__ import annotations

from tui.core.alert.nearness import Near
from tui.detectors.thresholds import Thresholds

MEASURES: dict[str, tuple[str, str]] = {
    "scan.vertical": ("scan.vertical_ports", "ports"),
    "scan.horizontal": ("scan.horizontal_hosts", "hosts"),
    "scan.random": ("scan.random_attempts", "services"),
    "scan.slow_trw": ("scan.trw_score", "score"),
    "scan.distributed": ("scan.distributed_ports", "ports"),
    "scan.icmp_sweep": ("scan.icmp_sweep_hosts", "silent hosts"),
    "scan.arp": ("arp.scan_targets", "addresses"),
    "tcp.illegal_flags": ("tcp.illegal_flags_packets", "packets"),
    "sensitive_port": ("sensitive_port.services", "services"),
    "flood.syn": ("flood.syn_rate", "SYN/s"),
    "flood.icmp": ("flood.icmp_rate", "echoes/s"),
    "flood.udp": ("flood.udp_rate", "datagrams/s"),
    "flood.ack": ("flood.ack_rate", "stray ACKs/s"),
    "flood.rst": ("flood.rst_rate", "stray RSTs/s"),
    "amplification": ("amplification.answers", "answers"),
    "dos.slowloris": ("dos.slowloris_connections", "connections"),
    "arp.spoof": ("arp.spoof_replies", "replies"),
    "mac.flood": ("mac.flood_addresses", "new MACs"),
    "dhcp.starvation": ("dhcp.starvation_clients", "clients"),
    "ipv6.ra_new": ("ipv6.ra_new_unasked", "adverts"),
    "wifi.deauth": ("wifi.deauth_frames", "frames"),
    "tunnel.dns": ("tunnel.dns_signs", "signs"),
    "dns.nxdomain_burst": ("dns.nxdomain_burst_names", "names"),
    "tunnel.icmp": ("tunnel.icmp_signs", "signs"),
    "brute.ssh": ("brute.ssh_sessions", "sessions"),
    "brute.rdp": ("brute.rdp_sessions", "sessions"),
    **{
        f"brute.{name}": (f"brute.{name}_refusals", "refusals")
        for name in ("ftp", "http", "mail", "telnet", "smb", "mysql", "postgresql", "redis")
    },
    "beacon": ("beacon.contacts", "contacts"),
    "exfil.volume": ("exfil.volume_bytes", "bytes"),
    "conn.long": ("conn.long_info_h", "hours"),
    "volume.rise": ("volume.rise_z", "deviations"),
    "volume.fall": ("volume.fall_z", "deviations"),
    "size.irregular": ("size.irregular_distance", "distance"),
}
"""A rule that is not here alerts on one sighting: a password in clear text, a DHCP server that nobody knows."""


def complete(best: dict[str, Near], rules: tuple[str, ...], thresholds: Thresholds) -> tuple[Near, ...]:
    """One for every rule, those that measure nothing now too; the nearest first, then by name."""
    limits = thresholds.settings()
    found = []
    for rule in rules:
        setting, unit = MEASURES.get(rule, ("", "sightings"))
        limit = float(str(limits[setting])) if setting else 1.0
        near = best.get(rule)
        found.append(
            Near(rule, near.value, near.limit, unit, near.subject, near.gate, near.gate_share, setting)
            if near
            else Near(rule, 0.0, limit, unit, setting=setting)
        )
    return tuple(sorted(found, key=lambda n: (-n.share, n.rule)))
