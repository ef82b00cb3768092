"""What a summary of flows leaves out, told where errors are: what is printed beside it stays what programs read."""

from __future__ import annotations

import sys


def tell_left_out(packets: int) -> None:
    """Say of how many packets no flow knows; nothing where all are in one."""
    if packets:
        print(
            f"nettui: {packets:,} packets are in no flow: too many flows at once, as in a flood; "
            "flows and what is counted by them leave these out",
            file=sys.stderr,
        )


def tell_unfollowed(segments: int) -> None:
    """Say how many segments could not be given the name of the message that ends in them; nothing where all were."""
    if segments:
        print(
            f"nettui: {segments:,} segments of messages that span several are counted by the name that each shows by "
            "itself, TCP where that is none: following them all would take too long; `nettui packets` does",
            file=sys.stderr,
        )
