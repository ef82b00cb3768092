"""The one line that a run leaves on standard output."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui.core.snapshot import Loss
from tui.errors import NettuiError, SaveError
from tui.store.contract import Store

if TYPE_CHECKING:
    from tui.core.notes import Notes
    from tui.engine.session import Session


def farewell(session: Session, name: str, saved: Sequence[Path], unsaved_reason: str = "") -> str:
    """What became of a session's packets. `name`: what was looked at; `saved`: the files that hold them."""
    rows, warnings = session.rows, session.health.warnings
    if not session.source.live:
        line, unsaved_reason = f"{rows.end:,} packets read from {name}", ""
    else:
        line = captured(rows.end, session.loss, len(rows))
    return _ended(line, warnings, saved, unsaved_reason) + forgotten(session.notes)


def forgotten(notes: Notes) -> str:
    """`; 3 notes not saved, only pcapng files keep them`; empty where none is lost."""
    lost = "1 note" if notes.unsaved == 1 else f"{notes.unsaved:,} notes"
    return f"; {lost} not saved, only pcapng files keep them" if notes.unsaved else ""


def captured(packets: int, loss: Loss, kept: int) -> str:
    """`1,204,331 packets captured, 0 lost (interface 0, kernel 0), 1,000,000 kept`.

    A count that the platform does not tell is `unknown`; the other kinds of loss are named where there are any.
    """
    known = loss.interface is not None or loss.kernel is not None
    lost = f"{loss.lost:,}" if known else "unknown"
    parts = f"interface {_number(loss.interface)}, kernel {_number(loss.kernel)}"
    line = f"{packets:,} packets captured, {lost} lost ({parts}), {kept:,} kept"
    rest = ((loss.evicted, "evicted"), (loss.skipped_names, "names skipped"), (loss.unwritten, "not written"))
    return line + "".join(f", {count:,} {what}" for count, what in rest if count)


def files_of(store: Store, saved: Path | None, write: Path | None) -> tuple[Path, ...]:
    """The files that hold the packets: `saved`, which for -w stands for all of them that are there."""
    if saved is None:
        return ()
    return store.files if saved == write and store.files else (saved,)


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


def _ended(line: str, warnings: Sequence[str], saved: Sequence[Path], unsaved_reason: str) -> str:
    """The line with what was given up, and where the packets are."""
    parts = [line, *warnings]
    if saved:
        rotated = f" to {saved[-1].name}" if len(saved) > 1 else ""
        parts.append(f"saved to {saved[0]}{rotated}")
    elif unsaved_reason:
        parts.append(unsaved_reason)
    return "; ".join(parts)


def _number(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,}"
