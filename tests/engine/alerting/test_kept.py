"""The baseline that is kept: used again on the same interface of the same network, while it is young."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tui.capture.interfaces import Interface
from tui.core.baseline import Baseline, Usual
from tui.engine.alerting import kept
from tui.engine.alerting.kept import MOST_FILES, OLD_S, Kept, age, network_of, same_network, take_up, tidy

DAY_NS = 86_400 * 10**9
HERE = "02:00:00:00:00:07 10.0.4.0/24 02:00:00:00:00:01"


def written(folder: Path, network: str = HERE, bins: int = 60) -> Path:
    known = Baseline("eth0", 0, DAY_NS, Usual.of(np.ones(bins)), Usual.of(np.ones(bins)), network=network)
    path = folder / "baseline-eth0.json"
    path.write_text(known.dumps())
    return path


def taken(path: Path, days: float = 1.5, network: str = HERE) -> Kept:
    return take_up(path, "eth0", network, int((1 + days) * DAY_NS))


def test_what_was_learned_is_used_again_with_its_age(tmp_path: Path) -> None:
    found = taken(written(tmp_path))
    assert found.baseline is not None and found.baseline.interface == "eth0"
    assert found.note == "baseline 36 h old"
    assert "learned on eth0, 36 h old; --no-baseline learns anew" in found.line


def test_of_a_short_learning_it_is_said(tmp_path: Path) -> None:
    assert "of less than five minutes" in taken(written(tmp_path, bins=20)).line


def test_nothing_kept_is_nothing_to_say(tmp_path: Path) -> None:
    assert taken(tmp_path / "none.json") == Kept()


def test_an_old_one_is_not_used_and_that_is_said(tmp_path: Path) -> None:
    found = taken(written(tmp_path), days=41)
    assert (found.baseline, found.note) == (None, "old baseline, learning anew")
    assert "is 41 days old" in found.line


@pytest.mark.parametrize(
    "network",
    [
        "02:00:00:00:00:07 192.168.1.0/24 02:00:00:00:00:01", "02:00:00:00:00:07 10.0.4.0/24 02:00:00:00:00:99",
        "02:00:00:00:00:99 10.0.4.0/24 02:00:00:00:00:01", f"{HERE};{HERE}", "",
    ],
)  # fmt: skip
def test_that_of_another_network_is_not_used(tmp_path: Path, network: str) -> None:
    """A notebook's wlan0 is at home, and tomorrow it is not: its DHCP server would be a rogue one."""
    found = taken(written(tmp_path), network=network)
    assert found.baseline is None
    assert "another network" in found.line
    assert taken(written(tmp_path, network="")).baseline is None


def test_a_gateway_that_only_one_knows_says_nothing() -> None:
    assert same_network(HERE, HERE.replace("02:00:00:00:00:01", "-"))
    assert not same_network("", "")


@pytest.mark.parametrize("data", [b"{", b"", bytes(9 << 20), b'{"nettui_baseline": 9}'])
def test_a_damaged_one_is_said_and_learned_anew(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "baseline-eth0.json"
    path.write_bytes(data)
    found = taken(path)
    assert found.baseline is None
    assert "cannot be used, so learning anew" in found.line


def test_the_network_is_told_by_mac_addresses_and_gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = int.from_bytes(bytes((10, 0, 4, 1)), kept.sys.byteorder)
    (tmp_path / "route").write_text(
        "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
        f"eth0 00000000 {gateway:08X} 0003 0 0 0 00000000 0 0 0\n"
    )
    (tmp_path / "arp").write_text(
        "IP address       HW type     Flags       HW address            Mask     Device\n"
        "10.0.4.9         0x1         0x2         02:00:00:00:00:09     *        eth0\n"
        "10.0.4.1         0x1         0x2         02:00:00:00:00:01     *        eth0\n"
    )
    monkeypatch.setattr(kept, "PROC", tmp_path)
    eth0 = Interface("eth0", 2, 1, mac="02:00:00:00:00:07", addresses=("fe80::7/64", "10.0.4.17/24"))
    assert network_of([eth0]) == HERE
    monkeypatch.setattr(kept, "PROC", tmp_path / "none")
    assert network_of([eth0]) == "02:00:00:00:00:07 10.0.4.0/24 -"
    assert network_of([eth0, Interface("any", 0, 276)]) == ""


def test_baselines_that_nobody_takes_up_go_and_those_of_a_person_stay(tmp_path: Path) -> None:
    for number in range(70):
        written(tmp_path).rename(tmp_path / f"baseline-veth{number:02}.json")
        os.utime(tmp_path / f"baseline-veth{number:02}.json", (number, 1_000_000 + number))
    written(tmp_path, network="").rename(tmp_path / "baseline-by-hand.json")
    os.utime(tmp_path / "baseline-by-hand.json", (0, 0))
    (tmp_path / "baseline-notes.json").write_text("mine")
    named = tmp_path / "baseline-veth01.json"
    written(tmp_path)
    tidy(tmp_path, {tmp_path / "baseline-eth0.json", named}, 1_000_100)
    left = {path.name for path in tmp_path.iterdir()}
    assert {"baseline-by-hand.json", "baseline-notes.json", "baseline-eth0.json", named.name} < left
    assert "baseline-veth00.json" not in left and "baseline-veth69.json" in left
    assert len([name for name in left if "veth" in name]) < MOST_FILES
    tidy(tmp_path, {named}, 1_000_100 + OLD_S)
    assert {path.name for path in tmp_path.glob("baseline-veth*")} == {named.name}


def test_ages_in_words() -> None:
    assert [age(s) for s in (0, 90, 600, 9_000, 200_000)] == ["0 s", "90 s", "10 min", "2 h", "2 days"]
