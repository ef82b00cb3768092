"""Dissection of one packet, and of one conversation, on demand: the only place (beside capture) that uses scapy.

nodes     what comes out: layers, fields, places
library   scapy imported late, silenced, bounded
walk      scapy's fields, with the bytes each took
options   options of TCP and DHCP, one by one
records   DNS records; tls, http: what scapy does not place, read here
words     titles, and the display filter behind a field
tree      tree(data, linktype) -> Dissection
hexdump   hex and ASCII lines
stream    a TCP or UDP conversation put together
content   what a stream carries, made readable: HTTP bodies decoded
"""
