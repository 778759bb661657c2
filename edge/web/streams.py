"""Server-sent events: what is new reaches an open page, and a page that gets nothing knows it.

Nothing is kept for a client: it is where its last event is, and reads on from there. So a slow one costs
nothing, and one that was away gets what it missed: its browser says Last-Event-ID, or the page itself, which
gave up a line that was silent, says it in the address. A heartbeat follows a look that succeeded.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog
from fastapi import Request
from fastapi.sse import format_sse_event
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from edge.web.pulse import Pulse

HEARTBEAT = 5.0
"""Seconds between two signs of life; a page is stale after two of them."""
LOOK_EVERY = 1.0
"""Seconds after which a stream looks although nobody notified it: another process may have stored."""
MOST_AT_ONCE = 200
_SAID_AT = 2
"""Looks in vain after which the log says so, once: the first may only have come too early."""

ENDED = format_sse_event(event="ended", data_str="signed out")
"""What a page hears when its session has ended: it asks for itself again, and so for the sign-in."""

Seer = TypeVar("Seer")
"""By whom it is looked: a visit."""


@dataclass(frozen=True)
class StreamItem:
    """One event of a stream: `key` only rises, `text` is what the page shows, as "row" or "figures"."""

    key: int
    text: str
    event: str = "row"


@dataclass(frozen=True)
class Stream(Generic[Seer]):
    """What a page listens to.

    `look` gives the items after a key, oldest first, and where that leads; after None, where a page begins
    that has seen nothing yet. `renew` gives who looks now, None where their session has ended. Both may wait,
    and what they raise of `waits_for` is waited out. A heartbeat says the `moment`.
    Where it `resumes`, a page that comes back goes on after its last event; else it begins anew.
    """

    look: Callable[[Seer, int | None], tuple[int | None, Sequence[StreamItem]]]
    renew: Callable[[Seer], Seer | None]
    moment: Callable[[Seer], int]
    waits_for: type[Exception]
    heartbeat: float = HEARTBEAT
    most_at_once: int = MOST_AT_ONCE
    resumes: bool = True


def stream_to(request: Request, seer: Seer, whose: Hashable, pulse: Pulse, stream: Stream[Seer]) -> Response:
    """The stream to the page that asks, from where it is. It ends with the session."""
    if pulse.is_full_for(whose):
        return Response(status_code=503, headers={"retry-after": "10"})
    told = request.headers.get("last-event-id") or request.query_params.get("last-event-id", "")
    begin = int(told) if stream.resumes and told.isascii() and told.isdecimal() and len(told) < 19 else None
    return StreamingResponse(
        _events(seer, whose, pulse, stream, begin),
        media_type="text/event-stream",
        headers={"x-accel-buffering": "no", "cache-control": "no-store"},
    )


async def _events(
    seer: Seer, whose: Hashable, pulse: Pulse, stream: Stream[Seer], begin: int | None
) -> AsyncIterator[bytes]:
    key, heard = begin, float("-inf")
    current, waited = seer, 0
    with pulse.counted(whose):
        while not pulse.closed:
            beat = pulse.beats
            try:
                if time.monotonic() - heard >= stream.heartbeat:
                    # Sight and session are looked at again with each heartbeat.
                    renewed = await run_in_threadpool(stream.renew, current)
                    if renewed is None:
                        yield ENDED
                        return
                    current = renewed
                key, items = await run_in_threadpool(stream.look, current, key)
                waited = 0
            except stream.waits_for as error:
                waited += 1
                if waited == _SAID_AT:
                    structlog.get_logger("console").warning("stream_waits", error=str(error))
                await pulse.wait(LOOK_EVERY, beat)
                continue
            for item in items:
                yield format_sse_event(event=item.event, data_str=item.text, id=str(item.key))
            if time.monotonic() - heard >= stream.heartbeat:
                heard = time.monotonic()
                # With where it is: a page that has heard of nothing yet comes back to there, too.
                here = None if key is None else str(key)
                yield format_sse_event(event="heartbeat", data_str=str(stream.moment(current)), id=here)
            if len(items) < stream.most_at_once:
                await pulse.wait(LOOK_EVERY, beat)
