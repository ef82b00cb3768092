"""Country and network of addresses, from files in the two shapes that are given away."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dissect.mmdb import mmdb
from tui.dissect.places import NOWHERE, Placed, Places
from tui.errors import FormatError, NoSuchFile

pytest.importorskip("maxminddb", reason="needs maxminddb")

NESTED = {"192.0.2.0/24": {"country": {"iso_code": "DE", "names": {"en": "Germany"}}}}
NUMBERS = {"192.0.2.0/25": {"autonomous_system_number": 3320, "autonomous_system_organization": "Tele\x1bkom"}}
FLAT = {"198.51.100.0/24": {"country": "FR", "country_name": "France", "asn": "AS64500", "as_name": "Example"}}


def places(folder: Path, *files: dict[str, object]) -> Places:
    paths = []
    for number, networks in enumerate(files):
        paths.append(folder / f"{number}.mmdb")
        paths[-1].write_bytes(mmdb(networks))
    return Places(paths)


def test_country_and_network_of_two_files_are_joined(tmp_path: Path) -> None:
    found = places(tmp_path, NESTED, NUMBERS)
    assert found.of("192.0.2.1") == Placed("DE", "Germany", 3320, "Tele\ufffdkom")
    assert found.of("192.0.2.1").label == "DE AS3320"
    assert found.of("192.0.2.200").words == "Germany"


def test_a_flat_file(tmp_path: Path) -> None:
    assert places(tmp_path, FLAT).of("198.51.100.9").words == "France, AS64500 Example"


@pytest.mark.parametrize("address", ["203.0.113.1", "2001:db8::1", "02:00:00:00:00:01", "", "?"])
def test_what_is_in_no_file_is_nowhere(tmp_path: Path, address: str) -> None:
    assert places(tmp_path, NESTED).of(address) == NOWHERE


def test_files_that_are_not_there_or_something_else_are_told(tmp_path: Path) -> None:
    with pytest.raises(NoSuchFile):
        Places([tmp_path / "none.mmdb"])
    (tmp_path / "text.mmdb").write_text("hello\n" * 100)
    with pytest.raises(FormatError):
        Places([tmp_path / "text.mmdb"])


def test_a_damaged_file_knows_nothing(tmp_path: Path) -> None:
    whole = bytearray(mmdb(NESTED))
    whole[whole.index(b"country") - 2] = 0xFF
    (tmp_path / "bad.mmdb").write_bytes(whole)
    assert Places([tmp_path / "bad.mmdb"]).of("192.0.2.1") == NOWHERE
