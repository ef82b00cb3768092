"""The table of options: arguments, environment, TOML file, `nettui config` and the manual are made from it."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui.core.alert.suppress import Suppression
from tui.errors import UsageError
from tui.settings import listing, units


@dataclass(frozen=True, slots=True)
class Option:
    """One setting; `field` names it in Settings, in TOML, and as NETTUI_FIELD in the environment."""

    field: str
    flags: tuple[str, ...]
    help: str
    metavar: str = ""
    read: Callable[[Any], Any] | None = None
    """Text to value; None for a switch."""
    many: bool = False
    switch: bool = True
    """The value of a switch that is given."""
    group: str = ""
    only: str = ""
    """"live" or "watch" where the other has no use for it."""
    section: str = ""
    """The table of the settings file that it stands in; an option without flags stands there or in the environment."""
    name: str = ""
    """Its name in the settings file, where that is not the field's."""

    def serves(self, command: str) -> bool:
        """Whether a command has a use for it: who is attached only looks."""
        if command == "attach":
            return self.group in (SHOWN, RUN) or self.field == "save_dir"
        return self.only in ("", command)


THEMES = ("dark", "light", "high-contrast", "colour-blind", "monochrome")
"""As tui.widgets.themes has them; named here because the screen is not there yet when options are read."""


LEVELS = ("debug", "info", "warning", "error")


def _level(text: str) -> str:
    if text not in LEVELS:
        raise UsageError(f"no log level {text!r}", "use debug, info, warning or error")
    return text


def _command(text: str) -> str:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"{text!r}: {error}", "check its quotes") from None
    if not words:
        raise UsageError("no command was given", "name a program and its options")
    return text


def _path(text: str) -> Path:
    return Path(text).expanduser()


def _theme(text: str) -> str:
    if text not in THEMES:
        raise UsageError(f"no theme {text!r}", f"use one of {', '.join(THEMES)}")
    return text


def _eve(text: str) -> str:
    return text if text == "-" else str(_path(text))


SOURCE, KEPT, END, SHOWN, TOLD, RUN = "source", "kept", "end", "shown", "told", "process"

OPTIONS: tuple[Option, ...] = (
    Option("iface", ("-i", "--iface"), "capture here; repeatable; any for all; default: the default route's", "NAME", str, many=True, group=SOURCE),
    Option("read", ("-r", "--read"), "replay a capture file; - for standard input", "FILE", str, group=SOURCE),
    Option("speed", ("--speed",), "speed of a replay: 1, 10, max", "FACTOR", units.speed, group=SOURCE),
    Option("loop", ("--loop",), "begin a replay again when it ends", group=SOURCE),
    Option("follow", ("--follow",), "with -r: show what is there at once, and go on as the file grows", group=SOURCE),
    Option("remote", ("--remote",), "capture there, by ssh and its tcpdump", "[USER@]HOST[:IFACE]", str, many=True, group=SOURCE),
    Option("ssh", ("--ssh",), "the ssh of --remote with its options, such as 'ssh -p 2222 -C'", "COMMAND", _command, group=SOURCE),
    Option("demo", ("--demo",), "replay the capture that ships with nettui; needs no rights", group=SOURCE),
    Option("capture_filter", ("-f", "--capture-filter"), "what the kernel hands over, in BPF", "BPF", str, group=SOURCE),
    Option("snaplen", ("-s", "--snaplen"), "bytes kept of each packet", "BYTES", units.count, group=SOURCE),
    Option("promiscuous", ("--no-promiscuous",), "only what is addressed to this host", switch=False, group=SOURCE),
    Option("buffer", ("--buffer",), "size of the kernel ring (64MB)", "SIZE", units.size, group=SOURCE),
    Option("include_own_ssh", ("--include-own-ssh",), "do not leave the monitor's own SSH connection out", group=SOURCE),
    Option("write", ("-w", "--write"), "write everything to FILE as it comes", "FILE", _path, group=KEPT),
    Option("rotate_size", ("--rotate-size",), "with -w: begin a new file at this size", "SIZE", units.size, group=KEPT),
    Option("rotate_files", ("--rotate-files",), "with -w: keep this many files", "N", units.count, group=KEPT),
    Option("save", ("--save",), "save unsaved packets here on exit", "PATH", _path, group=KEPT),
    Option("no_save", ("--no-save",), "save nothing on exit", group=KEPT),
    Option("ask", ("--ask",), "ask on exit when packets are unsaved (default on a terminal)", group=KEPT, only="live"),
    Option("save_dir", ("--save-dir",), "where saves without a path go", "DIR", _path, group=KEPT),
    Option("keep", ("--keep",), "bytes of packets kept on disk (512MB)", "SIZE", units.size, group=KEPT),
    Option("keep_packets", ("--keep-packets",), "packets kept in the list (1,000,000)", "N", units.count, group=KEPT),
    Option("spool", ("--spool",), "where packets are kept until they are saved", "DIR", _path, group=KEPT),
    Option("evidence", ("--evidence",), "write a pcapng of each incident here", "DIR", _path, group=KEPT),
    Option("record", ("--record",), "on a high alert save all packets of the last SECONDS, there or in --save-dir", "SECONDS", units.positive, group=KEPT),
    Option("duration", ("-a", "--duration"), "stop after so many seconds", "SECONDS", units.positive, group=END),
    Option("count", ("-c", "--count"), "stop after so many packets", "PACKETS", units.count, group=END),
    Option("display_filter", ("-Y", "--display-filter"), "what is listed, in Wireshark's language", "EXPR", str, group=SHOWN),
    Option("protocol", ("--protocol",), "start with this protocol selected", "NAME", str, group=SHOWN, only="live"),
    Option("theme", ("--theme",), "colours: dark, light, high-contrast, colour-blind, monochrome", "NAME", _theme, group=SHOWN, only="live"),
    Option("ascii", ("--ascii",), "draw with ASCII only", group=SHOWN, only="live"),
    Option("fps", ("--fps",), "draw at most so often a second (10)", "N", units.positive, group=SHOWN, only="live"),
    Option("geoip", ("--geoip",), "country and network of addresses from a local MMDB file; repeatable", "FILE.mmdb", _path, many=True, group=SHOWN),
    Option("resolve", (), "ask the network for names of addresses (reverse DNS); in the settings file or NETTUI_RESOLVE only", group=SHOWN),
    Option("list_columns", (), "columns of the packet list, or fields of display filters", "NAMES", str, many=True, group=SHOWN, only="live", section="list", name="columns"),
    Option("list_widths", (), "cells of columns", "NAME=CELLS", listing.width, many=True, group=SHOWN, only="live", section="list", name="widths"),
    Option("list_time", (), "times in the list: relative, delta, clock, date", "HOW", listing.times, group=SHOWN, only="live", section="list", name="time"),
    Option("color", (), "packets that a filter picks are written in a style", "STYLE: FILTER", listing.color, many=True, group=SHOWN, only="live"),
    Option("keys", ("--key",), "other keys for an action, by its words in the last line: 'pause=x space'", "WORDS=KEYS", units.keys, many=True, group=SHOWN, only="live"),
    Option("learn", ("--learn",), "seconds of learning at the start (300)", "SECONDS", units.whole, group=TOLD),
    Option("baseline", ("--baseline",), "what is normal here, from nettui baseline; default: what was learned on this interface last", "FILE", _path, group=TOLD),
    Option("kept_baseline", ("--no-baseline",), "learn anew, whatever was learned on this interface before; --learn does so too", switch=False, group=TOLD),
    Option("model", ("--model",), "say what each flow is, by this model from nettui train (extra learn)", "FILE", _path, group=TOLD),
    Option("thresholds", ("--set",), "a detector's limit, such as scan.vertical.ports=30", "RULE.NAME=VALUE", str, many=True, group=TOLD),
    Option("eve", ("--eve",), "alerts as EVE JSON lines; - for standard output (watch)", "FILE", _eve, group=TOLD),
    Option("syslog", ("--syslog",), "alerts as EVE JSON to syslog: local, a socket's path, HOST[:PORT] by UDP", "TARGET", units.syslog, group=TOLD),
    Option("on_alert", ("--on-alert",), "run COMMAND with each alert as JSON on its standard input", "COMMAND", _command, group=TOLD),
    Option("webhook", ("--webhook",), "post each alert as JSON to URL, http or https; none unless given", "URL", units.web_address, group=TOLD),
    Option("allow", ("--allow",), "be silent, and count: 'scan from 10.0.0.5 until 2027-01-31: our own scanner'", "RULE", Suppression.parse, many=True, group=TOLD),
    Option("bell", ("--bell",), "ring the terminal's bell on a high alert", group=TOLD, only="live"),
    Option("suggest", ("--suggest",), "say with each alert which nft command would stop it; nettui runs none", group=TOLD),
    Option("protect", ("--protect",), "never suggest to block this address or network", "ADDRESS", units.network, many=True, group=TOLD),
    Option("metrics", ("--metrics",), "serve Prometheus metrics", "[HOST:]PORT", units.endpoint, group=TOLD, only="watch"),
    Option("summary", ("--summary",), "print a JSON summary at the end", group=TOLD, only="watch"),
    Option("no_sandbox", ("--no-sandbox",), "keep the file and system-call rights that are given up otherwise", group=RUN),
    Option("log_file", ("--log-file",), "write a log here", "FILE", _path, group=RUN),
    Option("log_level", ("--log-level",), "debug, info, warning, error", "LEVEL", _level, group=RUN),
)  # fmt: skip
