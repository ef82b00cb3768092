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


def _theme(name: str, dark: bool, colours: list[str]) -> Theme:
    ink, protocols = dict(zip(INKS, colours, strict=False)), colours[len(INKS) :]
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


INKS = ("ground", "raised", "line", "text", "bright", "dim", "accent", "good", "amber", "red", "chosen", "reverse")
"""What the colours of a theme are for, in the order of its first row; its second row has those of FAMILIES."""

_DARK, _LIGHT = True, False
_COLOURS = {
    ("dark", _DARK):
        "#11151c #171d27 #28313f #c9d1dc #ffffff #6b7789 #4fb3bf #b5cf6b #e5ae5b #e5626a #1f3a4d #11151c "
        "#5fb3b3 #7aa2d6 #8fa1e3 #b5cf6b #8fbf7f #c792cf #e5ae5b #d98873 #9aa7b8",
    ("light", _LIGHT):
        "#fafbfc #e9edf2 #cfd6df #2c3440 #000000 #6a7482 #00707f #3f7a00 #9a5b00 #c01f2e #cfe6ef #ffffff "
        "#00707f #1f5fae #4a4fc0 #557a00 #2f7d32 #8b3c99 #9a5b00 #a8482c #596575",
    ("high-contrast", _DARK):
        "#000000 #000000 #8a8a8a #ffffff #ffffff #c8c8c8 #00ffff #00ff00 #ffff00 #ff6060 #0000b0 #000000 "
        "#00ffff #80c0ff #b0b0ff #c0ff40 #60ff60 #ff90ff #ffd000 #ffa070 #ffffff",
    # the palette of Okabe and Ito (Color Universal Design, 2008), lightened for a dark ground
    ("colour-blind", _DARK):
        "#11151c #171d27 #2c3644 #d3d9e2 #ffffff #7b8798 #56b4e9 #56b4e9 #f0e442 #e69f00 #1f3a4d #11151c "
        "#56b4e9 #7fb2e0 #a9c4ea #f0e442 #3fbf9b #cc79a7 #e69f00 #e5804a #a8b2c0",
    ("monochrome", _DARK):
        "#121212 #1c1c1c #3a3a3a #c6c6c6 #ffffff #808080 #e4e4e4 #c6c6c6 #e4e4e4 #ffffff #3a3a3a #121212 "
        "#b8b8b8 #b8b8b8 #b8b8b8 #b8b8b8 #b8b8b8 #b8b8b8 #b8b8b8 #b8b8b8 #b8b8b8",
}  # fmt: skip

THEMES: tuple[Theme, ...] = tuple(_theme(name, dark, row.split()) for (name, dark), row in _COLOURS.items())


SIXTEEN = {
    "dark": {"ink-chosen": "#0000aa", "ink-good": "#55ff55", "ink-amber": "#ffff55", "proto-tcp": "#5555ff",
             "proto-http": "#55ff55", "proto-udp": "#00aa00", "proto-dns": "#ff55ff", "proto-icmp": "#ffff55"},
    "light": {"ink-ground": "#ffffff", "ink-raised": "#ffffff", "ink-line": "#aaaaaa", "ink-text": "#000000",
              "ink-chosen": "#55ffff", "proto-udp": "#00aa00", "proto-quic": "#0000aa"},
    "colour-blind": {"ink-chosen": "#0000aa", "ink-dim": "#aaaaaa"},
}  # fmt: skip
"""What terminals of sixteen colours get instead, where the nearest of theirs cannot be told from its neighbours."""


def following(name: str) -> str:
    """The theme after this one, for the key that goes round."""
    names = [theme.name for theme in THEMES]
    return names[(names.index(name) + 1) % len(names)] if name in names else names[0]
