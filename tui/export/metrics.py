"""Prometheus metrics of a running session: what the last snapshot says, in the text format."""

from __future__ import annotations

import importlib.util
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

from tui import __version__
from tui.errors import CaptureError, MissingLibrary

if TYPE_CHECKING:  # it imports NumPy, and this module is imported while there are rights
    from tui.core.judged import Labels
    from tui.core.snapshot import Snapshot

logger = logging.getLogger("nettui.metrics")

TOP = 20
"""Protocols with a series of their own."""


def listen(host: str, port: int) -> socket.socket:
    """Take the port while there are rights to do so. Raises CaptureError, MissingLibrary."""
    if importlib.util.find_spec("prometheus_client") is None:  # told now, and not when packets are coming
        raise MissingLibrary("--metrics needs prometheus-client", "pip install prometheus-client")
    try:
        return socket.create_server((host, port))
    except OSError as error:
        raise CaptureError(f"cannot serve metrics on {host}:{port}: {error.strerror}", "choose another port") from None


class MetricsServer:
    """Answers GET /metrics in a thread of its own."""

    def __init__(
        self,
        taken: socket.socket,
        snapshot: Callable[[], Snapshot],
        incidents: dict[str, int] | None = None,
        labels: Callable[[], Labels | None] | None = None,
    ) -> None:
        """`taken`: from `listen`. `incidents`: opened so far, by rule; may go on counting. `labels`: with a model."""
        from prometheus_client import CollectorRegistry, generate_latest

        registry = CollectorRegistry()
        registry.register(_Collector(snapshot, {} if incidents is None else incidents, labels))

        class Handler(BaseHTTPRequestHandler):
            timeout = 5.0

            def do_GET(self) -> None:
                if self.path.partition("?")[0] != "/metrics":
                    self.send_error(404)
                    return
                body = generate_latest(registry)
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Requests are nobody's news."""

        self._server = _Server(taken.getsockname()[:2], Handler, bind_and_activate=False)
        self._server.socket.close()
        self._server.socket = taken
        threading.Thread(target=self._server.serve_forever, name="nettui-metrics", daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(HTTPServer):
    """Serves one scrape at a time."""

    def handle_error(self, *_: object) -> None:
        """A scrape that breaks off, or fails, goes to the log; the monitor goes on."""
        logger.warning("a request for metrics failed", exc_info=True)


class _Collector:
    """prometheus_client asks it at each scrape."""

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        incidents: dict[str, int],
        labels: Callable[[], Labels | None] | None = None,
    ) -> None:
        self._snapshot = snapshot
        self._incidents = incidents
        self._labels = labels

    def collect(self) -> Iterator[Any]:
        """The metric families of now; their names and labels are what dashboards rely on."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        s = self._snapshot()
        yield CounterMetricFamily("nettui_packets", "packets seen", value=s.packets)
        yield CounterMetricFamily("nettui_bytes", "bytes seen on the wire", value=s.bytes)
        yield GaugeMetricFamily("nettui_packets_per_second", "in the last whole second", value=s.packets_per_s)
        yield GaugeMetricFamily("nettui_bytes_per_second", "in the last whole second", value=s.bits_per_s / 8)
        yield GaugeMetricFamily("nettui_packet_timestamp_seconds", "the packets' clock", value=s.now_ns / 1e9)
        yield CounterMetricFamily("nettui_flows", "IP flows seen", value=s.flows)
        yield GaugeMetricFamily("nettui_flows_held", "flows that are followed", value=s.flows_held)
        yield GaugeMetricFamily("nettui_packets_kept", "packets that can still be looked at", value=s.kept)
        lost = CounterMetricFamily("nettui_lost_packets", "packets lost, by where", labels=["where"])
        for where, n in (
            ("interface", s.loss.interface),
            ("kernel", s.loss.kernel),
            ("evicted", s.loss.evicted),
            ("skipped_names", s.loss.skipped_names),
            ("unwritten", s.loss.unwritten),
        ):
            if n is not None:
                lost.add_metric([where], n)
        yield lost
        volume = CounterMetricFamily("nettui_protocol_bytes", "bytes by protocol", labels=["protocol"])
        packets = CounterMetricFamily("nettui_protocol_packets", "packets by protocol", labels=["protocol"])
        for protocol in s.protocols[:TOP]:
            volume.add_metric([protocol.name], protocol.bytes)
            packets.add_metric([protocol.name], protocol.packets)
        yield volume
        yield packets
        incidents = GaugeMetricFamily("nettui_open_incidents", "incidents that are open", labels=["severity"])
        for severity in range(1, 5):
            incidents.add_metric([str(severity)], s.alert_counts.get(severity, 0))
        yield incidents
        opened = CounterMetricFamily("nettui_incidents", "incidents opened, by rule", labels=["rule"])
        for rule, n in sorted(self._incidents.copy().items()):
            opened.add_metric([rule], n)
        yield opened
        if self._labels and (labels := self._labels()):
            flows = GaugeMetricFamily("nettui_labelled_flows", "flows by the label of the model", labels=["label"])
            octets = GaugeMetricFamily("nettui_labelled_bytes", "their bytes", labels=["label"])
            for kind in labels.traffic:
                flows.add_metric([kind.label], kind.flows)
                octets.add_metric([kind.label], kind.bytes)
            yield flows
            yield octets
        warnings = len(s.health.warnings)
        yield GaugeMetricFamily("nettui_warnings", "what was given up, or is not well", value=warnings)
        up = GaugeMetricFamily("nettui_session", "1 for the state that the session is in", labels=["state"])
        for state in type(s.health.state):  # all of State, which is not imported here
            up.add_metric([state.value], int(state is s.health.state))
        yield up
        built = GaugeMetricFamily("nettui_build_info", "which nettui this is", labels=["interface", "version"])
        built.add_metric([s.interface, __version__], 1)
        yield built
