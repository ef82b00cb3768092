"""TCP options (RFC 9293 section 3.2, RFC 7323, RFC 2018)."""

from __future__ import annotations

from collections.abc import Callable

from tui.filters.sources import Parsed


def read_options(header: bytes, _stream: bool) -> Parsed:
    """Values of all options, from a header with its options and nothing behind them."""
    options = header[20:]
    found: dict[str, list[object]] = {}
    if not options:
        return found

    def add(name: str, value: object) -> None:
        found.setdefault(name, []).append(value)

    add("tcp.options", options)
    at = 0
    while at < len(options):
        kind = options[at]
        add("tcp.option_kind", kind)
        if kind == 0:
            break
        if kind == 1:
            add("tcp.options.nop", options[at : at + 1])
            at += 1
            continue
        length = options[at + 1] if at + 1 < len(options) else 0
        if length < 2:
            break
        add("tcp.option_len", length)
        _one(kind, options[at + 2 : at + length], options[at : at + length], add)
        at += length
    return found


def _one(kind: int, body: bytes, whole: bytes, add: Callable[[str, object], None]) -> None:
    name = {2: "mss", 3: "wscale", 5: "sack", 8: "timestamp"}.get(kind)
    if name:
        add(f"tcp.options.{name}", whole)
    if kind == 2 and len(body) == 2:
        add("tcp.options.mss_val", int.from_bytes(body, "big"))
    elif kind == 3 and len(body) == 1:
        add("tcp.options.wscale.shift", body[0])
        add("tcp.options.wscale.multiplier", 1 << min(body[0], 14))
    elif kind == 4:
        add("tcp.options.sack_perm", whole)
    elif kind == 5:
        for i in range(0, len(body) - 7, 8):
            add("tcp.options.sack_le", int.from_bytes(body[i : i + 4], "big"))
            add("tcp.options.sack_re", int.from_bytes(body[i + 4 : i + 8], "big"))
    elif kind == 8 and len(body) == 8:
        add("tcp.options.timestamp.tsval", int.from_bytes(body[:4], "big"))
        add("tcp.options.timestamp.tsecr", int.from_bytes(body[4:], "big"))
