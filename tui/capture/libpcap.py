"""libpcap by ctypes, for one thing: compiling capture filters. Nothing else of nettui needs it."""

from __future__ import annotations

import ctypes
import re
import struct
from pathlib import Path

from tui.capture.packetsocket import NOTHING, UNUSED_ETHERTYPE, attach_to
from tui.errors import CaptureError, MissingLibrary, UsageError

NAMES = ("libpcap.so.1", "libpcap.so.0.8", "libpcap.so", "libpcap.dylib", "libpcap.A.dylib")
ERRBUF = 256
NETMASK_UNKNOWN = 0xFFFFFFFF
DLT = {101: 12}
"""The link types whose number libpcap has another for in memory (pcap/dlt.h)."""
LINKTYPE_SLL2, SLL2_HEADER = 276, 20
BPF_LD, BPF_LDX, BPF_ABS, BPF_IND, BPF_MSH = 0x00, 0x01, 0x20, 0x40, 0xA0
SKF_AD_OFF = 0xFFFFF000
SLL2_FIELDS = {0: SKF_AD_OFF, 4: SKF_AD_OFF + 8, 8: SKF_AD_OFF + 28, 10: SKF_AD_OFF + 4}
"""Offsets in an SLL2 header and where the kernel tells the same: protocol, interface, hardware type, packet type."""
PACKAGES = {
    "debian": "sudo apt install libpcap0.8",
    "fedora": "sudo dnf install libpcap",
    "rhel": "sudo dnf install libpcap",
    "suse": "sudo zypper install libpcap1",
    "arch": "sudo pacman -S libpcap",
    "alpine": "sudo apk add libpcap",
}


class _Program(ctypes.Structure):
    """`struct bpf_program` of pcap/bpf.h."""

    _fields_ = (("length", ctypes.c_uint), ("instructions", ctypes.c_void_p))


class FilterCompiler:
    """Compiles capture filters for one link type; opened while there are rights, usable without.

    The kernel takes the VLAN tag off a frame before a filter sees it, and libpcap knows that only for a live handle:
    compiled without one, `vlan` matches nothing. So a handle is opened on the interface that is captured, or on
    loopback, bound to a protocol that nobody sends.
    """

    def __init__(self, linktype: int, snaplen: int, interface: str = "") -> None:
        self._library = _load()
        self._linktype = linktype
        self._snaplen = snaplen
        self._error = ctypes.create_string_buffer(ERRBUF)
        self._handle = None
        if linktype == 1:
            self._handle = self._live(interface) or self._live("lo")
        self.live = self._handle is not None
        if self._handle is None:
            self._handle = self._library.pcap_open_dead(DLT.get(linktype, linktype), snaplen)
        if not self._handle:
            raise CaptureError("libpcap gives no handle to compile capture filters with")

    def compile(self, text: str) -> bytes:
        """The program for a filter of pcap-filter(7). UsageError, in libpcap's words, if it is wrong."""
        if not text.strip():
            return b""
        if not self.live and self._linktype == 1 and re.search(r"\bvlan\b", text):
            raise CaptureError("vlan filters need the right to capture when the monitor starts", "start it with sudo")
        compiled = _Program()
        encoded = text.encode("utf-8", "surrogateescape")
        if self._library.pcap_compile(self._handle, ctypes.byref(compiled), encoded, 1, NETMASK_UNKNOWN):
            message = ctypes.string_at(self._library.pcap_geterr(self._handle)).decode("utf-8", "replace")
            raise UsageError(f"capture filter {text!r}: {message}", _hint(text))
        try:
            code = ctypes.string_at(compiled.instructions, 8 * compiled.length)
        finally:
            self._library.pcap_freecode(ctypes.byref(compiled))
        return for_cooked_socket(code) if self._linktype == LINKTYPE_SLL2 else code

    def close(self) -> None:
        if self._handle:
            self._library.pcap_close(self._handle)
            self._handle = None

    def _live(self, interface: str) -> int | None:
        """An activated handle on an interface that takes no packets; None where that fails."""
        library = self._library
        handle = library.pcap_create(interface.encode(), self._error) if interface else None
        if not handle:
            return None
        library.pcap_set_snaplen(handle, self._snaplen)
        library.pcap_set_promisc(handle, 0)
        library.pcap_set_buffer_size(handle, 1 << 16)
        if hasattr(library, "pcap_set_protocol_linux"):
            library.pcap_set_protocol_linux(handle, UNUSED_ETHERTYPE)
        if library.pcap_activate(handle) < 0 or library.pcap_datalink(handle) != 1:
            library.pcap_close(handle)
            return None
        attach_to(library.pcap_fileno(handle), NOTHING)
        return int(handle)


def for_cooked_socket(code: bytes) -> bytes:
    """Rewrite a program that expects an SLL2 header for a cooked socket, whose filter begins behind that header."""
    found = []
    for op, jump_true, jump_false, k in struct.iter_unpack("=HBBI", code):
        kind, mode = op & 0x07, op & 0xE0
        packet = (kind == BPF_LD and mode in (BPF_ABS, BPF_IND)) or (kind == BPF_LDX and mode == BPF_MSH)
        if packet and k < SKF_AD_OFF:
            k = _behind_header(k)
        found.append(struct.pack("=HBBI", op, jump_true, jump_false, k))
    return b"".join(found)


def _behind_header(offset: int) -> int:
    if offset >= SLL2_HEADER:
        return offset - SLL2_HEADER
    if offset in SLL2_FIELDS:
        return SLL2_FIELDS[offset]
    raise UsageError("this capture filter cannot be used on all interfaces at once", "name one with --iface")


def _hint(text: str) -> str:
    if re.search(r"==|&&\s*!|\b\w+\.\w*[a-z]\w*\b", text):
        return "that looks like a display filter: use -Y, or write for example 'tcp port 443 and host 192.0.2.1'"
    return "the language is that of tcpdump, see man pcap-filter; for example 'tcp port 443 and not host 192.0.2.1'"


def _load() -> ctypes.CDLL:
    """The library with its functions declared. MissingLibrary names the package."""
    for name in NAMES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        pointer, text = ctypes.c_void_p, ctypes.c_char_p
        library.pcap_create.restype = library.pcap_open_dead.restype = pointer
        library.pcap_create.argtypes = [text, text]
        library.pcap_geterr.restype, library.pcap_geterr.argtypes = pointer, [pointer]
        library.pcap_compile.argtypes = [pointer, pointer, text, ctypes.c_int, ctypes.c_uint32]
        library.pcap_freecode.argtypes = [pointer]
        for function in ("activate", "close", "datalink", "fileno"):
            getattr(library, f"pcap_{function}").argtypes = [pointer]
        for function in ("snaplen", "promisc", "buffer_size"):
            getattr(library, f"pcap_set_{function}").argtypes = [pointer, ctypes.c_int]
        if hasattr(library, "pcap_set_protocol_linux"):
            library.pcap_set_protocol_linux.argtypes = [pointer, ctypes.c_int]
        return library
    raise MissingLibrary("capture filters need libpcap, which is not installed", _package())


def _package() -> str:
    """The command that installs it here, by the family that os-release names."""
    try:
        release = Path("/etc/os-release").read_text()
    except OSError:
        release = ""
    family = " ".join(re.findall(r'^(?:ID|ID_LIKE)="?([^"\n]*)', release, re.MULTILINE))
    return next((how for name, how in PACKAGES.items() if name in family), "install the package libpcap")
