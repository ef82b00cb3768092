"""Numbers of the transport protocols in IPv4's protocol and IPv6's next header field (IANA, Protocol Numbers)."""

ICMP, TCP, UDP, DCCP, ICMPV6, SCTP = 1, 6, 17, 33, 58, 132
