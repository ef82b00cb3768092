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
    read_sip_fields,
    read_smtp_fields,
    read_syslog_fields,
)
from tui.filters.sources import Reader, at_payload, at_payload_end
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

DIALOGUES: tuple[Field, ...] = (
    parsed(FTP, "ftp.request", B, "1 a command, 0 a reply", 1),
    parsed(FTP, "ftp.request.command", T, "USER, PASS, RETR, ..."),
    parsed(FTP, "ftp.request.arg", T, "what stands behind the command"),
    parsed(FTP, "ftp.response", B, "1 a reply, 0 a command", 1),
    parsed(FTP, "ftp.response.code", U, "230 logged in, 530 not logged in", 16),
    parsed(FTP, "ftp.response.arg", T, "text of the reply"),
    parsed(SMTP, "smtp.req", B, "is a command", 1),
    parsed(SMTP, "smtp.req.command", T, "EHLO, MAIL, RCPT, ..."),
    parsed(SMTP, "smtp.req.parameter", T, "what stands behind the command"),
    parsed(SMTP, "smtp.rsp", B, "is a reply", 1),
    parsed(SMTP, "smtp.response.code", U, "250 ok, 550 refused", 16),
    parsed(SMTP, "smtp.rsp.parameter", T, "text of the reply"),
    parsed(POP, "pop.request.command", T, "USER, PASS, RETR, ..."),
    parsed(POP, "pop.request.parameter", T, "what stands behind the command"),
    parsed(POP, "pop.response.indicator", T, "+OK or -ERR"),
    parsed(POP, "pop.response.description", T, "text of the reply"),
    parsed(SIP, "sip.Method", T, "INVITE, REGISTER, ..."),
    parsed(SIP, "sip.r-uri", T, "who is called"),
    parsed(SIP, "sip.Request-Line", T, "first line of a request"),
    parsed(SIP, "sip.Status-Code", U, "200 ok, 401 unauthorized, 486 busy", 16),
    parsed(SIP, "sip.Status-Line", T, "first line of a response"),
    parsed(SIP, "sip.Call-ID", T, "call"),
    parsed(SIP, "sip.From", T, "caller"),
    parsed(SIP, "sip.To", T, "who is called, with a tag"),
    parsed(SIP, "sip.CSeq", T, "number and method"),
    parsed(SIP, "sip.User-Agent", T, "program or phone"),
    parsed(SIP, "sip.Contact", T, "where to reach the sender"),
    parsed(SIP, "sip.Via", T, "hops"),
    parsed(SYSLOG, "syslog.facility", U, "0 kernel, 3 daemon, 4 security, 16 local0", 8),
    parsed(SYSLOG, "syslog.level", U, "0 emergency, 3 error, 6 informational", 8),
    parsed(SYSLOG, "syslog.msg", T, "message"),
    parsed(MQTT, "mqtt.msgtype", U, "1 connect, 3 publish, 8 subscribe", 8, _MQTT_TYPES),
    parsed(MQTT, "mqtt.len", U, "bytes of the message", 32),
    parsed(MQTT, "mqtt.topic", T, "topic that is published to"),
    parsed(MQTT, "mqtt.clientid", T, "client"),
    _MODBUS.number("mbtcp.trans_id", 0, 2, "transaction"),
    _MODBUS.number("mbtcp.unit_id", 6, 1, "unit"),
    _MODBUS.number("modbus.func_code", 7, 1, "3 read registers, 6 write one, 16 write several", mask=0x7F),
    _DHCPV6.number("dhcpv6.msgtype", 0, 1, "1 solicit, 2 advertise, 3 request, 7 reply"),
    _DHCPV6.number("dhcpv6.xid", 1, 3, "transaction"),
)
