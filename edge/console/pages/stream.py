"""Live parts of pages: `/stream?topics=now` sends what the gate publishes, as elements that replace those on
the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from edge.configuration import is_loopback
from edge.console.refusal import Refusal
from edge.console.routes import ConsolePages, LivePart
from edge.console.visit import ConsoleVisit, NotYourRole, VisitOf, client_of, who_comes
from edge.staff.protocol.watching import Topic
from edge.web.routes import PUBLIC, Public
from edge.web.streams import Stream, StreamItem, stream_to
from edge.web.visit import NotFound, NotSignedIn

PAGES = ConsolePages()
HEARTBEAT = 2.0
"""Seconds between two signs of life; a page greys after five without one."""


@PAGES.get("/stream", right=PUBLIC)
def stream(visit: VisitOf, topics: Annotated[str, Query(max_length=100)]) -> Response:
    """What changes of some topics (with a comma between), for those who may see each."""
    parts = _parts(visit.request, topics)
    admitted = _admitted(visit, parts)
    made = Stream(
        look=lambda seer, after: _look(seer, parts, after),
        renew=lambda seer: _renewed(seer, parts),
        moment=lambda seer: seer.now,
        waits_for=Refusal,
        heartbeat=HEARTBEAT,
        resumes=False,  # what a page has may be of another run of this process
    )
    whose = visit.looker.client if admitted.who is None else admitted.who.staff
    return stream_to(visit.request, admitted, whose, visit.services.pulse, made)


def _parts(request: Request, topics: str) -> tuple[LivePart, ...]:
    """The parts that are asked for. Raises NotFound where there is none, or not for this browser."""
    live: dict[Topic, LivePart] = request.app.state.live
    names = topics.split(",")
    if not set(names) <= {topic.value for topic in live}:
        raise NotFound
    parts = tuple(live[Topic(name)] for name in dict.fromkeys(names))
    if any(part.here_only for part in parts) and not is_loopback(client_of(request)):
        raise NotFound
    return parts


def _admitted(visit: ConsoleVisit, parts: Sequence[LivePart]) -> ConsoleVisit:
    """The visit; with who is signed in, where a part asks. Raises NotSignedIn, NotYourRole, Refusal."""
    wanted = {part.right for part in parts if not isinstance(part.right, Public)}
    if not wanted:
        return visit
    who = who_comes(visit)
    if not wanted <= set(who.rights):
        raise NotYourRole
    return replace(visit, who=who)


def _renewed(visit: ConsoleVisit, parts: Sequence[LivePart]) -> ConsoleVisit | None:
    """The same visit now; None where its session has ended."""
    try:
        return _admitted(replace(visit, now=visit.services.wall()), parts)
    except (NotSignedIn, NotYourRole):
        return None


def _look(
    visit: ConsoleVisit, parts: Sequence[LivePart], after: int | None
) -> tuple[int, Sequence[StreamItem]]:
    """What is new after a number, shown to this visit."""
    shown = {part.topic: part.shown for part in parts}
    news = visit.services.watchers.look(tuple(shown), visit.looker, after or 0)
    current = replace(visit, now=visit.services.wall())
    items = [
        StreamItem(each.number, shown[each.topic](current, each.value), each.topic.value) for each in news
    ]
    return (news[-1].number if news else after or 0), items
