"""What nettui needs of this machine, looked at one by one; what is wanting comes with the command that mends it."""

from __future__ import annotations

import locale
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tui.capture.interfaces import default_interface
from tui.capture.libpcap import FilterCompiler
from tui.capture.ownssh import own_connections
from tui.capture.packetsocket import PacketSocket
from tui.engine.owners.processes import KEPT, Processes
from tui.engine.rights import landlock, privileges
from tui.errors import NettuiError

WANTED_DISK = 1 << 30
"""Free bytes that the spool's default size and a save beside it need."""
WANTED_COLUMNS, WANTED_LINES = 80, 24


class Verdict(Enum):
    """How one finding of `nettui doctor` is."""

    OK = "ok"
    WEAK = "weak"  # works, but less well than it could
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, and the one command that mends it."""

    name: str
    verdict: Verdict
    text: str
    mend: str = ""


def findings(environment: Mapping[str, str], spool: Path | None = None) -> list[Finding]:
    """All checks, the capture first."""
    rights = _try("rights", _rights)
    untried = Finding("kernel ring", Verdict.WEAK, "not tried without rights", rights.mend)
    return [
        rights,
        _try("kernel ring", _ring) if rights.verdict is Verdict.OK else untried,
        _try("interface", _interface),
        _try("libpcap", _libpcap),
        _sandbox(),
        _landlock(landlock.abi()),
        _try("processes", _processes),
        _own_ssh(),
        _terminal(environment),
        _text(),
        _colours(environment),
        _disk(spool or privileges.caller(environment).home),
    ]


def _try(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(name, Verdict.OK, check())
    except NettuiError as error:
        return Finding(name, Verdict.FAIL, error.message, error.hint)


def _rights() -> str:
    PacketSocket().close()
    return "packet sockets may be opened"


def _ring() -> str:
    opened = PacketSocket()
    try:
        opened.map_ring(1 << 20)
    except OSError as error:
        raise NettuiError(f"TPACKET_V3: {error.strerror}", "use Linux 3.2 or later outside of a container") from error
    finally:
        opened.close()
    return "TPACKET_V3, read in place"


def _interface() -> str:
    found = default_interface()
    addresses = ", ".join(found.addresses) or "no address"
    return f"{found.name} is {found.state}, {addresses}"


def _libpcap() -> str:
    compiler = FilterCompiler(1, 262_144, "lo")
    compiler.compile("tcp port 22")
    compiler.close()
    return "compiles capture filters" + ("" if compiler.live else " (vlan filters need rights)")


def _sandbox() -> Finding:
    """The drop itself, tried in a child."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            told, code = "; ".join(privileges.drop().notes), 0
        except NettuiError as error:
            told, code = error.message, 1
        os.write(writer, told.encode()[:4000])
        os._exit(code)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        text = answer.read().decode("utf-8", "replace")
    failed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if failed:
        return Finding("sandbox", Verdict.FAIL, text or "the drop of privileges failed", "nettui --no-sandbox")
    return Finding("sandbox", Verdict.OK, text)


def _landlock(version: int) -> Finding:
    if version:
        return Finding("Landlock", Verdict.OK, f"version {version} of this kernel's interface")
    text = "no Landlock in this kernel: nettui could write wherever its user can"
    return Finding(
        "Landlock", Verdict.WEAK, text, "boot Linux 5.13 or later with lsm=landlock,... among its parameters"
    )


def _processes() -> str:
    """Whether the helper that knows whose sockets are whose sees those of others."""
    if sys.platform != "linux":
        return "not known on this system"
    helper = Processes()
    try:
        if helper.addresses() is None:
            raise NettuiError("the helper that knows processes does not answer", "see `dmesg`: something ends it")
    finally:
        helper.close()
    if os.geteuid():
        return "those of your own sockets; of others with sudo"
    return f"known; their helper keeps {KEPT}, as nobody, and nothing else"


def _own_ssh() -> Finding:
    connections = own_connections()
    if not connections:
        return Finding("own ssh", Verdict.OK, "this terminal is not watched over SSH")
    told = ", ".join(f"{c.client}:{c.client_port}" for c in connections)
    return Finding("own ssh", Verdict.OK, f"left out of captures: {told}")


def _terminal(environment: Mapping[str, str]) -> Finding:
    term = environment.get("TERM", "")
    if not sys.stdout.isatty():
        return Finding("terminal", Verdict.WEAK, "standard output is no terminal", "ssh -t HOST nettui doctor")
    if term in {"", "dumb"}:
        return Finding("terminal", Verdict.FAIL, f"TERM is {term or 'not set'}", "export TERM=xterm-256color")
    columns, lines = os.get_terminal_size(sys.stdout.fileno())
    text = f"{term}, {columns}x{lines}"
    if columns < WANTED_COLUMNS or lines < WANTED_LINES:
        small = f"{text}: smaller than {WANTED_COLUMNS}x{WANTED_LINES}"
        return Finding("terminal", Verdict.WEAK, small, "enlarge the window, or use nettui watch")
    return Finding("terminal", Verdict.OK, text)


def _text() -> Finding:
    encoding = locale.getencoding()
    if encoding.lower().replace("-", "") == "utf8":
        return Finding("UTF-8", Verdict.OK, "lines and charts are drawn with it")
    return Finding(
        "UTF-8", Verdict.WEAK, f"the locale's encoding is {encoding}", "export LANG=C.UTF-8 (or nettui --ascii)"
    )


def _colours(environment: Mapping[str, str]) -> Finding:
    if environment.get("NO_COLOR"):
        return Finding("colours", Verdict.OK, "switched off by NO_COLOR")
    if environment.get("COLORTERM", "") in {"truecolor", "24bit"}:
        return Finding("colours", Verdict.OK, "16 million")
    if "256" in environment.get("TERM", ""):
        return Finding("colours", Verdict.OK, "256")
    return Finding("colours", Verdict.WEAK, "16 or fewer", "export TERM=xterm-256color")


def _disk(folder: Path) -> Finding:
    place = next(p for p in (folder, *folder.parents) if p.exists())
    free = shutil.disk_usage(place).free
    text = f"{free / 1e9:.1f} GB free at {place}"
    if free < WANTED_DISK:
        return Finding("disk", Verdict.FAIL, f"{text}, too little for the packets that are kept", "nettui --spool DIR")
    return Finding("disk", Verdict.OK, text)
