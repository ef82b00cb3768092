"""What tshark says of the shared captures, asked once and kept in a folder for temporary files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

CAPTURES = Path(os.environ.get("NETTUI_CAPTURES", Path(__file__).resolve().parents[3] / "shared" / "captures"))
CACHE = Path(tempfile.gettempdir()) / "nettui-oracle"
KINDS = ("proto", "encap", "link", "format", "benign", "malformed", "attack")
SAME = {
    "TLSV1": "TLS", "TLSV1.1": "TLS", "TLSV1.2": "TLS", "TLSV1.3": "TLS", "SSL": "TLS", "SSLV2": "TLS", "SSLV3": "TLS",
    "SSHV1": "SSH", "SSHV2": "SSH", "HTTP/XML": "HTTP", "HTTP/JSON": "HTTP",
}  # fmt: skip


def files(*kinds: str) -> list[Path]:
    """The captures of these kinds; none where the shared captures are not there."""
    return [p for kind in kinds for p in sorted((CAPTURES / "corpus" / kind).glob("*")) if p.is_file()]


def frames(path: Path) -> list[dict[str, Any]]:
    """One dictionary per frame, as captures/oracle.py describes."""
    CACHE.mkdir(exist_ok=True)
    kept = CACHE / (path.name + ".jsonl")
    if not kept.exists():
        out = subprocess.run(
            [sys.executable, CAPTURES / "oracle.py", path], capture_output=True, text=True, timeout=300
        )
        fresh = kept.with_suffix(f".{os.getpid()}")
        fresh.write_text(out.stdout)
        fresh.replace(kept)
    return [json.loads(line) for line in kept.read_text().splitlines()]


def plain(name: str | None) -> str:
    """A protocol name without the version and content type that tshark adds."""
    name = (name or "").upper()
    return SAME.get(name, name)
