"""Info of DNS, mDNS, LLMNR and the NetBIOS name service: what was asked and what was answered."""

from __future__ import annotations

from tui.core.info.packet import TCP, Packet
from tui.core.readers.dns import DnsMessage, Record, netbios_name, rcode_text, read_dns, type_name

OPERATIONS = {
    0: "Standard query", 1: "Inverse query", 2: "Server status request", 4: "Zone change notification",
    5: "Dynamic update", 6: "DNS Stateful operation",
}  # fmt: skip
NBNS_OPERATIONS = {
    0: "Name query",
    5: "Registration",
    6: "Release",
    7: "WACK",
    8: "Refresh",
    15: "Multi-homed registration",
}
SHOWN = 12
"""Questions and answers written out; the rest is counted."""


def dns(packet: Packet) -> str:
    data = packet.payload
    if packet.ip_proto == TCP and len(data) >= 2:
        data = data[2:]
    message = read_dns(data)
    if message is None:
        return ""
    parts = [OPERATIONS.get(message.opcode) or f"Operation {message.opcode}"]
    if message.response:
        parts.append("response")
    parts.append(f"0x{message.txid:04x}")
    if message.response and message.rcode:
        parts.append(rcode_text(message.rcode))
    if message.truncated:
        parts.append("(truncated)")
    parts += [f"{type_name(q.type)} {q.name}" for q in message.questions[:SHOWN]]
    parts += [_answer(record) for record in message.answers[:SHOWN]]
    hidden = len(message.answers) - SHOWN
    if hidden > 0:
        parts.append(f"and {hidden} more")
    return " ".join(parts)


def _answer(record: Record) -> str:
    return f"{type_name(record.type)} {record.value}".rstrip()


def nbns(packet: Packet) -> str:
    message = read_dns(packet.payload)
    if message is None:
        return ""
    text = NBNS_OPERATIONS.get(message.opcode) or f"Operation {message.opcode}"
    if message.response:
        text += " response"
    kind, name = _netbios(message)
    text = f"{text} {kind} {name}".rstrip()
    return f"{text} {rcode_text(message.rcode)}" if message.response and message.rcode else text


def _netbios(message: DnsMessage) -> tuple[str, str]:
    found = [(q.type, q.name) for q in message.questions] or [(r.type, r.name) for r in message.answers]
    if not found:
        return "", ""
    kind, name = found[0]
    return {32: "NB", 33: "NBSTAT"}.get(kind, type_name(kind)), netbios_name(name)
