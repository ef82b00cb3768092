"""Info of database protocols: MySQL, PostgreSQL, TDS, MongoDB."""

from __future__ import annotations

from tui.core.info.packet import LIMIT, Packet, named
from tui.core.readers.cursor import Short
from tui.core.text import printable

MYSQL_COMMANDS = {
    1: "Quit", 2: "Use Database", 3: "Query", 4: "Show Fields", 5: "Create Database", 6: "Drop Database", 8: "Shutdown",
    9: "Statistics", 10: "Process List", 12: "Kill", 14: "Ping", 17: "Change User", 22: "Prepare Statement",
    23: "Execute Statement", 25: "Close Statement", 26: "Reset Statement", 28: "Fetch Data", 31: "Reset Connection",
}  # fmt: skip
PG_FRONT = {
    "Q": "Query", "P": "Parse", "B": "Bind", "E": "Execute", "D": "Describe", "S": "Sync", "C": "Close", "H": "Flush",
    "X": "Terminate", "p": "Password", "F": "Function call", "d": "Copy data", "c": "Copy done", "f": "Copy fail",
}  # fmt: skip
PG_BACK = {
    "R": "Authentication", "S": "Parameter status", "K": "Backend key", "Z": "Ready for query", "T": "Row description",
    "D": "Data row", "C": "Command complete", "E": "Error", "N": "Notice", "1": "Parse complete", "2": "Bind complete",
    "3": "Close complete", "n": "No data", "I": "Empty query", "s": "Portal suspended", "t": "Parameter description",
    "A": "Notification", "G": "Copy in", "H": "Copy out", "d": "Copy data", "c": "Copy done",
}  # fmt: skip
TDS_TYPES = {
    1: "SQL batch", 2: "Login (old)", 3: "Remote Procedure Call", 4: "Response", 6: "Attention", 7: "Bulk load",
    14: "Transaction Manager Request", 16: "TDS7 login", 17: "SSPI", 18: "TDS7 pre-login message",
}  # fmt: skip


def mysql(packet: Packet) -> str:
    payload = packet.payload
    if not payload:
        return ""
    cursor = packet.body()
    size, number = cursor.le16() | cursor.u8() << 16, cursor.u8()
    body = cursor.part(size)
    first = body.u8()
    if packet.from_server(3306):
        return _mysql_server(body.rest(), first, number)
    if number == 1 and size >= 32:
        body.skip(31)
        return f"Login Request user={printable(body.until(bytes(1)), 40)}"
    if number:
        return "Authentication data"
    text = f"Request {named(MYSQL_COMMANDS, first, 'command')}"
    if first in (2, 3, 22) and body.left:
        text += f" {{ {printable(body.rest(), LIMIT)} }}"
    return text


def _mysql_server(rest: bytes, first: int, number: int) -> str:
    if number == 0 and first == 10:
        return f"Server Greeting  proto={first} version={printable(rest.split(bytes(1), 1)[0], 60)}"
    if first == 0xFF and len(rest) >= 2:
        text = rest[2:].split(b"\0")[0]
        text = text[6:] if text[:1] == b"#" else text
        return f"Response  Error {rest[0] | rest[1] << 8}: {printable(text, 120)}"
    if first == 0:
        return "Response  OK"
    if first == 0xFE:
        return "Response  EOF" if len(rest) < 8 else "Auth Switch Request"
    return "Response"


def postgresql(packet: Packet) -> str:
    payload = packet.payload
    if not payload:
        return ""
    server = packet.from_server(5432)
    mark = "<" if server else ">"
    if len(payload) >= 8 and payload[0] == 0:
        code = int.from_bytes(payload[4:8], "big")
        words = {80877102: "Cancel request", 80877103: "SSL request", 80877104: "GSS encryption request"}
        return mark + words.get(code, f"Startup message {_startup(payload)}".rstrip())
    if len(payload) == 1:
        return f"{mark}{'SSL accepted' if payload == b'S' else 'SSL refused'}"
    return mark + "/".join(_pg_messages(packet, PG_BACK if server else PG_FRONT))


def _startup(payload: bytes) -> str:
    words = [printable(word, 40) for word in payload[8:512].split(b"\0") if word]
    return " ".join(f"{key}={value}" for key, value in zip(words[::2], words[1::2], strict=False))


def _pg_messages(packet: Packet, table: dict[str, str]) -> list[str]:
    cursor = packet.body()
    found: list[str] = []
    try:
        while cursor.left >= 5 and len(found) < 12:
            kind, size = chr(cursor.u8()), cursor.u32()
            if kind not in table:
                return [*found, "Continuation"]
            body = cursor.part(size - 4)
            text = table[kind]
            if kind == "Q" or (kind == "C" and table is PG_BACK):
                text += f" {{ {printable(body.rest().rstrip(bytes(1)), LIMIT)} }}"
            elif kind == "E" and table is PG_BACK:
                text += f" {_pg_error(body.rest())}"
            if not found or found[-1] != text:
                found.append(text)
    except Short:
        pass
    return found or ["Continuation"]


def _pg_error(raw: bytes) -> str:
    fields = {part[:1]: part[1:] for part in raw.split(b"\0") if part}
    return printable(fields.get(b"M", b""), 120)


def tds(packet: Packet) -> str:
    return named(TDS_TYPES, packet.body().u8(), "Type") if packet.payload else ""


def mongo(packet: Packet) -> str:
    cursor = packet.body()
    cursor.skip(12)
    kinds = {1: "Reply", 2001: "Update", 2002: "Insert", 2004: "Query", 2005: "Get More", 2006: "Delete",
             2007: "Kill Cursors", 2012: "Compressed Data", 2013: "Extensible Message"}  # fmt: skip
    return named(kinds, cursor.le32(), "Opcode")
