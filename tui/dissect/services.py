"""Services: what a port is called in the system's own list (/etc/services)."""

from __future__ import annotations

import socket
from functools import lru_cache

_TRANSPORTS = {6: "tcp", 17: "udp", 33: "dccp", 132: "sctp"}


@lru_cache(4_096)
def service(port: int, ip_proto: int) -> str:
    """`https` for 443 of TCP; empty where the list has none."""
    transport = _TRANSPORTS.get(ip_proto)
    if transport is None or not 0 < port < 65_536:
        return ""
    try:
        return socket.getservbyport(port, transport)
    except OSError:
        return ""
