"""Look at a running `nettui watch` from this terminal: the same screens, read-only. Leaving does not end the watch."""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from types import FrameType
from typing import TYPE_CHECKING, Any, Protocol

from tui.commands import terminal
from tui.commands.live import protocol_name
from tui.engine import log
from tui.engine.attach.place import connect, reach
from tui.engine.begin import save_folder
from tui.engine.leaving.signals import ENDING
from tui.engine.leaving.terminal import Terminal
from tui.engine.rights.privileges import drop
from tui.settings import Settings, resolve
from tui.settings.sources import add_options

if TYPE_CHECKING:
    from tui.engine.attach.session import AttachedSession

NICENESS = 10
"""The watch comes first: it must not lose packets because somebody looks."""
WITHHELD = frozenset(f"screen.{action}" for action in ("acknowledge", "mute", "learn", "undo", "suggest"))
"""What would change the watch, or needs more of the machine than a watch tells."""


class Show(Protocol):
    """Shows a session until the person leaves: `tui.app.run`."""

    def __call__(self, session: AttachedSession, settings: Settings, *, withheld: frozenset[str]) -> Any: ...


def add_arguments(parser: argparse.ArgumentParser) -> None:
    where = "where the watch listens; default: the only one that runs here"
    parser.add_argument("socket", nargs="?", default="", metavar="SOCKET", help=where)
    add_options(parser, "attach")


def run(arguments: argparse.Namespace, load_screen: Callable[[], Show]) -> int:
    """Connect, give every right up, show the watch, and leave."""
    resolved = resolve(arguments)
    settings = resolved.settings
    log.to_file(settings.log_file, settings.log_level)
    look, path = reach(arguments.socket)
    fetch = connect(path)
    terminal.check(settings)
    os.nice(NICENESS)
    settings = terminal.suited(resolved)
    save_dir = save_folder(settings)
    writable = [save_dir, *([settings.log_file.resolve().parent] if settings.log_file else [])]
    drop(writable, sandbox=not settings.no_sandbox)
    terminal.check_filter(settings)  # imports NumPy, whose threads would keep every right
    if settings.protocol:
        settings = replace(settings, protocol=protocol_name(settings.protocol))
    from tui.engine.attach.line import Line
    from tui.engine.attach.session import AttachedSession

    line = Line(look)
    session = AttachedSession(line, Line(fetch))
    name = f"{line.hello.get('interface')} (process {line.hello.get('pid')})"
    return _show(session, replace(settings, save_dir=save_dir), load_screen, name)


def _show(session: AttachedSession, settings: Settings, load_screen: Callable[[], Show], name: str) -> int:
    """The screen, from the first look to the line that says what was left."""
    from tui.core.text import printable
    from tui.engine.leaving.farewell import forgotten

    before = Terminal()
    name = printable(name, 80)

    def leave(_number: int, _frame: FrameType | None) -> None:
        """No way leads back into the event loop: it may be stuck in a terminal that does not read."""
        before.restore(f"left the watch of {name}")
        os._exit(0)

    session.start()
    for number in ENDING:
        signal.signal(number, leave)
    try:
        load_screen()(session, settings, withheld=WITHHELD)
    finally:
        session.close()
    end = f"the watch of {name} has ended" if session.ended else f"left the watch of {name}; it goes on"
    print(end + forgotten(session.notes))
    return 0
