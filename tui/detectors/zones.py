"""Zones: who a DNS name belongs to, and names that are looked up for what they say by themselves."""

from __future__ import annotations

from functools import cache
from typing import Any

REVERSE = (".arpa",)
"""Names that stand for addresses (RFC 1035, section 3.5; RFC 3596, section 2.5)."""
LOOKUPS = (
    "spamhaus.org", "spamhaus.net", "cymru.com", "dnsbl.info", "surbl.org", "uribl.com", "barracudacentral.org",
    "sophosxl.net", "mcafee.com", "e5.sk", "sorbs.net", "spamcop.net", "mailspike.net", "abuse.ch", "dnswl.org",
    "senderbase.org", "trendmicro.com", "avast.com", "avcdn.net", "360safe.com", "kaspersky-labs.com",
)  # fmt: skip
"""Zones that answer questions put into names: block lists of senders, reputations of files. These are no tunnels."""


@cache
def _suffixes() -> Any:
    """The public suffix list, where its package is installed."""
    try:
        from publicsuffixlist import PublicSuffixList
    except ImportError:
        return None
    return PublicSuffixList()


def zone_of(name: str) -> str:
    """The registered zone of a name: example.co.uk of a.b.example.co.uk; by its last labels where no list is there."""
    labels = name.rstrip(".").lower().split(".")
    suffixes = _suffixes()
    if suffixes is not None:
        found = suffixes.privatesuffix(".".join(labels))
        if found:
            return str(found)
    short = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return ".".join(labels[-3 if short else -2 :])


def is_reversed(prefix: str) -> bool:
    """Labels of digits, or single hexadecimal digits, as reversed addresses are written."""
    labels = prefix.split(".")
    plain = [label for label in labels if label.isdigit() or len(label) == 1]
    return len(labels) >= 4 and len(plain) >= 4 and len(plain) >= len(labels) - 2
