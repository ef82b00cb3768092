"""The facts in the info text are those that tshark finds in the packet."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.core.flow.table import FlowTable
from tui.core.info.batch import infos
from tui.engine.files.offline import OfflineRun

FILES = (
    "proto/zeek_single-conn.pcap", "proto/zeek_pipelined-requests.pcap", "proto/arkime_dns-wiresharkrepo.pcap",
    "proto/sanders_icmp_traceroute.pcapng", "proto/arkime_curl-enabled-tls13.pcap", "proto/zeek_mdns.pcap",
    "proto/zeek_curl-8.1.2-dev-http3-www-google-de.pcap", "proto/zeek_smb2readwrite.pcap",
    "benign/dns_1247_ordinary_queries.pcapng", "attack/web_sql_injection.pcap", "proto/arkime_wireshark-dhcp.pcap",
)  # fmt: skip
FACTS = {
    "tcp.seq": "Seq={}", "tcp.ack": "Ack={}", "dns.qry.name": "{}", "dns.a": "{}", "http.request.uri": "{}",
    "http.response.code": "{}", "icmp.seq": "seq={}/", "tls.handshake.extensions_server_name": "SNI={}",
    "smb2.filename": "{}", "dhcp.id": "{}", "arp.dst.proto_ipv4": "{}",
}  # fmt: skip
"""What tshark calls a fact, and how the text shows it."""
ONLY_WHERE = {"tcp.seq": " Win=", "tcp.ack": "Ack=", "icmp.seq": "seq=", "dns.a": "response", "smb2.filename": "File:"}
"""A fact is asked for where the text has this: not in what an ICMP error quotes, in announcements, in listings."""
AT_LEAST = 0.96
"""Of all facts; the rest are answers beyond the dozen that are written out, and what tshark joins of segments."""


def texts(path: Path) -> Iterator[str]:
    for batch in OfflineRun([str(path)], FlowTable()).batches():
        yield from infos(batch.columns, batch.frames)


def facts(path: Path) -> Iterator[list[str]]:
    fields = [word for fact in FACTS for word in ("-e", fact)]
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "occurrence=f", *fields]
    out = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    yield from (line.split("\t") for line in out.splitlines())


@pytest.mark.corpus
@pytest.mark.parametrize("name", FILES)
def test_facts_are_in_the_text(corpus: Path, name: str) -> None:
    path = corpus / "corpus" / name
    wrong, compared = [], 0
    for number, (text, values) in enumerate(zip(texts(path), facts(path), strict=True), 1):
        for (fact, form), value in zip(FACTS.items(), values, strict=True):
            if not value or ONLY_WHERE.get(fact, "") not in text:
                continue
            compared += 1
            if form.format(value.removeprefix("0x0000").replace("<Root>", "")).lower() not in text.lower():
                wrong.append((number, fact, value, text))
    assert compared
    assert len(wrong) <= (1 - AT_LEAST) * compared, wrong[:5]
