"""Thresholds: the limits of every family, under the names that `--set rule.threshold=value` takes."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

from tui.core.alertlog import AlertLimits
from tui.detectors.scan import ScanThresholds
from tui.detectors.synflood import FloodThresholds
from tui.errors import UsageError


@dataclass(frozen=True, slots=True)
class Thresholds:
    """One field for each family: the first word of its rules."""

    alerts: AlertLimits = field(default_factory=AlertLimits)
    scan: ScanThresholds = field(default_factory=ScanThresholds)
    flood: FloodThresholds = field(default_factory=FloodThresholds)

    def with_setting(self, name: str, value: str) -> Thresholds:
        """The same with one limit changed: `scan.vertical.ports` is field `vertical_ports` of `scan`."""
        family, _, rest = name.strip().partition(".")
        limit = rest.replace(".", "_").replace("-", "_")
        group: Any = getattr(self, family, None) if family in {f.name for f in fields(self)} else None
        if group is None:
            raise UsageError(f"no such family of rules: {family}", "one of " + ", ".join(f.name for f in fields(self)))
        if limit not in {f.name for f in fields(group)}:
            known = ", ".join(f"{family}.{f.name}" for f in fields(group))
            raise UsageError(f"no such limit: {name}", "one of " + known)
        changed = replace(group, **{limit: _convert(name, value, getattr(group, limit))})
        return replace(self, **{family: changed})

    def settings(self) -> dict[str, object]:
        """Every limit by the name under which it can be set."""
        return {
            f"{family.name}.{limit.name}": getattr(getattr(self, family.name), limit.name)
            for family in fields(self)
            for limit in fields(getattr(self, family.name))
        }


def _convert(name: str, text: str, old: object) -> object:
    """`text` as the type of the limit that it replaces."""
    try:
        if isinstance(old, tuple):
            kind = type(old[0]) if old else str
            return tuple(kind(word) for word in text.split(",") if word.strip())
        if isinstance(old, int):
            value: float = int(text)
        else:
            value = float(text)
    except ValueError:
        raise UsageError(f"{name}: {text!r} is no number", f"a number such as {old}") from None
    if not 0 <= value < float("inf"):
        raise UsageError(f"{name}: {text} is out of range", "a number from 0 up")
    return value
