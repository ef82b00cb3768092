"""What can be captured here: names, state, link type, speed and addresses; the default is marked."""

from __future__ import annotations

import argparse
import json
import sys

from tui.capture.interfaces import ANY, LINKTYPE_NAMES, Interface, find, interfaces
from tui.errors import NoSuchInterface


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object for each interface")


def run(arguments: argparse.Namespace) -> int:
    """List them, those that run first."""
    found = sorted(interfaces(), key=lambda i: (not i.default, not i.running, i.loopback, i.index))
    if not found:
        raise NoSuchInterface("no network interface here", "ip link shows what this network namespace has")
    everything = [find(ANY)] if sys.platform == "linux" else []
    for interface in found + everything:
        print(json.dumps(_values(interface)) if arguments.json else _line(interface))
    return 0


def _values(interface: Interface) -> dict[str, object]:
    return {
        "name": interface.name,
        "default": interface.default,
        "state": interface.state,
        "linktype": interface.linktype,
        "link": LINKTYPE_NAMES[interface.linktype],
        "kind": interface.kind or None,
        "mac": interface.mac or None,
        "mtu": interface.mtu or None,
        "speed_mbps": interface.speed_mbps,
        "addresses": list(interface.addresses),
    }


def _line(interface: Interface) -> str:
    if not interface.index:
        return f"  {interface.name:<16} {'':<10} {LINKTYPE_NAMES[interface.linktype]:<16} all interfaces at once"
    facts = [interface.kind, f"{interface.speed_mbps} Mb/s" if interface.speed_mbps else "", *interface.addresses]
    mark = "*" if interface.default else " "
    words = " ".join(fact for fact in facts if fact)
    return (
        f"{mark} {interface.name:<16} {interface.state:<10} {LINKTYPE_NAMES[interface.linktype]:<16} {words}".rstrip()
    )
