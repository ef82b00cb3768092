"""Every filter of the table picks the packets that tshark picks, on captures of many origins.

One capture in six is compared; `NETTUI_CORPUS=all` compares all of them.
"""

from __future__ import annotations

import os
import shutil

import pytest

from tests.corpus.filter_agreement import Tally, captures, tally
from tests.corpus.filter_table import BELOW_FLOOR, EXPRESSIONS, KNOWN_DIFFERENCES

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not captures() or not shutil.which("tshark"), reason="needs the shared captures and tshark"),
]

WHOLE = os.environ.get("NETTUI_CORPUS") == "all"
EVERY = 1 if WHOLE else 6
FLOOR = 0.98
"""Of the captures, so many must give the same packets for each filter."""


@pytest.fixture(scope="module")
def tallies() -> dict[str, Tally]:
    return tally(captures()[::EVERY])


def test_the_same_packets_as_tshark(tallies: dict[str, Tally]) -> None:
    wrong = [different for found in tallies.values() for different in found.wrong if different.reason is None]
    assert wrong == []


@pytest.mark.skipif(not WHOLE, reason="a share of few captures says little: NETTUI_CORPUS=all")
def test_each_filter_agrees_on_nearly_all_captures(tallies: dict[str, Tally]) -> None:
    below = {text for text, found in tallies.items() if found.agreed < FLOOR * found.asked}
    assert below == BELOW_FLOOR


def test_enough_filters_are_asked_of_enough_captures(tallies: dict[str, Tally]) -> None:
    telling = [text for text, found in tallies.items() if found.asked >= 10 and found.matched]
    assert len(telling) >= 80
    assert len(set(EXPRESSIONS)) == len(EXPRESSIONS)


@pytest.mark.skipif(not WHOLE, reason="needs all captures: NETTUI_CORPUS=all")
def test_every_known_difference_is_still_one(tallies: dict[str, Tally]) -> None:
    still = {(different.file, text) for text, found in tallies.items() for different in found.wrong}
    listed = {(file, text) for where in KNOWN_DIFFERENCES.values() for file, some in where.items() for text in some}
    assert listed - still == set()
