"""Prometheus metrics of a running session: what the last snapshot says, in the text format."""

from __future__ import annotations

import importlib.util
import logging
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

from tui import __version__
from tui.core.state import State
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
        s = self._snapshot()
        yield from _traffic(s)
        yield from _by_protocol(s)
        yield from self._alerts(s)
        if self._labels and (labels := self._labels()):
            yield from _labelled(labels)
        yield from _session(s)

    def _alerts(self, s: Snapshot) -> Iterator[Any]:
        """Incidents: those that are open now, and those that were ever opened."""
        severities = {str(severity): s.alert_counts.get(severity, 0) for severity in range(1, 5)}
        yield _gauges("nettui_open_incidents", "incidents that are open", "severity", severities)
        rules = dict(sorted(self._incidents.copy().items()))
        yield _counters("nettui_incidents", "incidents opened, by rule", "rule", rules)


def _traffic(s: Snapshot) -> Iterator[Any]:
    """What was seen, what is held, what was lost."""
    yield _counter("nettui_packets", "packets seen", s.packets)
    yield _counter("nettui_bytes", "bytes seen on the wire", s.bytes)
    yield _gauge("nettui_packets_per_second", "in the last whole second", s.packets_per_s)
    yield _gauge("nettui_bytes_per_second", "in the last whole second", s.bits_per_s / 8)
    yield _gauge("nettui_packet_timestamp_seconds", "the packets' clock", s.now_ns / 1e9)
    yield _counter("nettui_flows", "IP flows seen", s.flows)
    yield _gauge("nettui_flows_held", "flows that are followed", s.flows_held)
    yield _gauge("nettui_packets_kept", "packets that can still be looked at", s.kept)
    lost = {
        "interface": s.loss.interface,
        "kernel": s.loss.kernel,
        "evicted": s.loss.evicted,
        "skipped_names": s.loss.skipped_names,
        "unwritten": s.loss.unwritten,
    }
    known = {where: n for where, n in lost.items() if n is not None}
    yield _counters("nettui_lost_packets", "packets lost, by where", "where", known)


def _by_protocol(s: Snapshot) -> Iterator[Any]:
    most = s.protocols[:TOP]
    volume, packets = {p.name: p.bytes for p in most}, {p.name: p.packets for p in most}
    yield _counters("nettui_protocol_bytes", "bytes by protocol", "protocol", volume)
    yield _counters("nettui_protocol_packets", "packets by protocol", "protocol", packets)


def _labelled(labels: Labels) -> Iterator[Any]:
    """What a model takes the flows for."""
    flows, octets = ({kind.label: getattr(kind, of) for kind in labels.traffic} for of in ("flows", "bytes"))
    yield _gauges("nettui_labelled_flows", "flows by the label of the model", "label", flows)
    yield _gauges("nettui_labelled_bytes", "their bytes", "label", octets)


def _session(s: Snapshot) -> Iterator[Any]:
    """How the run itself is."""
    from prometheus_client.core import GaugeMetricFamily

    yield _gauge("nettui_warnings", "what was given up, or is not well", len(s.health.warnings))
    states = {state.value: int(state is s.health.state) for state in State}
    yield _gauges("nettui_session", "1 for the state that the session is in", "state", states)
    built = GaugeMetricFamily("nettui_build_info", "which nettui this is", labels=["interface", "version"])
    built.add_metric([s.interface, __version__], 1)
    yield built


# prometheus_client is imported when it is asked for, and not with this module


def _counter(name: str, text: str, value: float) -> Any:
    from prometheus_client.core import CounterMetricFamily

    return CounterMetricFamily(name, text, value=value)


def _gauge(name: str, text: str, value: float) -> Any:
    from prometheus_client.core import GaugeMetricFamily

    return GaugeMetricFamily(name, text, value=value)


def _counters(name: str, text: str, label: str, values: Mapping[str, float]) -> Any:
    """One counter for each value of a label."""
    from prometheus_client.core import CounterMetricFamily

    return _filled(CounterMetricFamily(name, text, labels=[label]), values)


def _gauges(name: str, text: str, label: str, values: Mapping[str, float]) -> Any:
    """One gauge for each value of a label."""
    from prometheus_client.core import GaugeMetricFamily

    return _filled(GaugeMetricFamily(name, text, labels=[label]), values)


def _filled(family: Any, values: Mapping[str, float]) -> Any:
    for value, n in values.items():
        family.add_metric([value], n)
    return family
