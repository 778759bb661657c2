"""Server-sent events: what is new reaches an open page, and a page that gets nothing knows it.

Nothing is kept for a client: it is where its last event is, and reads on from there. So a slow one costs
nothing, and one that was away (Last-Event-ID) gets what it missed. A heartbeat follows a look that
succeeded.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import structlog
from fastapi.sse import format_sse_event
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from sync.central.store import StoreError
from sync.central.web.visit import Visit

HEARTBEAT = 5.0
"""Seconds between two signs of life; a page is stale after two of them."""
LOOK_EVERY = 1.0
"""Seconds after which a stream looks although nobody notified it: another process may have stored."""
MOST_AT_ONCE = 200


@dataclass(frozen=True)
class Item:
    """One event of a stream: `key` only rises, `text` is what the page shows, as "row" or "figures"."""

    key: int
    text: str
    event: str = "row"


After = Callable[[Visit, Connection, int, int], Sequence[Item]]
"""The items after a key, oldest first, at most so many, by the sight of the visit."""
Newest = Callable[[Connection], int]
"""The newest key: where a page begins that has seen nothing yet."""


def stream(visit: Visit, newest: Newest, after: After, heartbeat: float = HEARTBEAT) -> Response:
    """The stream of `after` for this visit, from where its page is. It ends with the session."""
    pulse = visit.services.pulse
    if pulse.is_full_for(visit.actor.account):
        return Response(status_code=503, headers={"retry-after": "10"})
    told = visit.request.headers.get("last-event-id", "")
    begin = int(told) if told.isdecimal() and len(told) < 19 else None
    return StreamingResponse(
        _events(visit, newest, after, begin, heartbeat),
        media_type="text/event-stream",
        headers={"x-accel-buffering": "no", "cache-control": "no-store"},
    )


async def _events(
    visit: Visit, newest: Newest, after: After, begin: int | None, heartbeat: float
) -> AsyncIterator[bytes]:
    pulse, key, heard = visit.services.pulse, begin, float("-inf")
    current: Visit | None = visit
    with pulse.counted(visit.actor.account):
        while not pulse.closed:
            beat = pulse.beats
            try:
                if time.monotonic() - heard >= heartbeat:
                    # Sight and session are looked at again with each heartbeat.
                    current = await run_in_threadpool(visit.renewed)
                if current is None:
                    yield format_sse_event(event="ended", data_str="signed out")
                    return
                key, items = await run_in_threadpool(_look, current, newest, after, key)
            except StoreError as error:
                structlog.get_logger("console").warning("stream_waits", error=str(error))
                await pulse.wait(LOOK_EVERY, beat)
                continue
            for item in items:
                yield format_sse_event(event=item.event, data_str=item.text, id=str(item.key))
            if time.monotonic() - heard >= heartbeat:
                heard = time.monotonic()
                yield format_sse_event(event="heartbeat", data_str=str(current.now))
            if len(items) < MOST_AT_ONCE:
                await pulse.wait(LOOK_EVERY, beat)


def _look(visit: Visit, newest: Newest, after: After, key: int | None) -> tuple[int, Sequence[Item]]:
    """What came after `key`, and where that leads; from now on where there is none."""
    with visit.store.reading() as connection:
        if key is None:
            return newest(connection), ()
        items = after(visit, connection, key, MOST_AT_ONCE)
    return (items[-1].key if items else key), items
