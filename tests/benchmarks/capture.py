"""How fast without loss: nettui beside tcpdump, tshark and scapy, on one veth pair in one run. As root, by hand.

    python -m tests.benchmarks.capture --folder /var/tmp            # about an hour; --quick: about five minutes
    python -m tests.benchmarks.capture --quick --only nettui --no-kinds

Each receiver is tried at rising rates until it loses packets twice; then its CPU time is taken at a rate that it can
take. Then the fastest are tried with traffic that is dear to take: a flood of sources that are never seen again, all
packets with options, all fragments, all tiny, all jumbo. The receiver and the sender have a core each. All numbers are
of this machine and this moment: compare within one run only. The counts are the receiver's own; what it does not have
of what was sent is lost.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.bench import CPU_RATE, KINDS, MIX, Bench, Curve, say
from tests.benchmarks.receivers import MIXED, RECEIVERS
from tests.live.conftest import Lab, why_not


@dataclass(frozen=True, slots=True)
class Form:
    """How much is tried. Rates in packets a second; 0 is all that the sender has."""

    seconds: float
    settle_s: float
    rates: tuple[int, ...]
    kind_rates: tuple[int, ...]


LONG = Form(
    seconds=10.0,
    settle_s=2.0,
    rates=(5_000, 20_000, 50_000, *range(100_000, 900_000, 100_000), 1_000_000, 0),
    kind_rates=(50_000, 100_000, 200_000, 300_000, 400_000, 600_000, 0),
)
QUICK = Form(seconds=2.0, settle_s=1.0, rates=(2_000, 20_000, 100_000, 300_000, 0), kind_rates=(100_000, 300_000, 0))


def table(curves: Sequence[Curve]) -> list[str]:
    """One line for each receiver."""
    theirs = next((curve.lossless for curve in curves if curve.name == "tcpdump -w"), 0.0)
    lines = [f"{'receiver':<18} {'lossless/s':>12} {'to tcpdump -w':>14} {f'CPU per {CPU_RATE:,}/s':>18}"]
    for curve in curves:
        ratio = f"{curve.lossless / theirs:.2f}" if theirs else "-"
        cpu = f"{curve.cpu_percent:.1f} %" if curve.cpu_percent is not None else "-"
        lines.append(f"{curve.name:<18} {curve.told:>12} {ratio:>14} {cpu:>18}")
    return lines


def loss_table(curves: Sequence[Curve]) -> list[str]:
    """The loss curve in numbers: what was asked for, by row, and what each receiver lost of it."""
    rows = max(len(curve.trials) for curve in curves)
    lines = ["".join(f"{curve.name:>26}" for curve in curves)]
    for row in range(rows):
        cells = [curve.trials[row] if row < len(curve.trials) else None for curve in curves]
        lines.append("".join(f"{f'{t.rate:,.0f}/s {t.lost:.3%}' if t else '':>26}" for t in cells))
    return lines


def kinds_table(found: Mapping[str, Sequence[Curve]]) -> list[str]:
    """Lossless rates by kind of traffic."""
    names = [curve.name for curve in next(iter(found.values()))]
    lines = [f"{'lossless/s':<20}" + "".join(f"{name:>18}" for name in names)]
    for kind, curves in found.items():
        lines.append(f"{kind:<20}" + "".join(f"{curve.told:>18}" for curve in curves))
    return lines


def chart(curves: Sequence[Curve]) -> list[str]:
    """Loss by rate, as plotext draws it."""
    import plotext

    figure = plotext.figure
    figure.clear()
    figure.theme("colorless")
    figure.plot_size(100, 24)
    figure.title("lost packets (%) by packets sent (thousands a second)")
    for curve, marker in zip(curves, "#o+x*", strict=False):
        rates = [trial.rate / 1000 for trial in curve.trials]
        lost = [100 * trial.lost for trial in curve.trials]
        figure.draw(figure.signal(rates, lost, marker=marker).lines().label(curve.name))
    return str(figure.build().string(True)).splitlines()


def run(bench: Bench, form: Form, only: Sequence[str], kinds: bool) -> list[str]:
    """Try all that is asked for; what there is to print about it."""
    prefixes = tuple(only) or ("",)
    bench.load(MIX)
    chosen = [receiver for receiver in RECEIVERS if receiver.name.startswith(prefixes)]
    curves = [bench.curve(receiver, form.rates) for receiver in chosen]
    for receiver, curve in zip(chosen, curves, strict=True):
        if curve.lossless:
            curve.cpu_percent = bench.measure_cpu(receiver, min(CPU_RATE, int(curve.lossless)))
    found: dict[str, list[Curve]] = {}
    wanted = [receiver for receiver in MIXED if receiver in chosen]
    for kind in KINDS if kinds and wanted else ():
        bench.load(kind)
        found[kind.name] = [bench.curve(receiver, form.kind_rates) for receiver in wanted]
    lines = [*table(curves), "", *loss_table(curves), "", *chart(curves)]
    return [*lines, "", *kinds_table(found)] if found else lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few rates, two seconds each")
    parser.add_argument("--seconds", type=float, help="of each trial")
    parser.add_argument("--buffer", type=int, default=256, metavar="MB", help="of every receiver that has one")
    parser.add_argument("--folder", default="/var/tmp", help="where captures are written")
    parser.add_argument("--rates", type=int, nargs="+", help="packets a second; 0: all there is")
    parser.add_argument("--only", nargs="+", default=(), metavar="NAME", help="receivers whose names begin so")
    parser.add_argument("--no-kinds", action="store_true", help="the mix only")
    arguments = parser.parse_args()
    if reason := why_not():
        sys.exit(reason)
    form = QUICK if arguments.quick else LONG
    rates = tuple(arguments.rates) if arguments.rates else form.rates
    seconds = arguments.seconds or form.seconds
    form = Form(seconds, form.settle_s, rates, tuple(arguments.rates) if arguments.rates else form.kind_rates)
    lab = Lab("bench")
    lab.remove()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        try:
            lab.make()
            bench = Bench(lab, Path(name), seconds, arguments.buffer, form.settle_s)
            lines = run(bench, form, arguments.only, not arguments.no_kinds)
        finally:
            lab.remove()
    say(f"\n{os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}, {seconds:g} s each")
    for line in lines:
        say(line)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
