"""Summary of capture files: counts, rates, protocols, talkers, names, sizes, and what the flows are like."""

from __future__ import annotations

import argparse
import json
import sys

from tui.commands.leftout import tell_left_out, tell_unfollowed
from tui.commands.progress import Progress
from tui.engine.files.offline import OfflineRun
from tui.engine.files.reading import Counting


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="pcap or pcapng, gzip too; - for standard input")
    parser.add_argument("--json", action="store_true", help="one JSON object on one line")


def run(arguments: argparse.Namespace) -> int:
    """Print the summary; raises DamagedFile after what could be read."""
    reading = OfflineRun(arguments.files, counting=_tally)
    batches = reading.batches()
    from tui.engine.files.summed import flow_table  # all this while the first batch is being read
    from tui.export.stats import text

    reading.flows = flow_table()
    with Progress(arguments.files, silent=True) as progress:
        for batch in batches:
            position = batch.frames.position
            done = batch.first_sequence + len(batch.columns)
            progress.update(done, batch.file, None if position is None else int(position[-1]))
    result, series = reading.counted
    if reading.damage:
        _, error = reading.damage[0]
        result["damaged"] = {"offset": error.offset, "reason": error.message}
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        print(text(result, series), end="")
    sys.stdout.flush()
    tell_left_out(reading.flows.left_out)
    tell_unfollowed(reading.flows.dialogues.skipped)
    reading.raise_damage()
    return 0


def _tally() -> Counting:
    from tui.engine.files.tally import Tally

    return Tally()
