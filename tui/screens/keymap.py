"""Keys that a person has chosen for actions: the table with them in it, and what Textual needs to know of them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace

from textual.keys import _character_to_key

from tui.errors import UsageError
from tui.screens.keys import KEYS, Key

SHORT = {"esc": "escape", "pgup": "pageup", "pgdn": "pagedown", "del": "delete", "ins": "insert", "return": "enter"}
"""How people write keys, where Textual has another name."""
FIXED = {"escape", "ctrl+c"}
"""What always leads out."""


def keymap(changes: Sequence[str]) -> dict[str, str]:
    """From the words of an action to its new keys as Textual names them. Each change is `words=key key ...`.

    Raises UsageError for words that no action has.
    """
    return {_words(change): ",".join(_key(name) for name in change.partition("=")[2].split()) for change in changes}


def changed(changes: Sequence[str], table: Sequence[Key] = KEYS) -> tuple[Key, ...]:
    """The table with the new keys. Raises UsageError where one key would do two things on a screen."""
    chosen = keymap(changes)
    new = tuple(replace(key, keys=chosen[key.words], label="") if key.words in chosen else key for key in table)
    _check(new, chosen)
    return new


def _check(table: Sequence[Key], chosen: dict[str, str]) -> None:
    for key in (key for key in table if key.words in chosen):
        for other in (other for other in table if other.words != key.words and other.on & key.on):
            if both := set(key.keys.split(",")) & set(other.keys.split(",")):
                raise UsageError(
                    f"the key {min(both)} would mean both {key.words!r} and {other.words!r}",
                    f"give {other.words!r} another one as well, or choose another for {key.words!r}",
                )


def _words(change: str) -> str:
    words = change.partition("=")[0].replace("_", " ").replace("-", " ")
    known = sorted({key.words for key in KEYS})
    if words in known:
        return words
    close = difflib.get_close_matches(words, known, 3) or known
    raise UsageError(f"no key means {words!r}", f"the last line, the help and the palette say {', '.join(close)}")


def _key(name: str) -> str:
    """A character, or a key's name with what is held down: `x`, `?`, `f5`, `ctrl+x`."""
    held, _, last = name.rpartition("+") if len(name) > 1 else ("", "", name)
    last = _character_to_key(last) if len(last) == 1 else SHORT.get(last.lower(), last.lower())
    whole = f"{held.lower()}+{last}" if held else last
    if whole in FIXED:
        raise UsageError(f"{name} always leads out", "choose another key")
    return whole
