"""Fields of neighbours, routing and tunnels: STP, LLDP, CDP, EAPOL; OSPF, BGP, EIGRP; IKE, WireGuard; SCTP, TFTP."""

from __future__ import annotations

from tui.core.protocols import Layer
from tui.filters import guards
from tui.filters.fields import Field
from tui.filters.kinds import Kind
from tui.filters.readers import neighbourhood, routing
from tui.filters.sources import Reader
from tui.filters.starts import at_end, at_l4, at_payload, at_payload_end, at_start
from tui.filters.tables.make import Header, parsed

U, B, T, Y, E = Kind.UNSIGNED, Kind.BOOLEAN, Kind.STRING, Kind.BYTES, Kind.ETHER
STP = Reader(guards.layer(Layer.STP), at_start, at_end, neighbourhood.read_stp_fields)
LLDP = Reader(guards.layer(Layer.LLDP), at_start, at_end, neighbourhood.read_lldp_fields)
CDP = Reader(guards.protocol("CDP"), at_start, at_end, neighbourhood.read_cdp_fields)
EAPOL = Reader(guards.layer(Layer.EAPOL), at_start, at_end, neighbourhood.read_eapol_fields)
OSPF = Reader(guards.transport(89), at_l4, at_end, routing.read_ospf_fields)
BGP = Reader(guards.carries(Layer.BGP), at_payload, at_payload_end, routing.read_bgp_fields)
ISAKMP = Reader(guards.carries(Layer.ISAKMP), at_payload, at_payload_end, routing.read_isakmp_fields)
WG = Reader(guards.carries(Layer.WG), at_payload, at_payload_end, routing.read_wireguard_fields)
SCTP = Reader(guards.sctp, at_l4, at_end, routing.read_sctp_fields)
TFTP = Reader(guards.carries_named("TFTP"), at_payload, at_payload_end, routing.read_tftp_fields)
_EIGRP = Header(guards.transport(88), at_l4)

ROUTING: tuple[Field, ...] = (
    parsed(STP, "stp.version", U, "0 STP, 2 rapid, 3 multiple", 8),
    parsed(STP, "stp.type", U, "0 configuration, 2 rapid, 0x80 topology change", 8),
    parsed(STP, "stp.flags", U, "flags", 8),
    parsed(STP, "stp.flags.tc", B, "the topology changes", 1),
    parsed(STP, "stp.flags.tcack", B, "the change is acknowledged", 1),
    parsed(STP, "stp.root.prio", U, "priority of the root", 16),
    parsed(STP, "stp.root.hw", E, "address of the root"),
    parsed(STP, "stp.root.cost", U, "cost of the path to the root", 32),
    parsed(STP, "stp.bridge.prio", U, "priority of the bridge", 16),
    parsed(STP, "stp.bridge.hw", E, "address of the bridge"),
    parsed(STP, "stp.port", U, "port of the bridge", 16),
    parsed(LLDP, "lldp.tlv.type", U, "kind of each element", 8),
    parsed(LLDP, "lldp.chassis.id.mac", E, "address of the device"),
    parsed(LLDP, "lldp.port.id", T, "port of the device"),
    parsed(LLDP, "lldp.port.desc", T, "port in words"),
    parsed(LLDP, "lldp.tlv.system.name", T, "name of the device"),
    parsed(LLDP, "lldp.tlv.system.desc", T, "what the device is"),
    parsed(CDP, "cdp.deviceid", T, "name of the device"),
    parsed(CDP, "cdp.portid", T, "port of the device"),
    parsed(CDP, "cdp.version", U, "version", 8),
    parsed(CDP, "cdp.ttl", U, "seconds that it holds", 8),
    parsed(CDP, "cdp.platform", T, "model"),
    parsed(CDP, "cdp.software_version", T, "software"),
    parsed(EAPOL, "eapol.version", U, "version", 8),
    parsed(EAPOL, "eapol.type", U, "0 EAP, 1 start, 2 logoff, 3 key", 8),
    parsed(EAPOL, "eapol.len", U, "bytes of the body", 16),
    parsed(EAPOL, "eapol.keydes.type", U, "kind of key: 2 RSN", 8),
    parsed(EAPOL, "eap.code", U, "1 request, 2 response, 3 success, 4 failure", 8),
    parsed(EAPOL, "eap.id", U, "which request", 8),
    parsed(EAPOL, "eap.len", U, "bytes", 16),
    parsed(EAPOL, "eap.type", U, "1 identity, 13 TLS, 25 PEAP", 8),
    parsed(OSPF, "ospf.version", U, "2 or 3", 8),
    parsed(OSPF, "ospf.msg", U, "1 hello, 2 database, 3 request, 4 update, 5 acknowledgment", 8),
    parsed(OSPF, "ospf.srcrouter", Kind.IPV4, "router that sends"),
    parsed(OSPF, "ospf.area_id", Kind.IPV4, "area"),
    parsed(OSPF, "ospf.auth.type", U, "0 none, 1 password, 2 cryptographic", 16),
    parsed(OSPF, "ospf.hello.hello_interval", U, "seconds between hellos", 16),
    parsed(OSPF, "ospf.hello.router_dead_interval", U, "seconds until a neighbor is dead", 32),
    parsed(OSPF, "ospf.hello.router_priority", U, "priority", 8),
    parsed(OSPF, "ospf.hello.designated_router", Kind.IPV4, "designated router"),
    parsed(OSPF, "ospf.hello.backup_designated_router", Kind.IPV4, "its backup"),
    parsed(OSPF, "ospf.hello.active_neighbor", Kind.IPV4, "neighbors that are heard"),
    parsed(BGP, "bgp.type", U, "1 open, 2 update, 3 notification, 4 keepalive", 8),
    parsed(BGP, "bgp.length", U, "bytes of the message", 16),
    parsed(BGP, "bgp.open.version", U, "version", 8),
    parsed(BGP, "bgp.open.myas", U, "autonomous system", 16),
    parsed(BGP, "bgp.open.holdtime", U, "seconds until the peer is dead", 16),
    parsed(BGP, "bgp.open.identifier", Kind.IPV4, "router"),
    parsed(BGP, "bgp.notify.major_error", U, "2 open, 3 update, 4 hold timer, 6 cease", 8),
    _EIGRP.number("eigrp.opcode", 1, 1, "1 update, 3 query, 4 reply, 5 hello"),
    _EIGRP.number("eigrp.as", 18, 2, "autonomous system"),
    parsed(ISAKMP, "isakmp.ispi", Y, "initiator's connection"),
    parsed(ISAKMP, "isakmp.rspi", Y, "responder's connection"),
    parsed(ISAKMP, "isakmp.nextpayload", U, "first payload", 8),
    parsed(ISAKMP, "isakmp.version", U, "0x10 IKEv1, 0x20 IKEv2", 8),
    parsed(ISAKMP, "isakmp.exchangetype", U, "2 main, 4 aggressive, 34 IKE_SA_INIT, 35 IKE_AUTH", 8),
    parsed(ISAKMP, "isakmp.flags", U, "flags", 8),
    parsed(ISAKMP, "isakmp.messageid", U, "message", 32),
    parsed(ISAKMP, "isakmp.length", U, "bytes of the message", 32),
    parsed(WG, "wg.type", U, "1 initiation, 2 response, 3 cookie, 4 data", 8),
    parsed(WG, "wg.sender", U, "sender's index", 32),
    parsed(WG, "wg.receiver", U, "receiver's index", 32),
    parsed(WG, "wg.counter", U, "counter"),
    parsed(SCTP, "sctp.checksum", U, "checksum", 32),
    parsed(SCTP, "sctp.chunk_type", U, "0 DATA, 1 INIT, 3 SACK, 4 HEARTBEAT, 6 ABORT", 8),
    parsed(SCTP, "sctp.chunk_flags", U, "flags of each chunk", 8),
    parsed(SCTP, "sctp.chunk_length", U, "bytes of each chunk", 16),
    parsed(SCTP, "sctp.data_tsn_raw", U, "number of a DATA chunk", 32),
    parsed(SCTP, "sctp.data_payload_proto_id", U, "protocol that is carried", 32),
    parsed(TFTP, "tftp.opcode", U, "1 read, 2 write, 3 data, 4 acknowledgment, 5 error", 16),
    parsed(TFTP, "tftp.source_file", T, "file to read"),
    parsed(TFTP, "tftp.destination_file", T, "file to write"),
    parsed(TFTP, "tftp.type", T, "octet, netascii"),
    parsed(TFTP, "tftp.block", U, "block", 16),
    parsed(TFTP, "tftp.error.code", U, "1 not found, 2 access", 16),
)  # fmt: skip
