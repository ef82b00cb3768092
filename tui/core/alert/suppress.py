"""Suppression: which findings a person does not want to hear of, why, and until when; each counts what it silenced."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from tui.core.alert.alerts import SECOND_NS, Finding
from tui.core.alert.rules import RULES
from tui.errors import FormatError, UsageError

SCOPES = ("pair", "source", "rule")
"""What a mute may be for: a rule between two hosts, a rule from one host, or all of a rule."""
EXAMPLE = "write it as 'scan from 10.0.0.5 until 2027-01-31: our own scanner'"
_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")


@dataclass(slots=True)
class Suppression:
    """Silences the findings that match every field that is not empty. `rule` may be a family, such as "scan"."""

    reason: str
    rule: str = ""
    src: str = ""
    """Address, network in CIDR form, or MAC of the source. `dst`: of the target; `either`: of one of both."""
    dst: str = ""
    either: str = ""
    until_ns: int | None = None
    hits: int = 0
    given: bool = False
    """By an option or a settings file, which say it again in the next run."""

    def __post_init__(self) -> None:
        if not self.reason:
            raise UsageError("an allow rule needs a reason", "say why this is normal, so that others can check it")

    def matches(self, finding: Finding, now_ns: int) -> bool:
        """Whether it silences this finding at that time, in ns since 1970."""
        if self.until_ns is not None and now_ns >= self.until_ns:
            return False
        if self.rule and finding.rule != self.rule and not finding.rule.startswith(self.rule + "."):
            return False
        src = {finding.src.ip, finding.src.mac}
        dst = {finding.dst.ip, finding.dst.mac}
        return (
            _within(self.src, src)
            and _within(self.dst, dst)
            and (_within(self.either, src) or _within(self.either, dst))
        )

    @classmethod
    def like(cls, finding: Finding, scope: str, reason: str, until_ns: int | None) -> Suppression:
        """One that silences further findings of the same rule, as far as the scope, one of `SCOPES`, goes."""
        return cls(
            reason,
            rule=finding.rule,
            src=(finding.src.ip or finding.src.mac or "") if scope != "rule" else "",
            dst=(finding.dst.ip or finding.dst.mac or "") if scope == "pair" else "",
            until_ns=until_ns,
        )

    @classmethod
    def parse(cls, text: str) -> Suppression:
        """`RULE [ADDRESS | from ADDRESS] [to ADDRESS] until DATE: REASON`; RULE may be a family, or `any`.

        An address alone is either side. UsageError where something is missing, the date above all: nothing is allowed
        for good without anybody looking again.
        """
        head, _, reason = text.partition(": ")
        words = head.split()
        if not words or not reason.strip():
            raise UsageError(f"{text!r} has no reason", EXAMPLE)
        found: dict[str, str] = {}
        rest = iter(words[1:])
        for word in rest:
            key = word if word in ("from", "to", "until") else "either"
            value = next(rest, "") if key == word else word
            if not value or key in found:
                raise UsageError(f"{text!r}: what is {word!r}?", EXAMPLE)
            found[key] = value
        rule = "" if words[0] == "any" else words[0]
        if rule and not any(known == rule or known.startswith(rule + ".") for known in RULES):
            raise UsageError(f"no such rule: {rule}", EXAMPLE)
        for address in (found.get(key, "") for key in ("from", "to", "either")):
            if address and not _is_address(address):
                raise UsageError(f"{address!r} is no address", EXAMPLE)
        src, dst, either = (found.get(key, "") for key in ("from", "to", "either"))
        return cls(reason.strip(), rule, src, dst, either, _moment(found.get("until", ""), text), given=True)

    def __str__(self) -> str:
        """As `parse` reads it."""
        until = (
            "" if self.until_ns is None else f"{datetime.fromtimestamp(self.until_ns // SECOND_NS):%Y-%m-%dT%H:%M:%S}"
        )
        ends = (("", self.either), ("from", self.src), ("to", self.dst), ("until", until))
        words = (f"{word} {value}".strip() for word, value in ends if value)
        return f"{' '.join([self.rule or 'any', *words])}: {self.reason}"

    def to_state(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Suppression:
        """Raises FormatError where a field is missing or of the wrong type."""
        known = {f.name for f in fields(cls)}
        try:
            made = cls(**{k: v for k, v in state.items() if k in known})
        except (TypeError, AttributeError) as error:
            raise FormatError(f"a kept allow rule is damaged: {error}", "remove it and mute the alert again") from None
        texts = (made.reason, made.rule, made.src, made.dst, made.either)
        if not all(isinstance(t, str) for t in texts) or not isinstance(made.until_ns, int | None):
            raise FormatError("a kept allow rule has a field of the wrong type", "remove it and mute the alert again")
        return made


def _within(wanted: str, addresses: set[str | None]) -> bool:
    """True where nothing is wanted, or one of the addresses is it or lies in its network."""
    if not wanted:
        return True
    if wanted in addresses:
        return True
    try:
        network = ipaddress.ip_network(wanted, strict=False)
        return any(ipaddress.ip_address(a) in network for a in addresses if a and _is_ip(a))
    except ValueError:
        return False


def _is_address(text: str) -> bool:
    """An address, a network, or a MAC."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return bool(_MAC.fullmatch(text))
    return True


def _moment(text: str, whole: str) -> int:
    """A date or a time, in the zone of this machine where it names none."""
    try:
        return int(datetime.fromisoformat(text).timestamp()) * SECOND_NS
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"{whole!r} does not end: until when?", EXAMPLE) from None


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
