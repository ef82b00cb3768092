"""Whether the packet list can look as the settings say: filters of colouring rules, columns that are fields."""

from __future__ import annotations

from tui.settings.listing import COLUMNS
from tui.settings.model import Settings


def check_list(settings: Settings) -> None:
    """Raises FilterError with the place. Imports NumPy: call it when the rights are gone."""
    names = [name for name in settings.list_columns if name not in COLUMNS]
    if not names and not settings.color:
        return
    from tui import filters
    from tui.filters.show import check

    for name in names:
        check(name)
    for rule in settings.color:
        filters.compile(rule.filter)
