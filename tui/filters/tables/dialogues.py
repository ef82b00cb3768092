"""Fields of protocols that people and machines speak in commands and replies: FTP, SMTP, POP, SIP, syslog, MQTT."""

from __future__ import annotations

from tui.core.protocols import Layer
from tui.filters import guards
from tui.filters.fields import Field
from tui.filters.kinds import Kind
from tui.filters.readers.lines import (
    read_ftp_fields,
    read_mqtt_fields,
    read_pop_fields,
    read_smtp_fields,
    read_syslog_fields,
)
from tui.filters.readers.sip import read_sip_fields
from tui.filters.sources import Reader
from tui.filters.starts import at_payload, at_payload_end
from tui.filters.tables.make import Header, parsed

U, B, T = Kind.UNSIGNED, Kind.BOOLEAN, Kind.STRING
FTP = Reader(guards.carries_named("FTP"), at_payload, at_payload_end, read_ftp_fields)
SMTP = Reader(guards.carries(Layer.SMTP), at_payload, at_payload_end, read_smtp_fields)
POP = Reader(guards.carries(Layer.POP), at_payload, at_payload_end, read_pop_fields)
SIP = Reader(guards.carries(Layer.SIP), at_payload, at_payload_end, read_sip_fields)
SYSLOG = Reader(guards.carries_named("Syslog"), at_payload, at_payload_end, read_syslog_fields)
MQTT = Reader(guards.carries(Layer.MQTT), at_payload, at_payload_end, read_mqtt_fields)
_MODBUS = Header(guards.carries(Layer.MODBUS), at_payload)
_DHCPV6 = Header(guards.carries(Layer.DHCPV6), at_payload)
_MQTT_TYPES = {
    "connect": 1, "connack": 2, "publish": 3, "puback": 4, "subscribe": 8, "suback": 9, "pingreq": 12, "disconnect": 14,
}  # fmt: skip


def _texts(reader: Reader, words: dict[str, str]) -> tuple[Field, ...]:
    """Fields with a text as their value, with what each is."""
    return tuple(parsed(reader, name, T, text) for name, text in words.items())


DIALOGUES: tuple[Field, ...] = (
    parsed(FTP, "ftp.request", B, "1 a command, 0 a reply", 1),
    parsed(FTP, "ftp.response", B, "1 a reply, 0 a command", 1),
    parsed(FTP, "ftp.response.code", U, "230 logged in, 530 not logged in", 16),
    *_texts(FTP, {
        "ftp.request.command": "USER, PASS, RETR, ...", "ftp.request.arg": "what stands behind the command",
        "ftp.response.arg": "text of the reply",
    }),
    parsed(SMTP, "smtp.req", B, "is a command", 1),
    parsed(SMTP, "smtp.rsp", B, "is a reply", 1),
    parsed(SMTP, "smtp.response.code", U, "250 ok, 550 refused", 16),
    *_texts(SMTP, {
        "smtp.req.command": "EHLO, MAIL, RCPT, ...", "smtp.req.parameter": "what stands behind the command",
        "smtp.rsp.parameter": "text of the reply",
    }),
    *_texts(POP, {
        "pop.request.command": "USER, PASS, RETR, ...", "pop.request.parameter": "what stands behind the command",
        "pop.response.indicator": "+OK or -ERR", "pop.response.description": "text of the reply",
    }),
    parsed(SIP, "sip.Status-Code", U, "200 ok, 401 unauthorized, 486 busy", 16),
    *_texts(SIP, {
        "sip.Method": "INVITE, REGISTER, ...", "sip.r-uri": "who is called", "sip.Call-ID": "call",
        "sip.Request-Line": "first line of a request", "sip.Status-Line": "first line of a response",
        "sip.From": "caller", "sip.To": "who is called, with a tag", "sip.CSeq": "number and method",
        "sip.User-Agent": "program or phone", "sip.Contact": "where to reach the sender", "sip.Via": "hops",
        "sip.Server": "program that answers", "sip.Allow": "methods allowed", "sip.Content-Type": "kind of body",
        "sip.r-uri.user": "user who is called", "sip.r-uri.host": "host that is called",
        "sip.from.addr": "address of the caller", "sip.from.user": "user who calls", "sip.from.host": "caller's host",
        "sip.from.tag": "caller's tag", "sip.to.addr": "address that is called", "sip.to.user": "user who is called",
        "sip.to.host": "host that is called", "sip.to.tag": "tag of who is called",
        "sip.contact.uri": "address to reach", "sip.contact.user": "user to reach", "sip.contact.host": "host to reach",
        "sip.CSeq.method": "method of the exchange", "sip.auth.username": "user who logs in",
        "sip.auth.realm": "what is logged in to", "sip.Authorization": "credentials",
        "sip.Proxy-Authorization": "credentials for a proxy", "sip.WWW-Authenticate": "what is asked of the caller",
        "sip.Proxy-Authenticate": "what a proxy asks",
    }),
    parsed(SIP, "sip.CSeq.seq", U, "number of the exchange", 32),
    parsed(SIP, "sip.Max-Forwards", U, "hops left", 32),
    parsed(SIP, "sip.Expires", U, "seconds that it holds", 32),
    parsed(SIP, "sip.Content-Length", U, "bytes of the body", 32),
    parsed(SYSLOG, "syslog.facility", U, "0 kernel, 3 daemon, 4 security, 16 local0", 8),
    parsed(SYSLOG, "syslog.level", U, "0 emergency, 3 error, 6 informational", 8),
    parsed(SYSLOG, "syslog.msg", T, "message"),
    parsed(MQTT, "mqtt.msgtype", U, "1 connect, 3 publish, 8 subscribe", 8, _MQTT_TYPES),
    parsed(MQTT, "mqtt.len", U, "bytes of the message", 32),
    *_texts(MQTT, {
        "mqtt.topic": "topic that is published or subscribed to", "mqtt.clientid": "client", "mqtt.username": "user",
        "mqtt.passwd": "password",
    }),
    parsed(MQTT, "mqtt.qos", U, "0 once at most, 1 at least, 2 exactly", 8),
    parsed(MQTT, "mqtt.retain", B, "is kept for later subscribers", 1),
    parsed(MQTT, "mqtt.ver", U, "4 for 3.1.1, 5 for 5.0", 8),
    parsed(MQTT, "mqtt.kalive", U, "seconds until the client must be heard", 16),
    _MODBUS.number("mbtcp.trans_id", 0, 2, "transaction"),
    _MODBUS.number("mbtcp.prot_id", 2, 2, "always 0"),
    _MODBUS.number("mbtcp.len", 4, 2, "bytes that follow"),
    _MODBUS.number("mbtcp.unit_id", 6, 1, "unit"),
    _MODBUS.number("modbus.func_code", 7, 1, "3 read registers, 6 write one, 16 write several", mask=0x7F),
    _DHCPV6.number("dhcpv6.msgtype", 0, 1, "1 solicit, 2 advertise, 3 request, 7 reply"),
    _DHCPV6.number("dhcpv6.xid", 1, 3, "transaction"),
)  # fmt: skip
