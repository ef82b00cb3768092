"""What is told before the screen opens."""

from __future__ import annotations

import pytest

from tui.commands.live import protocol_name
from tui.errors import UsageError


@pytest.mark.parametrize(("typed", "name"), [("dns", "DNS"), ("icmpv6", "ICMPv6"), ("IP", "IP"), ("all", "All")])
def test_a_protocol_may_be_typed_in_small_letters(typed: str, name: str) -> None:
    assert protocol_name(typed) == name


def test_a_protocol_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError) as refused:
        protocol_name("htp")
    assert "--protocol http" in refused.value.hint
