"""Which addresses are of here, and which of the internet."""

from __future__ import annotations

import ipaddress
from functools import lru_cache


@lru_cache(maxsize=8_192)
def is_local(address: str | None) -> bool:
    """Private, link-local or loopback: not routed in the internet."""
    if not address:
        return True
    ip = ipaddress.ip_address(address)
    return not ip.is_global or ip.is_multicast
