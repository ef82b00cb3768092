"""Flows of capture files, for the commands that learn from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tui.commands.leftout import tell_left_out
from tui.commands.progress import Progress
from tui.core.flow.table import FlowTable
from tui.engine.files.offline import Batch, OfflineRun
from tui.errors import FormatError, UsageError
from tui.learning.sample import Sample

PART = 32_768
"""Flows that have ended are taken when so many wait."""


def read_flows(paths: Sequence[str], each: Callable[[Batch], None] | None = None) -> tuple[Sample, OfflineRun]:
    """All flows of the files, each file for itself; `each` sees every batch on its way.

    Raises FormatError where there is no packet, UsageError where there is no flow. Damage is in the run: raise it
    after the output.
    """
    sample = Sample()
    reading = OfflineRun(paths)
    table, file = FlowTable(collect=True), 0
    with Progress(paths, silent=True) as progress:
        for batch in reading.batches():
            if batch.file != file:
                table.end_all()
                reading.left_out += table.left_out
                sample.add(table.take_ended(), file)
                table, file = FlowTable(collect=True), batch.file
            table.update(batch.columns, batch.frames)
            if each is not None:
                each(batch)
            if table.waiting > PART:
                sample.add(table.take_ended(), file)
            position = batch.frames.position
            progress.update(reading.packets, file, None if position is None or not len(position) else int(position[-1]))
    table.end_all()
    sample.add(table.take_ended(), file)
    tell_left_out(reading.left_out + table.left_out)
    if not reading.packets:
        raise FormatError(f"{', '.join(paths)} holds no packets", "there is nothing to learn from")
    if not sample.seen:
        raise UsageError(f"no IP flow in {', '.join(paths)}", "give captures with TCP, UDP or other IP traffic")
    return sample, reading
