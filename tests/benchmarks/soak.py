"""A long quiet run: what the detectors say, and what memory does, while honest programs work. Run as root, by hand.

    python -m tests.benchmarks.soak 3600

The demo's network without its stranger: browsing, DNS, DHCP, SSH, pings, and on top bulk transfers, a monitoring poller
with dead targets, a crawler with dead links and DNS lookups in bursts. `nettui watch` looks at the bridge all the time.
Any incident of severity 2 or more is a false alarm. Needs what screenshots/record_demo.py needs, and iperf3.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from screenshots.record_demo import HOSTS, Lab, inside, office, start

SAMPLE_S = 60

TARGETS = "10.0.4.1 10.0.4.80 203.0.113.10 203.0.113.22 198.51.100.25 198.51.100.80 10.0.4.240 10.0.4.241"
POLLER = f"""while :; do for a in {TARGETS}; do ping -c 1 -W 1 -q $a
for p in 22 80 443; do timeout 1 bash -c "</dev/tcp/$a/$p"; done; done; sleep 20; done"""
CRAWLER = """while :; do for i in $(seq 1 60)
do curl -s -m 2 -o /dev/null http://203.0.113.$((10 + i % 13 * (i % 7 == 0)))/p$i; done; sleep 90; done"""
BULK = """while :; do iperf3 -b 100M -c 10.0.4.80 -t 5; sleep 55
iperf3 -u -b 20M -c 10.0.4.80 -t 5; sleep 61; done"""
LOOKUPS = """while :; do for i in $(seq 1 80)
do dig +short +time=1 +tries=1 host$i.example.org @10.0.4.1; done; sleep 120; done"""
DOWNLOADS = (
    "while :; do curl -s -m 9 -o /dev/null 'http://10.0.4.80/logo.bin?[1-40]'; sleep $((20 + RANDOM % 30)); done"
)
BUSY = {"desk": (POLLER, CRAWLER, BULK), "laptop": (LOOKUPS, DOWNLOADS)}


def main(seconds: float) -> int:
    with tempfile.TemporaryDirectory(prefix="nettui-soak-") as folder, Lab(Path(folder)) as lab:
        eve = Path(folder) / "eve.json"
        watch = subprocess.Popen(
            inside(
                "sw",
                sys.executable,
                "-m",
                "tui",
                "watch",
                "--iface",
                "br0",
                "--duration",
                str(seconds),
                "--summary",
                "--eve",
                str(eve),
            ),
            stdout=subprocess.PIPE,
            text=True,
        )
        people = office(lab)
        people.append(start("web", "iperf3", "-s"))
        people += [start(host, "bash", "-c", script) for host, scripts in BUSY.items() for script in scripts]
        sizes = watch_memory(watch, seconds)
        out = watch.communicate(timeout=120)[0]
        for person in people:
            person.kill()
        subprocess.run(
            ["sh", "-c", f"for h in {' '.join(HOSTS)}; do ip netns pids demo-$h | xargs -r kill; done"], check=False
        )
        incidents = alarms(eve)
    summary = json.loads(out.strip().splitlines()[-1])
    print(json.dumps({key: summary[key] for key in ("packets", "bytes", "duration_s", "lost", "alerts", "health")}))
    first, half, last = sizes[0], sizes[len(sizes) // 2], sizes[-1]
    print(f"resident MB: first minute {first:.0f}, half time {half:.0f}, end {last:.0f}")
    print(f"incidents of severity 2 or more: {len(incidents)} in {seconds / 3600:.2f} h")
    for text in incidents.values():
        print(f"  {text}")
    return 1 if incidents else 0


def watch_memory(watch: subprocess.Popen[str], seconds: float) -> list[float]:
    """Resident megabytes of the program, a sample a minute."""
    sizes = []
    end = time.time() + seconds
    while watch.poll() is None and time.time() < end:
        time.sleep(min(SAMPLE_S, max(1.0, end - time.time())))
        try:
            lines = Path(f"/proc/{watch.pid}/status").read_text().splitlines()
        except OSError:
            break
        sizes += [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")]
    return sizes


def alarms(eve: Path) -> dict[str, str]:
    """Incidents of severity 2 or more: identity to words."""
    found = {}
    for line in eve.read_text().splitlines() if eve.exists() else []:
        event = json.loads(line)["nettui"]
        if event["severity"] >= 2:
            found[event["incident_id"]] = f"{event['rule']}: {event['text']}"
    return found


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 3600.0))
