"""Baseline: what is usual on one interface, learned over some minutes and kept as JSON."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui.errors import FormatError

VERSION = 1
BIN_S = 5
"""Seconds of one bin of the traffic statistics."""
PROVISIONAL_BINS = 60
"""A baseline of fewer bins is called provisional: five minutes."""
MOST = 4_096
"""Entries of each kind that are kept; what is beyond stays unknown."""


@dataclass(frozen=True, slots=True)
class Usual:
    """One measure over all bins: mean and standard deviation, median and median absolute deviation."""

    mean: float = 0.0
    std: float = 0.0
    median: float = 0.0
    mad: float = 0.0
    bins: int = 0

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Usual:
        """The statistics of one rate per bin, shape (bins,); zeros where there is none."""
        if not len(values):
            return cls()
        median = float(np.median(values))
        mad = float(np.median(np.abs(values - median)))
        return cls(float(values.mean()), float(values.std()), median, mad, len(values))


@dataclass(slots=True)
class Baseline:
    """What was met while learning. Sets hold texts: addresses, "ip mac", "ip:port/proto"."""

    interface: str = ""
    first_ns: int = 0
    last_ns: int = 0
    bytes_per_s: Usual = field(default_factory=Usual)
    packets_per_s: Usual = field(default_factory=Usual)
    hosts: set[str] = field(default_factory=set)
    """MAC addresses."""
    routers: set[str] = field(default_factory=set)
    """IPv6 routers: "address mac"."""
    dhcp_servers: set[str] = field(default_factory=set)
    arp_pairs: set[str] = field(default_factory=set)
    """"ip mac"."""
    services: set[str] = field(default_factory=set)
    """"ip:port/proto", answered."""
    contacts: set[str] = field(default_factory=set)
    """"src dst:port/proto": who uses which service; pollers are those with many."""
    openings: dict[str, float] = field(default_factory=dict)
    """By service "ip:port/TCP": the most connections that completed in one second; those of busy services only."""
    uploads: dict[str, float] = field(default_factory=dict)
    """By address here: the most bytes that it sent to one outside host within an hour."""
    network: str = ""
    """Which network the interface was in, as `tui.engine.alerting.kept.network_of` tells it; empty: not known."""

    @property
    def seconds(self) -> float:
        """How long was learned."""
        return max(0, self.last_ns - self.first_ns) / 1e9

    @property
    def provisional(self) -> bool:
        """Whether it was learned for less than five minutes."""
        return self.bytes_per_s.bins < PROVISIONAL_BINS

    def age_s(self, now_ns: int) -> float:
        """Seconds since the last packet that it was learned from."""
        return max(0, now_ns - self.last_ns) / 1e9

    def add(self, kind: str, entry: str) -> bool:
        """Remember an entry of one of the sets; False where there is no room."""
        known: set[str] = getattr(self, kind)
        if entry not in known and len(known) >= MOST:
            return False
        known.add(entry)
        return True

    def highest(self, kind: str, entry: str, value: float) -> None:
        """Remember the highest value of an entry; nothing where there is no room."""
        known: dict[str, float] = getattr(self, kind)
        if entry in known or len(known) < MOST:
            known[entry] = max(known.get(entry, 0.0), value)

    def renewed(self, now: Baseline) -> Baseline:
        """This one, with the rates, the devices and the busiest seconds of services that a later run has met in peace.

        Who uses which service, and who routes or gives out addresses, stays as it was: what a run has taken for normal
        by itself would keep the next one silent about it. Where there is no room for all, what `now` has met stays.
        """
        older = {service: most for service, most in self.openings.items() if service not in now.openings}
        return replace(
            self,
            first_ns=now.first_ns,
            last_ns=now.last_ns,
            bytes_per_s=now.bytes_per_s,
            packets_per_s=now.packets_per_s,
            hosts=set([*sorted(now.hosts), *sorted(self.hosts - now.hosts)][:MOST]),
            openings=dict([*now.openings.items(), *older.items()][:MOST]),
        )

    def dumps(self) -> str:
        """The baseline as JSON text."""
        made = {k: sorted(v) if isinstance(v, set) else v for k, v in asdict(self).items()}
        return json.dumps({"nettui_baseline": VERSION, **made}, indent=1) + "\n"

    @classmethod
    def loads(cls, text: str | bytes) -> Baseline:
        """Raises FormatError for what is no baseline, is damaged, or was written by another version."""
        hint = "learn a new one: nettui baseline FILE -o base.json"
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise FormatError(f"the baseline is not JSON: {error}", hint) from None
        if not isinstance(data, dict) or data.get("nettui_baseline") != VERSION:
            raise FormatError("this is no baseline of this version of nettui", hint)
        try:
            names = [f.name for f in fields(cls) if f.name in data or f.name not in _LATER]
            return cls(**{name: _read(name, data[name]) for name in names})
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise FormatError(f"the baseline is damaged at {error}", hint) from None


_ADDRESS, _MAC = r"[0-9a-fA-F:.]{2,45}", r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}"
_SERVICE = rf"{_ADDRESS}:\d{{1,5}}/(?:TCP|UDP)"
_SHAPES = {
    "hosts": re.compile(_MAC),
    "routers": re.compile(f"{_ADDRESS} {_MAC}"),
    "dhcp_servers": re.compile(_ADDRESS),
    "arp_pairs": re.compile(f"{_ADDRESS} {_MAC}"),
    "services": re.compile(_SERVICE),
    "contacts": re.compile(f"{_ADDRESS} {_SERVICE}"),
    "openings": re.compile(rf"{_ADDRESS}:\d{{1,5}}/TCP"),
    "uploads": re.compile(_ADDRESS),
}
"""What an entry of each kind looks like: detectors take them apart, and alerts show them."""
_TEXTS = {"interface", "network"}
_TIMES = {"first_ns", "last_ns"}
_USUAL = {"bytes_per_s", "packets_per_s"}
_HIGHEST = {"openings", "uploads"}
_LATER = {*_HIGHEST, "network"}
"""Fields that came after the first version: a baseline without them is older, and still good."""


def _read(name: str, value: Any) -> Any:
    if name in _TEXTS:
        if not isinstance(value, str):
            raise ValueError(name)
        return value
    if name in _TIMES:
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 1 << 63:
            raise ValueError(name)
        return value
    if name in _USUAL:
        return _usual(name, value)
    if name in _HIGHEST:
        return _highest(name, value)
    if not isinstance(value, list) or len(value) > MOST:
        raise ValueError(name)
    if not all(isinstance(v, str) and _SHAPES[name].fullmatch(v) for v in value):
        raise ValueError(name)
    return set(value)


def _usual(name: str, value: Any) -> Usual:
    if not isinstance(value, Mapping):
        raise ValueError(name)
    numbers = {f.name: value[f.name] for f in fields(Usual)}
    if not all(_is_amount(number) for number in numbers.values()):
        raise ValueError(name)
    mean, std, median, mad = (float(numbers[k]) for k in ("mean", "std", "median", "mad"))
    return Usual(mean, std, median, mad, int(numbers["bins"]))


def _highest(name: str, value: Any) -> dict[str, float]:
    if not isinstance(value, Mapping) or len(value) > MOST:
        raise ValueError(name)
    if not all(_SHAPES[name].fullmatch(entry) and _is_amount(number) for entry, number in value.items()):
        raise ValueError(name)
    return {entry: float(number) for entry, number in value.items()}


def _is_amount(number: Any) -> bool:
    good = isinstance(number, int | float) and not isinstance(number, bool)
    return good and math.isfinite(number) and number >= 0
