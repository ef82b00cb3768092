"""The tables of agreement as they stand in CONTRIBUTING.md."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from tests.corpus.filter_agreement import Tally, by_field
from tests.corpus.filter_table import KNOWN_DIFFERENCES
from tests.corpus.packet_agreement import Agreement, by_protocol, mean

CONTRIBUTING = Path(__file__).resolve().parents[2] / "CONTRIBUTING.md"
BEGIN, END = "<!-- agreement: written by the command -->", "<!-- agreement: end -->"
KINDS = (("proto",), ("encap",), ("link",), ("format",), ("benign",), ("attack",), ("malformed",))
WIDEST = 118


def write_contributing(results: list[Agreement], tallies: dict[str, Tally]) -> None:
    """Put the tables between their marks."""
    text = CONTRIBUTING.read_text()
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    parts = [_headline(), _kinds(results), _protocols(results), _fields(tallies), _known(tallies)]
    CONTRIBUTING.write_text("\n\n".join([head + BEGIN, *parts, END]) + tail)


def _headline() -> str:
    return f"Written by `python -m tests.corpus.agreement --write` on {datetime.now(UTC):%Y-%m-%d}, tshark 4.0."


def _kinds(results: list[Agreement]) -> str:
    lines = ["| captures | files | packets | headers | protocol name |", "|---|---|---|---|---|"]
    for kinds in KINDS:
        some = [r for r in results if r.kind in kinds]
        packets = sum(r.packets for r in some)
        shares = f"{mean(some, 'headers'):.2%} | {mean(some, 'protocol'):.2%}"
        lines.append(f"| {', '.join(kinds)} | {len(some)} | {packets:,} | {shares} |")
    return "\n".join([*lines, "", "Means per file: small damaged captures weigh as much as large ones."])


def _protocols(results: list[Agreement]) -> str:
    found = by_protocol(results)
    same = [f"{name} {of.packets:,}" for name, of in found.items() if of.same == of.packets]
    lines = ["| protocol that tshark names | packets | same name | ours elsewhere |", "|---|---|---|---|"]
    for name, of in found.items():
        if of.same < of.packets:
            others = ", ".join(f"{other or 'none'} {n}" for other, n in of.others.most_common())
            lines.append(f"| {name or '(none)'} | {of.packets:,} | {of.same / of.packets:.1%} | {others} |")
    return "\n".join([*lines, "", *_wrapped(f"The same in every packet ({len(same)} names): ", same)])


def _fields(tallies: dict[str, Tally]) -> str:
    asked, agreed = sum(t.asked for t in tallies.values()), sum(t.agreed for t in tallies.values())
    captures = max(t.asked for t in tallies.values())
    lines = [
        f"{len(tallies)} display filters, each asked of {captures} captures: {agreed:,} of {asked:,} answers are the"
        f" same packets ({agreed / asked:.2%}).",
        "",
        "| fields of | fields | answers | same | fields that differ somewhere: answers that do |",
        "|---|---|---|---|---|",
    ]
    found = sorted(by_field(tallies).items())
    for family, members in groupby(found, lambda item: item[0].partition(".")[0]):
        some = list(members)
        total, same = sum(of.asked for _, of in some), sum(of.agreed for _, of in some)
        differing = ", ".join(f"`{name}` {len(of.wrong)}" for name, of in some if of.wrong)
        lines.append(f"| {family} | {len(some)} | {total:,} | {same / max(total, 1):.2%} | {differing} |")
    return "\n".join(lines)


def _known(tallies: dict[str, Tally]) -> str:
    answers = {
        why: sum(1 for of in tallies.values() for different in of.wrong if different.reason == why)
        for why in KNOWN_DIFFERENCES
    }
    lines = ["| why an answer differs | answers | captures |", "|---|---|---|"]
    lines += [f"| {why} | {n} | {', '.join(KNOWN_DIFFERENCES[why])} |" for why, n in answers.items()]
    return "\n".join(lines)


def _wrapped(label: str, words: list[str]) -> list[str]:
    lines, line = [], label
    for word in words:
        if len(line) + len(word) + 2 > WIDEST:
            lines.append(line.rstrip())
            line = ""
        line += word + ", "
    return [*lines, line.rstrip(", ") + "."]
