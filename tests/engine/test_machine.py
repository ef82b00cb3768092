"""What one machine says of a file is the same each time, and nobody else can tell why."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.commands.test_alerts import capture
from tests.detectors.wire import A, B, tcp
from tui.cli import main
from tui.engine import machine


@pytest.fixture
def identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "machine-id"
    path.write_text("0123456789abcdef0123456789abcdef\n")
    monkeypatch.setattr(machine, "MACHINE_ID", path)
    return path


def test_the_key_belongs_to_the_machine(identity: Path) -> None:
    key = machine.hash_key()
    assert key == machine.hash_key()
    identity.write_text("fedcba9876543210fedcba9876543210\n")
    assert machine.hash_key() != key


@pytest.mark.parametrize("text", ["", "uninitialized\n", None])
def test_without_an_identity_the_key_is_a_random_one(identity: Path, text: str | None) -> None:
    identity.unlink() if text is None else identity.write_text(text)
    assert machine.hash_key() != machine.hash_key()


def test_a_flood_has_the_same_numbers_each_time(
    identity: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The tables that tell what was seen before are bounded: which connections meet in them goes by the key."""
    chance, flood, t = random.Random(2), [], 0.37
    for i in range(6_000):
        t += chance.expovariate(2_000)
        port, ours, theirs = 1_313 + i, chance.getrandbits(32), chance.getrandbits(32)
        answer = tcp(B, A, 80, port, 0x12, seq=theirs, ack=ours + 1)
        flood += [
            (t, tcp(A, B, port, 80, 2, seq=ours)),
            (t + 3e-6, answer),
            (t + 6e-6, tcp(A, B, port, 80, 4, ours + 1)),
        ]
        if i % 50 == 0:
            flood.append((t + 1, answer))
    path = str(capture(tmp_path / "flood.pcap", flood))
    told = []
    for _ in range(3):
        assert main(["alerts", path]) == 0
        told.append(capsys.readouterr().out)
    assert told[0] == told[1] == told[2]
    assert "SYN flood" in told[0]
