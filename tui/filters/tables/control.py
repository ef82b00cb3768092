"""Fields of the messages that keep the network going: ICMP, ICMPv6, IGMP."""

from __future__ import annotations

from tui.filters import guards
from tui.filters.fields import Field
from tui.filters.kinds import Kind
from tui.filters.readers.neighbours import read_groups, read_neighbour_options
from tui.filters.sources import Reader
from tui.filters.starts import at_end, at_l4
from tui.filters.tables.make import Header, column, parsed

_ICMP = Header(guards.icmp, at_l4)
_ICMP6 = Header(guards.icmpv6, at_l4)
_GROUPS = Reader(guards.igmp, at_l4, at_end, read_groups)
_OPTIONS = Reader(guards.icmpv6_type(133, 134, 135, 136, 137), at_l4, at_end, read_neighbour_options)
_ROUTERS = guards.icmpv6_type(134)
_B = Kind.BOOLEAN
_TARGETS = guards.icmpv6_type(136)

CONTROL: tuple[Field, ...] = (
    column("icmp.type", Kind.UNSIGNED, "code", guards.icmp, "8 echo request, 0 reply, 3 unreachable", bits=8, shift=8),
    column("icmp.code", Kind.UNSIGNED, "code", guards.icmp, "code within the type", bits=8, mask=0xFF),
    _ICMP.number("icmp.checksum", 2, 2, "checksum"),
    _ICMP.number("icmp.ident", 4, 2, "identifier", guard=guards.icmp_echo),
    _ICMP.number("icmp.seq", 6, 2, "sequence number", guard=guards.icmp_echo),
    column(
        "icmpv6.type", Kind.UNSIGNED, "code", guards.icmpv6, "128 echo request, 135 neighbor solicitation", bits=8,
        shift=8,
    ),
    column("icmpv6.code", Kind.UNSIGNED, "code", guards.icmpv6, "code within the type", bits=8, mask=0xFF),
    _ICMP6.number("icmpv6.checksum", 2, 2, "checksum"),
    _ICMP6.number("icmpv6.echo.identifier", 4, 2, "identifier", guard=guards.icmpv6_echo),
    _ICMP6.number("icmpv6.echo.sequence_number", 6, 2, "sequence number", guard=guards.icmpv6_echo),
    column(
        "igmp.type", Kind.UNSIGNED, "code", guards.igmp, "0x11 query, 0x16 report, 0x22 version 3 report", bits=8,
        shift=8,
    ),
    _ICMP.number("icmp.mtu", 6, 2, "of the next hop, where a packet was too big", guard=guards.icmp_too_big),
    _ICMP.address("icmp.redir_gw", Kind.IPV4, 4, "router to use instead", guards.icmp_type(5)),
    _ICMP6.number("icmpv6.mtu", 4, 4, "of the next hop, where a packet was too big", guard=guards.icmpv6_type(2)),
    _ICMP6.address("icmpv6.nd.ns.target_address", Kind.IPV6, 8, "who is asked for", guards.icmpv6_type(135)),
    _ICMP6.address("icmpv6.nd.na.target_address", Kind.IPV6, 8, "who answers", _TARGETS),
    _ICMP6.number("icmpv6.nd.na.flag.r", 4, 1, "is a router", shift=7, kind=Kind.BOOLEAN, bits=1, guard=_TARGETS),
    _ICMP6.number("icmpv6.nd.na.flag.s", 4, 1, "was asked", shift=6, mask=1, kind=Kind.BOOLEAN, bits=1, guard=_TARGETS),
    _ICMP6.number("icmpv6.nd.na.flag.o", 4, 1, "overrides", shift=5, mask=1, kind=Kind.BOOLEAN, bits=1, guard=_TARGETS),
    _ICMP6.number("icmpv6.nd.ra.router_lifetime", 6, 2, "seconds of a router", guard=guards.icmpv6_type(134)),
    _ICMP6.number("icmpv6.nd.ra.cur_hop_limit", 4, 1, "hop limit to use", guard=_ROUTERS),
    _ICMP6.number("icmpv6.nd.ra.flag", 5, 1, "flags of a router", guard=_ROUTERS),
    _ICMP6.number("icmpv6.nd.ra.flag.m", 5, 1, "addresses by DHCPv6", shift=7, kind=_B, bits=1, guard=_ROUTERS),
    _ICMP6.number("icmpv6.nd.ra.flag.o", 5, 1, "more by DHCPv6", shift=6, mask=1, kind=_B, bits=1, guard=_ROUTERS),
    _ICMP6.address("icmpv6.nd.rd.target_address", Kind.IPV6, 8, "better first hop", guards.icmpv6_type(137)),
    _ICMP6.number("icmpv6.mldr.nb_mcast_records", 6, 2, "groups in a report", guard=guards.icmpv6_type(143)),
    _ICMP6.address("icmpv6.mld.multicast_address", Kind.IPV6, 8, "group", guards.icmpv6_type(130, 131, 132)),
    parsed(_OPTIONS, "icmpv6.opt.type", Kind.UNSIGNED, "1 source link address, 2 target, 3 prefix, 5 MTU", 8),
    parsed(_OPTIONS, "icmpv6.opt.linkaddr", Kind.ETHER, "MAC address in an option"),
    parsed(_OPTIONS, "icmpv6.opt.prefix", Kind.IPV6, "prefix that a router announces"),
    parsed(_OPTIONS, "icmpv6.opt.mtu", Kind.UNSIGNED, "MTU that a router announces", 32),
    parsed(_GROUPS, "igmp.maddr", Kind.IPV4, "group, of every record"),
)  # fmt: skip
