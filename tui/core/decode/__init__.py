"""decode(frames) -> Columns: every header column of a batch with array operations, for any bytes at all.

| module | reads |
|---|---|
| gather, batch, payload | how: bytes of many packets at once; how far each packet has come |
| link, ethernet, ppp, wireless | link types, tags and labels, to the ethertype of the network layer |
| network | IPv4, IPv6 with extension headers, ARP |
| transport, control | ports and flags; ICMP, IGMP; packets inside packets |
| application, tcp_protocols, udp_protocols | protocol names by port and by first bytes |
| tunnels | the packets inside: the same again, over the rows that carry one |

Addresses, ports and offsets are those of the outermost network layer; `protocol` is the highest that is recognised
in the innermost; `layers` tells of all of them. Nothing here depends on an earlier packet: what a flow has shown
before is the flow table's to add.
"""

from __future__ import annotations

from tui.core.decode.tunnels import decode, decode_inner

__all__ = ["decode", "decode_inner"]
