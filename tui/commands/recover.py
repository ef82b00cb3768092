"""List what a killed nettui left in its spool, or save it as one capture file."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tui.engine.rights.privileges import caller
from tui.errors import NettuiError, NoSuchFile, SaveError
from tui.store.places import is_folder
from tui.store.recover import Stale, find_stale, locked, places, remove

if TYPE_CHECKING:
    from tui.core.frames import Frames

READ_S = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--save", metavar="PATH", type=Path, help="save the packets; pcap or pcapng by the suffix")
    parser.add_argument("--spool", metavar="DIR", type=Path, help="where the spool was (--spool of the killed run)")


def run(arguments: argparse.Namespace) -> int:
    """Without --save: one line for each spool. With it: the newest one as a file, and the spool is removed."""
    user = caller()
    if arguments.spool and not is_folder(arguments.spool):
        raise NoSuchFile(f"there is no folder {arguments.spool}", "name the --spool of the killed run")
    found = find_stale(places(arguments.spool, user.home), {os.geteuid(), user.uid})
    if not arguments.save:
        for stale in found:
            print(_line(stale))
        if not found:
            print("nothing to recover")
        return 0
    if not found:
        raise SaveError("there is nothing to recover", "name the folder of the killed run: --spool DIR")
    stale = found[0]
    with locked(stale.folder) as free:
        if not free:
            raise SaveError(f"{stale.folder} is in use again", "run nettui recover once more")
        packets = save(stale, arguments.save)
        remove(stale)
    print(f"{packets:,} packets of {_names(stale)} recovered to {arguments.save}")
    if found[1:]:
        print(f"{len(found) - 1} older left: nettui recover lists them", file=sys.stderr)
    return 0


def save(stale: Stale, path: Path) -> int:
    """Every packet of a spool, in order of time where it had several interfaces; how many there were."""
    from tui.capture.source import InterfaceInfo
    from tui.store.capturewriter import CaptureWriter
    from tui.store.layout import Owner

    user = caller()
    owner = Owner(user.uid, user.gid) if os.geteuid() == 0 else None
    interfaces = [InterfaceInfo(name, 1) for name in stale.interfaces]
    with CaptureWriter(path, interfaces, owner, "recovered by nettui") as writer:
        for frames in _merged([_series(stale, number) for number in _numbers(stale)]):
            writer.write(frames)
    return writer.packets


@dataclass(slots=True)
class _Ahead:
    """One series and the batch of it that comes next."""

    series: Iterator[Frames]
    frames: Frames | None = None


def _merged(all_series: list[Iterator[Frames]]) -> Iterator[Frames]:
    """Batches in order of time; of one series, as they are."""
    if len(all_series) == 1:
        yield from all_series[0]
        return
    import numpy as np

    ahead = [_Ahead(series) for series in all_series]
    while True:
        for one in ahead:
            if one.frames is None or not len(one.frames):
                one.frames = next(one.series, None)
        waiting = [one for one in ahead if one.frames is not None]
        if not waiting:
            return
        # Up to the end of the batch that ends first, no other series can bring anything earlier
        until = min(int(one.frames.time_ns.max()) for one in waiting if one.frames is not None)
        due: list[Frames] = []
        for one in waiting:
            assert one.frames is not None
            late = one.frames.time_ns > until
            count = int(late.argmax()) if late.any() else len(one.frames)
            due.append(one.frames.select(slice(0, count)))
            one.frames = one.frames.select(slice(count, None))
        joined = _joined(due)
        yield joined.select(np.argsort(joined.time_ns, kind="stable"))


def _joined(parts: list[Frames]) -> Frames:
    """Frames of several buffers in one."""
    import numpy as np

    from tui.core.frames import Frames

    start = np.cumsum([0, *(len(part.buffer) for part in parts[:-1])])
    return Frames(
        buffer=np.concatenate([part.buffer for part in parts]),
        offset=np.concatenate([part.offset + at for part, at in zip(parts, start, strict=True)]),
        caplen=np.concatenate([part.caplen for part in parts]),
        length=np.concatenate([part.length for part in parts]),
        time_ns=np.concatenate([part.time_ns for part in parts]),
        linktype=np.concatenate([part.linktype for part in parts]),
        interface=np.concatenate([part.interface for part in parts]),
        direction=np.concatenate([part.direction for part in parts]),
    )


def _series(stale: Stale, number: int) -> Iterator[Frames]:
    """The packets of one interface, as far as they were written; copies, so that several may be held."""
    import numpy as np

    from tui.capture.pcapfile import open_capture
    from tui.core.state import State

    for file in stale.files:
        if _number(file) != number:
            continue
        # The record at which the process was killed, or a file without a header, is no reason to stop
        with contextlib.suppress(NettuiError), contextlib.closing(open_capture(str(file))) as source:
            while source.state is not State.ENDED:
                frames = source.read(READ_S)
                if frames is not None:
                    yield replace(frames, interface=np.full(len(frames), number, np.uint16))


def _number(file: Path) -> int:
    """The interface number in a segment's name, `00000012-if3.pcap`."""
    digits = file.stem.rpartition("-if")[2]
    return int(digits) if digits.isdigit() else 0


def _numbers(stale: Stale) -> list[int]:
    return sorted({_number(file) for file in stale.files})


def _names(stale: Stale) -> str:
    return ", ".join(stale.interfaces) or "an unknown interface"


def _line(stale: Stale) -> str:
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(stale.modified_s))
    return f"{when}  {stale.bytes:>15,} bytes  {_names(stale)}  {stale.folder}"
