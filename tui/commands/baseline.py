"""Learn what is usual on an interface: traffic, hosts, routers, services, flows; from a capture, or live."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tui.commands.output import write_whole
from tui.engine.begin import Begun, begin
from tui.errors import UsageError
from tui.settings import Settings
from tui.settings.units import positive

if TYPE_CHECKING:
    from tui.learning.baseline import BaselineLearner
    from tui.learning.sample import Sample

SECONDS = 300.0
READ_S = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", metavar="FILE", help="pcap or pcapng, gzip too; - for standard input")
    parser.add_argument("-i", "--iface", action="append", metavar="NAME", help="learn from this interface instead")
    parser.add_argument(
        "--duration", type=positive, default=SECONDS, metavar="SECONDS", help=f"how long (default {SECONDS:.0f})"
    )
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="FILE", help="where the baseline goes")


def run(arguments: argparse.Namespace) -> int:
    """Write the baseline and say what it holds; raises DamagedFile after what could be read."""
    if (arguments.file is None) == (not arguments.iface):
        raise UsageError("name a capture file, or an interface with --iface", "nettui baseline FILE -o base.json")
    if arguments.iface:
        settings = replace(Settings(), iface=tuple(arguments.iface), save=arguments.output)
        return _live(begin(settings), arguments.duration, arguments.output)
    from tui.commands.flowinput import read_flows
    from tui.learning.baseline import BaselineLearner

    learner = BaselineLearner(Path(arguments.file).name)
    sample, reading = read_flows([arguments.file], lambda batch: learner.add(batch.columns, batch.frames))
    _write(learner, sample, arguments.output)
    reading.raise_damage()
    return 0


def _live(begun: Begun, seconds: float, output: Path) -> int:
    """Learn until the time is over, or until it is interrupted."""
    from tui.core.decode import decode
    from tui.core.flow.table import FlowTable
    from tui.learning.baseline import BaselineLearner
    from tui.learning.sample import Sample

    assert begun.opened is not None
    learner, sample, table = BaselineLearner(begun.name), Sample(), FlowTable(collect=True)
    source = begun.opened.source()
    end = time.monotonic() + seconds
    print(f"learning on {begun.name} for {seconds:.0f} s; Ctrl-C ends it early", file=sys.stderr)
    try:
        while (left := end - time.monotonic()) > 0:
            frames = source.read(min(left, READ_S))
            if frames is None:
                continue
            columns = decode(frames)
            table.update(columns, frames)
            learner.add(columns, frames)
            source.release(frames)
            sample.add(table.take_ended())
    except KeyboardInterrupt:
        print("ended early", file=sys.stderr)
    finally:
        source.close()
    table.end_all()
    sample.add(table.take_ended())
    _write(learner, sample, output)
    return 0


def _write(learner: BaselineLearner, sample: Sample, output: Path) -> None:
    from tui.learning import usual
    from tui.learning.sample import clean_matrix

    flows = sample.flows
    learner.add_flows(flows)
    made = learner.result()
    write_whole(output, usual.dumps(made, clean_matrix(flows)))
    rate, packets = made.bytes_per_s, made.packets_per_s
    print(
        f"{output}: {made.seconds:.0f} s, {rate.mean:,.0f} bytes/s (median {rate.median:,.0f}), "
        f"{packets.mean:,.1f} packets/s (median {packets.median:,.1f}), {len(made.hosts)} hosts, "
        f"{len(made.services)} services, {sample.seen:,} flows"
    )
    if made.provisional:
        print("provisional: less than five minutes were seen", file=sys.stderr)
