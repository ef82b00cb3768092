"""Record the demo capture: real programs between network namespaces of this machine. Run as root.

    python screenshots/record_demo.py tui/data/demo.pcap

A bridge joins a gateway (DNS, DHCP, routing), a desk, a laptop, a web server and a stranger who scans ports, floods with
SYN and poisons ARP caches. Names and addresses are those reserved for documentation. Needs dnsmasq, nginx, openssh,
curl, iputils-ping, isc-dhcp-client, nmap, hping3, dsniff, ethtool, tcpdump.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SECONDS = 60
HOSTS = {"gw": "10.0.4.1", "desk": "10.0.4.17", "web": "10.0.4.80", "rogue": "10.0.4.66", "laptop": ""}
NAMES = {
    "www.example.org": "203.0.113.10",
    "registry.example.org": "203.0.113.22",
    "mail.example.net": "198.51.100.25",
    "cdn.example.com": "198.51.100.80",
    "api.example.com": "198.51.100.81",
    "intranet.example.org": "10.0.4.80",
}
NET_ADDRESSES = sorted({a for a in NAMES.values() if not a.startswith("10.")})


def run(*words: str, check: bool = True) -> str:
    return subprocess.run(words, check=check, capture_output=True, text=True).stdout


def inside(host: str, *words: str) -> list[str]:
    return ["ip", "netns", "exec", f"demo-{host}", *words]


def start(host: str, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        inside(host, *words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )


class Lab:
    """The namespaces, and the servers in them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.servers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Lab:
        self._remove()
        run("ip", "netns", "add", "demo-sw")
        run(*inside("sw", "ip", "link", "add", "br0", "type", "bridge"))
        run(*inside("sw", "ip", "link", "set", "br0", "up"))
        for host, address in HOSTS.items():
            self._host(host, address)
        self._outside()
        self._serve()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self.servers:
            server.terminate()
        self._remove()

    def _remove(self) -> None:
        for host in ("sw", "net", *HOSTS):
            run("ip", "netns", "del", f"demo-{host}", check=False)

    def _host(self, host: str, address: str) -> None:
        ns = f"demo-{host}"
        run("ip", "netns", "add", ns)
        run("ip", "link", "add", f"d-{host}", "type", "veth", "peer", "name", "eth0", "netns", ns)
        run("ip", "link", "set", f"d-{host}", "netns", "demo-sw")
        run(*inside("sw", "ip", "link", "set", f"d-{host}", "master", "br0", "up"))
        for device, where in (("eth0", host), (f"d-{host}", "sw")):
            run(
                *inside(where, "ethtool", "-K", device, "tx", "off", "tso", "off", "gso", "off", "gro", "off"),
                check=False,
            )
        run(*inside(host, "ip", "link", "set", "lo", "up"))
        run(*inside(host, "ip", "link", "set", "eth0", "up"))
        if address:
            run(*inside(host, "ip", "addr", "add", f"{address}/24", "dev", "eth0"))
            run(
                *inside(
                    host, "ip", "-6", "addr", "add", f"2001:db8:4::{address.rsplit('.')[-1]}/64", "dev", "eth0", "nodad"
                )
            )
        if host != "gw" and address:
            run(*inside(host, "ip", "route", "add", "default", "via", HOSTS["gw"]))

    def _outside(self) -> None:
        run("ip", "netns", "add", "demo-net")
        run("ip", "link", "add", "wan", "netns", "demo-gw", "type", "veth", "peer", "name", "eth0", "netns", "demo-net")
        for where, device in (("gw", "wan"), ("net", "eth0")):
            run(
                *inside(where, "ethtool", "-K", device, "tx", "off", "tso", "off", "gso", "off", "gro", "off"),
                check=False,
            )
        run(*inside("gw", "ip", "addr", "add", "192.0.2.1/24", "dev", "wan"))
        run(*inside("gw", "ip", "link", "set", "wan", "up"))
        run(*inside("gw", "sysctl", "-qw", "net.ipv4.ip_forward=1"))
        run(*inside("net", "ip", "link", "set", "lo", "up"))
        run(*inside("net", "ip", "link", "set", "eth0", "up"))
        run(*inside("net", "ip", "addr", "add", "192.0.2.2/24", "dev", "eth0"))
        run(*inside("net", "ip", "route", "add", "10.0.4.0/24", "via", "192.0.2.1"))
        for address in NET_ADDRESSES:
            run(*inside("net", "ip", "addr", "add", f"{address}/32", "dev", "eth0"))
            run(*inside("gw", "ip", "route", "add", f"{address}/32", "via", "192.0.2.2"))

    def _serve(self) -> None:
        f = self.folder
        hosts = "\n".join(f"{address} {name}" for name, address in NAMES.items())
        (f / "hosts").write_text(hosts + "\n")
        self.servers.append(
            start("gw", "dnsmasq", "-k", "-h", "-R", "-u", "root", f"--addn-hosts={f}/hosts", "--conf-file=/dev/null", "--interface=eth0",
                  "--bind-interfaces", "--dhcp-range=10.0.4.100,10.0.4.120,1h", f"--dhcp-leasefile={f}/leases", "--dhcp-authoritative",
                  f"--pid-file={f}/dns.pid")
        )  # fmt: skip
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=www.example.org", "-keyout", f"{f}/key.pem",
            "-out", f"{f}/cert.pem")  # fmt: skip
        site = f / "site"
        site.mkdir()
        (site / "index.html").write_text("<html><title>Intranet</title>" + "<p>Lunch is at noon.</p>" * 120 + "</html>")
        (site / "status.json").write_text('{"status": "green", "nodes": 17}')
        (site / "logo.bin").write_bytes(bytes(range(256)) * 36)
        for host in ("web", "net"):
            conf = f / f"nginx-{host}.conf"
            conf.write_text(
                f"user root; daemon off; pid {f}/nginx-{host}.pid; error_log /dev/null;\nevents {{}}\nhttp {{ access_log off; server {{ listen 80; listen 443 ssl; "
                f"ssl_certificate {f}/cert.pem; ssl_certificate_key {f}/key.pem; ssl_protocols TLSv1.2 TLSv1.3; root {site}; }} }}\n"
            )
            self.servers.append(start(host, "nginx", "-c", str(conf), "-p", str(f)))
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{f}/id")
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{f}/hostkey")
        shutil.copy(f / "id.pub", f / "authorized")
        Path("/run/sshd").mkdir(exist_ok=True)
        (f / "sshd.conf").write_text(
            f"HostKey {f}/hostkey\nAuthorizedKeysFile {f}/authorized\nStrictModes no\nPidFile none\nUsePAM no\nPermitRootLogin prohibit-password\n"
        )
        self.servers.append(start("web", "/usr/sbin/sshd", "-D", "-e", "-f", f"{f}/sshd.conf"))
        resolver = Path("/etc/netns")
        for host in ("desk", "laptop", "rogue"):
            (resolver / f"demo-{host}").mkdir(parents=True, exist_ok=True)
            (resolver / f"demo-{host}/resolv.conf").write_text("nameserver 10.0.4.1\n")


def office(lab: Lab) -> list[subprocess.Popen[bytes]]:
    """What honest people do all day, in the background."""
    f = lab.folder
    nap = "sleep $((RANDOM % 2)).$((RANDOM % 10))"
    curl, secret = "curl -s4 -m 3 -o /dev/null", "curl -sk4 -m 3 -o /dev/null"
    browse = (
        f"while :; do {secret} https://www.example.org/; {secret} https://cdn.example.com/logo.bin; {nap}; "
        f"{curl} http://intranet.example.org/status.json; {nap}; {secret} https://api.example.com/status.json; {nap}; "
        f"dig +short +time=1 +tries=1 mail.example.net MX >/dev/null; {nap}; done"
    )
    lap = (
        f"dhclient -4 -1 -q -lf {f}/dhcl -pf {f}/dhc.pid -sf /bin/true eth0; ip addr add 10.0.4.101/24 dev eth0; ip route add default via 10.0.4.1; "
        f"while :; do {curl} http://intranet.example.org/; {nap}; {nap}; {secret} https://registry.example.org/index.html; {nap}; {nap}; "
        f"dig +short +time=1 +tries=1 nosuchhost.example.org >/dev/null; {nap}; done"
    )
    remote = "while uptime; do sleep 1.4; done"
    return [
        start("desk", "bash", "-c", browse),
        start("laptop", "bash", "-c", lap),
        start("desk", "ping", "-i", "1", "10.0.4.1"),
        start("desk", "ping", "-6", "-i", "2.5", "2001:db8:4::80"),
        start(
            "desk",
            "ssh",
            "-n",
            "-i",
            f"{f}/id",
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "root@10.0.4.80",
            remote,
        ),
    ]


def trouble(begun: float) -> None:
    """What the stranger does, at his times."""

    def wait(second: float) -> None:
        time.sleep(max(0.0, begun + second - time.time()))

    wait(6)
    run(*inside("rogue", "nmap", "-n", "-Pn", "-sS", "-T4", "--top-ports", "400", HOSTS["web"]), check=False)
    wait(20)
    run(
        *inside("rogue", "hping3", "-q", "-S", "--rand-source", "-p", "443", "-i", "u2500", "-c", "1600", HOSTS["web"]),
        check=False,
    )
    wait(34)
    spoof = start("rogue", "arpspoof", "-i", "eth0", "-t", HOSTS["desk"], HOSTS["gw"])
    wait(44)
    spoof.kill()
    wait(SECONDS)


def main(out: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="nettui-demo-") as folder, Lab(Path(folder)) as lab:
        time.sleep(1.5)
        dump = start("sw", "tcpdump", "-n", "-U", "-i", "br0", "-s", "0", "-Z", "root", "-w", str(out))
        time.sleep(1)
        people = office(lab)
        trouble(time.time())
        dump.terminate()
        dump.wait()
        for person in people:
            person.kill()
        run("sh", "-c", "for h in desk laptop rogue; do ip netns pids demo-$h | xargs -r kill; done", check=False)
    for host in ("desk", "laptop", "rogue"):
        shutil.rmtree(Path("/etc/netns") / f"demo-{host}", ignore_errors=True)
    print(f"{out}: {out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
