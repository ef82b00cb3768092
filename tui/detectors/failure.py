"""The alert of a detector that failed: its rules no longer watch, and whoever relies on them has to know."""

from __future__ import annotations

from tui.core.alert.alerts import Endpoint, Evidence, Explanation, Finding, Severity


def failed(name: str, consequence: str, error: Exception, now_ns: int) -> Finding:
    """`consequence`: a sentence without its full stop."""
    return Finding(
        rule="nettui.detector",
        severity=Severity.LOW,
        keys=(("failed", name),),
        src=Endpoint(name="nettui"),
        dst=Endpoint(name="nettui"),
        evidence=Evidence(1, 1, "failures"),
        text=Explanation(
            f"A detector failed and was switched off: {type(error).__name__}. {consequence}.",
            next=("restart nettui to switch it on again", "report the failure with the log file"),
        ),
        first_ns=now_ns,
        last_ns=now_ns,
    )
