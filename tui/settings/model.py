"""Settings: what a run is asked to do, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tui.core.alert.suppress import Suppression
from tui.settings.listing import ColorRule


@dataclass(frozen=True, slots=True)
class Settings:
    """One field for each option of the live screen and of watch; sizes in bytes, times in seconds."""

    # where packets come from
    iface: tuple[str, ...] = ()
    read: str | None = None
    speed: float = 1.0
    loop: bool = False
    follow: bool = False
    remote: tuple[str, ...] = ()
    ssh: str = "ssh"
    demo: bool = False
    capture_filter: str = ""
    snaplen: int = 262_144
    promiscuous: bool = True
    buffer: int = 64 << 20
    include_own_ssh: bool = False
    # what is kept
    write: Path | None = None
    rotate_size: int | None = None
    rotate_files: int | None = None
    save: Path | None = None
    no_save: bool = False
    ask: bool = False
    save_dir: Path | None = None
    keep: int = 512 << 20
    keep_packets: int = 1_000_000
    spool: Path | None = None
    evidence: Path | None = None
    record: float | None = None
    # when it ends
    duration: float | None = None
    count: int | None = None
    # what is shown
    display_filter: str = ""
    protocol: str | None = None
    theme: str | None = None
    ascii: bool = False
    fps: float = 10.0
    keys: tuple[str, ...] = ()
    """Other keys for actions, each `words=key key ...`."""
    geoip: tuple[Path, ...] = ()
    resolve: bool = False
    list_columns: tuple[str, ...] = ()
    list_widths: tuple[tuple[str, int], ...] = ()
    list_time: str = "relative"
    color: tuple[ColorRule, ...] = ()
    # what is learned and told
    learn: int = 300
    baseline: Path | None = None
    kept_baseline: bool = True
    model: Path | None = None
    thresholds: tuple[str, ...] = ()
    eve: str | None = None
    syslog: str | tuple[str, int] | None = None
    on_alert: str | None = None
    webhook: str | None = None
    allow: tuple[Suppression, ...] = ()
    bell: bool = False
    suggest: bool = False
    protect: tuple[str, ...] = ()
    metrics: tuple[str, int] | None = None
    summary: bool = False
    # how it runs
    no_sandbox: bool = False
    log_file: Path | None = None
    log_level: str = "info"
