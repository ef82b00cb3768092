"""The one line that a run leaves on standard output."""

from __future__ import annotations

from pathlib import Path

from tui.core.snapshot import Loss
from tui.errors import NettuiError, SaveError
from tui.store.contract import Store


def replay_line(packets: int, name: str, saved: Path | None) -> str:
    """`7,545 packets read from demo.pcap`: a file loses nothing, and keeps what it has."""
    line = f"{packets:,} packets read from {name}"
    return f"{line}; saved to {saved}" if saved is not None else line


def exit_line(packets: int, loss: Loss, kept: int, saved: Path | None, unsaved_reason: str = "") -> str:
    """`1,204,331 packets captured, 0 lost (interface 0, kernel 0), 1,000,000 kept; saved to PATH`.

    A count that the platform does not tell is `unknown`; packets the disk could not take are named if there are any.
    """
    known = loss.interface is not None or loss.kernel is not None
    lost = f"{loss.lost:,}" if known else "unknown"
    parts = f"interface {_number(loss.interface)}, kernel {_number(loss.kernel)}"
    line = f"{packets:,} packets captured, {lost} lost ({parts}), {kept:,} kept"
    if loss.unwritten:
        line += f", {loss.unwritten:,} not written"
    if saved is not None:
        return f"{line}; saved to {saved}"
    return f"{line}; {unsaved_reason}" if unsaved_reason else line


def incomplete(store: Store, path: Path | None) -> NettuiError | None:
    """What -w was asked to write and could not, all of which has been tried; None where every packet is in the file."""
    if path is None:
        return None
    store.flush()
    if not store.unwritten and not store.warnings:
        return None
    why = f" ({store.warnings[0]})" if store.warnings else ""
    return SaveError(
        f"{store.unwritten:,} packets are not in {path}{why}", "make room, or write to a faster disk; the rest is there"
    )


def _number(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,}"
