"""The extra `learn`: imported late, and explained where it is missing."""

from __future__ import annotations

import importlib
from types import ModuleType

from tui.errors import MissingLibrary

INSTALL = 'pip install "nettui[learn]"'


def need(module: str) -> ModuleType:
    """A module of scikit-learn or skops. Raises MissingLibrary with the command that installs it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        name = module.partition(".")[0]
        shown = {"sklearn": "scikit-learn"}.get(name, name)
        raise MissingLibrary(f"{shown} is needed for this and is not installed ({error})", INSTALL) from None


def there(module: str) -> bool:
    """Can the module be imported?"""
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True
