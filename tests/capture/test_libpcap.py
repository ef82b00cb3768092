"""Capture filters are compiled, or refused in words that help."""

from __future__ import annotations

import pytest

from tests.capture.test_bpf import V4, packet, passes
from tui.capture import bpf, libpcap
from tui.capture.libpcap import FilterCompiler
from tui.errors import CaptureError, MissingLibrary, UsageError

WHOLE = bpf.WHOLE


@pytest.fixture
def raw() -> FilterCompiler:
    try:
        return FilterCompiler(101, WHOLE)
    except MissingLibrary as error:
        pytest.skip(error.message)


def test_a_filter_lets_pass_what_it_says(raw: FilterCompiler) -> None:
    with passes(raw.compile("tcp port 22")) as through:
        assert through(packet("192.0.2.7", 1, "192.0.2.8", 22))
        assert not through(packet("192.0.2.7", 1, "192.0.2.8", 23))


def test_the_own_connection_is_left_out_of_any_filter(raw: FilterCompiler) -> None:
    with passes(bpf.program(raw.compile("tcp port 22"), [V4], 101, WHOLE)) as through:
        assert through(packet("192.0.2.7", 1, "192.0.2.8", 22))
        assert not through(packet("192.0.2.7", 51000, "198.51.100.1", 22))


def test_the_snaplen_is_in_the_program() -> None:
    with passes(FilterCompiler(101, 30).compile("tcp")) as through:
        assert through(packet("192.0.2.7", 1, "192.0.2.8", 22)) == 30


def test_an_empty_filter_is_no_program(raw: FilterCompiler) -> None:
    assert raw.compile("  ") == b""


@pytest.mark.parametrize(
    ("text", "hint"),
    [("tcp prot 80", "pcap-filter"), ("ip.addr == 192.0.2.1", "-Y"), ("port http and", "pcap-filter")],
)
def test_a_wrong_filter_is_explained(raw: FilterCompiler, text: str, hint: str) -> None:
    with pytest.raises(UsageError, match="syntax error") as caught:
        raw.compile(text)
    assert text in caught.value.message
    assert hint in caught.value.hint


def test_for_all_interfaces_offsets_begin_behind_the_cooked_header() -> None:
    """A cooked socket's filter sees the IP packet; what stands in the header the kernel tells otherwise."""
    with passes(FilterCompiler(276, WHOLE).compile("udp[0:2] = 5 or tcp port 22")) as through:
        assert not through(packet("192.0.2.7", 1, "192.0.2.8", 22))  # the protocol of a local socket is not IP


def test_what_a_cooked_header_alone_knows_is_refused() -> None:
    with pytest.raises(UsageError, match="all interfaces"):
        libpcap.for_cooked_socket(bpf.instruction(bpf.LD_B_ABS, 13))


def test_vlan_is_not_compiled_wrong_without_a_live_handle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FilterCompiler, "_live", lambda self, interface: None)
    with pytest.raises(CaptureError, match="vlan"):
        FilterCompiler(1, WHOLE, "lo").compile("vlan and tcp")


@pytest.mark.parametrize(
    ("release", "package"),
    [("ID=ubuntu\nID_LIKE=debian\n", "apt"), ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', "dnf"), ("", "libpcap")],
)
def test_a_missing_library_names_the_package(monkeypatch: pytest.MonkeyPatch, release: str, package: str) -> None:
    monkeypatch.setattr(libpcap, "NAMES", ("no-such-library.so",))
    monkeypatch.setattr(libpcap.Path, "read_text", lambda self: release)
    with pytest.raises(MissingLibrary) as caught:
        FilterCompiler(1, WHOLE)
    assert package in caught.value.hint
