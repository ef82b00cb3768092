"""Words that all alerts share: numbers, lists of ports, and the filters that show the evidence."""

from __future__ import annotations

from collections.abc import Iterable


def amount(value: float, unit: str = "") -> str:
    """A number with thousands separators, without needless decimals."""
    text = f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:,.1f}"
    return f"{text} {unit}".rstrip()


def size(value: float) -> str:
    """Bytes in the unit that leaves one to three digits."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(value) < 1_000:
            return f"{value:,.0f} {unit}"
        value /= 1_000
    return f"{value:,.1f} TB"


def span(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 1:
        return f"{max(seconds * 1_000, 1):.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7_200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3_600:.1f} h"


def listed(values: Iterable[object], most: int = 8) -> str:
    """The first few of some values."""
    some = [str(v) for v in values]
    return ", ".join(some[:most]) + (f" and {len(some) - most} more" if len(some) > most else "")


def family(address: str | None) -> str:
    """The display filter's prefix of an address: ip or ipv6."""
    return "ipv6" if address and ":" in address else "ip"


def show(*addresses: str | None, also: str = "") -> str:
    """A display filter: all of the addresses, and `also`."""
    terms = [f"{family(a)}.addr == {a}" for a in addresses if a]
    return " && ".join([*terms, also] if also else terms)


def bpf(*addresses: str | None, also: str = "") -> str:
    """The same as a capture filter."""
    terms = [f"host {a}" for a in addresses if a]
    return " and ".join([*terms, also] if also else terms)
