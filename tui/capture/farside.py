"""The far side of a remote capture: what is asked of ssh, what its shell runs, and what its complaints mean.

Nothing is installed there: a few lines of sh find tcpdump, leave the flow of this very connection out, and end tcpdump
when the connection ends. Only the standard library.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from tui.core.text import printable
from tui.errors import CaptureError, NettuiError, NoSuchInterface, PermissionNeeded, UsageError

NO_TCPDUMP = "nettui: no tcpdump"
_HOST = r"(?:\[(?P<six>[\w:.%]+)\]|(?P<host>[^@:\[\]\s]+))"
_TARGET = re.compile(rf"(?P<user>[^@\s]+@)?{_HOST}(?::(?P<iface>[^:\s]\S*))?")
SSH_OPTIONS = (
    "ConnectTimeout=10",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
    "ForwardAgent=no",
    "ForwardX11=no",
    "ClearAllForwardings=yes",
    "ControlMaster=no",
    "PermitLocalCommand=no",
    "StrictHostKeyChecking=ask",
)
"""What comes first wins, so the caller's own options in --ssh stand above these."""

# $SSH_CONNECTION is told by sshd: addresses and ports of this connection, perhaps with a zone, or IPv4 inside IPv6.
# tcpdump is ended when standard input ends: it would notice a dead connection only at the next packet.
# SIGUSR1 has it tell its counters, on Linux only: elsewhere the signal ends it.
SCRIPT = """
PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin
command -v tcpdump >/dev/null || {{ echo {missing} >&2; exit 127; }}
iface={iface}
[ "$iface" ] || iface=$(ip route show default 2>/dev/null | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p' | head -n 1)
want={wanted}
if [ {leave_out} != nothing ]; then
  set -- $(echo "$SSH_CONNECTION" | sed 's/::ffff:\\([0-9.]*\\)/\\1/g; s/%[^ ]*//g')
  if [ $# -eq 4 ]; then
    own="not (tcp and host $1 and port $2 and host $3 and port $4)"
    [ {leave_out} = one ] || own="not (tcp and host $1 and host $3 and port $4)"
    if [ "$want" ]; then want="$own and ($want)"; else want=$own; fi
  fi
fi
as=
[ "$(id -u)" = 0 ] || {{ sudo -n tcpdump --version >/dev/null 2>&1 && as='sudo -n'; }}
$as tcpdump -U -n {options} -w - -i "${{iface:-any}}" "$want" </dev/null &
pid=$!
exec 3<&0
( cat <&3; kill $pid ) >/dev/null 2>&1 &
exec 3<&-
if [ "$(uname)" = Linux ]; then
  ( while sleep 5; do kill -USR1 $pid || exit; done ) >/dev/null 2>&1 &
fi
wait $pid
"""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to capture: `login` for ssh, an interface or "" for the one of the default route there."""

    login: str
    host: str
    iface: str

    @property
    def name(self) -> str:
        """What it is called here, as if it were an interface."""
        return f"{self.host}:{self.iface}" if self.iface else self.host


@dataclass(frozen=True, slots=True)
class Request:
    """How to capture there; `buffer` in bytes."""

    ssh: str = "ssh"
    snaplen: int = 262_144
    buffer: int = 64 << 20
    promiscuous: bool = True
    capture_filter: str = ""
    leave_out: str = "one"
    """"one": this very connection; "all": every SSH connection between the two, as each of several would show the
    other ones; "nothing"."""


def parse(text: str) -> Target:
    """`[USER@]HOST[:IFACE]`; an IPv6 address in brackets. Raises UsageError."""
    found = _TARGET.fullmatch(text)
    if found is None or text.startswith("-"):
        raise UsageError(f"{text!r} names no remote", "write --remote [USER@]HOST[:IFACE], such as root@web1:eth0")
    host = found["six"] or found["host"]
    return Target((found["user"] or "") + host, host, found["iface"] or "")


def arguments(target: Target, request: Request, batch: bool) -> list[str]:
    """The ssh to start. `batch`: it may ask nobody for a password or a host key."""
    words = shlex.split(request.ssh)
    for option in (*SSH_OPTIONS, f"BatchMode={'yes' if batch else 'no'}"):
        words += ["-o", option]
    return [*words, "-T", "--", target.login, f"sh -c {shlex.quote(script(target, request))}"]


def script(target: Target, request: Request) -> str:
    """What the shell there runs."""
    options = ["-s", str(request.snaplen), "-B", str(request.buffer >> 10)]
    if not request.promiscuous:
        options.append("-p")
    return SCRIPT.format(
        missing=shlex.quote(NO_TCPDUMP),
        iface=shlex.quote(target.iface),
        wanted=shlex.quote(request.capture_filter.strip()),
        leave_out=request.leave_out,
        options=" ".join(options),
    )


def dropped(line: str) -> int | None:
    """How many packets the kernel there has dropped, where a line of tcpdump's tells."""
    found = re.search(r"(\d+) packets? dropped by kernel", line)
    return int(found[1]) if found else None


def explain(target: Target, complaint: str) -> NettuiError:
    """The error behind what ssh, the shell there and tcpdump said before they ended."""
    lines = [printable(line).strip() for line in complaint.splitlines() if line.strip()]
    said = "\n".join(lines)
    login = shlex.quote(target.login)
    for pattern, kind, what, hint in COMPLAINTS:
        if found := re.search(pattern, said, re.IGNORECASE | re.MULTILINE):
            why = (found.groupdict().get("why") or "").strip()
            return kind(what.format(t=target, why=why), hint.format(t=target, login=login, why=why))
    telling = [line for line in lines if not line.startswith("tcpdump: listening") and dropped(line) is None]
    last = telling[-1] if telling else "ssh ended without a word"
    return CaptureError(f"{target.name}: {last}", f"try: ssh {login} tcpdump --version")


COMPLAINTS: Sequence[tuple[str, type[NettuiError], str, str]] = (
    (re.escape(NO_TCPDUMP), CaptureError, "there is no tcpdump on {t.host}",
     "ssh {login} sudo apt-get install tcpdump"),
    (r"identification has changed[\s\S]*^ *(?P<why>ssh-keygen .*)", CaptureError,
     "the host key of {t.host} is not the known one",
     "if it was installed anew: {why}; if not, somebody may be in between"),
    ("identification has changed", CaptureError, "the host key of {t.host} is not the known one",
     "if it was installed anew: ssh-keygen -R {t.host}; if not, somebody may be in between"),
    ("host key verification failed", CaptureError, "the host key of {t.host} is not known",
     "ssh {login} once, and compare its key"),
    (r"permission denied \(|too many authentication failures", PermissionNeeded, "{t.login} may not log in by ssh",
     "ssh-copy-id {login}, or start nettui in a terminal, where ssh can ask"),
    (r"^ssh: (?:connect to host \S+ port \d+: )?(?P<why>.+)", CaptureError, "{t.host} is not reached: {why}",
     "check its name, its address and its port: ssh {login}"),
    ("permission to (perform this )?capture|operation not permitted|a password is required", PermissionNeeded,
     "no right to capture on {t.host}",
     "log in as root@{t.host}, or let sudo run tcpdump there without a password"),
    ("no such device|doesn't exist|no such network interface", NoSuchInterface, "{t.host} has no interface {t.iface!r}",
     "ssh {login} ip -brief link"),
    # a filter of our own follows it there: what tcpdump says of the expression is of the caller's part
    (r"^tcpdump: (?P<why>(?:can't parse filter|syntax error|unknown|illegal|expression rejects|.* modifier applied).*)",
     UsageError, "{t.host} refuses the capture filter: {why}",
     "see man pcap-filter; display filters (-Y) are another language"),
)  # fmt: skip
