"""A door of another project's test suite, asked as one of our gates: somebody shows a card, at an hour.

Their facts, our words: a card is a pass, its holder a subject, a door a gate, a schedule the periods of an
access rule. Each table names the suite that its rows come from. Where Gatepost rightly differs, the row says
why.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from edge.decision import (
    ClockTrust,
    Decision,
    Direction,
    Evidence,
    FaceEvidence,
    HomeIsolation,
    LastAccess,
    Mode,
    Outcome,
    PassEvidence,
    PassKind,
    PassVerdict,
    Period,
    Policy,
    Situation,
    Status,
    StatusRecord,
    Subject,
    WallTime,
    decide,
)
from edge.decision.policy import WEEK, AccessRule, AntiPassbackRule, Day, GatePolicy, StatusRule

GRANT, DENY, REFER = Outcome.GRANT, Outcome.DENY, Outcome.REFER
IN, OUT = Direction.ENTRY, Direction.EXIT
MON, TUE, WED, THU, FRI, SAT, SUN = WEEK
WEEKDAYS = (MON, TUE, WED, THU, FRI)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
MEMBERS = frozenset({"member"})
GREEN = StatusRecord(Status.GREEN, "office", "", "r", LONG_AGO)
HOLDER = Subject("u1", groups=MEMBERS, status=GREEN)
CARD = PassEvidence(PassVerdict.GENUINE, kind=PassKind.RESIDENT, pass_id="c1", subject_id="u1")


class Way(NamedTuple):
    """Who shows what, where and when; `local` is what the clock on the site's wall shows."""

    local: str = "2026-01-05T12:00"
    gate: str = "door"
    direction: Direction = IN
    subject: Subject | None = HOLDER
    code: PassEvidence | None = CARD
    face: FaceEvidence | None = None
    last: Direction | None = None
    last_ago: timedelta = timedelta(hours=1)
    mode: Mode | None = None


USUAL = Way()


def hours(days: tuple[Day, ...], start: str, end: str) -> Period:
    """A window as these suites write it; 24:00 is the end of the day."""
    return Period(frozenset(days), time.fromisoformat(start), time.fromisoformat(end.replace("24:", "00:")))


def doors(
    *rules: AccessRule,
    zone: str = "UTC",
    holidays: dict[str, str] | None = None,
    passback: AntiPassbackRule | None = None,
    mode: Mode = Mode.CODE,
    names: tuple[str, ...] = ("door",),
) -> Policy:
    """A policy whose gates ask for a card, and whose statuses are as at most sites."""
    return Policy(
        time_zone=zone,
        gates={name: GatePolicy(mode) for name in names},
        access=rules,
        statuses={Status.GREEN: StatusRule(GRANT), Status.RED: StatusRule(DENY)},
        holidays=holidays or {},
        anti_passback=passback or AntiPassbackRule(),
    )


def members(
    *periods: Period, gates: frozenset[str] = frozenset(), way: Direction | None = None
) -> AccessRule:
    return AccessRule("members", groups=MEMBERS, gates=gates, direction=way, periods=periods)


def asked(policy: Policy, way: Way = USUAL) -> Decision:
    """What our gate decides."""
    local = datetime.fromisoformat(way.local).replace(tzinfo=ZoneInfo(policy.time_zone))
    now = local.astimezone(UTC)
    last = (
        None if way.last is None else LastAccess(way.last, now - way.last_ago, ClockTrust.TRUSTED, way.gate)
    )
    situation = Situation(
        "site",
        way.gate,
        WallTime(now, ClockTrust.TRUSTED),
        registry_age=timedelta(hours=1),
        last_access=last,
        ordered_mode=way.mode,
    )
    evidence = Evidence(way.direction, face=way.face, code=way.code)
    return decide(policy, way.subject, evidence, situation)


def isolated(until: datetime | None) -> Subject:
    """A holder who has to stay at home until then."""
    return replace(HOLDER, isolation=HomeIsolation("office", LONG_AGO, until))
