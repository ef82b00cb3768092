"""Fields of 802.11, and of the capture information before it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.core.protocols import Layer
from tui.filters import guards
from tui.filters.fields import Field
from tui.filters.kinds import Kind
from tui.filters.packets import Level, Mask, Packets, Rows
from tui.filters.readers.wlan import read_ppi_fields, read_radiotap_fields, read_wlan_fields
from tui.filters.sources import Computed, Cost, Read, Reader, Union, in_headers, number
from tui.filters.starts import at_end, at_start
from tui.filters.tables.make import Header, parsed
from tui.filters.values import Data, Values

U, B, E = Kind.UNSIGNED, Kind.BOOLEAN, Kind.ETHER
_AVS = 0x80211000


def at_wlan(level: Level) -> NDArray[np.int64]:
    """The MAC header: behind radiotap and PPI, which tell their lengths, and Prism, which has one; -1 in tunnels."""
    linktype, n = level.columns.linktype, len(level.columns)
    start = np.where(linktype == 105, 0, -1).astype(np.int64)
    frames = level.frames
    if level.depth or frames is None:
        return np.full(n, -1, np.int64)
    every, none = np.arange(n, dtype=np.int64), np.zeros(n, np.int64)
    little, told = number(frames, every, none + 2, 2)
    tap = np.isin(linktype, (127, 192)) & told
    start[tap] = ((little >> np.uint64(8)) | (little << np.uint64(8) & np.uint64(0xFF00)))[tap].astype(np.int64)
    word, known = number(frames, every, none, 4)
    length, far = number(frames, every, none + 4, 4)
    avs = known & far & np.isin(linktype, (119, 163)) & (word & np.uint64(0xFFFFF000) == np.uint64(_AVS))
    start[(linktype == 119) & ~avs] = 144
    start[avs] = np.minimum(length[avs], np.uint64(0xFFFF)).astype(np.int64)
    return start


_WLAN = Header(guards.layer(Layer.WLAN), at_wlan)
_FRAME = Reader(guards.layer(Layer.WLAN), at_wlan, at_end, read_wlan_fields)
_RADIOTAP = Reader(guards.linktype(127), at_start, at_end, read_radiotap_fields)
_PPI = Reader(guards.linktype(192), at_start, at_end, read_ppi_fields)
_SUBTYPES = {
    "association request": 0, "association response": 1, "probe request": 4, "probe response": 5, "beacon frame": 8,
    "disassociate": 10, "authentication": 11, "deauthentication": 12, "action": 13, "request-to-send": 27,
    "clear-to-send": 28, "acknowledgement": 29, "data": 32, "null function (no data)": 36, "qos data": 40,
}  # fmt: skip


def _kinds(packets: Packets) -> Values:
    """Type and subtype as one number, the type in the upper half."""

    def read(level: Level, index: Rows) -> tuple[Data, Mask]:
        assert level.frames is not None
        control, known = number(level.frames, index, at_wlan(level)[index], 1)
        control = control[known]
        return (control >> np.uint64(2) & np.uint64(3)) << np.uint64(4) | control >> np.uint64(4), known

    return in_headers(packets, guards.layer(Layer.WLAN), read)


def _bit(name: str, bit: int, text: str) -> Field:
    return _WLAN.flag(f"wlan.fc.{name}", 1, 1, bit, text)


def _radio(name: str, kind: Kind, text: str) -> Field:
    return Field(name, kind, Union((Read(_RADIOTAP, name), Read(_PPI, name))), text, 16)


WIRELESS: tuple[Field, ...] = (
    _WLAN.number("wlan.fc", 0, 2, "frame control, all of it"),
    _WLAN.number("wlan.fc.version", 0, 1, "version", mask=3),
    _WLAN.number("wlan.fc.type", 0, 1, "0 management, 1 control, 2 data", shift=2, mask=3),
    _WLAN.number("wlan.fc.subtype", 0, 1, "kind within the type", shift=4),
    Field(
        "wlan.fc.type_subtype", U, Computed(_kinds, Cost.BYTES),
        "0x08 beacon, 0x04 probe request, 0x0c deauthentication, 0x28 QoS data", 16, _SUBTYPES,
    ),
    _WLAN.number("wlan.flags", 1, 1, "all flags"),
    _WLAN.number("wlan.fc.ds", 1, 1, "1 to the distribution system, 2 from it, 3 bridged", mask=3),
    _bit("tods", 0x01, "to the distribution system"),
    _bit("fromds", 0x02, "from the distribution system"),
    _bit("frag", 0x04, "more fragments follow"),
    _bit("retry", 0x08, "sent again"),
    _bit("pwrmgt", 0x10, "the station will sleep"),
    _bit("moredata", 0x20, "more is waiting for the station"),
    _bit("protected", 0x40, "encrypted"),
    _bit("order", 0x80, "+HTC, or strictly ordered"),
    parsed(_FRAME, "wlan.duration", U, "microseconds for which the medium is taken", 16),
    parsed(_FRAME, "wlan.ra", E, "receiver"),
    parsed(_FRAME, "wlan.ta", E, "transmitter"),
    parsed(_FRAME, "wlan.da", E, "destination"),
    parsed(_FRAME, "wlan.sa", E, "source"),
    parsed(_FRAME, "wlan.bssid", E, "the network's access point"),
    parsed(_FRAME, "wlan.staa", E, "the station, of data frames"),
    parsed(_FRAME, "wlan.addr", E, "any of the addresses"),
    parsed(_FRAME, "wlan.seq", U, "sequence number", 16),
    parsed(_FRAME, "wlan.frag", U, "fragment number", 16),
    parsed(_FRAME, "wlan.qos.priority", U, "priority of QoS data", 16),
    parsed(_FRAME, "wlan.ssid", Kind.STRING, "name of the network"),
    parsed(_FRAME, "wlan.tag.number", U, "kind of each element: 0 SSID, 48 RSN, 221 vendor", 8),
    parsed(_FRAME, "wlan.fixed.reason_code", U, "why the station was sent away", 16),
    parsed(_FRAME, "wlan.fixed.status_code", U, "0 successful", 16),
    parsed(_FRAME, "wlan.fixed.auth.alg", U, "0 open, 1 shared key, 3 SAE", 16),
    parsed(_FRAME, "wlan.fixed.auth_seq", U, "step of the authentication", 16),
    parsed(_FRAME, "wlan.fixed.beacon", U, "beacon interval in units of 1.024 ms", 16),
    parsed(_FRAME, "wlan.ds.current_channel", U, "channel that the access point names", 8),
    parsed(_FRAME, "wlan.country_info.code", Kind.STRING, "country"),
    parsed(_FRAME, "wlan.rsn.version", U, "version of the security element", 16),
    parsed(_FRAME, "wlan.rsn.gcs.type", U, "group cipher: 2 TKIP, 4 CCMP", 8),
    parsed(_FRAME, "wlan.rsn.pcs.type", U, "pairwise ciphers: 2 TKIP, 4 CCMP", 8),
    parsed(_FRAME, "wlan.rsn.akms.type", U, "key management: 1 802.1X, 2 PSK, 8 SAE", 8),
    parsed(_RADIOTAP, "radiotap.length", U, "bytes of the header", 16),
    parsed(_RADIOTAP, "radiotap.channel.freq", U, "frequency in MHz", 32),
    parsed(_RADIOTAP, "radiotap.dbm_antsignal", Kind.SIGNED, "signal in dBm", 8),
    parsed(_RADIOTAP, "radiotap.datarate", U, "rate in Mb/s, rounded down", 8),
    _radio("wlan_radio.channel", U, "channel"),
    _radio("wlan_radio.frequency", U, "frequency in MHz"),
    _radio("wlan_radio.signal_dbm", Kind.SIGNED, "signal in dBm"),
)  # fmt: skip
