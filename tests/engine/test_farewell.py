"""The exit line says what was lost, and what is not known."""

from __future__ import annotations

from pathlib import Path

from tui.core.snapshot import Loss
from tui.engine.farewell import exit_line, replay_line


def test_the_line_of_a_good_run() -> None:
    line = exit_line(1_204_331, Loss(interface=0, kernel=0), 1_000_000, Path("/home/user/eth0.pcapng"))
    assert line == (
        "1,204,331 packets captured, 0 lost (interface 0, kernel 0), 1,000,000 kept; saved to /home/user/eth0.pcapng"
    )


def test_loss_is_the_sum_of_interface_and_kernel() -> None:
    assert "7 lost (interface 3, kernel 4)" in exit_line(10, Loss(interface=3, kernel=4), 10, None)


def test_what_is_not_known_is_not_zero() -> None:
    assert "0 lost (interface unknown, kernel 0)" in exit_line(10, Loss(interface=None, kernel=0), 10, None)
    assert "unknown lost (interface unknown, kernel unknown)" in exit_line(10, Loss(), 10, None)


def test_packets_that_the_disk_could_not_take_are_named() -> None:
    assert "6 kept, 4 not written; not saved" in exit_line(10, Loss(0, 0, unwritten=4), 6, None, "not saved")


def test_a_file_has_lost_nothing() -> None:
    assert replay_line(7_545, "demo.pcap", None) == "7,545 packets read from demo.pcap"
    assert replay_line(7, "a.pcap", Path("/tmp/b.pcap")).endswith("; saved to /tmp/b.pcap")
