"""A session as one moving picture, made of the screenshots: an SVG without scripts, which a browser plays by itself."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCENES = ("live-120x40", "filter", "detail", "alert", "flows", "statistics", "help")
SECONDS = 3.0
"""How long each is there."""


def film(pictures: list[str], seconds: float = SECONDS) -> str:
    """The pictures of one size, one after the other, round and round."""
    box = re.search(r'viewBox="([^"]*)"', pictures[0])
    assert box
    whole = len(pictures) * seconds
    # one that cannot move shows the first
    parts = "".join(
        f'<g visibility="{"hidden" if number else "visible"}">{_moment(number, len(pictures), whole)}{_plain(picture)}</g>\n'
        for number, picture in enumerate(pictures)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box[1]}">\n{parts}</svg>\n'


def _moment(number: int, count: int, whole: float) -> str:
    """When it is seen."""
    times = [0.0, number / count, (number + 1) / count]
    values = ["hidden", "visible", "hidden"]
    if number == 0:
        times, values = times[1:], values[1:]
    if number == count - 1:
        times, values = times[:-1], values[:-1]
    told = ";".join(f"{time:.4f}" for time in times)
    return (
        f'<animate attributeName="visibility" calcMode="discrete" dur="{whole}s" repeatCount="indefinite" '
        f'keyTimes="{told}" values="{";".join(values)}"/>'
    )


def _plain(picture: str) -> str:
    """A picture to be put into another."""
    return re.sub(r"<!--.*?-->|<\?xml.*?\?>", "", picture, flags=re.DOTALL)


def main() -> None:
    """Make session.svg anew."""
    (HERE / "session.svg").write_text(film([(HERE / f"{name}.svg").read_text() for name in SCENES]))
    print("session.svg")


if __name__ == "__main__":
    main()
