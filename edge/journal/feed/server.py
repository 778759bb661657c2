"""The gate's end of the journal's socket: a thread of its own, which opens the store only for reading.

No client is trusted, and nothing that one does reaches the thread that appends: see
`edge.support.packet_server`. A request is one small packet, answered by one short read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from edge.journal.feed.pages import JournalPages
from edge.journal.format import MOST_ANSWER_BYTES, MOST_ASK_BYTES, ask_of
from edge.support.packet_server import PacketLimits, PacketServer, Reply

FEED_LIMITS: Final = PacketLimits(
    MOST_ASK_BYTES,
    MOST_ANSWER_BYTES,
    asks_a_second=250.0,
    connections_a_second=100.0,
    clients=8,
    clients_of_a_user=4,
)
"""A sync process that drains a journal asks as often as this: for 100 events, and for the one acknowledged.
One user may hold half of the connections.
"""


def journal_server(journal: Path, place: Path, limits: PacketLimits = FEED_LIMITS) -> PacketServer:
    """What serves the file `journal` on a socket at `place`, to be started. The file is closed while nobody
    asks.
    """
    pages = JournalPages(journal)

    def answer(packet: bytes, reply: Reply) -> None:
        reply(pages.packet(ask_of(packet)))

    return PacketServer("journal", place, answer, limits, idle=pages.close)
