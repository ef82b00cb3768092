"""Whose sockets: a real capture, real processes, in namespaces of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.conftest import Lab

pytestmark = pytest.mark.live

CAPTURE = """
import argparse, json, sys, time
from tui.engine.begin import begin
from tui.settings import resolve
begun = begin(resolve(argparse.Namespace(iface=[sys.argv[1]], no_save=True), {}).settings)
from tui.engine.assemble import assemble
session = assemble(begun)
session.start()
print("ready", flush=True)
deadline = time.monotonic() + 60
while time.monotonic() < deadline and len(session.owners.flows) < 2:
    time.sleep(0.05)
helper = dict(line.split(":\\t", 1) for line in open(f"/proc/{begun.processes.pid}/status") if ":\\t" in line)
owners = session.owners
print(json.dumps({
    "found": [[o.name, o.pid, o.user, int(o.how), o.container] for o in (owners.owner(int(f)) for f in owners.flows)],
    "caps": int(helper["CapEff"], 16), "uid": helper["Uid"].split()[0], "nnp": helper["NoNewPrivs"].strip(),
}))
session.close()
"""
SERVER = """
import socket
s = socket.create_server(("10.77.0.2", 4000)); print(1, flush=True); c = s.accept()[0]; c.recv(9)
"""
CLIENT = """
import socket, sys
s = socket.create_connection(("10.77.0.2", 4000)); u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.sendto(b"hello", ("10.77.0.2", 4001)); sys.stdin.read()
"""


@pytest.fixture
def python(lab: Lab) -> Iterator[object]:
    """Start a Python program in a namespace; all end with the test."""
    begun: list[subprocess.Popen[str]] = []

    def start(namespace: str, code: str, *words: str) -> subprocess.Popen[str]:
        command = ["ip", "netns", "exec", namespace, sys.executable, "-c", code, *words]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        begun.append(subprocess.Popen(command, cwd=Path(__file__).parents[2], **pipes))
        return begun[-1]

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def test_both_ends_of_a_connection_are_named_where_they_are(lab: Lab, python) -> None:
    """Captured in b: the server is b's own, the datagram's socket is in another namespace."""
    server = python(lab.b, SERVER)
    assert server.stdout.readline()
    capture = python(lab.b, CAPTURE, lab.vb)
    assert capture.stdout.readline() == "ready\n"
    client = python(lab.a, CLIENT)
    told = json.loads(capture.stdout.readline())
    # of two ends that are both here, the one in the capture's own namespace is named
    assert [found[1:] for found in told["found"]] == [[server.pid, "root", 1, ""], [client.pid, "root", 2, "netns"]]
    assert told["caps"] == 1 << 2 | 1 << 19, "what the helper keeps is what it says"
    assert (told["uid"], told["nnp"]) == ("65534", "1")
