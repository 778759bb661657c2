"""The page on a worker's phone: a link that lets in once, what they are sent for, and what they tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from fastapi import Depends, Request
from msgspec import Meta
from sqlalchemy import Connection
from starlette.responses import Response

from edge.support.decoding import Undecodable, json_of
from edge.web.routes import PUBLIC
from edge.web.streams import Stream, StreamItem, stream_to
from sync.central.accounts.actor import SYSTEM, Actor, Via
from sync.central.audit.audit import About, note
from sync.central.dispatch.changed import newest_change
from sync.central.dispatch.core import WorkerAct, outcomes_of
from sync.central.dispatch.links import HELD_FOR, OnPhone, begin_by_link, has_link, who_is
from sync.central.dispatch.reading import Task, note_shown, offered_to, whom_to_see
from sync.central.dispatch.telling import Saying, TaskAnswer, tell
from sync.central.dispatch.whereabouts import name_of, whereabouts_of
from sync.central.dispatch.words import words_of_kind
from sync.central.sending import bounds_of
from sync.central.store import StoreError
from sync.central.tables import site
from sync.central.units import DAY
from sync.central.web.alarms_closed import close_for_task
from sync.central.web.dispatch_words import ACT_WORDS, CONFLICT_WORDS, OUTCOME_WORDS, PHONE_WORDS
from sync.central.web.errors import raise_failure
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf

PAGES = Pages()
_LONGEST_TOKEN = 64
_MOST_ACTS = 50
_COOKIE = "gatepost-worker"
_LONGEST_AGE = 7 * DAY
NOBODY = {"signed_in": False}


class ActTold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a worker did, `age` microseconds before it was sent."""

    key: Annotated[str, Meta(min_length=1, max_length=64)]
    offer: Annotated[int, Meta(ge=1, le=2**53)]
    act: WorkerAct
    age: Annotated[float, Meta(ge=0, le=2**53)]
    outcome: Annotated[str, Meta(max_length=40)] = ""
    note: Annotated[str, Meta(max_length=300)] = ""


class ActsTold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a phone kept, the oldest first."""

    acts: Annotated[list[ActTold], Meta(max_length=_MOST_ACTS)]


async def body_of(request: Request) -> bytes:
    """The body as it came."""
    return await request.body()


Body = Annotated[bytes, Depends(body_of)]


@PAGES.get("/w/sw.js", act=PUBLIC)
def service_worker(visit: VisitOf) -> Response:  # noqa: ARG001 - every handler takes one
    """What has the page work without a network."""
    script = (files("sync.central.web") / "static" / "worker-sw.js").read_bytes()
    return Response(script, media_type="text/javascript", headers={"cache-control": "no-cache"})


@PAGES.get("/w/tasks", act=PUBLIC)
def tasks(visit: VisitOf) -> Response:
    """The page itself: it holds nothing of anybody, and asks for the tasks."""
    title = visit.gettext("Tasks")
    return visit.fragment("worker/tasks.html", title=title, words=_words(visit), language=visit.language)


@PAGES.get("/w/state", act=PUBLIC)
def state(visit: VisitOf) -> Response:
    """What the worker is asked for, who comes with the phone's cookie."""
    with visit.store.reading() as connection:
        found = _who(visit, connection)
        if found is None:
            return _json(NOBODY)
        held = offered_to(connection, found.worker)
        shown = [_shown(visit, connection, each) for each in held]
    unseen = [each.offer for each in held if each.offer is not None and each.shown_at is None]
    if unseen:
        with visit.act() as connection:
            note_shown(connection, unseen, visit.now)
    return _json(
        {
            "signed_in": True,
            "now": visit.now,
            "name": found.name,
            "until": found.until,
            "phone": visit.services.dispatch.phone,
            "tasks": shown,
        }
    )


@PAGES.get("/w/events", act=PUBLIC)
def events(visit: VisitOf) -> Response:
    """Says when there is something new: the page then asks for it."""
    with visit.store.reading() as connection:
        found = _who(visit, connection)

    def look(current: Visit, key: int | None) -> tuple[int, Sequence[StreamItem]]:
        with current.store.reading() as connection:
            newest = newest_change(connection)
        if found is None or key is None or newest <= key:
            return newest if key is None else max(key, newest), ()
        return newest, (StreamItem(newest, "new"),)

    def renew(current: Visit) -> Visit | None:
        with current.store.reading() as connection:
            return None if _who(current, connection) is None else current

    made = Stream(look, renew, lambda current: current.services.wall(), StoreError, resumes=False)
    whose = f"worker {found.worker}" if found is not None else "nobody"
    return stream_to(visit.request, visit, whose, visit.services.pulse, made)


@PAGES.post("/w/acts", act=PUBLIC)
def told(visit: VisitOf, body: Body) -> Response:
    """Take down what a worker did: each act in a transaction of its own, once for each key."""
    with visit.store.reading() as connection:
        found = _who(visit, connection)
    if found is None:
        return _json(NOBODY)
    try:
        said = json_of(body, ActsTold)
    except Undecodable as error:
        return _json({"error": str(error)}, 422)
    return _json({"signed_in": True, "answers": [_take(visit, found, each) for each in said.acts]})


@PAGES.get("/w/{token}", act=PUBLIC)
def linked(visit: VisitOf, token: str) -> Response:
    """Asks before the link is used up: programs that look at mails open links, too."""
    with visit.store.reading() as connection:
        counts = len(token) <= _LONGEST_TOKEN and has_link(connection, token, visit.now)
    title = visit.gettext("Tasks")
    return visit.fragment(
        "worker/link.html", title=title, token=token, counts=counts, language=visit.language
    )


@PAGES.post("/w/{token}", act=PUBLIC)
def let_in(visit: VisitOf, token: str) -> Response:
    """Use the link up: from now on this phone has the worker's tasks. Anybody may ask: a link that lets
    nobody in takes no turn of the writers.
    """
    with visit.store.reading() as connection:
        counts = has_link(connection, token[:_LONGEST_TOKEN], visit.now)
    if not counts:
        return linked(visit, token)
    try:
        with visit.store.writing() as connection:
            secret, found = begin_by_link(connection, token[:_LONGEST_TOKEN], visit.now)
            note(connection, _actor(found), "open_tasks", About("worker", str(found.worker)), visit.now)
    except StoreError:
        return linked(visit, token)
    answer = visit.go("/w/tasks")
    over_tls = visit.services.settings.is_over_tls
    # The server says until when it counts: a task that was taken is finished after the shift.
    age = max(1, (found.until + HELD_FOR - visit.now) // 1_000_000)
    answer.set_cookie(
        _COOKIE, secret, max_age=age, httponly=True, samesite="strict", secure=over_tls, path="/w"
    )
    answer.set_cookie("language", found.language, max_age=age, samesite="lax", secure=over_tls, path="/w")
    return answer


# --- inside --------------------------------------------------------------------------------


def _who(visit: Visit, connection: Connection) -> OnPhone | None:
    secret = visit.request.cookies.get(_COOKIE)
    return who_is(connection, secret, visit.services.wall()) if secret else None


def _actor(found: OnPhone) -> Actor:
    return Actor(None, found.name, (), Via.SYSTEM)


def _json(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def _shown(visit: Visit, connection: Connection, found: Task) -> dict[str, Any]:
    """What the task needs, and no more."""
    dial = found.dial(bounds_of(visit.services.dispatch))
    person = whom_to_see(connection, found)
    whereabouts = whereabouts_of(found)
    where = (name_of(connection, whereabouts), found.gate or "")
    address = connection.execute(sa.select(site.c.address).where(site.c.id == whereabouts.site)).scalar()
    return {
        "offer": found.offer,
        "severity": found.severity,
        "what": visit.gettext(words_of_kind(found.kind)),
        "where": " · ".join(filter(None, where)),
        "address": address or "",
        "since": found.since,
        "sent_at": found.sent_at,
        "answer_by": dial.bound,
        "accepted_at": found.accepted_at,
        "on_way_at": found.on_way_at,
        "arrived_at": found.arrived_at,
        "outcomes": outcomes_of(found.kind),
        "person": None if person is None else person[0],
        "room": None if person is None else person[1],
    }


def _take(visit: Visit, found: OnPhone, said: ActTold) -> dict[str, Any]:
    """What became of one act: `trouble` says why it moved nothing."""
    age = min(round(said.age), _LONGEST_AGE)
    saying = Saying(said.key, said.offer, said.act, age, said.outcome, " ".join(said.note.split()))
    try:
        with visit.store.writing() as connection:
            answer = tell(connection, found.worker, saying, visit.services.wall())
            _note(visit, connection, found, said, answer)
            if answer.ended:
                doer, words = replace(SYSTEM, name=found.name), saying.note
                close_for_task(connection, doer, answer.alarm, said.outcome, words, visit.now)
    except StoreError as error:
        raise_failure(error)  # where the database itself fails, the phone keeps it and tries again
        return {"key": said.key, "trouble": "refused", "words": str(visit.said(error))}
    visit.services.pulse.notify()
    trouble = None if answer.conflict is None else answer.conflict.value
    return {"key": said.key, "trouble": trouble, "state": answer.state}


def _note(visit: Visit, connection: Connection, found: OnPhone, said: ActTold, answer: TaskAnswer) -> None:
    if answer.is_new:
        where = About("task", str(answer.task), answer.where.site, answer.where.place)
        detail = {"act": said.act.value, "conflict": answer.conflict or ""}
        note(connection, _actor(found), "tell_of_task", where, visit.now, detail=detail)


def _words(visit: Visit) -> dict[str, Any]:
    """What the page says, in the language of who opens it."""
    say = visit.gettext
    return {
        **{name: say(text) for name, text in PHONE_WORDS.items()},
        "steps": {act: say(text) for act, text in ACT_WORDS.items()},
        "outcomes": {code: say(text) for code, text in OUTCOME_WORDS.items()},
        "conflicts": {code: say(text) for code, text in CONFLICT_WORDS.items()},
    }
