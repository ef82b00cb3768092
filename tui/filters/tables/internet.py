"""Fields of the network layer: IPv4, IPv6."""

from __future__ import annotations

from tui.core.columns import Mark
from tui.filters import guards
from tui.filters.fields import Field
from tui.filters.kinds import Kind
from tui.filters.readers.ip_options import read_extensions, read_ip_options
from tui.filters.sources import Reader
from tui.filters.starts import at_end, at_l3
from tui.filters.tables.make import Header, column, parsed, union, written

_IP = Header(guards.ipv4, at_l3)
_IP6 = Header(guards.ipv6, at_l3)
_EXTENSIONS = Reader(guards.both(guards.mark(Mark.OPTIONS), guards.ipv6), at_l3, at_end, read_extensions)
_OPTIONS = Reader(guards.both(guards.mark(Mark.OPTIONS), guards.ipv4), at_l3, at_end, read_ip_options)
_PROTOCOLS = {
    "icmp": 1, "igmp": 2, "ipip": 4, "tcp": 6, "udp": 17, "ipv6": 41, "gre": 47, "esp": 50, "ah": 51, "icmpv6": 58,
    "ospf igp": 89, "ospf": 89, "pim": 103, "vrrp": 112, "l2tp": 115, "sctp": 132,
}  # fmt: skip

_SRC = column("ip.src", Kind.IPV4, "src", guards.ipv4, "source address")
_DST = column("ip.dst", Kind.IPV4, "dst", guards.ipv4, "destination address")
_SRC6 = column("ipv6.src", Kind.IPV6, "src", guards.ipv6, "source address")
_DST6 = column("ipv6.dst", Kind.IPV6, "dst", guards.ipv6, "destination address")

INTERNET: tuple[Field, ...] = (
    _SRC,
    _DST,
    union("ip.addr", (_SRC, _DST), "source or destination address, or network: 10.0.0.0/8"),
    written("ip.host", (_SRC, _DST), "source or destination address as text"),
    written("ip.src_host", (_SRC,), "source address as text"),
    written("ip.dst_host", (_DST,), "destination address as text"),
    union(
        "ip.version", (_IP.number("ip.version", 0, 1, "4", shift=4), _IP6.number("ip.version", 0, 1, "6", shift=4)),
        "4 or 6",
    ),
    _IP.number("ip.hdr_len", 0, 1, "bytes of the header", mask=0xF, scale=4),
    _IP.number("ip.dsfield", 1, 1, "differentiated services"),
    _IP.number("ip.dsfield.dscp", 1, 1, "DSCP", shift=2),
    _IP.number("ip.dsfield.ecn", 1, 1, "ECN", mask=3),
    _IP.number("ip.len", 2, 2, "bytes of header and payload"),
    _IP.number("ip.id", 4, 2, "identification"),
    _IP.number("ip.flags", 6, 1, "the three flags", shift=5),
    _IP.flag("ip.flags.rb", 6, 1, 0x80, "reserved bit"),
    _IP.flag("ip.flags.df", 6, 1, 0x40, "do not fragment"),
    _IP.flag("ip.flags.mf", 6, 1, 0x20, "more fragments follow"),
    _IP.number("ip.frag_offset", 6, 2, "fragment offset in units of 8 bytes", mask=0x1FFF),
    column("ip.ttl", Kind.UNSIGNED, "ttl", guards.ipv4, "time to live", bits=8),
    _IP.number("ip.proto", 9, 1, "protocol number above IP: 6 TCP, 17 UDP", names=_PROTOCOLS),
    _IP.number("ip.checksum", 10, 2, "header checksum"),
    parsed(_OPTIONS, "ip.opt.type", Kind.UNSIGNED, "kind of each option; alone: there are options", 8),
    parsed(_OPTIONS, "ip.opt.len", Kind.UNSIGNED, "length of each option", 8),
    _SRC6,
    _DST6,
    union("ipv6.addr", (_SRC6, _DST6), "source or destination address, or network: fe80::/10"),
    written("ipv6.host", (_SRC6, _DST6), "source or destination address as text"),
    written("ipv6.src_host", (_SRC6,), "source address as text"),
    written("ipv6.dst_host", (_DST6,), "destination address as text"),
    _IP6.number("ipv6.version", 0, 1, "6", shift=4),
    _IP6.number("ipv6.tclass", 0, 4, "traffic class", shift=20, mask=0xFF),
    _IP6.number("ipv6.tclass.dscp", 0, 4, "DSCP", shift=22, mask=0x3F),
    _IP6.number("ipv6.tclass.ecn", 0, 4, "ECN", shift=20, mask=3),
    _IP6.number("ipv6.flow", 0, 4, "flow label", mask=0xFFFFF),
    _IP6.number("ipv6.plen", 4, 2, "bytes of the payload"),
    _IP6.number("ipv6.nxt", 6, 1, "next header of the fixed header", names=_PROTOCOLS),
    column("ipv6.hlim", Kind.UNSIGNED, "ttl", guards.ipv6, "hop limit", bits=8),
    parsed(_EXTENSIONS, "ipv6.hopopts", Kind.NONE, "hop-by-hop options"),
    parsed(_EXTENSIONS, "ipv6.routing", Kind.NONE, "routing header"),
    parsed(_EXTENSIONS, "ipv6.dstopts", Kind.NONE, "destination options"),
    parsed(_EXTENSIONS, "ipv6.fraghdr", Kind.NONE, "fragment header"),
    parsed(_EXTENSIONS, "ipv6.fraghdr.offset", Kind.UNSIGNED, "fragment offset in units of 8 bytes", 16),
    parsed(_EXTENSIONS, "ipv6.fraghdr.more", Kind.BOOLEAN, "more fragments follow", 1),
    parsed(_EXTENSIONS, "ipv6.fraghdr.ident", Kind.UNSIGNED, "identification", 32),
)  # fmt: skip
