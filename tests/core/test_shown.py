from __future__ import annotations

from tests.core.decode.packets import ethernet, ipv4, tcp
from tui.core.decode import decode
from tui.core.frames import from_packets
from tui.core.shown import protocol_names


def test_what_has_no_name_is_its_number() -> None:
    packets = [ethernet(0x0900, bytes(50)), ethernet(0x0800, ipv4(6, tcp(1, 2))), ethernet(0x88CC, bytes(50))]
    assert protocol_names(decode(from_packets(packets))) == ["0x0900", "TCP", "LLDP"]


def test_a_link_type_that_nobody_knows_has_no_protocol() -> None:
    assert protocol_names(decode(from_packets([bytes(20)], linktype=160))) == [""]
