"""The five looks: dark, light, high contrast, colour-blind, monochrome. Each is one table of the same names.

A colour means a protocol or trouble, nothing else; every state it shows is written in words as well.
"""

from __future__ import annotations

from textual.theme import Theme

FAMILIES = ("tls", "tcp", "quic", "http", "udp", "dns", "icmp", "arp", "other")
"""Protocol colours. Protocols that are seldom seen share one with the family they belong to."""

_FAMILY = {
    "TLS": "tls", "TCP": "tcp", "QUIC": "quic", "HTTP": "http", "UDP": "udp", "DNS": "dns", "MDNS": "dns",
    "LLMNR": "dns", "NBNS": "dns", "ICMP": "icmp", "ICMPv6": "icmp", "IGMP": "icmp", "ARP": "arp", "DHCP": "udp",
    "DHCPv6": "udp", "NTP": "udp", "SNMP": "udp", "SSH": "tls", "SCTP": "tcp", "DCCP": "tcp",
}  # fmt: skip


def family(protocol: str) -> str:
    """The colour name of a protocol: one of FAMILIES."""
    return _FAMILY.get(protocol, "other")


def _theme(name: str, *, dark: bool, protocols: tuple[str, ...], **ink: str) -> Theme:
    variables = {f"ink-{key}": value for key, value in ink.items()}
    variables |= {f"proto-{key}": value for key, value in zip(FAMILIES, protocols, strict=True)}
    variables |= {
        "footer-background": ink["raised"],
        "input-cursor-background": ink["bright"],
        "input-cursor-foreground": ink["ground"],
        "input-selection-background": ink["chosen"],
    }
    return Theme(
        name=name,
        primary=ink["accent"],
        secondary=ink["accent"],
        accent=ink["accent"],
        warning=ink["amber"],
        error=ink["red"],
        success=ink["good"],
        foreground=ink["text"],
        background=ink["ground"],
        surface=ink["raised"],
        panel=ink["raised"],
        dark=dark,
        variables=variables,
    )


_DARK = _theme(
    "dark", dark=True,
    ground="#11151c", raised="#171d27", line="#28313f", text="#c9d1dc", bright="#ffffff", dim="#6b7789",
    accent="#4fb3bf", good="#b5cf6b", amber="#e5ae5b", red="#e5626a", chosen="#1f3a4d", reverse="#11151c",
    protocols=("#5fb3b3", "#7aa2d6", "#8fa1e3", "#b5cf6b", "#8fbf7f", "#c792cf", "#e5ae5b", "#d98873", "#9aa7b8"),
)  # fmt: skip
_LIGHT = _theme(
    "light", dark=False,
    ground="#fafbfc", raised="#e9edf2", line="#cfd6df", text="#2c3440", bright="#000000", dim="#6a7482",
    accent="#00707f", good="#3f7a00", amber="#9a5b00", red="#c01f2e", chosen="#cfe6ef", reverse="#ffffff",
    protocols=("#00707f", "#1f5fae", "#4a4fc0", "#557a00", "#2f7d32", "#8b3c99", "#9a5b00", "#a8482c", "#596575"),
)  # fmt: skip
_CONTRAST = _theme(
    "high-contrast", dark=True,
    ground="#000000", raised="#000000", line="#8a8a8a", text="#ffffff", bright="#ffffff", dim="#c8c8c8",
    accent="#00ffff", good="#00ff00", amber="#ffff00", red="#ff6060", chosen="#0000b0", reverse="#000000",
    protocols=("#00ffff", "#80c0ff", "#b0b0ff", "#c0ff40", "#60ff60", "#ff90ff", "#ffd000", "#ffa070", "#ffffff"),
)  # fmt: skip
# The palette of Okabe and Ito (Color Universal Design, 2008), lightened for a dark ground.
_COLOUR_BLIND = _theme(
    "colour-blind", dark=True,
    ground="#11151c", raised="#171d27", line="#2c3644", text="#d3d9e2", bright="#ffffff", dim="#7b8798",
    accent="#56b4e9", good="#56b4e9", amber="#f0e442", red="#e69f00", chosen="#1f3a4d", reverse="#11151c",
    protocols=("#56b4e9", "#7fb2e0", "#a9c4ea", "#f0e442", "#3fbf9b", "#cc79a7", "#e69f00", "#e5804a", "#a8b2c0"),
)  # fmt: skip
_GREY = "#b8b8b8"
_MONOCHROME = _theme(
    "monochrome", dark=True,
    ground="#121212", raised="#1c1c1c", line="#3a3a3a", text="#c6c6c6", bright="#ffffff", dim="#808080",
    accent="#e4e4e4", good="#c6c6c6", amber="#e4e4e4", red="#ffffff", chosen="#3a3a3a", reverse="#121212",
    protocols=(_GREY,) * len(FAMILIES),
)  # fmt: skip

THEMES: tuple[Theme, ...] = (_DARK, _LIGHT, _CONTRAST, _COLOUR_BLIND, _MONOCHROME)


def following(name: str) -> str:
    """The theme after this one, for the key that goes round."""
    names = [theme.name for theme in THEMES]
    return names[(names.index(name) + 1) % len(names)] if name in names else names[0]
