"""The display filter language: Wireshark's, compiled to array operations.

    chosen = filters.compile("ip.addr == 10.0.0.0/8 && tcp.port == 443")
    mask = chosen.match(columns, read)

lexer, parser, syntax   text to a tree
fields, tables, readers what can be asked, as tables; how payloads are read
sources, values         where values come from, and their form
compile, expressions    names and kinds checked; a tree of terms
bothways                what a filter demands of whole flows
filter                  Filter and `compile`
"""

from tui.filters.filter import Filter, Run, compile  # noqa: A004 - filters.compile reads as re.compile does
from tui.filters.packets import Place

__all__ = ["Filter", "Place", "Run", "compile"]
