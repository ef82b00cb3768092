"""`python -m tests.corpus.agreement [KIND or FILE...]`: how far we agree with tshark.

Prints, for each capture and for each protocol, how many packets have the headers and the name that tshark gives them
(`-v` shows the packets that differ), and for each field how many answers of display filters are the same packets.
`--write` puts the tables into CONTRIBUTING.md. Answers of tshark are kept, so the second run takes half a minute.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.corpus import oracle
from tests.corpus.filter_agreement import Tally, by_field, captures, tally
from tests.corpus.packet_agreement import Agreement, Named, by_protocol, compare, mean
from tests.corpus.tables import write_contributing

DECODED = ("proto", "encap", "link", "format", "benign")
"""Captures whose means are given first; the others are attacks and damaged files."""


def main() -> int:
    options = _options()
    paths = [Path(p) for p in options.what if Path(p).is_file()]
    paths += oracle.files(*(kind for kind in options.what or oracle.KINDS if not Path(kind).is_file()))
    results = [found for path in paths if (found := compare(path, not options.stateless)).packets]
    if not results:
        print("no captures: set NETTUI_CAPTURES to the folder of oracle.py")
        return 1
    print_files(results, options.v)
    print_protocols(by_protocol(results))
    print_means(results)
    tallies = tally(path for path in captures() if not options.what or path in paths)
    print_fields(by_field(tallies))
    print_filters(tallies)
    if options.write:
        write_contributing(results, tallies)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", help=f"captures, or kinds of them: {', '.join(oracle.KINDS)}")
    parser.add_argument("-v", action="store_true", help="show the packets whose headers differ")
    parser.add_argument("--stateless", action="store_true", help="without the flow table")
    parser.add_argument("--write", action="store_true", help="put the tables into CONTRIBUTING.md")
    return parser.parse_args()


def print_files(results: list[Agreement], verbose: bool) -> None:
    print(f"{'file':45} {'packets':>8} {'headers':>8} {'protocol':>8} {'malformed':>9}")
    for r in sorted(results, key=lambda r: r.share(r.protocol)):
        print(
            f"{r.name[:45]:45} {r.packets:8} {r.share(r.headers):8.1%} {r.share(r.protocol):8.1%} "
            f"{r.share(r.malformed):9.1%}  " + ", ".join(f"{a}->{b} {n}" for (a, b), n in r.wrong_names.most_common(4))
        )
        if verbose:
            for number, what in r.wrong_headers[:3]:
                print(f"    {number}: {what}")


def print_protocols(found: dict[str, Named]) -> None:
    print(f"\n{'protocol of tshark':25} {'packets':>8} {'same':>8}  else")
    for name, of in found.items():
        others = ", ".join(f"{other or '(none)'} {n}" for other, n in of.others.most_common())
        print(f"{name or '(none)':25} {of.packets:8} {of.same / of.packets:8.1%}  {others}")


def print_means(results: list[Agreement]) -> None:
    print()
    for label, kinds in (("decoded", DECODED), ("all", oracle.KINDS)):
        some = [r for r in results if r.kind in kinds]
        if some:
            print(
                f"{label}: {len(some)} files, {sum(r.packets for r in some):,} packets, mean per file: "
                f"headers {mean(some, 'headers'):.2%}, protocol {mean(some, 'protocol'):.2%}, "
                f"malformed {mean(some, 'malformed'):.2%}"
            )


def print_fields(found: dict[str, Tally]) -> None:
    print(f"\n{'field':45} {'answers':>8} {'same':>8}  picked in  differs in")
    for name, of in sorted(found.items()):
        if of.asked:
            where = ", ".join(sorted({different.file for different in of.wrong}))
            print(f"{name:45} {of.asked:8} {of.agreed / of.asked:8.2%} {of.matched:10}  {where}")


def print_filters(tallies: dict[str, Tally]) -> None:
    print("\nfilters that differ somewhere")
    for text, of in tallies.items():
        for different in of.wrong:
            print(f"{of.agreed:4} of {of.asked}  {text:45} {different}: {different.reason or 'NOT EXPLAINED'}")
    asked, agreed = sum(t.asked for t in tallies.values()), sum(t.agreed for t in tallies.values())
    telling = sum(1 for t in tallies.values() if t.asked >= 10 and t.matched)
    print(f"{len(tallies)} filters, {telling} of them pick packets and were asked of ten captures or more")
    print(f"{agreed:,} of {asked:,} answers are the same: {agreed / max(asked, 1):.2%}")


if __name__ == "__main__":
    raise SystemExit(main())
