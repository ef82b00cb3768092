"""Limits of the two kinds of tunnels, which share a family."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TunnelThresholds:
    dns_queries: int = 20
    dns_unique: float = 0.8
    dns_length: float = 20.0
    """Mean characters before the registered zone."""
    dns_odd_types: float = 0.5
    dns_entropy: float = 3.4
    """Bits per character of those."""
    dns_bytes: float = 250.0
    """Per query, with its answer."""
    dns_signs: int = 3
    dns_window_s: int = 300
    icmp_echoes: int = 20
    icmp_sizes: int = 5
    icmp_odd_replies: float = 0.2
    """Replies of another size, or another content, than their request."""
    icmp_imbalance: float = 0.2
    icmp_bytes: int = 20_000
    icmp_signs: int = 2
