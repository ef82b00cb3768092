"""LinkType: how the first header of a frame, or of a packet inside another, is to be read."""

from __future__ import annotations


class LinkType:
    """Numbers of https://www.tcpdump.org/linktypes.html that are decoded; those from 0xFF00 on are our own."""

    NULL, ETHERNET, IEEE802_5, PPP, FDDI = 0, 1, 6, 9, 10
    PPP_HDLC, PPP_ETHER, RAW, HDLC = 50, 51, 101, 104
    IEEE802_11, LOOP, LINUX_SLL, PRISM, RADIOTAP = 105, 108, 113, 119, 127
    AVS, PPP_PPPD, PPI, IPV4, IPV6, IPOIB, SLL2 = 163, 166, 192, 228, 229, 242, 276
    NETWORK = 0xFF01  # IPv4 or IPv6, told by the first half byte; anything else is nothing
    _ETHERTYPES = 0x10000

    @classmethod
    def of_ethertype(cls, number: int) -> int:
        """The link type of what an ethertype announces, with no header of its own."""
        return cls._ETHERTYPES + number

    @classmethod
    def ethertype(cls, linktype: int) -> int | None:
        """The ethertype of such a link type; None for any other."""
        return linktype - cls._ETHERTYPES if linktype >= cls._ETHERTYPES else None


NAMED: dict[int, str] = {
    LinkType.IEEE802_5: "Token-Ring", LinkType.FDDI: "FDDI", 7: "ARCNET", 129: "ARCNET", 8: "SLIP",
    99: "PFLOG", 117: "PFLOG", 187: "HCI H4", 201: "HCI H4", 251: "LE LL", 256: "LE LL", 161: "HCI_MON", 254: "HCI_MON",
    189: "USB", 186: "USB", 220: "USB", 249: "USB", 266: "USB", 288: "USB", 293: "USB",
    195: "IEEE 802.15.4", 215: "IEEE 802.15.4", 230: "IEEE 802.15.4", 283: "IEEE 802.15.4",
    199: "IPMB", 209: "IPMB", 227: "CAN", 190: "CAN", 253: "Netlink", 239: "NFLOG", 203: "LAPD", 177: "LAPD",
    107: "FR", 100: "ATM", 123: "ATM", 138: "Apple IP-over-IEEE 1394", 143: "DOCSIS",
    202: "AX.25 KISS", 3: "AX.25", 197: "ERF", 252: "Wireshark Upper PDU",
}  # fmt: skip
"""Link types that are listed by name only."""
