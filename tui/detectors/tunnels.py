"""Limits of the two kinds of tunnels, which share a family."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TunnelThresholds:
    """Limits of `tunnel.dns` (one client, one zone) and `tunnel.icmp` (two hosts, one echo identifier)."""

    dns_queries: int = 20
    """Queries, and different names, of the zone from which on it is judged."""
    dns_unique: float = 0.8
    """Sign 1: different names, of all queries."""
    dns_length: float = 20.0
    """Sign 2: mean characters before the registered zone."""
    dns_odd_types: float = 0.5
    """Sign 3: queries for types that carry data (TXT, NULL, ...), of all."""
    dns_entropy: float = 3.4
    """Sign 4: mean entropy of what stands before the zone, in bits per character."""
    dns_bytes: float = 250.0
    """Sign 5: bytes per query, with its answer."""
    dns_signs: int = 3
    """Signs, of the five, that make an alert."""
    dns_window_s: int = 5 * 60
    """Counting begins anew after so long."""
    icmp_echoes: int = 20
    """Echoes from which on they are judged."""
    icmp_sizes: int = 5
    """Sign 1: different sizes."""
    icmp_odd_replies: float = 0.2
    """Sign 2: replies of another size, or another content, than their request, of all."""
    icmp_imbalance: float = 0.2
    """Sign 3: requests and replies differ by this share of all."""
    icmp_bytes: int = 20_000
    """Sign 4: bytes, in three sizes or more."""
    icmp_signs: int = 2
    """Signs, of the four, that make an alert."""
