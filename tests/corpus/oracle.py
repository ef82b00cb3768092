"""What tshark says of the shared captures, asked once and kept in a folder for temporary files.

Answers are kept by the bytes of the capture, not by its name, so a capture that changes is asked about anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

CAPTURES = Path(os.environ.get("NETTUI_CAPTURES", Path(__file__).resolve().parents[3] / "shared" / "captures"))
CACHE = Path(tempfile.gettempdir()) / "nettui-oracle"
TAPS = Path(__file__).with_name("taps.lua")
KINDS = ("proto", "encap", "link", "format", "benign", "malformed", "attack")
SAME = {
    "TLSV1": "TLS", "TLSV1.1": "TLS", "TLSV1.2": "TLS", "TLSV1.3": "TLS", "SSL": "TLS", "SSLV2": "TLS", "SSLV3": "TLS",
    "SSHV1": "SSH", "SSHV2": "SSH", "HTTP/XML": "HTTP", "HTTP/JSON": "HTTP",
}  # fmt: skip
Numbers = list[int]
"""Packet numbers, from 1."""


def files(*kinds: str) -> list[Path]:
    """The captures of these kinds; none where the shared captures are not there."""
    return [p for kind in kinds for p in sorted((CAPTURES / "corpus" / kind).glob("*")) if p.is_file()]


def frames(path: Path) -> list[dict[str, Any]]:
    """One dictionary per frame, as captures/oracle.py describes."""
    kept = _kept(path, ".frames")
    if not kept.exists():
        command = [sys.executable, CAPTURES / "oracle.py", path]
        out = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        _keep(kept, out.stdout)
    return [json.loads(line) for line in kept.read_text().splitlines()]


def picked(path: Path, expressions: tuple[str, ...]) -> dict[str, Numbers | None]:
    """The packets that `tshark -Y` picks with each filter, None for a filter that it does not know."""
    kept = _kept(path, ".filters")
    known: dict[str, Numbers | None] = json.loads(kept.read_text()) if kept.exists() else {}
    new = tuple(text for text in expressions if text not in known)
    if new:
        known |= _ask(path, new)
        _keep(kept, json.dumps(known))
    return {text: known[text] for text in expressions}


def _ask(path: Path, expressions: tuple[str, ...]) -> dict[str, Numbers | None]:
    """All filters in one pass over the file, each as a tap with that filter."""
    with tempfile.TemporaryDirectory() as folder:
        questions, answers = Path(folder, "filters"), Path(folder, "answers")
        questions.write_text("\n".join(expressions) + "\n")
        environment = os.environ | {
            "TAP_FILTERS": str(questions), "TAP_OUT": str(answers), "TZ": "UTC", "WIRESHARK_CONFIG_DIR": folder,
        }  # fmt: skip
        command = ["tshark", "-n", "-q", "-X", f"lua_script:{TAPS}", "-r", str(path)]
        subprocess.run(command, env=environment, capture_output=True, timeout=300, check=False)
        found: dict[str, Numbers | None] = dict.fromkeys(expressions)
        for line in answers.read_text().splitlines():
            index, _, numbers = line.partition("\t")
            if numbers != "ERROR":
                found[expressions[int(index) - 1]] = [int(number) for number in numbers.split(",") if number]
    return found


@cache
def _mark_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:24]


def _kept(path: Path, kind: str) -> Path:
    CACHE.mkdir(exist_ok=True)
    return CACHE / (_mark_of(path) + kind)


def _keep(kept: Path, text: str) -> None:
    fresh = kept.with_suffix(f".{os.getpid()}")
    fresh.write_text(text)
    fresh.replace(kept)


def plain(name: str | None) -> str:
    """A protocol name without the version and content type that tshark adds."""
    name = (name or "").upper()
    return SAME.get(name, name)
