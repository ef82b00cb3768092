"""Run the detectors over capture files: one block per incident, or EVE JSON lines."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from tui.capture.ownssh import own_connections
from tui.commands.progress import Progress
from tui.core.alert.alerts import Alert, Event
from tui.core.alert.response import Guard, Response, learned, suggest
from tui.core.alert.suppress import Suppression
from tui.core.baseline import Baseline
from tui.detectors.registry import DetectorSet
from tui.detectors.thresholds import Thresholds
from tui.engine.alerting.guards import machine
from tui.engine.files.offline import Batch, OfflineRun
from tui.engine.machine import hash_key
from tui.engine.monitor import Monitor
from tui.errors import NoSuchFile, UsageError
from tui.export.eve import eve_line, timestamp
from tui.filters.flows import AlertFilter, compile_alerts
from tui.settings import units

WINDOW, BATCH = 16 << 20, 32_768
"""Half of what is read where flows are followed: 50 MB less under a flood, in the same time."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", metavar="FILE", help="pcap or pcapng, gzip too; - for standard input")
    parser.add_argument("--eve", action="store_true", help="one JSON object per event, as Suricata writes them")
    parser.add_argument(
        "--set", action="append", default=[], metavar="RULE.LIMIT=VALUE", dest="limits",
        help="try another limit, such as scan.vertical.ports=30; repeatable",
    )  # fmt: skip
    parser.add_argument("--baseline", metavar="FILE", help="what is usual on this network (nettui baseline)")
    parser.add_argument(
        "--severity", type=int, default=1, choices=range(1, 5), metavar="N", help="only N (1 to 4) and worse"
    )
    parser.add_argument(
        "-Y", "--display-filter", metavar="EXPR", default="",
        help="only alerts that match, such as 'ip.src == 10.0.0.5' or 'nettui.alert contains \"scan\"'",
    )  # fmt: skip
    parser.add_argument(
        "--allow", action="append", default=[], metavar="RULE",
        help="be silent about it: 'scan from 10.0.0.5 until 2027-01-31: our own scanner'; repeatable",
    )  # fmt: skip
    parser.add_argument(
        "--suggest", action="store_true", help="say which nft command would stop it, or why none should; it is not run"
    )
    parser.add_argument(
        "--protect", action="append", default=[], metavar="ADDRESS", help="never suggest to block it; CIDR, repeatable"
    )
    parser.add_argument(
        "--limits", action="store_true", dest="show_limits", help="list every limit and its value, and leave"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the incidents; raises DamagedFile after what could be read."""
    thresholds = with_limits(Thresholds(), arguments.limits)
    if arguments.show_limits:
        for name, value in thresholds.settings().items():
            print(f"{name} = {','.join(map(str, value)) if isinstance(value, tuple) else value}")
        return 0
    if not arguments.files:
        raise UsageError("no capture file was given", "nettui alerts FILE..., or - for standard input")
    wanted = compile_alerts(arguments.display_filter)
    baseline = read_baseline(arguments.baseline) if arguments.baseline else None
    reading = OfflineRun(arguments.files, window=WINDOW, batch=BATCH)
    guard = _guard(arguments.protect, baseline) if arguments.suggest else None
    write = _Writer(arguments.eve, arguments.severity, wanted, guard)
    allowed = [Suppression.parse(text) for text in arguments.allow]

    key = hash_key()

    def make() -> Monitor:
        detectors = DetectorSet(thresholds, baseline=baseline, hash_key=key)
        detectors.log.silence.suppressions.extend(allowed)
        return Monitor(detectors=detectors)

    watch = _Watch(make, write)
    with Progress(arguments.files) as progress:
        for batch in reading.batches():
            watch.take(batch, Path(arguments.files[batch.file]).name)
            position = batch.frames.position
            done = batch.first_sequence + len(batch.columns)
            progress.update(done, batch.file, None if position is None else int(position[-1]))
        watch.finish()
    sys.stdout.flush()
    for rule in allowed:
        print(f"allowed {rule.hits:,} times: {rule.reason}", file=sys.stderr)
    reading.raise_damage()
    return 0


def with_limits(thresholds: Thresholds, settings: list[str]) -> Thresholds:
    """The thresholds with each "rule.limit=value" applied."""
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise UsageError(f"--set {setting}: no value", "write it as scan.vertical.ports=30")
        thresholds = thresholds.with_setting(name, value)
    return thresholds


def read_baseline(path: str) -> Baseline:
    """Raises NoSuchFile or FormatError."""
    try:
        return Baseline.loads(Path(path).read_bytes())
    except OSError as error:
        raise NoSuchFile(
            f"cannot read the baseline {path}: {error.strerror}", "nettui baseline FILE -o base.json"
        ) from None


def _guard(protect: list[str], baseline: Baseline | None) -> Guard:
    """This machine's own lifelines, what the baseline knows, and what the caller names."""
    peers = [str(connection.client) for connection in own_connections()]
    return machine([units.network(text) for text in protect], peers).also(learned(baseline))


class _Watch:
    """Feeds a monitor, and begins with a new one where a file goes back in time."""

    def __init__(self, make: Callable[[], Monitor], write: _Writer) -> None:
        self._make = make
        self._write = write
        self._monitor: Monitor | None = None
        self._file = -1

    def take(self, batch: Batch, name: str) -> None:
        monitor = self._monitor
        if batch.file != self._file and len(batch.columns):
            self._file = batch.file
            if monitor is None or int(batch.columns.time_ns[0]) < monitor.clock.now_ns:
                self.finish()
                monitor = self._monitor = self._make()
                self._write.follow(monitor)
            self._write.source = name
        if monitor is not None:
            monitor.watch(batch.columns, batch.frames)
            self._write.tell()

    def finish(self) -> None:
        if self._monitor is not None:
            self._monitor.finish()
            self._write.tell()
            self._monitor = None


class _Writer:
    """Prints the events of a monitor."""

    def __init__(self, as_eve: bool, least: int, wanted: AlertFilter, guard: Guard | None) -> None:
        self._eve = as_eve
        self._least = least
        self._wanted = wanted
        self._guard = guard
        self.source = ""
        self._new: list[Alert] = []

    def follow(self, monitor: Monitor) -> None:
        """Take each event as it happens: the log keeps only the last ones, and a batch may hold days."""
        monitor.lookout.listeners.append(self._new.append)

    def tell(self) -> None:
        """Print what is new."""
        if not self._new:
            return
        some = [alert for alert in self._new if alert.severity >= self._least]
        self._new.clear()
        for alert, wanted in zip(some, self._wanted.match(some).tolist(), strict=True):
            if wanted:
                response = suggest(alert, self._guard) if self._guard else None
                print(eve_line(alert, self.source, response) if self._eve else block(alert, response))


def block(alert: Alert, response: Response | None = None) -> str:
    """An incident in words: all of it when it opens, one line when it changes or ends."""
    when = timestamp(alert.last_ns if alert.event is Event.CLOSED else alert.first_ns)[:19].replace("T", " ")
    head = f"{when}  {alert.severity.name:<8} {alert.title}  {alert.src} -> {alert.dst}  [{alert.rule}]"
    text = alert.text
    if alert.event is not Event.OPEN:
        word = "ended" if alert.event is Event.CLOSED else "grew"
        return f"{head}\n    {word}: {text.what}"
    lines = [head, f"    {text.what}"]
    lines += [f"    who   {text.who}"] if text.who else []
    lines += [f"    doubt {text.why}"] if text.why else []
    lines += ["    next  " + "; ".join(f"{i} {step}" for i, step in enumerate(text.next, 1))] if text.next else []
    lines += [f"    show  {alert.filter_display}", f"    bpf   {alert.filter_bpf}"]
    if response and response.command:
        lines += [f"    block {response.command}", f"    undo  {response.undo}"]
    elif response:
        lines += [f"    block nothing: {response.reason}"]
    return "\n".join(lines)
