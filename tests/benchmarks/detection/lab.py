"""A small network of namespaces with real servers, for recording attacks and harmless traffic. Needs root.

attacker, client, victim, gateway (DNS, DHCP, routing) on one bridge; outside hosts behind the gateway
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PREFIX = "bset-"
HOSTS = ("gateway", "victim", "client", "attacker")
OUTSIDE_HOSTS = 60
"""Of the 126 addresses outside so many exist."""


def run(*words: str, check: bool = True, timeout: float | None = None) -> str:
    return subprocess.run(words, check=check, capture_output=True, text=True, timeout=timeout).stdout


class Lab:
    """Addresses are drawn by the seed: no two sets share a network."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.folder = folder
        self.net = f"172.{chance.randrange(16, 32)}.{chance.randrange(1, 250)}"
        ends = chance.sample(range(5, 200), 3)
        self.address = dict(zip(HOSTS, [f"{self.net}.1", *(f"{self.net}.{end}" for end in ends)], strict=True))
        self.outside = "203.0.113"
        self.mac = {host: f"02:5e:{chance.randrange(256):02x}:00:00:{n:02x}" for n, host in enumerate(HOSTS, 1)}
        self._servers: list[subprocess.Popen[bytes]] = []

    def inside(self, host: str, *words: str) -> list[str]:
        return ["ip", "netns", "exec", PREFIX + host, *words]

    def shell(self, host: str, script: str) -> subprocess.Popen[bytes]:
        """Start a script in a process group of its own; `{victim}` and the like stand for addresses."""
        text = script.format(**self.address, net=self.net, outside=self.outside, folder=self.folder)
        return subprocess.Popen(
            self.inside(host, "bash", "-c", text), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def __enter__(self) -> Lab:
        self.remove()
        try:
            self._wire()
            self._serve()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def remove(self) -> None:
        for host in ("switch", "net", *HOSTS):
            pids = run("ip", "netns", "pids", PREFIX + host, check=False).split()
            if pids:
                run("kill", "-9", *pids, check=False)
            run("ip", "netns", "del", PREFIX + host, check=False)
            shutil.rmtree(Path("/etc/netns") / (PREFIX + host), ignore_errors=True)

    def ip(self, host: str, *words: str, check: bool = True) -> None:
        run("ip", "-n", PREFIX + host, *words, check=check)

    def _wire(self) -> None:
        for host in ("switch", "net", *HOSTS):
            run("ip", "netns", "add", PREFIX + host)
            self.ip(host, "link", "set", "lo", "up")
        self.ip("switch", "link", "add", "br0", "type", "bridge")
        self.ip("switch", "link", "set", "br0", "up")
        for host in HOSTS:
            port = f"b-{host}"
            run("ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", PREFIX + host)
            run("ip", "link", "set", port, "netns", PREFIX + "switch")
            self.ip("switch", "link", "set", port, "master", "br0", "up")
            self.ip(host, "link", "set", "eth0", "address", self.mac[host])
            self.ip(host, "addr", "add", f"{self.address[host]}/24", "dev", "eth0")
            self.ip(host, "-6", "addr", "add", f"2001:db8:77::{HOSTS.index(host) + 1}/64", "dev", "eth0", "nodad")
            self.ip(host, "link", "set", "eth0", "up")
            self._plain(host, "eth0")
            self._plain("switch", port)
            if host != "gateway":
                self.ip(host, "route", "add", "default", "via", self.address["gateway"])
            run(*self.inside(host, "sysctl", "-qw", "net.ipv4.icmp_ratelimit=0", "net.ipv4.icmp_msgs_per_sec=100000"),
                check=False)  # fmt: skip
        self._beyond()

    def _beyond(self) -> None:
        """Hosts of the internet: some of a /25 exist, the rest is silent."""
        run("ip", "link", "add", "wan", "netns", PREFIX + "gateway", "type", "veth", "peer", "name", "eth0", "netns",
            PREFIX + "net")  # fmt: skip
        self.ip("gateway", "addr", "add", "192.0.2.1/24", "dev", "wan")
        self.ip("net", "addr", "add", "192.0.2.2/24", "dev", "eth0")
        for host, device in (("gateway", "wan"), ("net", "eth0")):
            self.ip(host, "link", "set", device, "up")
            self._plain(host, device)
        run(*self.inside("gateway", "sysctl", "-qw", "net.ipv4.ip_forward=1"))
        self.ip("gateway", "route", "add", f"{self.outside}.0/25", "via", "192.0.2.2")
        self.ip("net", "route", "add", f"{self.net}.0/24", "via", "192.0.2.1")
        self.ip("net", "route", "add", "blackhole", f"{self.outside}.0/25")
        for host in range(1, OUTSIDE_HOSTS + 1):
            self.ip("net", "addr", "add", f"{self.outside}.{host}/32", "dev", "lo")

    def _plain(self, host: str, device: str) -> None:
        """Frames as they are on a wire: nothing put together by the card."""
        off = ("tx", "off", "tso", "off", "gso", "off", "gro", "off")
        run(*self.inside(host, "ethtool", "-K", device, *off), check=False)

    def _serve(self) -> None:
        f, gateway = self.folder, self.address["gateway"]
        for host in ("victim", "client", "attacker"):
            where = Path("/etc/netns") / (PREFIX + host)
            where.mkdir(parents=True, exist_ok=True)
            (where / "resolv.conf").write_text(f"nameserver {gateway}\n")
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-subj", "/CN=www.example.org",
            "-keyout", f"{f}/key.pem", "-out", f"{f}/cert.pem")  # fmt: skip
        (f / "site").mkdir()
        (f / "site/index.html").write_text("<html>" + "<p>text</p>" * 400)
        (f / "site/large.bin").write_bytes(random.Random(1).randbytes(3_000_000))
        (f / "passwords").write_text("\n".join(f"guess{i}" for i in range(400)) + "\n")
        (f / "htpasswd").write_text("admin:$apr1$aaaaaaaa$0000000000000000000000\n")
        for name in ("id", "hostkey"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{f}/{name}")
        shutil.copy(f / "id.pub", f / "authorized")
        Path("/run/sshd").mkdir(exist_ok=True)
        Path("/var/run/vsftpd/empty").mkdir(parents=True, exist_ok=True)
        (f / "sshd.conf").write_text(
            f"HostKey {f}/hostkey\nAuthorizedKeysFile {f}/authorized\nStrictModes no\nPidFile none\nUsePAM no\n"
            "PermitRootLogin yes\nPasswordAuthentication yes\nMaxStartups 200\n"
        )
        (f / "vsftpd.conf").write_text(
            "listen=YES\nbackground=NO\nlocal_enable=YES\nanonymous_enable=YES\nseccomp_sandbox=NO\n"
            "secure_chroot_dir=/var/run/vsftpd/empty\nxferlog_enable=NO\n"
        )
        site = f"root {f}/site; location /private {{ auth_basic x; auth_basic_user_file {f}/htpasswd; }} "
        site += "location /take { proxy_pass http://127.0.0.1:9; }"  # reads the whole body before it fails
        for host in ("victim", "net"):
            (f / f"nginx-{host}.conf").write_text(
                f"user root; daemon off; pid {f}/nginx-{host}.pid; error_log /dev/null;\n"
                "events { worker_connections 2000; }\nhttp { access_log off; client_header_timeout 60; server { "
                f"listen 80; listen 8080; listen 443 ssl; ssl_certificate {f}/cert.pem; "
                f"ssl_certificate_key {f}/key.pem; {site} }} }}\n"
            )
        zone = "--server=/tunnel.example.net/192.0.2.2"  # it answers from its first address
        big = ",".join("x" * 200 for _ in range(9))
        for host, script in (
            ("gateway", f"dnsmasq -k -u root --conf-file=/dev/null --interface=eth0 --bind-interfaces -h -R {zone} "
             f"--dhcp-range={self.net}.210,{self.net}.240,1h --dhcp-authoritative --dhcp-leasefile={f}/leases "
             f"--pid-file={f}/dns.pid --txt-record=big.example.org,{big} --address=/www.example.org/{self.outside}.10 "
             f"--address=/cdn.example.com/{self.outside}.11 --edns-packet-max=4096 --local=/example.org/"),
            ("victim", f"nginx -c {f}/nginx-victim.conf -p {f}"),
            ("net", f"nginx -c {f}/nginx-net.conf -p {f}"),
            ("victim", f"/usr/sbin/sshd -D -e -f {f}/sshd.conf"),
            ("net", f"/usr/sbin/sshd -D -e -f {f}/sshd.conf"),
            ("victim", f"vsftpd {f}/vsftpd.conf"),
            ("victim", "iperf3 -s"),
        ):  # fmt: skip
            self._servers.append(self.shell(host, script.replace("{", "{{").replace("}", "}}")))
        time.sleep(1.5)

    @contextmanager
    def recording(self, out: Path) -> Iterator[None]:
        """Everything on the bridge goes into a file; nothing is dropped unnoticed."""
        dump = subprocess.Popen(
            self.inside(
                "switch", "tcpdump", "-i", "br0", "--immediate-mode", "-B", "65536", "-Z", "root", "-w", str(out)
            ),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert dump.stderr is not None
        dump.stderr.readline()  # it listens now
        try:
            yield
        finally:
            time.sleep(0.5)
            dump.send_signal(signal.SIGINT)
            said = dump.communicate(timeout=20)[1].decode()
            if "\n0 packets dropped" not in said:
                print(f"  {out.name}: {said.splitlines()[-1]}")

    def act(self, scripts: Sequence[tuple[str, str]], seconds: float) -> None:
        """Run scripts side by side until all have ended, or the time is over."""
        running = [self.shell(host, script) for host, script in scripts]
        end = time.monotonic() + seconds
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, end - time.monotonic()))
        for number in (signal.SIGINT, signal.SIGKILL):
            for process in running:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
            time.sleep(0.3)
        for process in running:
            process.wait()
