"""Every capture of the corpus agrees with tshark, but for the differences that are known and explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus import oracle
from tests.corpus.packet_agreement import Agreement, compare

pytestmark = pytest.mark.corpus

KNOWN: dict[str, str] = {
    "ndpi_sip.pcap": "the body of SIP is not read: SIP/SDP is SIP, and the RTP that it announces is UDP",
    "tcpdump_ipx.pcap": "the SMB mailslots of NetBIOS over IPX are not read",
    "smb_share.pcapng.gz": "pipes within SMB are not read: DCERPC, SRVSVC and LANMAN are SMB",
    "exploit_eternalromance.pcap": "pipes within SMB are not read",
    "zeek_ssh-on-port-80.pcap": "SSH is told by its banner on any port, which tshark does not do",
    "brute_ssh_port902.pcap": "SSH is told by its banner on any port, which tshark does not do",
    "zeek_smtp.pcap": "a whole mail within SMTP is SMTP, not SMTP/IMF",
    "derived_cut_inside_record.pcap": "a whole mail within SMTP is SMTP, not SMTP/IMF",
    "zeek_ipv4.pcap": "tshark forgets announced FTP ports when the connection was not answered",
    "ndpi_fuzz-2006-09-29-28586.pcap": "a header that Wireshark leaves alone is read, MMSE is HTTP",
    "tcpdump_radiotap-heapoverflow.pcap": "a radiotap header longer than the frame: we stop there",
    "tcpdump_ipv6_invalid_length.pcap": "addresses of a header that is cut are not read",
    "tcpdump_tcp_header_heapoverflow.pcap": "flags of a header that is cut are shown as 0",
}
"""File: why it may fall below the limits."""


@pytest.fixture(scope="module")
def agreements(corpus: Path) -> list[Agreement]:
    return [a for path in oracle.files(*oracle.KINDS) if (a := compare(path)).packets]


def test_headers_agree_in_each_file(agreements: list[Agreement]) -> None:
    assert [a.name for a in agreements if a.share(a.headers) < 0.99 and a.name not in KNOWN] == []


def test_names_agree_in_each_file(agreements: list[Agreement]) -> None:
    assert [a.name for a in agreements if a.share(a.protocol) < 0.98 and a.name not in KNOWN] == []


def test_names_agree_on_average(agreements: list[Agreement]) -> None:
    assert sum(a.share(a.protocol) for a in agreements) / len(agreements) > 0.96


def test_every_known_difference_is_still_one(agreements: list[Agreement]) -> None:
    better = [a.name for a in agreements if a.name in KNOWN and a.headers == a.protocol == a.packets]
    assert better == []
