"""Decisions: what a person said about alerts, as text that is kept from one run to the next."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tui.core.alert.alerts import SECOND_NS, Acknowledgement
from tui.core.alert.suppress import Suppression
from tui.errors import FormatError, NettuiError

VERSION = 1
ACKNOWLEDGED_NS = 86_400 * SECOND_NS
"""So long the same thing stays acknowledged when it comes again."""
MOST = 4_096
"""Entries of each kind that are kept and read."""
HINT = "remove it and decide again"


@dataclass(frozen=True, slots=True)
class Decisions:
    """Muted: silent, and counted. Learned: the keys of what is normal. Acknowledged: by key, still shown."""

    muted: tuple[Suppression, ...] = ()
    learned: tuple[Hashable, ...] = ()
    acknowledged: tuple[tuple[Hashable, Acknowledgement], ...] = ()

    def dumps(self) -> str:
        """As JSON text."""
        made = {
            "nettui_decisions": VERSION,
            "muted": [m.to_state() for m in self.muted[-MOST:]],
            "learned": [_to_list(key) for key in self.learned[-MOST:]],
            "acknowledged": [[_to_list(key), asdict(how)] for key, how in self.acknowledged[-MOST:]],
        }
        return json.dumps(made, indent=1) + "\n"

    @classmethod
    def loads(cls, text: str | bytes) -> Decisions:
        """Raises FormatError for what is damaged, or was written by another version."""
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise FormatError(f"it is not JSON: {error}", HINT) from None
        if not isinstance(data, dict) or data.get("nettui_decisions") != VERSION:
            raise FormatError("it was written by another version of nettui", HINT)
        try:
            return cls(
                tuple(Suppression.from_state(_mapping(m)) for m in data["muted"][:MOST]),
                tuple(_to_key(k) for k in data["learned"][:MOST]),
                tuple((_to_key(k), _acknowledgement(_mapping(how))) for k, how in data["acknowledged"][:MOST]),
            )
        except NettuiError as error:
            raise FormatError(error.message, HINT) from None
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FormatError(f"it is damaged: {error}", HINT) from None


def _to_list(key: Hashable) -> Any:
    return [_to_list(part) for part in key] if isinstance(key, tuple) else key


def _to_key(value: Any, depth: int = 0) -> Hashable:
    if isinstance(value, list) and depth < 4:
        return tuple(_to_key(part, depth + 1) for part in value)
    if value is None or isinstance(value, str | int | float):
        return value
    raise ValueError(f"no key: {value!r}")


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"no object: {value!r}")
    return value


def _acknowledgement(state: Mapping[str, Any]) -> Acknowledgement:
    made = Acknowledgement(state["by"], state["at_ns"], state["note"], state["scope"], state["until_ns"])
    if not all(isinstance(t, str) for t in (made.by, made.note, made.scope)) or not isinstance(made.at_ns, int):
        raise TypeError("an acknowledgement has a field of the wrong type")
    if not isinstance(made.until_ns, int | None):
        raise TypeError("an acknowledgement has no time at which it ends")
    return made
