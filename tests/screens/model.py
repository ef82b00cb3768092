"""The model behind the invented session: some flows and names, always the same."""

from __future__ import annotations

from tests.core.tcpflows import Segment, columns, handshake
from tui.core.frames import from_packets
from tui.core.names import NameEvent, NameKind
from tui.engine.monitor import Monitor

HOSTS = 60


def _segments() -> list[Segment]:
    """Conversations that say more the higher their number; every third is finished, every seventh refused."""
    made: list[Segment] = []
    for host in range(1, HOSTS + 1):
        ms = host * 20.0
        if host % 7 == 0:
            made += [Segment(False, "S", 1, ms=ms, host=host), Segment(True, "R.", 0, 2, ms=ms + 1, host=host)]
            continue
        made += handshake(ms=ms, rtt_ms=host / 4, host=host)
        made.append(Segment(False, "P.", 101, 501, 10 * host, ms + 30, host=host))
        if host % 5 == 0:
            made.append(Segment(False, "P.", 101, 501, 10 * host, ms + 330, host=host))
        made.append(Segment(True, "P.", 501, 101 + 10 * host, 100 * host, ms + 340, host=host))
        if host % 3 == 0:
            made.append(Segment(False, "F.", 101 + 10 * host, 501 + 100 * host, ms=ms + 350, host=host))
            made.append(Segment(True, "F.", 501 + 100 * host, 102 + 10 * host, ms=ms + 351, host=host))
    return sorted(made, key=lambda segment: segment.ms)


def event(kind: NameKind, name: str, client: str, *answers: str, at: int = 0, **more: object) -> NameEvent:
    """One name that was seen."""
    time_ns = 1_790_000_000_000_000_000 + at * 1_000_000_000
    protocol = {"sni": "TLS", "http": "HTTP"}.get(kind.value, "DNS")
    values: dict[str, object] = {"server": "10.0.0.53", "port": 53, "bytes": 60, "answers": answers, **more}
    return NameEvent(0, kind, protocol, name, time_ns, client, **values)


def model() -> Monitor:
    """A model that has seen all of it."""
    made = Monitor()
    packets = columns(_segments())
    made.ingest(packets, from_packets([bytes(60)] * len(packets), times_ns=packets.time_ns.tolist()))
    for number in range(1, 9):
        name, client = f"www{number}.example.org", f"10.0.4.{number}"
        for at in range(number):
            made.names.add([event(NameKind.DNS_QUERY, name, client, at=at)])
        made.names.add([event(NameKind.DNS_ANSWER, name, client, f"192.0.2.{number}", at=number)])
    made.names.add([event(NameKind.DNS_ANSWER, "node-17.example.org", "10.0.4.1", "10.0.4.17", at=30)])
    made.names.add([event(NameKind.SNI, "cdn.example.com", "10.0.4.3", at=40, server="192.0.2.9", port=443)])
    made.names.add([event(NameKind.DNS_ANSWER, 'bad"[red]\x1b name', "10.0.4.66", at=50, rcode=3)])
    return made


MODEL = model()
