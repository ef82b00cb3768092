"""Suppression: which findings a person does not want to hear of, why, and until when; each counts what it silenced."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from tui.core.alerts import Finding
from tui.errors import FormatError, UsageError

SCOPES = ("pair", "source", "rule")


@dataclass(slots=True)
class Suppression:
    """Silences the findings that match every field that is not empty. `rule` may be a family, such as "scan"."""

    reason: str
    rule: str = ""
    src: str = ""
    """Address, network in CIDR form, or MAC of the source."""
    dst: str = ""
    either: str = ""
    until_ns: int | None = None
    hits: int = 0

    def __post_init__(self) -> None:
        if not self.reason:
            raise UsageError("an allow rule needs a reason", "say why this is normal, so that others can check it")

    def matches(self, finding: Finding, now_ns: int) -> bool:
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


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
