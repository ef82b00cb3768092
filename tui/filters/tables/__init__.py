"""The tables of fields, one file per layer, joined into `FIELDS`."""

from __future__ import annotations

from tui.filters.fields import Field, table
from tui.filters.tables.analysis import ANALYSIS
from tui.filters.tables.answers import ANSWERS
from tui.filters.tables.application import APPLICATION
from tui.filters.tables.carried import CARRIED
from tui.filters.tables.columns import COLUMNS
from tui.filters.tables.control import CONTROL
from tui.filters.tables.dialogues import DIALOGUES
from tui.filters.tables.frame import FRAME
from tui.filters.tables.internet import INTERNET
from tui.filters.tables.link import LINK
from tui.filters.tables.naming import NAMING
from tui.filters.tables.old import renamed
from tui.filters.tables.payload import PAYLOAD
from tui.filters.tables.protocols import PROTOCOLS
from tui.filters.tables.routing import ROUTING
from tui.filters.tables.times import TIMES
from tui.filters.tables.transport import TRANSPORT
from tui.filters.tables.wlan import WIRELESS

_TODAY = (
    FRAME, COLUMNS, LINK, WIRELESS, CARRIED, INTERNET, CONTROL, ROUTING, TRANSPORT, TIMES,
    ANALYSIS, NAMING, APPLICATION, ANSWERS, DIALOGUES, PAYLOAD, PROTOCOLS,
)  # fmt: skip
FIELDS: dict[str, Field] = table(*_TODAY, renamed(field for part in _TODAY for field in part))
"""Every field and protocol by its name."""

ALIASES: dict[str, str] = {
    "protocol": "nettui.protocol", "wireguard": "wg", "port": "tcp.port",
    "host": "ip.addr",
    "ip6": "ipv6", "ether": "eth", "icmp6": "icmpv6", "sni": "tls.handshake.extensions_server_name",
    "tcp.window": "tcp.window_size", "tcp.data": "tcp.payload", "http.method": "http.request.method",
    "http.status": "http.response.code", "http.url": "http.request.full_uri", "dns.name": "dns.qry.name",
    "ip.port": "tcp.port",
}  # fmt: skip
"""Names that people try, and what they mean; used for hints only, as Wireshark does not know them either."""
