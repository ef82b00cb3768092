"""The bell rings once for each high incident, and for nothing else."""

from __future__ import annotations

from dataclasses import replace

from tests.screens.fake import ALERTS
from tui.core.alert.alerts import Status
from tui.screens.bell import Bell


def test_it_rings_once_for_each_that_is_high_and_open() -> None:
    rung: list[int] = []
    bell = Bell(lambda: rung.append(1))
    high, info, low = ALERTS
    bell.look((info, low, replace(high, status=Status.ACKNOWLEDGED)))
    assert len(rung) == 0
    bell.look((high, info))
    bell.look((replace(high, count=500), info))
    assert len(rung) == 1
    bell.look((replace(high, incident_id="another"), high))
    assert len(rung) == 2
