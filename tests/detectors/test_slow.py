"""Slow HTTP: connections that a client keeps feeding while the server has nothing to say, and what only looks so."""

from __future__ import annotations

from tests.detectors.wire import ACK, PSH, A, B, Timed, connection, rules, tcp

MANY = 80
HEADERS = b"GET / HTTP/1.1\r\nHost: a\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n"
REFUSED = b"HTTP/1.1 405 Not Allowed\r\nContent-Length: 0\r\n\r\n"
WHOLE = b"GET /news HTTP/1.1\r\nHost: a\r\n\r\n"

Said = tuple[float, bool, bytes]
"""(seconds after the start, by the client, what)"""


def talk(*said: Said, port: int = 80) -> list[Timed]:
    """As many connections, one after the other, in each of which this is said."""
    packets: list[Timed] = []
    for i in range(MANY):
        at, cport = i * 0.01, 30_000 + i
        packets += connection(at, A, B, cport, port)[:3]
        mine, other = cport * 7 + 1, cport * 13 + 1
        for after, by_client, what in said:
            if by_client:
                packets.append((at + after, tcp(A, B, cport, port, PSH | ACK, mine, other, what)))
                mine += len(what)
            else:
                packets.append((at + after, tcp(B, A, port, cport, PSH | ACK, other, mine, what)))
                other += len(what)
    return sorted(packets)


def dribble(first: float, step: float, last: float, what: bytes = b"x: y\r\n") -> list[Said]:
    return [(first + k * step, True, what) for k in range(int((last - first) / step) + 1)]


def test_headers_that_trickle() -> None:
    assert rules(talk((0.1, True, HEADERS), *dribble(5, 5, 20))) == ["dos.slowloris"]


def test_headers_that_stop_in_the_middle() -> None:
    assert rules(talk((0.1, True, HEADERS), (15.0, False, b"HTTP/1.1 408 Late\r\n\r\n"))) == ["dos.slowloris"]


def test_a_body_that_trickles_though_it_was_refused_at_once() -> None:
    """nginx answers a POST with 405 and waits: 180 connections were held so, and nothing was told."""
    said = talk((0.1, True, POST), (0.2, False, REFUSED), *dribble(5, 5, 20))
    assert rules(said) == ["dos.slowloris"]


def test_a_request_that_trickles_behind_a_handshake() -> None:
    hello, flight = b"\x16\x03\x01" + bytes(500), b"\x16\x03\x03" + bytes(3000)
    said = talk((0.1, True, hello), (0.11, False, flight), *dribble(0.2, 6, 25, b"\x17\x03\x03" + bytes(40)), port=443)
    assert rules(said) == ["dos.slowloris"]


def test_a_long_poll_is_silent() -> None:
    """The whole request waits for news; on a new connection, and on one that had its answers before."""
    news = (40.0, False, b"HTTP/1.1 200 OK\r\n\r\nnews")
    assert rules(talk((0.1, True, WHOLE), news)) == []
    assert rules(talk((0.1, True, WHOLE), (0.2, False, b"HTTP/1.1 200 OK\r\n\r\n"), (1.5, True, WHOLE), news)) == []


def test_a_web_socket_in_which_the_client_talks_alone_is_silent() -> None:
    agreed = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
    assert rules(talk((0.1, True, WHOLE), (0.2, False, agreed), *dribble(5, 5, 40))) == []


def test_a_hidden_web_socket_with_a_heartbeat_is_silent() -> None:
    hello = (0.1, True, b"\x16\x03\x01" + bytes(500)), (0.11, False, b"\x16\x03\x03" + bytes(3000))
    beats = ((4.0, True, b"\x17\x03\x03" + bytes(30)), (4.1, False, b"\x17\x03\x03" + bytes(30)))
    assert rules(talk(*hello, *beats, *dribble(7, 3, 40, b"\x17\x03\x03" + bytes(60)), port=443)) == []


def test_slow_uploads_are_silent() -> None:
    """Eighty at 2 kB/s each, without a word of the server until they are through."""
    body = dribble(1, 1, 25, bytes(2_000))
    assert rules(talk((0.1, True, POST), *body, (26.0, False, b"HTTP/1.1 201 Created\r\n\r\n"))) == []


def test_connections_that_are_kept_and_idle_are_silent() -> None:
    assert rules(talk((0.1, True, WHOLE), (0.2, False, b"HTTP/1.1 200 OK\r\n\r\n"))) == []
    assert rules(talk()) == []


def test_fewer_than_the_limit_are_silent() -> None:
    some = set(range(30_040, 30_080))
    said = talk((0.1, True, HEADERS), *dribble(5, 5, 20))
    few = [(t, p) for t, p in said if not {int.from_bytes(p[34:36], "big"), int.from_bytes(p[36:38], "big")} & some]
    assert rules(few) == []
