"""DetectorSet: the detectors of a session, the packets they see, and the incidents that come of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from tui.core.alert.alerts import SECOND_NS
from tui.core.alert.log import AlertLog
from tui.core.alert.nearness import Near, highest
from tui.core.baseline import Baseline
from tui.core.columns import Columns
from tui.core.frames import Frames
from tui.core.hashing import HashKey
from tui.core.names import NameEvent
from tui.detectors.amplification import AmplificationDetector
from tui.detectors.arp import ArpDetector
from tui.detectors.attempts import ANSWER_S, Attempts
from tui.detectors.beacon import BeaconDetector
from tui.detectors.credentials import CredentialsDetector
from tui.detectors.dhcp import DhcpDetector
from tui.detectors.dnstunnel import TunnelDnsDetector
from tui.detectors.echo import SweepDetector, TunnelIcmpDetector
from tui.detectors.exfil import ExfilDetector
from tui.detectors.failure import failed
from tui.detectors.flood import FloodDetector
from tui.detectors.ipv6 import Ipv6Detector
from tui.detectors.knowledge import Knowledge
from tui.detectors.lan import MacDetector, WifiDetector
from tui.detectors.learner import Learner
from tui.detectors.login import BruteDetector
from tui.detectors.measures import complete
from tui.detectors.moment import Detector, Link, Moment
from tui.detectors.nxdomain import NxdomainDetector
from tui.detectors.part import Part, join
from tui.detectors.policy import DeviceDetector, LongDetector, TlsDetector
from tui.detectors.scan import ScanDetector
from tui.detectors.select import EXACT, SAMPLE, Selector
from tui.detectors.sensitive import SensitiveDetector
from tui.detectors.size import SizeDetector
from tui.detectors.slow import SlowDetector
from tui.detectors.synflood import SynFlood
from tui.detectors.tcpflags import FlagsDetector
from tui.detectors.thresholds import Thresholds
from tui.detectors.volume import VolumeDetector

BLOCK = 32_768
"""Selected packets worked on at once: a flood of any rate is taken in pieces of this size. Twice as many cost 8 % less
time and 20 MB more."""
SETTLE_S = ANSWER_S + 3
"""Seconds after the last packet until all that waits for an answer or is held back has been decided."""
STEP_S = 5
"""In a longer silence only every fifth second is looked at."""
LONGEST_S = 4_000
"""After a silence of so long every incident has ended and nothing is left to decide."""

logger = logging.getLogger("nettui.detectors")
AnyDetector = TypeVar("AnyDetector", bound=Detector)
T = TypeVar("T")

DETECTORS: tuple[Callable[[Thresholds, Attempts], Detector], ...] = (
    lambda t, _: ScanDetector(t.scan),
    lambda t, _: SweepDetector(t.scan),
    lambda t, _: FlagsDetector(t.tcp),
    lambda t, _: SensitiveDetector(t.sensitive_port),
    lambda t, a: FloodDetector(t.flood, a),
    lambda t, _: AmplificationDetector(t.amplification),
    lambda t, a: SlowDetector(t.dos, a),
    lambda t, _: ArpDetector(t.arp),
    lambda t, _: MacDetector(t.mac),
    lambda t, _: DhcpDetector(t.dhcp),
    lambda t, _: Ipv6Detector(t.ipv6),
    lambda t, _: WifiDetector(t.wifi),
    lambda t, _: TunnelDnsDetector(t.tunnel),
    lambda t, _: NxdomainDetector(t.dns),
    lambda t, _: TunnelIcmpDetector(t.tunnel),
    lambda t, _: BruteDetector(t.brute),
    lambda t, _: CredentialsDetector(t.cleartext),
    lambda t, _: TlsDetector(t.tls),
    lambda t, _: BeaconDetector(t.beacon),
    lambda t, _: ExfilDetector(t.exfil),
    lambda t, a: LongDetector(t.conn, a),
    lambda t, _: VolumeDetector(t.volume),
    lambda t, _: SizeDetector(t.size),
    lambda _t, _a: DeviceDetector(),
)
"""Every family, in the order in which they are asked."""


class DetectorSet:
    """One thread writes. A detector that raises is switched off with an alert; the rest go on."""

    def __init__(
        self,
        thresholds: Thresholds | None = None,
        *,
        live: bool = False,
        baseline: Baseline | None = None,
        learn_s: float = 0.0,
        renews: bool = False,
        interfaces: Sequence[str] = (),
        network: str = "",
        hash_key: HashKey | None = None,
        link: Callable[[], Link] | None = None,
    ) -> None:
        """`learn_s`: so long, from the first packet on, what is met is taken as normal; 0 learns nothing.

        `renews`: what is known is for the next run too, and `kept` follows what passes.

        `network`: which one the interfaces are in, for the baseline that is learned.

        `link`: asked each second how the interface is; None where there is none, as for a file.

        `hash_key`: a random one by default; with the same one, the same keys fall together in the tables of what was
        seen, so that two runs over the same packets are equal to the last sample.
        """
        self.thresholds = thresholds or Thresholds()
        self.live = live
        self.log = AlertLog(self.thresholds.alerts)
        self._interface = interfaces[0] if len(interfaces) == 1 else ""
        self._link = link
        learner = Learner(interfaces[0] if interfaces else "", network)
        self._knowledge = Knowledge(baseline, learner, learn_s, renews=renews)
        self._selector = Selector(hash_key)
        self._attempts = Attempts(self._selector.hash)
        self._flood = SynFlood(self.thresholds.flood)
        self._detectors: list[Detector] = [self._flood, *(make(self.thresholds, self._attempts) for make in DETECTORS)]
        self._no_results = self._attempts.take(0)
        self._broken: set[str] = set()
        """Stages that have failed."""
        self._parts: list[Part] = []
        self._selected = 0
        self._first_ns = 0
        self._second: int | None = None
        self._busy_until = 0
        self._packets = 0
        self._bytes = 0
        self._sampled = SAMPLE
        """The thinnest sample of the second."""

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that are watched now."""
        return tuple(rule for detector in self._detectors for rule in detector.rules)

    @property
    def learning(self) -> float | None:
        """How much of the learning is done, 0 to 1; None when there is none, or it has ended."""
        age_s = 0 if self._second is None else self._second - self._first_ns // SECOND_NS
        return self._knowledge.progress(age_s)

    @property
    def learned(self) -> Baseline | None:
        """The baseline in use, or what was learned so far."""
        return self._knowledge.learned

    @property
    def kept(self) -> Baseline | None:
        """What the next run may begin with; another object whenever there is something new to it."""
        return self._knowledge.kept

    def observe(self, columns: Columns, frames: Frames, first_sequence: int, names: Sequence[NameEvent] = ()) -> None:
        """Packets of one second, or a part of one; `NameEvent.row` counts within them."""
        if not len(columns):
            return
        if self._second is None:
            self._first_ns = int(columns.time_ns[0])
            self._enter(self._first_ns // SECOND_NS)
        self._packets += len(columns)
        self._bytes += int(columns.length.sum(dtype=np.int64))
        if names:
            numbered = [replace(e, row=e.row + first_sequence) for e in names]
            self._each(lambda d: d.named(numbered))
        part = self._stage("selection", lambda: self._selector.select(columns, frames, first_sequence))
        if part is None:
            return
        self._parts.append(part)
        self._selected += len(part)
        while self._selected >= BLOCK:
            whole = join(self._parts)
            self._look(whole.take(slice(0, BLOCK)))
            rest = whole.take(slice(BLOCK, None))
            self._parts, self._selected = [rest], len(rest)

    def decide(self, second: int) -> None:
        """All packets before `second` (since the epoch) have been observed."""
        if self._second is None or second <= self._second:
            return
        last = self._second
        self._end(last)
        # silent seconds are stepped through in the same way however seldom one is asked
        for silent in range(last + 1, min(second, last + LONGEST_S)):
            self._end(silent)
        self._enter(second)

    def near(self) -> tuple[Near, ...]:
        """How near each rule is to its limit now, the nearest first."""
        found: list[Near] = []
        for detector in self._detectors:
            try:
                found.extend(detector.near())
            except Exception:  # a look from outside must not switch a detector off
                logger.exception("detector %s cannot be looked into", type(detector).__name__)
        return complete(highest(found), self.rules, self.thresholds)

    def ease(self, sample: int) -> None:
        """From now on, of the bulk packets of a busy second only every `sample`-th is looked at."""
        self._selector.sample = sample
        self._sampled = max(self._sampled, sample)

    def finish(self, last_ns: int) -> None:
        """No packet will come any more: decide what is open, close every incident."""
        if self._second is None:
            return
        last = max(self._second, last_ns // SECOND_NS)
        self.decide(last + SETTLE_S)
        self._end(last + SETTLE_S, ended=True)
        self._knowledge.renew()
        self.log.finish(last + SETTLE_S + 1)

    # ------------------------------------------------------------------ within

    def _enter(self, second: int) -> None:
        self._second = second
        self._selector.advance(second)

    def _end(self, second: int, ended: bool = False) -> None:
        """Everything of `second` is here: look at the rest of it, then let every detector decide."""
        if self._packets:
            self._busy_until = second + 1
        elif (
            second > self._busy_until
            and second % STEP_S
            and not (ended or self._attempts.due(second) or self.log.holding)
        ):
            return
        if self._parts:
            self._look(join(self._parts))
            self._parts, self._selected = [], 0
        results = self._stage("connections", lambda: self._attempts.take(second)) or self._no_results
        silent = not (self._packets or ended or results.told)
        moment = Moment(
            second=second,
            first_ns=self._first_ns,
            results=results,
            packets=self._packets,
            bytes=self._bytes,
            sampled=self._sampled if self._packets > EXACT else 1,
            known=self._knowledge.baseline,
            learning=self._knowledge.learning,
            ended=ended,
            link=self._link() if self._link else None,
        )
        self._packets = self._bytes = 0
        self._sampled = self._selector.sample
        for detector in [d for d in self._detectors if not (silent and d.idle)]:
            self._ask(detector, lambda d: self._report(d, moment))
        self.log.advance(second + 1)
        self._stage("learning", lambda: self._knowledge.decide(moment, self.log.any_open()))
        self._knowledge.advance(moment.age_s)

    def _look(self, part: Part) -> None:
        charged = np.zeros(len(part), np.bool_)
        screened = self._ask(self._flood, lambda d: d.screen(part)) if self._flood in self._detectors else None
        self._stage("connections", lambda: self._attempts.observe(part, charged if screened is None else screened))
        self._stage("learning", lambda: self._knowledge.observe(part))
        self._each(lambda d: d.observe(part))

    def _report(self, detector: Detector, moment: Moment) -> None:
        found = sorted(detector.decide(moment), key=lambda f: (f.first_ns, f.rule, repr(f.keys)))
        for finding in found:
            named = replace(finding, interface=self._interface) if self._interface else finding
            self.log.report(named, moment.second + 1)

    def _each(self, act: Callable[[Detector], Any]) -> None:
        for detector in list(self._detectors):
            self._ask(detector, act)

    def _ask(self, detector: AnyDetector, act: Callable[[AnyDetector], T]) -> T | None:
        """What one detector says; None when it failed, and is switched off."""
        try:
            return act(detector)
        except Exception as error:
            logger.exception("detector %s failed", type(detector).__name__)
            self._detectors.remove(detector)
            rules = ", ".join(detector.rules)
            self._tell_failure(type(detector).__name__, f"These rules no longer watch: {rules}", error)
        return None

    def _stage(self, name: str, act: Callable[[], T]) -> T | None:
        """What several detectors rest on; once it has failed it is left out, and they see nothing of it any more."""
        if name in self._broken:
            return None
        try:
            return act()
        except Exception as error:
            logger.exception("detectors: %s failed", name)
            self._broken.add(name)
            self._tell_failure(name, f"What rests on {name} is no longer watched", error)
        return None

    def _tell_failure(self, name: str, consequence: str, error: Exception) -> None:
        second = self._second or 0
        self.log.report(failed(name, consequence, error, second * SECOND_NS), second)
