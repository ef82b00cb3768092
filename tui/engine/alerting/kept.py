"""The baseline of an interface: kept when its learning has ended, and taken up by the next run in the same network."""

from __future__ import annotations

import contextlib
import ipaddress
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from tui.capture.interfaces import Interface
from tui.core.baseline import Baseline
from tui.engine.alerting.decisions import LONGEST
from tui.errors import FormatError

OLD_S = 30 * 86_400
"""An older baseline is not used: networks change within a month."""
MOST_FILES = 64
"""Baselines of so many interfaces are kept: containers bring new names by the hundred."""
PROC = Path("/proc/net")
UNKNOWN = "-"


class Kept(NamedTuple):
    """The baseline that is taken up, or None, and what is said of it: in the status bar, and in a whole line."""

    baseline: Baseline | None = None
    note: str = ""
    line: str = ""


def take_up(path: Path, name: str, network: str, now_ns: int) -> Kept:
    """What was learned on the interface `name`, if it is of this network and not too old; never raises."""
    try:
        with path.open("rb") as file:
            known = Baseline.loads(file.read(LONGEST))
    except FileNotFoundError:
        return Kept()
    except (OSError, FormatError) as error:
        reason = error.message if isinstance(error, FormatError) else error.strerror
        return Kept(None, "learning anew", f"the baseline of {name} cannot be used, so learning anew: {reason}")
    old = age(known.age_s(now_ns))
    if not same_network(known.network, network):
        return Kept(
            None, "new network, learning anew", f"the baseline of {name} is of another network, so learning anew"
        )
    if known.age_s(now_ns) > OLD_S:
        return Kept(None, "old baseline, learning anew", f"the baseline of {name} is {old} old, so learning anew")
    brief = " of less than five minutes" if known.provisional else ""
    return Kept(
        known,
        f"baseline {old} old",
        f"using the baseline{brief} that was learned on {name}, {old} old; --no-baseline learns anew",
    )


def tidy(folder: Path, spare: Collection[Path], now_s: float) -> None:
    """Remove the baselines that no run will take up: too old, or of more interfaces than are kept.

    Only what was kept by a run goes: a file that `nettui baseline -o` has written names no network, and stays.
    """
    dated = [(_written_s(path), path) for path in folder.glob("baseline-*.json") if path not in spare]
    for number, (written_s, path) in enumerate(sorted(dated, reverse=True)):
        if (number >= MOST_FILES - 1 or now_s - written_s > OLD_S) and _by_a_run(path):
            with contextlib.suppress(OSError):
                path.unlink()


def _written_s(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _by_a_run(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return bool(Baseline.loads(file.read(LONGEST)).network)
    except (OSError, FormatError):
        return False


def age(seconds: float) -> str:
    """In the largest unit that gives a number above one."""
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"


def network_of(interfaces: Sequence[Interface]) -> str:
    """The network that interfaces are in: their own MACs, their IPv4 networks, the MAC of the gateway or "-".

    Empty where that cannot be told. The name alone does not do: a notebook's `wlan0` is somewhere else every day.
    """
    return ";".join(_one(i) for i in interfaces) if all(i.mac for i in interfaces) else ""


def same_network(one: str, other: str) -> bool:
    """Whether both are known and the same, as far as both know the gateway."""
    ours, theirs = one.split(";"), other.split(";")
    return bool(one and other) and len(ours) == len(theirs) and all(map(_same, ours, theirs))


def _same(one: str, other: str) -> bool:
    mine, _, my_gateway = one.rpartition(" ")
    its, _, its_gateway = other.rpartition(" ")
    return mine == its and (my_gateway == its_gateway or UNKNOWN in (my_gateway, its_gateway))


def _one(interface: Interface) -> str:
    four = [a for a in interface.addresses if ":" not in a]
    networks = sorted({str(ipaddress.ip_interface(a).network) for a in four})
    return f"{interface.mac} {','.join(networks) or UNKNOWN} {_gateway(interface.name)}"


def _gateway(name: str) -> str:
    """The MAC address of the default route's next hop, if the kernel knows it."""
    try:
        routes = [line.split() for line in (PROC / "route").read_text().splitlines()[1:]]
        neighbours = [line.split() for line in (PROC / "arp").read_text().splitlines()[1:]]
    except OSError:
        return UNKNOWN
    hops = {_address(r[2]) for r in routes if len(r) > 7 and r[0] == name and r[1] == r[7] == "00000000"}
    macs = [n[3] for n in neighbours if len(n) > 5 and n[5] == name and n[0] in hops and n[3] != "00:00:00:00:00:00"]
    return macs[0] if macs else UNKNOWN


def _address(hexadecimal: str) -> str:
    """An address as /proc/net/route writes it: in the byte order of the machine."""
    return str(ipaddress.ip_address(int(hexadecimal, 16).to_bytes(4, sys.byteorder)))
