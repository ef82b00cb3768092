"""Take every screenshot again, from the demo capture: SVG by Textual, PNG by rsvg-convert where it is installed.

make screenshots
"""

from __future__ import annotations

import asyncio
import html
import os
import re
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import film
from textual.pilot import Pilot

from tui.app import ExitChoice, NettuiApp
from tui.capture.pacing import PacedSource
from tui.capture.pcapfile import open_capture
from tui.engine.assemble import detectors
from tui.engine.begin import DEMO
from tui.engine.learner import Learner
from tui.engine.monitor import Monitor
from tui.engine.session import Session
from tui.settings import Settings
from tui.store.filestore import FileStore
from tui.widgets.table import Table

HERE = Path(__file__).resolve().parent
FAST, NATURAL = 12.0, 1.0
CELL = 12.2
"""Width of a character in the SVG that Textual draws."""
FONT = "'Fira Code', 'DejaVu Sans Mono', monospace"
Scene = Callable[[Pilot[ExitChoice]], Awaitable[None]]


async def live(pilot: Pilot[ExitChoice]) -> None:
    """As it opens."""


async def detail(pilot: Pilot[ExitChoice]) -> None:
    """A packet's fields and bytes, below the list."""
    await filtered(pilot, "http.request")
    await pilot.press("end", "enter")


async def alert(pilot: Pilot[ExitChoice]) -> None:
    """The packets that prove an alert."""
    pilot.app.screen.query_one("#alerts").focus()
    await pilot.press("down", "enter")


async def filtering(pilot: Pilot[ExitChoice]) -> None:
    """A display filter at work."""
    await filtered(pilot, "dns || tls.handshake.type == 1")


async def keys(pilot: Pilot[ExitChoice]) -> None:
    """The help page."""
    await pilot.press("question_mark")


async def flows(pilot: Pilot[ExitChoice]) -> None:
    """The flows screen."""
    await pilot.press("2")


async def statistics(pilot: Pilot[ExitChoice]) -> None:
    """The statistics screen."""
    await pilot.press("4")


async def anomalies(pilot: Pilot[ExitChoice]) -> None:
    """The anomalies screen, with the strangest flow chosen."""
    await pilot.press("5")
    table = pilot.app.screen.query_one(Table)
    while not table.line():
        await asyncio.sleep(0.5)
        await pilot.press("j")


async def filtered(pilot: Pilot[ExitChoice], text: str) -> None:
    await pilot.press("slash", *(_key(c) for c in text), "enter")
    await asyncio.sleep(1)


SCENES: dict[str, tuple[tuple[int, int], Scene]] = {
    "live-120x40": ((120, 40), live),
    "live-80x24": ((80, 24), live),
    "detail": ((120, 40), detail),
    "alert": ((120, 40), alert),
    "filter": ((120, 40), filtering),
    "flows": ((120, 40), flows),
    "statistics": ((120, 40), statistics),
    "anomalies": ((120, 40), anomalies),
    "help": ((120, 40), keys),
}


def _key(character: str) -> str:
    names = {" ": "space", ".": "full_stop", "|": "vertical_line", "=": "equals_sign", "_": "underscore"}
    return names.get(character, character)


def for_any_font(svg: str) -> str:
    """The picture without a font from the network: spaces kept, and braille, whose width fonts differ in, set dot by dot."""
    svg = svg.replace("<svg ", '<svg xml:space="preserve" ', 1)
    svg = re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family: (Fira Code|arial)[^;]*;", f"font-family: {FONT};", svg)
    return re.sub(
        r'<text ([^>]*?)x="([\d.]+)"([^>]*?) textLength="[\d.]+"([^>]*)>([^<]*[\u2800-\u28ff][^<]*)</text>',
        _set_apart,
        svg,
    )


def _set_apart(found: re.Match[str]) -> str:
    before, x, between, after, text = found.groups()
    cells = enumerate(html.unescape(text))
    return "".join(
        f'<text {before}x="{float(x) + i * CELL:.1f}"{between}{after}>{c}</text>'
        for i, c in cells
        if c not in "\u2800\xa0 "
    )


async def take(name: str, size: tuple[int, int], scene: Scene) -> None:
    """One picture, some forty seconds into the demo."""
    source = PacedSource(lambda: open_capture(str(DEMO)), FAST)
    monitor = Monitor(interface="demo", detectors=detectors(Settings(), source))
    session = Session(source, FileStore(str(DEMO)), monitor)
    learner = Learner(None, None)
    learner.follow(session)
    app = NettuiApp(session, Settings(demo=True), learner=learner)
    session.shown()
    session.start()
    async with app.run_test(size=size) as pilot:
        while len(session.rows) < 6_600:
            await asyncio.sleep(0.05)
        source.speed = NATURAL
        await asyncio.sleep(2.5)
        await scene(pilot)
        await asyncio.sleep(1.5)
        svg = app.export_screenshot(title="nettui")
    learner.close()
    session.close()
    path = HERE / f"{name}.svg"
    path.write_text(for_any_font(svg))
    if shutil.which("rsvg-convert"):
        png = path.with_suffix(".png")
        subprocess.run(["rsvg-convert", "-w", str(size[0] * 11), "-o", str(png), str(path)], check=True)
    print(path.name)


if __name__ == "__main__":
    os.environ["COLORTERM"] = "truecolor"  # whatever terminal this is started in
    for name, (size, scene) in SCENES.items():
        asyncio.run(take(name, size, scene))
    film.main()
