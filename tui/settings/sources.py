"""Where a setting's value comes from: command line over environment over TOML file over default."""

from __future__ import annotations

import argparse
import os
import pwd
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from tui.errors import NoSuchFile, UsageError
from tui.settings.model import Settings
from tui.settings.options import OPTIONS, Option

DEFAULT, FILE, ENVIRONMENT, COMMAND_LINE = "default", "file", "environment", "command line"


@dataclass(frozen=True, slots=True)
class Resolved:
    """The settings of a run, and for each field where its value came from."""

    settings: Settings
    origin: Mapping[str, str]


def add_options(parser: argparse.ArgumentParser, command: str = "live") -> None:
    """Every option that `command` ("live", "watch" or "attach") has a use for."""
    groups: dict[str, Any] = {}
    for option in OPTIONS:
        if not option.serves(command) or not option.flags:
            continue
        group = groups.setdefault(option.group, parser.add_argument_group(option.group))
        if option.read is None:
            group.add_argument(*option.flags, dest=option.field, action="store_true", default=None, help=option.help)
        else:
            action = "append" if option.many else "store"
            group.add_argument(
                *option.flags, dest=option.field, metavar=option.metavar, action=action, help=option.help
            )
    parser.add_argument("--config", metavar="FILE", help="settings file (~/.config/nettui/config.toml)")


def resolve(arguments: argparse.Namespace, environment: Mapping[str, str] | None = None) -> Resolved:
    """Settings of the parsed arguments, the NETTUI_* variables and the TOML file; checks what contradicts itself."""
    env = os.environ if environment is None else environment
    path = getattr(arguments, "config", None) or env.get("NETTUI_CONFIG")
    table = _load(Path(path).expanduser() if path else caller_home() / ".config/nettui/config.toml", bool(path))
    values: dict[str, Any] = {}
    origin = dict.fromkeys((f.name for f in fields(Settings)), DEFAULT)
    for option in OPTIONS:
        for where, given in (
            (COMMAND_LINE, getattr(arguments, option.field, None)),
            (ENVIRONMENT, env.get(f"NETTUI_{option.field.upper()}")),
            (FILE, _from_file(table, option)),
        ):
            if given is not None and option.field not in values:
                values[option.field] = _value(option, given, where)
                origin[option.field] = where
    if table := {name: part for name, part in table.items() if not isinstance(part, dict) or part}:
        unknown = sorted(table)[0]
        if isinstance(table[unknown], dict):
            unknown = f"{unknown}.{sorted(table[unknown])[0]}"
        raise UsageError(f"the settings file has an unknown setting {unknown!r}", "nettui config lists every setting")
    if origin["learn"] == COMMAND_LINE and origin["kept_baseline"] == DEFAULT:
        values["kept_baseline"] = False  # who asks for learning is not served by what was learned before
    settings = Settings(**values)
    _check(settings)
    return Resolved(settings, origin)


def caller_home() -> Path:
    """The home folder of the user who called sudo, else of this user."""
    uid = os.environ.get("SUDO_UID", "")
    try:
        return Path(pwd.getpwuid(int(uid)).pw_dir) if uid.isdecimal() else Path.home()
    except (KeyError, RuntimeError):
        return Path("/")


def _load(path: Path, asked_for: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: {error}", "mend the file, or name another by --config") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not text", "mend the file, or name another by --config") from None
    except OSError as error:
        if asked_for:
            raise NoSuchFile(f"cannot read {path}: {error.strerror}", "check --config") from None
        return {}


def _from_file(table: dict[str, Any], option: Option) -> object:
    """Take an option out of the file's table, or out of its part of it."""
    part = table.get(option.section, {}) if option.section else table
    return part.pop(option.name or option.field, None) if isinstance(part, dict) else None


def _value(option: Option, given: object, where: str) -> object:
    """One value, read from what that origin has: text, a list of texts, or a TOML value."""
    try:
        if option.read is None:
            if where == COMMAND_LINE:
                return option.switch
            return given if isinstance(given, bool) else str(given).lower() in {"1", "true", "yes", "on"}
        if option.many:
            parts = given if isinstance(given, list) else [given] if option.field == "color" else str(given).split(",")
            if isinstance(given, dict):
                parts = [f"{name}={value}" for name, value in given.items()]
            return tuple(option.read(part if isinstance(part, dict) else str(part)) for part in parts)
        return option.read(str(given))
    except UsageError as error:
        name = option.flags[-1] if where == COMMAND_LINE else f"{option.field.replace('list_', 'list.')} ({where})"
        raise UsageError(f"{name}: {error.message}", error.hint) from None


def _check(settings: Settings) -> None:
    sources = [bool(settings.iface), settings.read is not None, bool(settings.remote), settings.demo]
    if sum(sources) > 1:
        raise UsageError("more than one source was named", "use one of --iface, --read, --remote, --demo")
    if settings.loop and settings.read is None and not settings.demo:
        raise UsageError("--loop needs a file", "add --read FILE")
    if settings.follow and (settings.read is None or settings.loop):
        raise UsageError("--follow needs a file that is read once", "add --read FILE, and no --loop")
    if (settings.rotate_size or settings.rotate_files) and settings.write is None:
        raise UsageError("rotation needs a file to write", "add --write FILE")
    if settings.no_save and settings.save is not None:
        raise UsageError("--save and --no-save contradict each other", "use one of them")
    if not 64 <= settings.snaplen <= 262_144:
        raise UsageError(f"a snaplen of {settings.snaplen} is out of range", "use 64 to 262144 bytes")
    if not 1 << 20 <= settings.buffer <= 4 << 30:
        raise UsageError("the buffer is out of range", "use --buffer 1MB to 4GB")
