"""Dialogue: what a flow has shown before decides what its later packets are called.

`decode` names a packet by itself. Here a segment in the middle of a message gets the transport's name back, the one
that ends the message gets the message's; a flow that was recognised by its first bytes on a strange port keeps its
name; and ports that a control channel announced (FTP, TFTP) are known. As Wireshark does in one pass.
"""

from __future__ import annotations

from tui.core.dialogue.dialogues import Dialogues

__all__ = ["Dialogues"]
