"""The HTML report: one file that needs no network. Everything that comes from packets is escaped."""

from __future__ import annotations

import html
import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tui.core.alert.alerts import Alert
from tui.core.text import printable
from tui.export.charts import plotly
from tui.export.eve import timestamp

ROWS = 50
"""Rows of each table."""

_STYLE = """
:root { color-scheme: dark } * { box-sizing: border-box }
body { background: #14181d; color: #d7dde4; font: 15px/1.5 system-ui, sans-serif }
body { margin: 0 auto; max-width: 1280px; padding: 24px }
h1 { font-weight: 600; margin: 0 0 4px } h2 { font-size: 18px; margin: 36px 0 10px; color: #9fc3e6 }
p.about, .dim { color: #8a96a3 } .scroll { overflow-x: auto }
.grid { display: grid; gap: 16px; grid-template-columns: repeat(auto-fill, minmax(480px, 1fr)) }
.grid > * { min-width: 0 }
table { border-collapse: collapse; width: 100% }
th { text-align: left; font-weight: 500; color: #8a96a3; border-bottom: 1px solid #333c46; padding: 4px 10px }
td { border-bottom: 1px solid #232a32; padding: 3px 10px; vertical-align: top; overflow-wrap: anywhere }
td.n, th.n { text-align: right; white-space: nowrap }
.facts { display: flex; flex-wrap: wrap; gap: 8px 28px } .facts b { display: block; font-size: 20px; font-weight: 600 }
.alert { border-left: 4px solid #d9a441; background: #1b2128; padding: 8px 14px; margin: 8px 0 }
.alert.s4, .alert.s3 { border-color: #e05d5d } .alert.s1 { border-color: #59636e }
code { background: #0e1115; padding: 1px 5px; border-radius: 3px }
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the report: cells are escaped when it is written."""

    title: str
    head: Sequence[str]
    rows: Iterable[Sequence[object]]
    note: str = ""
    """A sentence below it."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a report shows, in this order."""

    title: str
    about: str
    facts: Mapping[str, str]
    warnings: Sequence[str] = ()
    """Loss, damage, and what was left out."""
    alerts: Sequence[Alert] = ()
    charts: Sequence[Any] = ()
    """plotly figures."""
    tables: Sequence[Table] = field(default=())
    made: str = ""
    """How it was made: command, version, versions of what it rests on."""


def escape(value: object) -> str:
    """A value as HTML text: numbers with separators, text without control characters and markup."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.6g}"
    return html.escape(printable("" if value is None else str(value), 400))


def to_html(report: Report) -> str:
    """The whole page, with plotly's library in it. Raises MissingLibrary."""
    plotly()
    library = importlib.import_module("plotly.offline").get_plotlyjs()
    title = escape(report.title)
    parts = [
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8>",
        '<meta name=viewport content="width=device-width, initial-scale=1">',
        f"<title>{title}</title><style>{_STYLE}</style>",
        f"<script>{library}</script></head><body>",
        f"<h1>{title}</h1><p class=about>{escape(report.about)}</p>",
        _facts(report.facts),
        *(f"<p class='alert s3'>{escape(warning)}</p>" for warning in report.warnings),
        f"<h2>Alerts ({len(report.alerts)})</h2>",
        *([_alert(alert) for alert in report.alerts] or ["<p class=dim>The detectors found nothing.</p>"]),
        "<h2>Pictures</h2><div class=grid>",
        *(_chart(figure, number) for number, figure in enumerate(report.charts)),
        "</div>",
        *(_table(table) for table in report.tables),
        f"<h2>How this was made</h2><p class=dim>{escape(report.made)}</p></body></html>\n",
    ]
    return "\n".join(parts)


def _facts(facts: Mapping[str, str]) -> str:
    cells = "".join(
        f"<div><b>{escape(value)}</b><span class=dim>{escape(name)}</span></div>" for name, value in facts.items()
    )
    return f"<div class=facts>{cells}</div>"


def _alert(alert: Alert) -> str:
    lines = [
        f"<b>{escape(alert.title)}</b> <span class=dim>{escape(alert.rule)}, {escape(alert.severity.name.lower())}, "
        f"{escape(timestamp(alert.first_ns)[:19].replace('T', ' '))}</span>",
        f"{escape(str(alert.src))} &rarr; {escape(str(alert.dst))}: {escape(alert.text.what)}",
        f"{escape(alert.evidence.observed)} {escape(alert.evidence.unit)} (limit {escape(alert.evidence.threshold)})",
    ]
    if alert.text.why:
        lines.append(f"<span class=dim>doubt: {escape(alert.text.why)}</span>")
    lines.append(f"show <code>{escape(alert.filter_display)}</code>")
    return f"<div class='alert s{int(alert.severity)}'>{'<br>'.join(lines)}</div>"


def _chart(figure: Any, number: int) -> str:
    made: str = figure.to_html(
        full_html=False,
        include_plotlyjs=False,
        div_id=f"chart{number}",
        config={"displaylogo": False, "responsive": True},
    )
    return made


def _table(table: Table) -> str:
    shown = [row for row, _ in zip(table.rows, range(ROWS), strict=False)]
    if not shown:
        return ""
    head = "".join(f"<th{_side(value)}>{escape(name)}</th>" for name, value in zip(table.head, shown[0], strict=True))
    rows = ["<tr>" + "".join(f"<td{_side(value)}>{escape(value)}</td>" for value in row) + "</tr>" for row in shown]
    note = f"<p class=dim>{escape(table.note)}</p>" if table.note else ""
    return f"<h2>{escape(table.title)}</h2>{note}<div class=scroll><table><tr>{head}</tr>{''.join(rows)}</table></div>"


def _side(value: object) -> str:
    """Numbers stand at the right, and so does what names them."""
    return " class=n" if isinstance(value, int | float) else ""
