"""The top line: every counter of loss is on it at any width, and nothing is called lost that is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tui.core.rates import Rates
from tui.core.snapshot import Health, Loss, Snapshot
from tui.core.state import State
from tui.core.text import cell_width
from tui.core.window import Window
from tui.widgets.glyphs import UNICODE
from tui.widgets.status_bar import loss_pieces, status_line

QUIET = Snapshot(
    generation=0,
    interface="eth0",
    health=Health(State.LIVE),
    first_ns=10**18,
    now_ns=10**18 + 751 * 10**9,
    packets=1_204_331,
    bytes=812 << 20,
    packets_per_s=12_400.0,
    bits_per_s=96.1e6,
    loss=Loss(0, 0),
    kept=1_000_000,
    protocols=(),
    talkers=(),
    ports=(),
    pairs=(),
    series=Rates().series(()),
)
WORST = Loss(interface=12, kernel=3, evicted=204_331, skipped_names=7, unwritten=40)


def line(loss: Loss, width: int) -> str:
    return "".join(text for text, _ in status_line(replace(QUIET, loss=loss), width, UNICODE))


def test_lost_0_is_green_while_it_is_true() -> None:
    assert loss_pieces(Loss(0, 0)) == [("lost 0", "good")]
    assert loss_pieces(Loss(0, None)) == [("lost 0", "good")]
    assert loss_pieces(Loss()) == [("lost unknown", "dim")]


def test_packets_that_were_let_go_are_named_and_not_called_lost() -> None:
    assert loss_pieces(Loss(0, 0, evicted=204_331)) == [("lost 0", "good"), (", 204,331 evicted", "amber")]


def test_every_counter_is_named_when_it_is_not_zero() -> None:
    assert loss_pieces(WORST) == [
        ("lost 12 interface, 3 kernel, 40 not written", "red bold"),
        (", 204,331 evicted, 7 names skipped", "amber"),
    ]


@pytest.mark.parametrize("width", [60, 80, 99, 100, 120, 200])
def test_no_width_leaves_a_counter_out(width: int) -> None:
    told = line(Loss(0, 0, evicted=204_331, skipped_names=7), width)
    assert "evicted" in told
    assert "7 skipped" in told or "7 names skipped" in told
    assert cell_width(told) <= width


def test_what_is_kept_stands_beside_it_where_there_is_room() -> None:
    assert "lost 0, 204,331 evicted   kept 1,000,000" in line(Loss(0, 0, evicted=204_331), 160)


@pytest.mark.parametrize("width", [80, 90, 99])
def test_a_long_name_gives_way_in_its_middle_before_a_counter_does(width: int) -> None:
    """With a name of fifteen characters, 80 columns had no room for what is kept."""
    snapshot = replace(QUIET, interface="enp129s0f1np1v2", packets_per_s=99_900.0)
    told = "".join(text for text, _ in status_line(snapshot, width, UNICODE))
    assert "kept 1.0 M" in told
    assert "lost 0" in told
    assert "99.9 k/s" in told
    assert "np1v2" in told or "1v2" in told
    assert "enp1" in told
    assert cell_width(told) <= width


@pytest.mark.parametrize("width", range(10, 60))
def test_what_is_lost_stands_on_the_narrowest_line(width: int) -> None:
    """Under 40 cells it was beyond the edge."""
    told = "".join(text for text, _ in status_line(replace(QUIET, interface="enp129s0f1np1v2"), width, UNICODE))
    assert "lost 0" in told
    assert cell_width(told) <= width


S, DAY_S = 10**9, 86_400
WINDOWS = {
    "seconds": Window(10**18, 10**18 + 5 * S, 0, 10),
    "less than a millisecond": Window(10**18, 10**18 + 543_000, 0, 10),
    "days": Window(10**18, 10**18 + (DAY_S + 7_200) * S, 0, 10),
    "from the beginning": Window(10**18, 10**18 + 751 * S, 0, 10, whole=True),
}


@pytest.mark.parametrize("loss", [Loss(0, 0), Loss(0, 0, evicted=204_331, skipped_names=7)], ids=["no loss", "evicted"])
@pytest.mark.parametrize("which", WINDOWS)
@pytest.mark.parametrize("width", [80, 99, 120])
def test_which_window_the_numbers_are_of_is_always_told(width: int, which: str, loss: Loss) -> None:
    """Beside counters of loss, or over midnight, 80 columns had no room for it: the numbers seemed to be of all."""
    snapshot = replace(QUIET, interface="enp129s0f1np1v2", loss=loss, window=WINDOWS[which])
    told = "".join(text for text, _ in status_line(snapshot, width, UNICODE))
    assert any(word in told for word in ("window ", " to ", " from ", "until "))
    assert "live" in told and "enp" in told
    assert "lost 0" in told
    assert cell_width(told) <= width


def test_a_name_is_whole_where_there_is_room() -> None:
    told = "".join(text for text, _ in status_line(replace(QUIET, interface="enp129s0f1np1v2"), 120, UNICODE))
    assert "enp129s0f1np1v2" in told


@pytest.mark.parametrize("width", [100, 120, 140])
def test_a_warning_is_cut_and_not_left_out(width: int) -> None:
    """That a file was damaged stood nowhere on the screen, for it was too long."""
    health = Health(State.ENDED, "the capture is damaged at byte 318: a record claims to hold 1,711,276,086 bytes")
    told = "".join(text for text, _ in status_line(replace(QUIET, health=health, bits_per_s=0.0), width, UNICODE))
    assert ("the capture" in told) == (width > 100)
    assert cell_width(told) <= width


def test_what_has_ended_has_the_mean_rate_of_all_of_it() -> None:
    ended = replace(
        QUIET, health=Health(State.ENDED), packets=7_510, bytes=751 * 1000, packets_per_s=3.0, bits_per_s=8.0
    )
    wide, narrow = ("".join(text for text, _ in status_line(ended, width, UNICODE)) for width in (140, 80))
    assert "mean   10 /s" in wide and "8.0 kb/s" in wide
    assert "mean   10 /s" in narrow
    of_none = replace(ended, now_ns=ended.first_ns)
    assert "mean" not in "".join(text for text, _ in status_line(of_none, 140, UNICODE))


def test_a_name_is_not_cut_for_what_finds_no_room_all_the_same() -> None:
    ended = replace(QUIET, interface="demo.pcap", health=Health(State.ENDED))
    told = "".join(text for text, _ in status_line(ended, 80, UNICODE))
    assert "demo.pcap" in told and "kept" not in told
