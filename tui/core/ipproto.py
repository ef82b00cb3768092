"""Numbers of the transport protocols in IPv4's protocol and IPv6's next header field (IANA, Protocol Numbers)."""

ICMP, TCP, UDP, DCCP, ICMPV6, SCTP, UDP_LITE = 1, 6, 17, 33, 58, 132, 136
WITH_PORTS = frozenset((TCP, UDP, DCCP, SCTP, UDP_LITE))
"""Whose header begins with the port of the sender and that of the receiver."""
