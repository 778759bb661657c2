"""Live pages over the store: the items after a key, by the sight of who looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection
from starlette.responses import Response

from edge.web.streams import HEARTBEAT, MOST_AT_ONCE, Stream, StreamItem, stream_to
from sync.central.store import StoreError
from sync.central.web.visit import Visit

After = Callable[[Visit, Connection, int, int], Sequence[StreamItem]]
"""The items after a key, oldest first, at most so many, by the sight of the visit."""
Newest = Callable[[Connection], int]
"""The newest key: where a page begins that has seen nothing yet."""


def stream(visit: Visit, newest: Newest, after: After, heartbeat: float = HEARTBEAT) -> Response:
    """The stream of `after` for this visit, from where its page is. It ends with the session."""

    def look(visit: Visit, key: int | None) -> tuple[int, Sequence[StreamItem]]:
        with visit.store.reading() as connection:
            if key is None:
                return newest(connection), ()
            items = after(visit, connection, key, MOST_AT_ONCE)
        return (items[-1].key if items else key), items

    made = Stream(look, Visit.renewed, lambda current: current.now, StoreError, heartbeat)
    return stream_to(visit.request, visit, visit.actor.account, visit.services.pulse, made)
