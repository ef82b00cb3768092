"""Places in the file system that people name: whatever they write, asking for one does no harm."""

from __future__ import annotations

from pathlib import Path


def is_folder(path: Path | str) -> bool:
    """Whether a folder is there; what is no possible name, for it is too long, names none."""
    try:
        return Path(path).is_dir()
    except OSError:
        return False


def is_there(path: Path | str) -> bool:
    """Whether anything is there."""
    try:
        return Path(path).exists()
    except OSError:
        return False
