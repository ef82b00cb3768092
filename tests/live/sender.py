"""Sends numbered frames at a steady rate: `python -m tests.live.sender IFACE PACKETS_PER_S PACKETS [SIZE]`.

Prints a line "PACKETS MONOTONIC" now and then: so many had been sent at that moment.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import time

ETHERTYPE = 0x88B6
"""Of no protocol, so that no kernel answers."""
HEAD = bytes.fromhex("020000000002020000000001") + struct.pack("!H", ETHERTYPE)
STEP = 250
PLACE = len(HEAD)
"""Where in a frame its number stands."""


def main(interface: str, rate: str, count: str, size: str = "60") -> None:
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sender.bind((interface, 0))
    sender.setsockopt(socket.SOL_SOCKET, 32, 1 << 24)  # SO_SNDBUFFORCE
    pad = bytes(int(size) - len(HEAD) - 4)
    begun = time.monotonic()
    for first in range(0, int(count), STEP):
        stop = min(first + STEP, int(count))
        for number in range(first, stop):
            with contextlib.suppress(OSError):  # ENOBUFS: dropped on the way, which a test may want
                sender.send(HEAD + struct.pack("!I", number) + pad)
        print(stop, time.monotonic(), flush=True)
        time.sleep(max(0.0, begun + stop / int(rate) - time.monotonic()))


if __name__ == "__main__":
    main(*sys.argv[1:])
