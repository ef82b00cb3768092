"""Fields of what carries other packets: GRE, VXLAN, Geneve, GTP, MPLS, PPPoE."""

from __future__ import annotations

from tui.core.protocols import Layer
from tui.filters import guards
from tui.filters.fields import Field
from tui.filters.kinds import Kind
from tui.filters.readers.carried import read_gre_fields, read_link_fields, read_ppp_fields
from tui.filters.sources import Read, Reader, Union
from tui.filters.starts import at_end, at_ethernet, at_l4, at_payload, at_start
from tui.filters.tables.make import Header, parsed

_GRE = Reader(guards.transport(47), at_l4, at_end, read_gre_fields)
_LINK = Reader(
    guards.both(guards.ethernet, guards.layer(Layer.MPLS, Layer.PPPOE)), at_ethernet, at_end, read_link_fields
)
_PPP = Reader(guards.linktype(9, 50), at_start, at_end, read_ppp_fields)
_VXLAN = Header(guards.carrier(Layer.VXLAN, 4789), at_payload)
_GENEVE = Header(guards.carrier(Layer.GENEVE, 6081), at_payload)
_GTP = Header(guards.carrier(Layer.GTP, 2152), at_payload)

CARRIED: tuple[Field, ...] = (
    parsed(_GRE, "gre.flags_and_version", Kind.UNSIGNED, "flags and version", 16),
    parsed(_GRE, "gre.proto", Kind.UNSIGNED, "ethertype of what is carried", 16),
    parsed(_GRE, "gre.key", Kind.UNSIGNED, "key", 32),
    parsed(_GRE, "gre.sequence_number", Kind.UNSIGNED, "sequence number", 32),
    _VXLAN.number("vxlan.vni", 4, 3, "network (VNI)"),
    _GENEVE.number("geneve.vni", 4, 3, "network (VNI)"),
    _GTP.number("gtp.message", 1, 1, "255 a packet, 1 echo request"),
    _GTP.number("gtp.teid", 4, 4, "tunnel endpoint"),
    parsed(_LINK, "mpls.label", Kind.UNSIGNED, "label, of every entry of the stack", 32),
    parsed(_LINK, "mpls.exp", Kind.UNSIGNED, "traffic class", 8),
    parsed(_LINK, "mpls.bottom", Kind.UNSIGNED, "1 at the bottom of the stack", 8),
    parsed(_LINK, "mpls.ttl", Kind.UNSIGNED, "time to live", 8),
    parsed(_LINK, "pppoe.code", Kind.UNSIGNED, "0 a session's data", 8),
    parsed(_LINK, "pppoe.session_id", Kind.UNSIGNED, "session", 16),
    parsed(_LINK, "pppoe.payload_length", Kind.UNSIGNED, "bytes of the payload", 16),
    Field(
        "ppp.protocol",
        Kind.UNSIGNED,
        Union((Read(_LINK, "ppp.protocol"), Read(_PPP, "ppp.protocol"))),
        "0x0021 IPv4, 0x0057 IPv6, 0xc021 LCP",
        16,
    ),
)
