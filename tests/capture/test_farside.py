"""What is asked of ssh, and what its complaints mean."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.capture import farside
from tui.capture.farside import Request, Target, parse
from tui.errors import CaptureError, NettuiError, NoSuchInterface, PermissionNeeded, UsageError

WEB = Target("ann@web1", "web1", "eth0")


@pytest.mark.parametrize(
    ("text", "target", "name"),
    [
        ("web1", Target("web1", "web1", ""), "web1"),
        ("ann@web1:eth0", WEB, "web1:eth0"),
        ("[fe80::1%eth0]:any", Target("fe80::1%eth0", "fe80::1%eth0", "any"), "fe80::1%eth0:any"),
        ("root@10.0.0.1:eth0.5", Target("root@10.0.0.1", "10.0.0.1", "eth0.5"), "10.0.0.1:eth0.5"),
    ],
)
def test_a_remote_is_a_login_and_perhaps_an_interface(text: str, target: Target, name: str) -> None:
    assert parse(text) == target
    assert parse(text).name == name


@pytest.mark.parametrize("text", ["", "-oProxyCommand=x", "a b", "user@", "fe80::1", "web1:"])
def test_what_is_no_remote_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text)


@given(st.text(max_size=40))
def test_any_text_is_a_remote_or_refused(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert not parse(text).login.startswith("-")


@given(st.text(alphabet=st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=60))
def test_no_filter_and_no_interface_becomes_a_command(text: str) -> None:
    script = farside.script(Target("web1", "web1", text), Request(capture_filter=text))
    told = subprocess.run(["sh", "-n", "-c", script], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert shlex.quote(text) in script or shlex.quote(text.strip()) in script


def far(script: str, *, connection: str = "") -> str:
    """What the script would run, with everything but the shell itself replaced by words."""
    fakes = "tcpdump() { printf '<%s>' \"$@\"; }; id() { echo 0; }; uname() { echo other; }; ip() { :; }\n"
    waiting, held = os.pipe()  # standard input that does not end: the connection stands
    try:
        done = subprocess.run(
            ["sh", "-c", fakes + script],
            stdin=waiting,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            env={"PATH": "/usr/bin:/bin", "SSH_CONNECTION": connection},
        )
    finally:
        os.close(waiting)
        os.close(held)
    return done.stdout


def test_the_own_connection_is_left_out_there() -> None:
    script = farside.script(WEB, Request(capture_filter="udp or icmp", snaplen=96))
    got = far(script, connection="::ffff:10.0.0.9 50000 fe80::1%eth0 22")
    own = "not (tcp and host 10.0.0.9 and port 50000 and host fe80::1 and port 22)"
    assert got == f"<-U><-n><-s><96><-B><65536><-w><-><-i><eth0><{own} and (udp or icmp)>"


def test_of_several_to_one_host_none_shows_another() -> None:
    got = far(farside.script(WEB, Request(leave_out="all")), connection="1.2.3.4 5 6.7.8.9 22")
    assert got.endswith("<not (tcp and host 1.2.3.4 and host 6.7.8.9 and port 22)>")


def test_it_is_kept_when_that_is_asked_for() -> None:
    script = farside.script(WEB, Request(leave_out="nothing", promiscuous=False, buffer=4 << 20))
    assert far(script, connection="1.2.3.4 1 5.6.7.8 22").endswith("<-B><4096><-p><-w><-><-i><eth0><>")


def test_the_callers_own_ssh_options_come_first() -> None:
    words = farside.arguments(WEB, Request(ssh="ssh -p 2222 -o ConnectTimeout=3"), batch=True)
    assert words[:5] == ["ssh", "-p", "2222", "-o", "ConnectTimeout=3"]
    assert words[-3:-1] == ["--", "ann@web1"]
    assert "BatchMode=yes" in words


@pytest.mark.parametrize(
    ("complaint", "kind", "words"),
    [
        ("nettui: no tcpdump", CaptureError, "no tcpdump on web1"),
        ("Host key verification failed.", CaptureError, "host key of web1"),
        (
            "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
            CaptureError,
            "known one",
        ),
        ("ann@web1: Permission denied (publickey).", PermissionNeeded, "may not log in"),
        (
            "tcpdump: eth0: You don't have permission to perform this capture on that device",
            PermissionNeeded,
            "no right",
        ),
        ("tcpdump: eth0: No such device exists\n(No such device exists)", NoSuchInterface, "no interface 'eth0'"),
        ("tcpdump: can't parse filter expression: syntax error", UsageError, "capture filter"),
        ("tcpdump: unknown port 'blah'", UsageError, "refuses the capture filter: unknown port 'blah'"),
        ("ssh: Could not resolve hostname web1: Name or service not known", CaptureError, "not reached: Could not"),
        (
            "ssh: connect to host web1 port 22: No route to host\r",
            CaptureError,
            "web1 is not reached: No route to host",
        ),
        ("", CaptureError, "without a word"),
        ("\x1b[31mred", CaptureError, "[31mred"),
    ],
)
def test_complaints_become_errors_with_hints(complaint: str, kind: type[NettuiError], words: str) -> None:
    error = farside.explain(WEB, complaint)
    assert type(error) is kind
    assert words in error.message
    assert error.hint
    assert "\x1b" not in error.message


def test_a_changed_host_key_comes_with_the_command_that_ssh_names() -> None:
    said = (
        "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\n  remove with:\n"
        '  ssh-keygen -f "/home/ann/.ssh/known_hosts" -R "[web1]:2222"\r\nHost key verification failed.'
    )
    assert 'ssh-keygen -f "/home/ann/.ssh/known_hosts" -R "[web1]:2222"; if not' in farside.explain(WEB, said).hint


def test_counters_of_tcpdump_are_read() -> None:
    assert (
        farside.dropped("tcpdump: 9 packets captured, 9 packets received by filter, 3 packets dropped by kernel") == 3
    )
    assert farside.dropped("listening on eth0") is None
