"""Sizes, times and addresses as people write them."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from tui.errors import UsageError

_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?b?)\s*", re.IGNORECASE)
_POWER = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def size(text: str) -> int:
    """Bytes of `64MB`, `512k`, `1.5GiB`; powers of 1024, as tcpdump's -B has it."""
    found = _SIZE.fullmatch(text)
    if not found:
        raise UsageError(f"{text!r} is not a size", "write a number with K, M or G, such as 64MB")
    return int(float(found[1]) * 1024 ** _POWER[found[2].lower()])


def speed(text: str) -> float:
    """Replay speed: a factor, or `max` (infinite)."""
    if text == "max":
        return float("inf")
    value = positive(text)
    if not 0.01 <= value <= 100_000:
        raise UsageError(f"a speed of {text} is out of range", "use --speed 1, 10 or max")
    return value


def positive(text: str) -> float:
    """A number above zero."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < float("inf"):
        raise UsageError(f"{text!r} is not a number above 0", "give a number such as 10")
    return value


def count(text: str) -> int:
    """A whole number, at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"{text!r} is not a whole number above 0", "give a number such as 1000")
    return int(text)


def whole(text: str) -> int:
    """A whole number, at least 0."""
    if not text.isdecimal():
        raise UsageError(f"{text!r} is not a whole number", "give a number such as 300")
    return int(text)


def keys(text: str) -> str:
    """`WORDS=KEY KEY ...`; which words and keys there are the screen knows."""
    words, _, names = text.partition("=")
    if not words.strip() or not names.strip():
        raise UsageError(f"{text!r} is not WORDS=KEYS", "write an action and its keys, such as 'pause=x space'")
    return f"{words.strip().lower()}={' '.join(names.split())}"


def endpoint(text: str) -> tuple[str, int]:
    """`[HOST:]PORT`, an IPv6 host in brackets; loopback unless a host is given."""
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise UsageError(f"{text!r} is not [HOST:]PORT", "write a port such as 9100, or 0.0.0.0:9100 for every address")
    return host.strip("[]") or "127.0.0.1", int(port)


def web_address(text: str) -> str:
    """An address that alerts may be posted to."""
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        good = None
    if not good or not text.isascii() or not text.isprintable() or " " in text:
        raise UsageError(f"not a webhook address: {text!r}", "it begins with https:// or http://, then a host")
    if "@" in parts.netloc:
        raise UsageError("a webhook address holds no user and password", "use an address with a token in its path")
    return text


SYSLOG_SOCKET, SYSLOG_PORT = "/dev/log", 514


def syslog(text: str) -> str | tuple[str, int]:
    """`local`, the path of a socket, or `HOST[:PORT]`."""
    if text == "local":
        return SYSLOG_SOCKET
    if text.startswith("/"):
        return text
    host, port = text, str(SYSLOG_PORT)
    if text.startswith("[") or text.count(":") == 1:
        host, _, port = text.rpartition(":") if not text.endswith("]") else (text, "", port)
    host = host.strip("[]")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise UsageError(f"{text!r} is not a syslog target", "use local, the path of a socket, or HOST[:PORT]")
    return host, int(port)


def network(text: str) -> str:
    """An address, or a network in CIDR form."""
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise UsageError(f"{text!r} is no address", "write 192.0.2.9 or 192.0.2.0/24") from None
