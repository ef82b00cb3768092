"""EVE with the places of its addresses, where --geoip names files."""

from __future__ import annotations

from typing import Any

from tui.core.alert.alerts import Alert
from tui.core.alert.response import Response
from tui.engine.alerting.outputs import Form
from tui.export.eve import eve
from tui.settings.model import Settings


def located(settings: Settings) -> Form:
    """What makes an alert's event. Raises where a file of --geoip is not there, or is something else."""
    if not settings.geoip:
        return eve
    from tui.dissect.places import Places

    places = Places(settings.geoip)

    def made(alert: Alert, interface: str = "", response: Response | None = None) -> dict[str, Any]:
        event = eve(alert, interface, response)
        ends = {"src_ip": alert.src.ip, "dest_ip": alert.dst.ip}
        event["nettui"]["places"] = {end: places.of(ip).words for end, ip in ends.items() if ip and places.of(ip).words}
        return event

    return made
