"""Versions of the gates' software, and roll-outs of newer ones."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.responses import Response

from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.rollouts.rollouts import begin, resume
from sync.central.rollouts.seen import (
    GateOfRollout,
    RolloutInSight,
    VersionInSight,
    gates_in,
    rollouts_in,
    versions_in,
)
from sync.central.web.api.calls import Body, Call, answer, done, taken
from sync.central.web.api.operating import Numbered
from sync.central.web.api.operations import Listing, Operations
from sync.central.web.rolling_out import rules_in, see_whole, seen_by, stop_seen

OPERATIONS = Operations()
_Percent = Annotated[int, Meta(ge=0, le=100)]
_Why = Annotated[str, Meta(max_length=300)]


class RolloutAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A roll-out of `version` to the gates within `place` (null: all). `shares` are percent of them after
    each stage, `soak` the minutes for which a stage is looked at.
    """

    version: Annotated[str, Meta(min_length=1, max_length=60)]
    why: _Why
    place: Annotated[int, Meta(ge=1, lt=1 << 62)] | None = None
    shares: Annotated[tuple[_Percent, ...], Meta(min_length=1, max_length=20)] = (5, 25, 100)
    most_failed: _Percent = 5
    soak: Annotated[int, Meta(ge=0, le=10_080)] = 60


class RolloutStop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why no more gates are asked."""

    why: Annotated[str, Meta(min_length=1, max_length=300)]


class RolloutResume(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why it goes on; `most_failed` percent may fail from now on (null: as before)."""

    why: _Why
    most_failed: _Percent | None = None


class RolloutShown(msgspec.Struct, frozen=True):
    """A roll-out with its gates in sight."""

    rollout: RolloutInSight
    gates: list[GateOfRollout]


@OPERATIONS.get("/api/versions", act=Act.SEE, answer=Listing[VersionInSight])
def list_versions(call: Call) -> Response:
    """How many gates run which version."""
    with call.store.reading() as connection:
        return answer(Listing(versions_in(connection, call.sight)))


@OPERATIONS.get("/api/rollouts", act=Act.SEE, answer=Listing[RolloutInSight])
def list_rollouts(call: Call) -> Response:
    """The newest roll-outs that have a gate in sight."""
    with call.store.reading() as connection:
        return answer(Listing(rollouts_in(connection, call.sight)))


@OPERATIONS.get("/api/rollouts/{number}", act=Act.SEE, answer=RolloutShown)
def one_rollout(call: Call, number: int) -> Response:
    """One roll-out, with its gates and how far each is."""
    with call.store.reading() as connection:
        found = seen_by(connection, call.sight, number)
        return answer(RolloutShown(found, gates_in(connection, call.sight, number, call.now)))


@OPERATIONS.post("/api/rollouts", act=Act.COMMAND, takes=RolloutAsked, answer=Numbered)
def begin_rollout(call: Call, body: Body) -> Response:
    """Begin to give a version to gates by stages: it stops by itself where more fail than may."""
    asked = taken(body, RolloutAsked)
    with call.store.reading() as connection:
        if asked.place is not None and not call.sight.has_place(connection, asked.place):
            raise NotFound
    rules = rules_in(asked.version, asked.shares, asked.most_failed, asked.soak)
    answered = done(
        call,
        body,
        lambda connection: Numbered(
            begin(connection, call.actor, asked.version, asked.place, rules, asked.why, call.now)
        ),
    )
    call.services.pulse.notify()
    return answered


@OPERATIONS.post("/api/rollouts/{number}/stop", act=Act.COMMAND, takes=RolloutStop, answer=Numbered)
def stop_rollout(call: Call, body: Body, number: int) -> Response:
    """Ask no more gates; those that have the version keep it."""
    asked = taken(body, RolloutStop)
    with call.act() as connection:
        stop_seen(connection, call.actor, call.sight, number, asked.why, call.now)
    call.services.pulse.notify()
    return answer(Numbered(number))


@OPERATIONS.post("/api/rollouts/{number}/resume", act=Act.COMMAND, takes=RolloutResume, answer=Numbered)
def resume_rollout(call: Call, body: Body, number: int) -> Response:
    """Go on with a roll-out that was stopped; gates that failed are not asked again."""
    asked = taken(body, RolloutResume)
    with call.act() as connection:
        see_whole(connection, call.sight, number)
        resume(connection, call.actor, number, asked.most_failed, asked.why, call.now)
    call.services.pulse.notify()
    return answer(Numbered(number))
