"""scapy, imported late and set up in one place: silent, bounded, with the layers that people meet."""

from __future__ import annotations

import importlib
import logging
from functools import cache
from importlib.util import find_spec
from types import ModuleType
from typing import Any

CONTRIBUTED = (
    "lldp", "cdp", "mpls", "ospf", "bgp", "mqtt", "modbus", "eigrp", "gtp", "geneve", "wireguard",
    "coap", "lacp", "dtp", "vtp", "ldp", "pim", "bfd", "ripng", "stun",
)  # fmt: skip
"""Modules of scapy.contrib whose layers bind themselves; each costs a few milliseconds."""
CLIENTS = {"msrpce.rpcclient", "msrpce.rpcserver", "smbclient", "smbserver"}
"""Programs among scapy's layers: nothing in them dissects."""
MAX_LIST = 256
"""Records in one list; a hostile DNS message names 65,535 and takes seconds."""


@cache
def scapy() -> ModuleType:
    """`scapy.packet`, with all layers loaded; takes about a second the first time. Safe to call from a thread."""
    silence()
    conf = importlib.import_module("scapy.config").conf
    conf.load_layers = [name for name in conf.load_layers if name not in CLIENTS]
    packet = importlib.import_module("scapy.packet")
    importlib.import_module("scapy.data").MANUFDB.d.clear()  # 12 MB of names that no field of ours shows
    importlib.import_module("scapy.layers.all")
    for name in (*CONTRIBUTED, *(() if find_spec("scapy.layers.igmp") else ("igmp", "igmpv3"))):
        importlib.import_module(f"scapy.contrib.{name}")
    silence()
    conf.debug_dissector = False
    conf.max_list_count = MAX_LIST
    return packet


def silence() -> None:
    """scapy logs to standard error, over the screen: nothing of it may come through."""
    for name in ("scapy", "scapy.runtime", "scapy.loading", "scapy.interactive"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
    logging.getLogger("scapy").setLevel(logging.CRITICAL)


def layer_of(linktype: int) -> Any | None:
    """scapy's class for a link type of capture files; None where it has none."""
    scapy()
    types = importlib.import_module("scapy.config").conf.l2types
    return types.num2layer.get(linktype)
