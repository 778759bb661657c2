"""What needs somebody: alarms, and what is done about them."""

from __future__ import annotations

from typing import Annotated

import msgspec
import sqlalchemy as sa
from fastapi import Query
from msgspec import Meta
from starlette.responses import Response

from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.alarms.caring import close_alarm, take_alarm
from sync.central.alarms.core import AlarmKind
from sync.central.alarms.listing import (
    AlarmFilters,
    ListedAlarm,
    Watcher,
    alarm_at,
    alarms_in,
    steps_of,
    values_in,
    watcher_of,
)
from sync.central.task_senders import TaskSenders
from sync.central.web.api.calls import Body, Call, answer, done, taken
from sync.central.web.api.operations import Listing, Operations
from sync.central.web.api.places import Before, Count
from sync.central.web.paging import cursor_of, key_of
from sync.central.web.visit import Visit

OPERATIONS = Operations()


class AlarmTold(msgspec.Struct, frozen=True):
    """An alarm. Times are microseconds since 1970 UTC; `first_at` and `last_at` by the clock of who saw it.
    `severity` 1 is the gravest. `is_over`: its cause is gone. `site` and `device` are null where it is of
    neither.
    """

    number: int
    kind: AlarmKind
    severity: int
    site: str | None
    device: str | None
    times: int
    first_at: int
    last_at: int
    raised_at: int
    is_open: bool
    is_over: bool
    taken_by: str | None
    snoozed_until: int | None
    sent_at: int | None
    closed_by: str | None
    closed_at: int | None
    values: dict[str, str | int]


class StepTold(msgspec.Struct, frozen=True):
    """What became of an alarm; `by` is empty where the centre did it."""

    what: str
    at: int
    by: str
    why: str


class AlarmDone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was found and done."""

    why: Annotated[str, Meta(min_length=1, max_length=300)]


@OPERATIONS.get("/api/alarms", act=Act.SEE, answer=Listing[AlarmTold])
def list_alarms(
    call: Call,
    kind: Annotated[AlarmKind | None, Query()] = None,
    closed: bool = False,
    count: Count = 100,
    before: Before = "",
) -> Response:
    """The alarms in sight: the open ones, the gravest first; or those that are closed, the newest first."""
    after = key_of(before, int) or 0
    with call.store.reading() as connection:
        found = alarms_in(
            connection,
            watcher_of(call.actor),
            AlarmFilters(kind=kind, is_open=not closed),
            after=max(0, min(after, 1_000_000)),
            count=count + 1,
        )
        told = [_told(connection, call, each) for each in found[:count]]
    following = cursor_of(after + count) if len(found) > count else None
    return answer(Listing(told, following))


@OPERATIONS.get("/api/alarms/{number}/steps", act=Act.CARE, answer=Listing[StepTold])
def list_steps(call: Call, number: int) -> Response:
    """What became of an alarm, the oldest first."""
    _may_care(call, number)
    with call.store.reading() as connection:
        steps = steps_of(connection, number)
    return answer(Listing([StepTold(each.what.value, each.at, each.by, each.why) for each in steps]))


@OPERATIONS.post("/api/alarms/{number}/take", act=Act.CARE, answer=AlarmTold)
def take(call: Call, number: int) -> Response:
    """Care for an alarm."""
    _may_care(call, number)
    with call.act() as connection:
        told = _told(connection, call, take_alarm(connection, call.actor, number, call.now))
    return answer(told)


@OPERATIONS.post("/api/alarms/{number}/close", act=Act.CARE, takes=AlarmDone, answer=AlarmTold)
def close(call: Call, body: Body, number: int) -> Response:
    """Close an alarm with what was done; who is on the way is called back."""
    said = taken(body, AlarmDone)
    _may_care(call, number)

    def act(connection: sa.Connection) -> AlarmTold:
        listed = close_alarm(connection, call.actor, number, said.why, call.now)
        TaskSenders().take_back(connection, number, call.now)
        return _told(connection, call, listed)

    return done(call, body, act)


# --- inside --------------------------------------------------------------------------------


def _may_care(call: Visit, number: int) -> None:
    watcher = Watcher(call.sight, call.sight)
    with call.store.reading() as connection:
        if abs(number) >> 62 or alarm_at(connection, watcher, number) is None:
            raise NotFound


def _told(connection: sa.Connection, call: Visit, listed: ListedAlarm) -> AlarmTold:
    about, life = listed.about, listed.life
    return AlarmTold(
        listed.number,
        listed.kind,
        life.severity.value,
        about.site,
        about.device,
        life.times,
        life.first_at,
        life.last_at,
        life.raised_at,
        life.is_open,
        life.is_over,
        life.taken_by,
        life.snoozed_until,
        life.sent_at,
        life.closed_by,
        life.closed_at,
        values_in(connection, call.actor.sight(Act.SEE), life.values),
    )
