"""Fields of names: DNS, mDNS and LLMNR, which share theirs, and NetBIOS."""

from __future__ import annotations

from tui.core.protocols import Layer
from tui.filters import guards
from tui.filters.fields import Field
from tui.filters.kinds import Kind
from tui.filters.readers.dns import read_dns_fields, read_llmnr_fields, read_mdns_fields, read_nbns_fields
from tui.filters.sources import Read, Reader, Union
from tui.filters.starts import at_payload, at_payload_end
from tui.filters.tables.make import parsed

U, B, T, Y = Kind.UNSIGNED, Kind.BOOLEAN, Kind.STRING, Kind.BYTES
DNS = Reader(guards.carries(Layer.DNS), at_payload, at_payload_end, read_dns_fields)
MDNS = Reader(guards.carries(Layer.MDNS), at_payload, at_payload_end, read_mdns_fields)
LLMNR = Reader(guards.carries(Layer.LLMNR), at_payload, at_payload_end, read_llmnr_fields)
NBNS = Reader(guards.carries(Layer.NBNS), at_payload, at_payload_end, read_nbns_fields)

_DNS_TYPES = {
    "a": 1, "ns": 2, "cname": 5, "soa": 6, "ptr": 12, "mx": 15, "txt": 16, "aaaa": 28, "srv": 33, "opt": 41,
    "https": 65,
    "axfr": 252, "any": 255,
}  # fmt: skip
_RCODES = {"no error": 0, "format error": 1, "server failure": 2, "no such name": 3, "not implemented": 4, "refused": 5}


def _dns(name: str, kind: Kind, text: str, bits: int = 64, names: dict[str, int] | None = None) -> Field:
    """A field of all three."""
    return Field(name, kind, Union(tuple(Read(reader, name) for reader in (DNS, MDNS, LLMNR))), text, bits, names or {})


NAMING: tuple[Field, ...] = (
    _dns("dns.id", U, "transaction", 16),
    _dns("dns.flags", U, "all flags", 16),
    _dns("dns.flags.response", B, "is an answer", 1),
    _dns("dns.flags.opcode", U, "0 query, 5 update", 16),
    _dns("dns.flags.authoritative", B, "the server owns the zone", 1),
    _dns("dns.flags.truncated", B, "cut short, ask over TCP", 1),
    _dns("dns.flags.recdesired", B, "recursion desired", 1),
    _dns("dns.flags.recavail", B, "recursion available", 1),
    _dns("dns.flags.z", B, "reserved bit", 1),
    _dns("dns.flags.authenticated", B, "answer authenticated", 1),
    _dns("dns.flags.checkdisable", B, "unauthenticated data is welcome", 1),
    _dns("dns.flags.rcode", U, "0 no error, 3 no such name", 16, _RCODES),
    _dns("dns.count.queries", U, "number of questions", 16),
    _dns("dns.count.answers", U, "number of answers", 16),
    _dns("dns.count.auth_rr", U, "number of authority records", 16),
    _dns("dns.count.add_rr", U, "number of additional records", 16),
    _dns("dns.count.labels", U, "labels of the name asked for", 16),
    _dns("dns.qry.name", T, "name asked for"),
    _dns("dns.qry.name.len", U, "length of the name asked for", 16),
    _dns("dns.qry.type", U, "1 A, 28 AAAA, 16 TXT", 16, _DNS_TYPES),
    _dns("dns.qry.class", U, "1 IN", 16),
    _dns("dns.resp.name", T, "name of a record"),
    _dns("dns.resp.type", U, "type of a record", 16, _DNS_TYPES),
    _dns("dns.resp.class", U, "class of a record", 16),
    _dns("dns.resp.ttl", U, "seconds that a record may be kept", 32),
    _dns("dns.resp.len", U, "bytes of a record", 16),
    _dns("dns.a", Kind.IPV4, "IPv4 address in an answer"),
    _dns("dns.aaaa", Kind.IPV6, "IPv6 address in an answer"),
    _dns("dns.cname", T, "canonical name"),
    _dns("dns.ns", T, "name server"),
    _dns("dns.ptr.domain_name", T, "name of an address"),
    _dns("dns.mx.preference", U, "preference of a mail exchange", 16),
    _dns("dns.mx.mail_exchange", T, "mail exchange"),
    _dns("dns.txt", T, "text record"),
    _dns("dns.srv.priority", U, "priority of a service", 16),
    _dns("dns.srv.weight", U, "weight of a service", 16),
    _dns("dns.srv.port", U, "port of a service", 16),
    _dns("dns.srv.target", T, "host of a service"),
    _dns("dns.soa.mname", T, "primary name server"),
    _dns("dns.soa.rname", T, "mailbox of the zone"),
    _dns("dns.soa.serial_number", U, "serial number of the zone", 32),
    _dns("dns.flags.conflict", B, "the name is not unique (LLMNR)", 1),
    _dns("dns.flags.tentative", B, "the name is being checked (LLMNR)", 1),
    _dns("dns.length", U, "bytes of a message over TCP", 16),
    _dns("dns.null", Y, "a NULL record, which tunnels like"),
    _dns("dns.qry.qu", B, "an answer to the asker alone is welcome (mDNS)", 1),
    _dns("dns.resp.cache_flush", B, "older records are to be forgotten (mDNS)", 1),
    _dns("dns.rr.udp_payload_size", U, "bytes that the asker can take over UDP (EDNS)", 16),
    _dns("dns.resp.z", U, "flags of EDNS", 16),
    _dns("dns.resp.z.do", B, "signatures are welcome (EDNS)", 1),
    _dns("dns.opt.code", U, "kind of an EDNS option: 8 client subnet, 10 cookie", 16),
    _dns("dns.txt.length", U, "bytes of a text", 8),
    _dns("dns.srv.name", T, "service, transport and domain"),
    _dns("dns.srv.service", T, "service: _sip"),
    _dns("dns.srv.proto", T, "its transport: _udp"),
    _dns("dns.soa.refresh_interval", U, "seconds", 32),
    _dns("dns.soa.retry_interval", U, "seconds", 32),
    _dns("dns.soa.expire_limit", U, "seconds", 32),
    _dns("dns.soa.minimum_ttl", U, "seconds that a no may be kept", 32),
    parsed(NBNS, "nbns.id", U, "transaction", 16),
    parsed(NBNS, "nbns.flags", U, "all flags", 16),
    parsed(NBNS, "nbns.flags.response", B, "is an answer", 1),
    parsed(NBNS, "nbns.flags.opcode", U, "0 query, 5 registration", 16),
    parsed(NBNS, "nbns.flags.truncated", B, "cut short", 1),
    parsed(NBNS, "nbns.flags.broadcast", B, "sent to all", 1),
    parsed(NBNS, "nbns.name", T, "name asked for, with its suffix"),
    parsed(NBNS, "nbns.type", U, "type of a record", 16),
)  # fmt: skip
