"""Vendors of network cards, from lists in the three forms that systems have."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.dissect.services import service
from tui.dissect.vendors import LISTS, Vendors

FORMS = {sign: read for _, sign, read in LISTS}
TEXTS = {
    ":": "# a list\n00:00:0C\tCisco\tCisco Systems, Inc\n00:1B:C5:00:10:00/36\tOpenRB\tOpenRB.com\n"
    "00:1B:C5\tIEEERegi\tIEEE Registration Authority\n",
    "-": "OUI\n00-00-0C   (hex)\t\tCisco Systems, Inc\n00000C     (base 16)\t\tCisco Systems, Inc\n",
    "": "# a list\n00000C Cisco Systems, Inc\n",
}


def vendors(tmp_path: Path, sign: str) -> Vendors:
    path = tmp_path / "list"
    path.write_text(TEXTS[sign])
    return Vendors([(path, sign, FORMS[sign])])


@pytest.mark.parametrize("sign", FORMS)
def test_a_prefix_of_24_bits(tmp_path: Path, sign: str) -> None:
    assert vendors(tmp_path, sign).of("00:00:0c:12:34:56") == "Cisco Systems, Inc"


def test_a_longer_prefix_counts_before_a_shorter_one(tmp_path: Path) -> None:
    found = vendors(tmp_path, ":")
    assert found.of("00:1b:c5:00:1a:bc") == "OpenRB.com"
    assert found.of("00:1b:c5:77:00:00") == "IEEE Registration Authority"


def test_what_no_vendor_gave(tmp_path: Path) -> None:
    found = vendors(tmp_path, ":")
    assert found.of("02:00:0c:00:00:01") == "local address"
    for address in ("01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "10.0.0.1", "", "00:00:0d:00:00:00"):
        assert found.of(address) == ""


def test_without_a_list_nothing_is_known(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert (
        Vendors([(tmp_path / "none", ":", FORMS[":"]), (tmp_path / "empty", "", FORMS[""])]).of("00:00:0c:1:2:3") == ""
    )
    assert Vendors([(tmp_path / "empty", "", FORMS[""])]).of("00:00:0c:01:02:03") == ""


def test_ports_by_the_system_s_own_list() -> None:
    assert service(0, 6) == service(70_000, 6) == service(22, 1) == ""
    assert service(22, 6) in ("ssh", "")
