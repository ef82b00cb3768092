"""Fields above the transport: what readers find in payloads."""

from __future__ import annotations

from tui.core.protocols import Layer
from tui.filters import guards
from tui.filters.fields import Field
from tui.filters.kinds import Kind
from tui.filters.readers.dhcp import read_dhcp_fields
from tui.filters.readers.http import HEADERS, read_http_fields, unfinished_http
from tui.filters.readers.other import (
    read_ntp_fields,
    read_quic_fields,
    read_quic_of,
    read_snmp_fields,
    read_ssh_fields,
)  # fmt: skip
from tui.filters.readers.smb import read_smb_fields
from tui.filters.readers.tls import read_tls_fields, unfinished_tls
from tui.filters.readers.windows import read_kerberos_fields
from tui.filters.sources import Read, Reader, Union
from tui.filters.starts import at_payload, at_payload_end
from tui.filters.tables.make import parsed

U, B, T, Y = Kind.UNSIGNED, Kind.BOOLEAN, Kind.STRING, Kind.BYTES
HTTP = Reader(guards.carries(Layer.HTTP, Layer.SSDP), at_payload, at_payload_end, read_http_fields, unfinished_http)
TLS = Reader(guards.carries(Layer.TLS), at_payload, at_payload_end, read_tls_fields, unfinished_tls)
QUIC = Reader(guards.carries(Layer.QUIC), at_payload, at_payload_end, read_quic_fields, aware=read_quic_of)
DHCP = Reader(guards.carries(Layer.DHCP), at_payload, at_payload_end, read_dhcp_fields)
SSH = Reader(guards.carries(Layer.SSH), at_payload, at_payload_end, read_ssh_fields)
NTP = Reader(guards.carries(Layer.NTP), at_payload, at_payload_end, read_ntp_fields)
SNMP = Reader(guards.carries(Layer.SNMP), at_payload, at_payload_end, read_snmp_fields)
_SMB = guards.either(guards.carries(Layer.SMB), guards.carries_named("BROWSER"))
SMB = Reader(_SMB, at_payload, at_payload_end, read_smb_fields)
KERBEROS = Reader(guards.carries(Layer.KERBEROS), at_payload, at_payload_end, read_kerberos_fields)

_DHCP_TYPES = {
    "discover": 1, "offer": 2, "request": 3, "decline": 4, "ack": 5, "nak": 6, "release": 7, "inform": 8,
}  # fmt: skip
_HANDSHAKES = {
    "client hello": 1, "server hello": 2, "new session ticket": 4, "encrypted extensions": 8, "certificate": 11,
    "server key exchange": 12, "certificate request": 13, "server hello done": 14, "certificate verify": 15,
    "client key exchange": 16, "finished": 20,
}  # fmt: skip


def _tls(name: str, kind: Kind, text: str, bits: int = 64) -> Field:
    """A field of handshakes, in TLS or in QUIC."""
    names = _HANDSHAKES if name == "tls.handshake.type" else {}
    return Field(name, kind, Union((Read(TLS, name), Read(QUIC, name))), text, bits, names)


_HTTP_FIELDS = (
    parsed(HTTP, "http.request", B, "is a request", 1),
    parsed(HTTP, "http.response", B, "is a response", 1),
    parsed(HTTP, "http.request.method", T, "GET, POST, ..."),
    parsed(HTTP, "http.request.uri", T, "what is asked for"),
    parsed(HTTP, "http.request.full_uri", T, "with scheme and host"),
    parsed(HTTP, "http.request.uri.path", T, "path, where there is a query"),
    parsed(HTTP, "http.request.uri.query", T, "what stands behind ?"),
    parsed(HTTP, "http.request.uri.query.parameter", T, "each parameter"),
    parsed(HTTP, "http.request.version", T, "HTTP/1.1"),
    parsed(HTTP, "http.response.version", T, "HTTP/1.1"),
    parsed(HTTP, "http.response.code", U, "status: 200, 404", 16),
    parsed(HTTP, "http.response.phrase", T, "status in words"),
    parsed(HTTP, "http.content_length", U, "bytes of the body"),
    parsed(HTTP, "http.cookie_pair", T, "each cookie"),
    parsed(HTTP, "http.authbasic", T, "user and password, as sent with each request"),
    parsed(HTTP, "http.request.line", T, "each header of a request"),
    parsed(HTTP, "http.response.line", T, "each header of a response"),
    *(parsed(HTTP, name, T, f"header {header.decode()}") for header, name in HEADERS.items()),
)  # fmt: skip

_TLS_FIELDS = (
    parsed(TLS, "tls.record", Kind.NONE, "a record"),
    parsed(TLS, "tls.record.version", U, "version in the record", 16),
    parsed(TLS, "tls.record.length", U, "bytes of the record", 16),
    parsed(TLS, "tls.record.content_type", U, "22 handshake, 23 data, 21 alert", 8),
    parsed(TLS, "tls.record.opaque_type", U, "type outside of the encryption", 8),
    parsed(TLS, "tls.change_cipher_spec", Kind.NONE, "encryption begins"),
    parsed(TLS, "tls.alert_message", Kind.NONE, "an alert"),
    parsed(TLS, "tls.alert_message.level", U, "1 warning, 2 fatal", 8),
    parsed(TLS, "tls.alert_message.desc", U, "40 handshake failure, 48 unknown CA", 8),
    parsed(TLS, "tls.app_data", Y, "encrypted data"),
    _tls("tls.handshake", Kind.NONE, "a handshake record"),
    _tls("tls.handshake.type", U, "1 client hello, 2 server hello, 11 certificate", 8),
    _tls("tls.handshake.length", U, "bytes of the message", 24),
    _tls("tls.handshake.version", U, "version in the hello", 16),
    _tls("tls.handshake.random", Y, "random of the hello"),
    _tls("tls.handshake.session_id", Y, "session"),
    _tls("tls.handshake.session_id_length", U, "bytes of the session", 16),
    _tls("tls.handshake.cipher_suites_length", U, "bytes of the cipher suites", 16),
    _tls("tls.handshake.ciphersuite", U, "cipher suites offered, or the one chosen", 16),
    _tls("tls.handshake.comp_methods_length", U, "bytes of the compressions offered", 8),
    _tls("tls.handshake.comp_method", U, "compressions offered, or the one chosen", 8),
    _tls("tls.handshake.sig_hash_alg", U, "signatures understood: 0x0403", 16),
    _tls("tls.handshake.extensions_key_share_group", U, "groups with a key: 29 is x25519", 16),
    _tls("tls.handshake.extensions_key_share_selected_group", U, "group that the server asks for", 16),
    _tls("tls.handshake.extensions_server_name_len", U, "length of the server name", 16),
    _tls("tls.handshake.extensions_alpn_str_len", U, "length of a protocol's name", 8),
    parsed(TLS, "tls.handshake.server_named_curve", U, "curve of the server's key", 16),
    parsed(TLS, "tls.handshake.certificates_length", U, "bytes of the chain", 24),
    parsed(TLS, "tls.handshake.certificate_length", U, "bytes of a certificate", 24),
    parsed(TLS, "tls.handshake.certificate", Y, "each certificate of the chain"),
    parsed(TLS, "tls.heartbeat_message", Kind.NONE, "a heartbeat"),
    parsed(TLS, "tls.heartbeat_message.type", U, "1 request, 2 response", 8),
    parsed(TLS, "tls.heartbeat_message.payload_length", U, "bytes that it says it carries", 16),
    _tls("tls.handshake.ja3", T, "fingerprint of the client hello (JA3)"),
    _tls("tls.handshake.ja3_full", T, "what the fingerprint is made of"),
    _tls("tls.handshake.ja3s", T, "fingerprint of the server hello"),
    _tls("tls.handshake.ja3s_full", T, "what the fingerprint is made of"),
    _tls("tls.handshake.extensions_ec_point_format", U, "point formats offered", 8),
    _tls("tls.handshake.extensions_length", U, "bytes of the extensions", 16),
    _tls("tls.handshake.extension.type", U, "kind of an extension", 16),
    _tls("tls.handshake.extension.len", U, "bytes of an extension", 16),
    _tls("tls.handshake.extensions_server_name", T, "server name (SNI)"),
    _tls("tls.handshake.extensions_server_name_type", U, "kind of server name", 8),
    _tls("tls.handshake.extensions_alpn_str", T, "protocols offered: h2"),
    _tls("tls.handshake.extensions.supported_version", U, "versions offered: 0x0304", 16),
    _tls("tls.handshake.extensions_supported_group", U, "groups offered", 16),
    parsed(QUIC, "quic.header_form", U, "1 long, 0 short", 8),
    parsed(QUIC, "quic.fixed_bit", B, "always 1", 1),
    parsed(QUIC, "quic.version", U, "version of a long header", 32),
    parsed(QUIC, "quic.long.packet_type", U, "0 Initial, 1 0-RTT, 2 Handshake, 3 Retry", 8),
    parsed(QUIC, "quic.dcid", Y, "destination connection"),
    parsed(QUIC, "quic.scid", Y, "source connection"),
    parsed(QUIC, "quic.dcil", U, "bytes of the destination connection", 8),
    parsed(QUIC, "quic.scil", U, "bytes of the source connection", 8),
)  # fmt: skip

_DHCP_FIELDS = (
    parsed(DHCP, "dhcp.type", U, "1 request, 2 reply", 8),
    parsed(DHCP, "dhcp.hw.type", U, "kind of link address", 8),
    parsed(DHCP, "dhcp.hw.len", U, "bytes of the link address", 8),
    parsed(DHCP, "dhcp.hw.mac_addr", Kind.ETHER, "client's MAC address"),
    parsed(DHCP, "dhcp.hops", U, "relays passed", 8),
    parsed(DHCP, "dhcp.id", U, "transaction", 32),
    parsed(DHCP, "dhcp.secs", U, "seconds since the client began", 16),
    parsed(DHCP, "dhcp.flags", U, "flags", 16),
    parsed(DHCP, "dhcp.flags.bc", B, "answer by broadcast", 1),
    parsed(DHCP, "dhcp.ip.client", Kind.IPV4, "client's address"),
    parsed(DHCP, "dhcp.ip.your", Kind.IPV4, "address that is given"),
    parsed(DHCP, "dhcp.ip.server", Kind.IPV4, "next server"),
    parsed(DHCP, "dhcp.ip.relay", Kind.IPV4, "relay agent"),
    parsed(DHCP, "dhcp.server", T, "server's name"),
    parsed(DHCP, "dhcp.file", T, "boot file"),
    parsed(DHCP, "dhcp.cookie", U, "magic cookie", 32),
    parsed(DHCP, "dhcp.option.type", U, "kind of each option", 8),
    parsed(DHCP, "dhcp.option.length", U, "bytes of each option", 8),
    parsed(DHCP, "dhcp.option.value", Y, "bytes of each option"),
    parsed(DHCP, "dhcp.option.dhcp", U, "1 discover, 2 offer, 3 request, 5 ack", 8, _DHCP_TYPES),
    parsed(DHCP, "dhcp.option.hostname", T, "client's name"),
    parsed(DHCP, "dhcp.option.domain_name", T, "domain"),
    parsed(DHCP, "dhcp.option.message", T, "message"),
    parsed(DHCP, "dhcp.option.vendor_class_id", T, "vendor class"),
    parsed(DHCP, "dhcp.option.requested_ip_address", Kind.IPV4, "address wished for"),
    parsed(DHCP, "dhcp.option.dhcp_server_id", Kind.IPV4, "server that answers"),
    parsed(DHCP, "dhcp.option.subnet_mask", Kind.IPV4, "network mask"),
    parsed(DHCP, "dhcp.option.router", Kind.IPV4, "router"),
    parsed(DHCP, "dhcp.option.domain_name_server", Kind.IPV4, "DNS server"),
    parsed(DHCP, "dhcp.option.broadcast_address", Kind.IPV4, "broadcast address"),
    parsed(DHCP, "dhcp.option.ntp_server", Kind.IPV4, "NTP server"),
    parsed(DHCP, "dhcp.option.ip_address_lease_time", U, "seconds of the lease", 32),
    parsed(DHCP, "dhcp.option.renewal_time_value", U, "seconds until renewal", 32),
    parsed(DHCP, "dhcp.option.rebinding_time_value", U, "seconds until rebinding", 32),
    parsed(DHCP, "dhcp.option.dhcp_max_message_size", U, "largest message", 16),
    parsed(DHCP, "dhcp.option.request_list_item", U, "options wished for", 8),
)  # fmt: skip

_OTHER_FIELDS = (
    parsed(SSH, "ssh.protocol", T, "identification line"),
    parsed(SSH, "ssh.message_code", U, "20 key exchange, 21 new keys, 30 first key of it", 8),
    parsed(SSH, "ssh.kex_algorithms", T, "key exchanges offered"),
    parsed(SSH, "ssh.server_host_key_algorithms", T, "host keys offered"),
    parsed(SSH, "ssh.encryption_algorithms_client_to_server", T, "ciphers offered to the server"),
    parsed(SSH, "ssh.encryption_algorithms_server_to_client", T, "ciphers offered to the client"),
    parsed(SSH, "ssh.mac_algorithms_client_to_server", T, "checks offered to the server"),
    parsed(SSH, "ssh.mac_algorithms_server_to_client", T, "checks offered to the client"),
    parsed(SSH, "ssh.compression_algorithms_client_to_server", T, "compressions offered to the server"),
    parsed(SSH, "ssh.compression_algorithms_server_to_client", T, "compressions offered to the client"),
    parsed(NTP, "ntp.flags", U, "leap, version and mode", 8),
    parsed(NTP, "ntp.flags.li", U, "leap indicator", 8),
    parsed(NTP, "ntp.flags.vn", U, "version", 8),
    parsed(NTP, "ntp.flags.mode", U, "3 client, 4 server, 5 broadcast, 6 control, 7 private", 8),
    parsed(NTP, "ntp.stratum", U, "distance from the clock", 8),
    parsed(NTP, "ntp.refid", Y, "reference clock"),
    parsed(NTP, "ntp.ppoll", U, "poll interval as a power of two", 8),
    parsed(NTP, "ntp.precision", U, "precision as a power of two", 8),
    parsed(NTP, "ntp.rootdelay", U, "delay to the clock", 32),
    parsed(NTP, "ntp.rootdispersion", U, "dispersion to the clock", 32),
    parsed(SNMP, "snmp.version", Kind.SIGNED, "0 version 1, 1 version 2c"),
    parsed(SNMP, "snmp.msgVersion", Kind.SIGNED, "3"),
    parsed(SNMP, "snmp.community", T, "community"),
    parsed(SNMP, "snmp.data", U, "kind of PDU: 0 get, 1 getnext, 2 response", 32),
    parsed(SNMP, "snmp.request_id", Kind.SIGNED, "request"),
    parsed(SNMP, "snmp.msgUserName", T, "user (version 3)"),
    parsed(SNMP, "snmp.name", T, "object, in dots: 1.3.6.1.2.1.1.1.0"),
    parsed(SNMP, "snmp.error_status", Kind.SIGNED, "0 no error"),
    parsed(SMB, "smb.cmd", U, "command", 8),
    parsed(SMB, "smb.nt_status", U, "status", 32),
    parsed(SMB, "smb.flags.response", B, "is an answer", 1),
    parsed(SMB, "smb.tid", U, "tree", 16),
    parsed(SMB, "smb.pid", U, "process", 16),
    parsed(SMB, "smb.uid", U, "user", 16),
    parsed(SMB, "smb.mid", U, "multiplex", 16),
    parsed(SMB, "smb2.cmd", U, "command", 16),
    parsed(SMB, "smb2.flags.response", B, "is an answer", 1),
    parsed(SMB, "smb2.nt_status", U, "status", 32),
    parsed(SMB, "smb2.msg_id", U, "message"),
    parsed(SMB, "smb2.tid", U, "tree", 32),
    parsed(SMB, "smb2.sesid", U, "session"),
    parsed(SMB, "smb2.dialect", U, "versions offered, or the one chosen: 0x0311", 16),
    parsed(SMB, "smb2.tree", T, "share that is connected to"),
    parsed(SMB, "smb2.filename", T, "file that is opened"),
    parsed(SMB, "ntlmssp.messagetype", U, "1 negotiate, 2 challenge, 3 authenticate", 32),
    parsed(SMB, "ntlmssp.challenge.target_name", T, "server or domain that challenges"),
    parsed(SMB, "ntlmssp.ntlmserverchallenge", Y, "challenge"),
    parsed(SMB, "ntlmssp.auth.domain", T, "domain of the user"),
    parsed(SMB, "ntlmssp.auth.username", T, "user"),
    parsed(SMB, "ntlmssp.auth.hostname", T, "the user's machine"),
    parsed(KERBEROS, "kerberos.msg_type", U, "10 AS-REQ, 11 AS-REP, 12 TGS-REQ, 13 TGS-REP, 30 error", 8),
    parsed(KERBEROS, "kerberos.CNameString", T, "client"),
    parsed(KERBEROS, "kerberos.SNameString", T, "service"),
    parsed(KERBEROS, "kerberos.realm", T, "realm of the service"),
    parsed(KERBEROS, "kerberos.crealm", T, "realm of the client"),
    parsed(KERBEROS, "kerberos.etype", Kind.SIGNED, "encryption of a ticket: 23 RC4, 18 AES-256", 32),
    parsed(KERBEROS, "kerberos.padata_type", Kind.SIGNED, "1 a ticket, 2 encrypted time, 19 encryptions known", 32),
    parsed(KERBEROS, "kerberos.ENCTYPE", Kind.SIGNED, "encryptions offered", 32),
    parsed(KERBEROS, "kerberos.error_code", Kind.SIGNED, "6 no such client, 24 wrong password, 25 more is needed", 32),
    parsed(KERBEROS, "kerberos.nonce", U, "number of the request", 32),
)  # fmt: skip

APPLICATION: tuple[Field, ...] = (*_HTTP_FIELDS, *_TLS_FIELDS, *_DHCP_FIELDS, *_OTHER_FIELDS)
