"""One AF_PACKET socket and its ring of TPACKET_V3 blocks (linux/if_packet.h).

Only the standard library and ctypes: sockets are opened before the rights are dropped, NumPy is imported after.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import mmap
import os
import socket
import struct
from dataclasses import dataclass

from tui.errors import CaptureError, MissingLibrary, PermissionNeeded

SOL_PACKET = 263
PACKET_ADD_MEMBERSHIP, PACKET_DROP_MEMBERSHIP, PACKET_RX_RING, PACKET_STATISTICS = 1, 2, 5, 6
PACKET_VERSION, PACKET_RESERVE = 10, 12
TPACKET_V3 = 2
PACKET_MR_PROMISC = 1
ETH_P_ALL = 3
UNUSED_ETHERTYPE = 0x88B5
"""IEEE 802 local experimental: what a socket is bound to that is to receive nothing."""
SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27

RETIRE_MS = 20
"""A block that is not full is handed over after this time: the cadence of batches on a quiet link."""
HEADROOM = 32
"""Writable bytes before every frame, even after a VLAN tag or an SLL2 header was put in place."""
RESERVE = 32
"""Enough for HEADROOM: the kernel leaves 14 bytes before an Ethernet frame (a VLAN tag takes 4) and 28 before a cooked
one (SLL2 header and tag take 24). A multiple of 16 keeps IP headers aligned."""
SMALLEST_BLOCK, LARGEST_BLOCK = 128 << 10, 1 << 20
"""A block holds at least one 64 KB frame of an offloading interface."""
BLOCKS = 256
"""Many blocks rather than large ones: on a quiet link each retired block is one retire time of patience for a slow
reader, and `blocks.Ring` walks them side by side."""
FILTER_INSTRUCTION = 8
NOTHING = struct.pack("=HBBI", 0x06, 0, 0, 0)
"""The filter that accepts no packet: BPF_RET | BPF_K, 0."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """A ring's layout in bytes and blocks."""

    block_size: int
    blocks: int

    @property
    def size(self) -> int:
        return self.block_size * self.blocks


def geometry(buffer: int, largest_frame: int = 65_550) -> Geometry:
    """The ring for a buffer of so many bytes: BLOCKS blocks of a power of two that hold the largest frame."""
    block = SMALLEST_BLOCK
    while block < largest_frame + 4096 or (block < LARGEST_BLOCK and block * 2 * BLOCKS <= buffer):
        block *= 2
    return Geometry(block, max(2, buffer // block))


class PacketSocket:
    """A capture socket, bound to nothing until `bind`; its ring lives until the process or the last user of it ends.

    SOCK_RAW gives frames with their link-layer header, SOCK_DGRAM ("cooked") without it. After `__init__` nothing needs
    a right: mapping, binding, binding again and filters work with all privileges dropped.
    """

    def __init__(self, cooked: bool = False) -> None:
        self.cooked = cooked
        family = getattr(socket, "AF_PACKET", None)
        if family is None:
            raise MissingLibrary("this system has no packet sockets (AF_PACKET)")
        kind = socket.SOCK_DGRAM if cooked else socket.SOCK_RAW
        try:
            self.socket = socket.socket(family, kind | socket.SOCK_CLOEXEC, 0)
        except PermissionError as error:
            raise PermissionNeeded("no right to capture packets", permission_hint()) from error
        except OSError as error:
            raise CaptureError(f"no packet socket: {error.strerror}") from error
        self.geometry: Geometry | None = None
        self.mapping: mmap.mmap | None = None
        self.next_block = 0
        self._promiscuous_on = 0

    def fileno(self) -> int:
        return self.socket.fileno()

    def map_ring(self, buffer: int, largest_frame: int = 65_550) -> None:
        """Have the kernel allocate the ring, and map it. OSError: it has no such ring. CaptureError: no memory."""
        shape = geometry(buffer, largest_frame)
        page = mmap.PAGESIZE
        self.socket.setsockopt(SOL_PACKET, PACKET_VERSION, TPACKET_V3)
        self.socket.setsockopt(SOL_PACKET, PACKET_RESERVE, RESERVE)
        request = struct.pack(
            "=7I", shape.block_size, shape.blocks, page, shape.size // page, RETIRE_MS, 0, 0
        )  # struct tpacket_req3; frame size plays no part in version 3 but is checked
        try:
            self.socket.setsockopt(SOL_PACKET, PACKET_RX_RING, request)
            self.mapping = mmap.mmap(self.fileno(), shape.size)
        except OSError as error:
            if error.errno != errno.ENOMEM:
                raise
            no_room = f"no memory for a ring of {shape.size >> 20} MB"
            raise CaptureError(no_room, "try a smaller one: --buffer 16MB") from error
        self.geometry = shape

    def bind(self, index: int, promiscuous: bool = True) -> None:
        """Begin to receive from an interface (0: from all). From here on packets arrive."""
        self._leave_promiscuous()
        if index and promiscuous:
            self._membership(PACKET_ADD_MEMBERSHIP, index)
            self._promiscuous_on = index
        self._bind(index, ETH_P_ALL)

    def unbind(self) -> None:
        """Receive nothing any more; what is in the ring stays readable.

        Binding to protocol 0 would not do: kernels differ in whether it means none, or the one there was.
        """
        self.attach(NOTHING)
        self._leave_promiscuous()
        self._bind(0, UNUSED_ETHERTYPE)

    def bound_index(self) -> int:
        """The interface's index; 0 for all; -1 when it was removed. It stays when the interface is renamed."""
        address = ctypes.create_string_buffer(20)
        size = ctypes.c_int(20)
        _libc().getsockname(self.fileno(), address, ctypes.byref(size))
        return int(struct.unpack_from("=i", address.raw, 4)[0])

    def attach(self, program: bytes) -> None:
        """Filter by a program of classic BPF instructions (8 bytes each), from the next packet on; empty: no filter."""
        if not program:
            with contextlib.suppress(FileNotFoundError):  # there was none
                self.socket.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
            return
        try:
            attach_to(self.fileno(), program)
        except OSError as error:
            refused = f"the kernel refused the capture filter: {error.strerror}"
            raise CaptureError(refused, "use a shorter one") from error

    def statistics(self) -> tuple[int, int, int]:
        """(packets that went into the ring, packets dropped, times it was full) since the last call.

        The kernel resets all three on read, and counts what it drops among the packets.
        """
        packets, drops, freezes = struct.unpack("=3I", self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 12))
        return packets - drops, drops, freezes

    def pending_error(self) -> int:
        """The errno that poll reported, which reading clears; 0 for none."""
        return self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)

    def close(self) -> None:
        """Close the descriptor. The mapping goes with its last reader: frames still held stay readable."""
        self.socket.close()
        self.mapping = None

    def _bind(self, index: int, protocol: int) -> None:
        """Bind by index: Python's own bind takes no index 0, which means all interfaces."""
        address = struct.pack("=HHiHBB8x", socket.AF_PACKET, socket.htons(protocol), index, 0, 0, 0)
        if _libc().bind(self.fileno(), address, len(address)):
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))

    def _leave_promiscuous(self) -> None:
        if self._promiscuous_on:
            try:
                self._membership(PACKET_DROP_MEMBERSHIP, self._promiscuous_on)
            except OSError as error:
                if error.errno not in (errno.EADDRNOTAVAIL, errno.ENODEV):  # the interface took it along
                    raise
            self._promiscuous_on = 0

    def _membership(self, change: int, index: int) -> None:
        self.socket.setsockopt(SOL_PACKET, change, struct.pack("=iHH8x", index, PACKET_MR_PROMISC, 0))


def attach_to(descriptor: int, program: bytes) -> None:
    """Attach a filter to any socket. OSError where the kernel refuses it."""
    code = ctypes.create_string_buffer(program, len(program))
    fprog = struct.pack("HP", len(program) // FILTER_INSTRUCTION, ctypes.addressof(code))  # struct sock_fprog
    if _libc().setsockopt(descriptor, socket.SOL_SOCKET, SO_ATTACH_FILTER, fprog, len(fprog)):
        code_of_error = ctypes.get_errno()
        raise OSError(code_of_error, os.strerror(code_of_error))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def permission_hint() -> str:
    """The one command that helps: sudo with the full path, which sudo's secure_path does not contain."""
    import sys
    from pathlib import Path

    program = Path(sys.argv[0])
    command = str(program.resolve()) if program.name == "nettui" else f"{sys.executable} -m tui"
    hint = f"sudo {command}"
    interpreter = Path(sys.executable)
    if sys.prefix != sys.base_prefix and not interpreter.is_symlink():
        hint += f"; or once: sudo setcap cap_net_raw+ep {interpreter} (then every Python script of it may capture)"
    return hint
