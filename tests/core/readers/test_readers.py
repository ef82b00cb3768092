"""Readers: known messages are read, and any bytes are survived."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.readers.aes import encrypt
from tui.core.readers.cursor import Cursor, Short
from tui.core.readers.dns import TOO_LONG, Question, netbios_name, read_dns, read_name
from tui.core.readers.http import Request, Response, read_http
from tui.core.readers.quic import _crypto, read_initial, read_packets
from tui.core.readers.tls import handshake_bytes, read_hello, records


def hello(name: bytes = b"example.com", version: bytes = b"\x02\x03\x04") -> bytes:
    """A ClientHello with server name, ALPN h2 and supported versions, without its record header."""
    server = b"\x00\x00" + (len(name) + 5).to_bytes(2, "big") + (len(name) + 3).to_bytes(2, "big") + b"\0"
    server += len(name).to_bytes(2, "big") + name
    alpn = bytes.fromhex("0010 0005 0003 02") + b"h2"
    supported = b"\x00\x2b" + (len(version)).to_bytes(2, "big") + version
    extensions = server + alpn + supported
    body = b"\x03\x03" + bytes(32) + b"\0" + b"\x00\x02\x13\x01" + b"\x01\x00"
    body += len(extensions).to_bytes(2, "big") + extensions
    return b"\x01" + len(body).to_bytes(3, "big") + body


def record(handshake: bytes) -> bytes:
    return b"\x16\x03\x01" + len(handshake).to_bytes(2, "big") + handshake


def test_a_client_hello_gives_name_version_and_protocols() -> None:
    found = read_hello(handshake_bytes(record(hello())))
    assert found is not None
    assert (found.client, found.server_name, found.alpn, found.version) == (True, "example.com", ("h2",), 0x0304)
    assert found.complete


def test_a_cut_hello_says_that_it_is_not_complete() -> None:
    found = read_hello(handshake_bytes(record(hello())[:60]))
    assert found is not None
    assert not found.complete


def test_a_server_name_with_an_escape_sequence_is_made_harmless() -> None:
    found = read_hello(hello(b"\x1b[31mx"))
    assert found is not None
    assert found.server_name == "�[31mx"


def test_aes_encrypts_the_block_of_fips_197() -> None:
    block = np.frombuffer(bytes.fromhex("00112233445566778899aabbccddeeff"), np.uint8).reshape(1, 16)
    key = bytes(range(16))
    assert encrypt(key, block).tobytes().hex() == "69c4e0d86a7b0430d8cdb78070b4c55a"


def test_scattered_crypto_frames_are_put_in_order() -> None:
    frames = b"\x06\x03\x02de" + b"\x00\x01" + b"\x06\x00\x03abc" + b"\x06\x09\x01z"
    assert _crypto(frames) == b"abcde"


@pytest.mark.parametrize("pointer", [b"\xc0\x00", b"\xc0\x02\xc0\x00", b"\x3fabc", b"\x01a", b""])
def test_broken_names_end(pointer: bytes) -> None:
    with pytest.raises(Short):
        read_name(Cursor(pointer))


def test_a_netbios_name_is_decoded() -> None:
    assert netbios_name("FHEPFCELEHFCEPFFFACACACACACACABL") == "WORKGROUP<1b>"


def test_requests_and_responses_are_told_apart() -> None:
    request = read_http(b"POST /a HTTP/1.1\r\nHost: h.example:8080\r\nUser-Agent: x/1\r\n\r\nbody")
    assert isinstance(request, Request)
    assert (request.url, request.user_agent) == ("http://h.example:8080/a", "x/1")
    response = read_http(b"HTTP/1.1 301 Moved\r\nLocation: /b\r\n\r\n")
    assert isinstance(response, Response)
    assert (response.status, response.location) == (301, "/b")
    assert read_http(b"not http") is None


@given(st.binary(max_size=400))
def test_any_bytes_are_survived(data: bytes) -> None:
    read_dns(data)
    records(data)
    read_hello(handshake_bytes(data))
    read_hello(data)
    read_http(data)
    read_packets(data)
    read_initial(data)


@given(st.binary(min_size=20, max_size=200), st.integers(0, 0xFFFF))
def test_dns_counts_never_cost_more_than_their_bound(body: bytes, count: int) -> None:
    message = read_dns(b"\x00\x01\x81\x80" + count.to_bytes(2, "big") * 2 + bytes(4) + body)
    assert message is not None
    assert len(message.questions) <= 64
    assert len(message.answers) <= 64


@given(st.binary(max_size=100))
def test_quic_initials_of_known_versions_are_survived(rest: bytes) -> None:
    read_initial(b"\xc0\x00\x00\x00\x01\x08" + bytes(8) + b"\x00\x00\x40\x40" + rest)


def test_a_name_that_is_too_long_is_said_to_be_and_what_follows_is_read() -> None:
    """Found in a tunnel through DNS: the question was lost with its name."""
    name = b"".join(bytes([50]) + b"a" * 50 for _ in range(6)) + b"\0"
    message = read_dns(b"\0\1\1\0\0\1\0\0\0\0\0\0" + name + b"\0\x0f\0\1")
    assert message is not None
    assert message.questions == (Question(TOO_LONG, 15),)
