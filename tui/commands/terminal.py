"""What this terminal can show: a screen at all, signs beyond ASCII, colours."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, MutableMapping
from dataclasses import replace

from tui.capture.interfaces import find
from tui.commands.listing import check_list
from tui.errors import NoSuchFile, UsageError
from tui.settings import Settings
from tui.settings.sources import DEFAULT, Resolved
from tui.store.places import is_there

DUMB = {"", "dumb", "unknown"}
LIMITED = ("linux", "vt", "ansi", "cons25", "sun", "wyse", "pcansi", "scoansi")
"""Terminals whose fonts lack the signs of charts and bars, whatever the locale says."""
COLOURLESS = ("vt52", "vt100", "vt102", "vt220", "vt320", "vt420")
"""Terminals of one colour; emulators that know more call themselves something else."""


def check(settings: Settings) -> None:
    """Raises UsageError where no screen can be shown. A mistake in the options is told before that."""
    kind = os.environ.get("TERM", "")
    there = sys.stdin.isatty() and sys.stdout.isatty()
    if there and kind not in DUMB:
        _trust_size()
        return
    for name in settings.iface:
        find(name)
    if settings.read and settings.read != "-" and not is_there(settings.read):
        raise NoSuchFile(f"there is no file {settings.read}", "check the path")
    check_filter(settings)  # nothing will be captured any more, so it may be imported
    if there:
        raise UsageError(f"a terminal of type {kind!r} cannot show a screen", "set TERM, or use `nettui watch`")
    raise UsageError("there is no terminal", "run it in one, or use `nettui watch`, which needs none")


def _trust_size() -> None:
    """The size that the terminal has counts, not one that was exported when it, or another, had that."""
    if os.get_terminal_size(sys.stdout.fileno()).columns:  # 0: a line that was never told
        os.environ.pop("COLUMNS", None)
        os.environ.pop("LINES", None)


def check_filter(settings: Settings) -> None:
    """A wrong filter ends the run before the screen opens: position and hint on standard error. Imports NumPy."""
    if settings.display_filter:
        from tui import filters

        filters.compile(settings.display_filter)
    check_list(settings)


def suited(resolved: Resolved, environment: MutableMapping[str, str] = os.environ) -> Settings:
    """The settings, with what was not set chosen for this terminal; a terminal of one colour gets NO_COLOR."""
    settings = resolved.settings
    if resolved.origin["ascii"] == DEFAULT and not draws_signs(environment):
        settings = replace(settings, ascii=True)
    if environment.get("TERM", "").partition("-")[0] in COLOURLESS:
        environment["NO_COLOR"] = "1"
    elif not environment.get("NO_COLOR", "1"):
        del environment["NO_COLOR"]  # empty is as good as not set (no-color.org), and Textual sees it otherwise
    return settings


def draws_signs(environment: Mapping[str, str]) -> bool:
    """Whether the terminal takes and has more than ASCII. A locale that is not set at all says nothing against it."""
    if environment.get("TERM", "").startswith(LIMITED):
        return False
    told = (environment.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    locale = next((value for value in told if value), "UTF-8").lower()
    return "utf-8" in locale or "utf8" in locale
