"""Everything that `decide` can be asked, drawn piece by piece.

One description for both who draw: Hypothesis, which then shrinks what it finds, and a plain generator, which
draws a million (`make rules`). What is usual is drawn more often, or hardly anybody would be granted and the
laws about grants would hold for want of any.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from typing import TypeVar

from edge.decision import (
    ChallengeState,
    ClockTrust,
    Cover,
    Crowding,
    Decision,
    Direction,
    Evidence,
    FaceEvidence,
    FaceFinding,
    FaceProblem,
    FaceRule,
    HomeIsolation,
    IsolationException,
    LastAccess,
    LivenessMeans,
    LivenessMode,
    LivenessRule,
    MaskedFace,
    Mode,
    Move,
    OccupancyRule,
    Outcome,
    PassbackKind,
    PassEvidence,
    PassKind,
    PassVerdict,
    Period,
    Policy,
    Situation,
    Status,
    StatusRecord,
    Subject,
    TemperatureReading,
    WallTime,
    decide,
    identified_by,
    mode_at,
)
from edge.decision.policy import (
    WEEK,
    AccessRule,
    AntiPassbackRule,
    Day,
    GatePolicy,
    ModePeriod,
    StaleRule,
    StatusRule,
    TemperatureRule,
)

T = TypeVar("T")


_USUALLY = (True,) * 7 + (False,)


class Draw:
    """Chooses one of several; what chooses is Hypothesis or a random number generator."""

    def __init__(self, choose: Callable[[Sequence[object]], object]) -> None:
        self._choose = choose

    def of(self, *values: T) -> T:
        return self._choose(values)  # type: ignore[return-value]

    def usually(self, usual: T, *others: T) -> T:
        """`usual` seven times in eight."""
        return usual if self.of(*_USUALLY) else self.of(*others)

    def yes(self) -> bool:
        return self.of(False, True)

    def throttle(self) -> bool:
        return self.usually(False, True)


ISSUED = datetime(2026, 3, 3, 11, 0, tzinfo=UTC)
"""When the registry was issued: a Tuesday."""

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LATER = (timedelta(0), MINUTE, HOUR, 9 * HOUR, 14 * HOUR, DAY, 5 * DAY, 8 * DAY, 60 * DAY, 302 * DAY)
"""How long after its issue somebody comes: at night, at the weekend, on a holiday, with an old registry."""

AROUND = (-60 * DAY, -DAY, -MINUTE, *LATER)
"""When something may begin or end, about the issue."""

NEVER_SET = datetime(1970, 1, 1, tzinfo=UTC)
GATE, ELSEWHERE = "main", "north"
LI, WANG, GONE, VISITOR = "li-na", "wang-wei", "moved-out", "visitor:1"
RESIDENT, STAFF, CLEANER = "resident", "staff", "cleaner"
NOT_GENUINE = tuple(verdict for verdict in PassVerdict if verdict is not PassVerdict.GENUINE)
ENFORCED = (Outcome.REFER, Outcome.DENY)


@dataclass(frozen=True)
class World:
    """What a gate knows and sees: the policy, whom the registry knows, the evidence, the situation."""

    policy: Policy
    known: dict[str, Subject]
    evidence: Evidence
    situation: Situation

    @cached_property
    def subject(self) -> Subject | None:
        """The registry's record of whom the evidence names."""
        named = identified_by(self.evidence)
        return None if named is None else self.known.get(named)

    @cached_property
    def decided(self) -> Decision:
        return self.decide()

    @property
    def mode(self) -> Mode:
        """What the gate asks for; locked where the policy does not name it."""
        gate, situation = self.policy.gates.get(GATE), self.situation
        if gate is None:
            return situation.ordered_mode or Mode.LOCKED
        return mode_at(self.policy, gate, self.evidence.direction, situation, GATE)[0]

    def decide(self) -> Decision:
        return decide(self.policy, self.subject, self.evidence, self.situation)


def world(draw: Draw) -> World:
    known = {}
    if draw.usually(True, False):
        known[LI] = subject(draw, LI)
    if draw.yes():
        known[WANG] = subject(draw, WANG)
    return World(policy(draw), known, evidence(draw), situation(draw))


# --- the policy --------------------------------------------------------------------------------


def policy(draw: Draw) -> Policy:
    gates = {GATE: gate_policy(draw)} if draw.of(*(True,) * 15, False) else {}
    access = tuple(access_rule(draw, f"rule-{number}") for number in range(draw.of(1, 1, 2, 3)))
    return Policy(
        time_zone=draw.of("UTC", "Asia/Shanghai", "America/New_York"),
        gates=gates,
        access=access if draw.usually(True, False) else (),
        statuses={status: status_rule(draw) for status in Status if draw.usually(True, False)},
        holidays=draw.usually({}, {"2026-03-04": "a day"}, {"12-30": "every year", "03-03": "today"}),
        isolation_exit=draw.of(*Outcome),
        untrusted_clock=draw.of(*ENFORCED),
        temperature=TemperatureRule(37.3, draw.of(*Outcome)),
        stale=StaleRule(
            degrade_after=draw.of(86_400, 7 * 86_400),
            close_after=draw.usually(None, 0, 2 * 86_400),
            closed=draw.of(*Outcome),
        ),
        face=face_rule(draw),
        occupancy=OccupancyRule(
            stop=10, at_stop=draw.of(*ENFORCED), exempt=draw.usually(frozenset(), frozenset({RESIDENT}))
        ),
        anti_passback=passback(draw),
    )


def gate_policy(draw: Draw) -> GatePolicy:
    schedule = tuple(
        ModePeriod(draw.of(*Mode), period(draw), draw.usually(None, *Direction))
        for _ in range(draw.usually(0, 1, 2))
    )
    return GatePolicy(draw.of(*Mode, Mode.FACE_OR_CODE, Mode.CODE, Mode.FACE, Mode.FACE_AND_CODE), schedule)


def period(draw: Draw) -> Period:
    days = draw.of(frozenset(Day), frozenset(WEEK), frozenset(WEEK[:5]), frozenset({Day.HOLIDAY}))
    start, end = draw.of((time(0), time(0)), (time(8), time(18)), (time(22), time(6)))
    return Period(days, start, end, ignore_holidays=draw.throttle())


def access_rule(draw: Draw, identity: str) -> AccessRule:
    return AccessRule(
        identity,
        groups=draw.of(
            frozenset(), frozenset({RESIDENT}), frozenset({STAFF, CLEANER}), frozenset({RESIDENT, "visitor"})
        ),
        gates=draw.usually(frozenset(), frozenset({GATE}), frozenset({ELSEWHERE})),
        direction=draw.usually(None, *Direction),
        periods=tuple(period(draw) for _ in range(draw.usually(0, 1, 2))),
    )


def status_rule(draw: Draw) -> StatusRule:
    return StatusRule(
        draw.usually(Outcome.GRANT, *ENFORCED), draw.usually(Outcome.GRANT, Outcome.REFER, Outcome.DENY)
    )


def face_rule(draw: Draw) -> FaceRule:
    liveness = LivenessRule(
        mode=draw.usually(LivenessMode.OFF, LivenessMode.PASSIVE, LivenessMode.ACTIVE),
        failed=draw.of(*ENFORCED),
        unmeasured=draw.of(*ENFORCED),
        unanswered=draw.of(*ENFORCED),
        veto=draw.throttle(),
    )
    return FaceRule(liveness=liveness, masked=draw.of(*MaskedFace))


def passback(draw: Draw) -> AntiPassbackRule:
    return AntiPassbackRule(
        kind=draw.of(PassbackKind.OFF, *PassbackKind),
        forgive_after=draw.of(None, 3600.0),
        entry=draw.of(*Outcome),
        exit=draw.of(*Outcome),
        exempt=draw.usually(frozenset(), frozenset({RESIDENT})),
    )


# --- whom the registry knows -------------------------------------------------------------------


def subject(draw: Draw, identity: str) -> Subject:
    return Subject(
        identity,
        groups=draw.usually(frozenset({RESIDENT}), frozenset(), frozenset({CLEANER}), frozenset({STAFF})),
        status=draw.usually(status_record(draw), None),
        isolation=draw.usually(None, isolation(draw)),
        valid_from=_about(draw) if draw.throttle() else None,
        valid_until=_about(draw) if draw.throttle() else None,
        second_factor=draw.throttle(),
    )


def status_record(draw: Draw) -> StatusRecord:
    return StatusRecord(
        draw.usually(Status.GREEN, *Status),
        "office",
        "said so",
        "rule",
        draw.usually(ISSUED - 30 * DAY, *(ISSUED + offset for offset in AROUND)),
        _about(draw) if draw.throttle() else None,
    )


def isolation(draw: Draw) -> HomeIsolation:
    exceptions = (IsolationException("hospital", _about(draw), _about(draw)),)
    return HomeIsolation(
        "district", _about(draw), _about(draw) if draw.yes() else None, exceptions if draw.throttle() else ()
    )


def _about(draw: Draw) -> datetime:
    return ISSUED + draw.of(*AROUND)


# --- what was seen -----------------------------------------------------------------------------


def evidence(draw: Draw) -> Evidence:
    seen = draw.of("face", "code", "both", "both", "nothing")
    reading = draw.usually(
        None,
        TemperatureReading(36.6, again=36.7),
        TemperatureReading(39.0, again=38.0),
        TemperatureReading(39.0),
        TemperatureReading(39.0, valid=False, why="ambient", again=39.0),
    )
    return Evidence(
        draw.of(*Direction),
        face=face(draw) if seen in {"face", "both"} else None,
        code=code(draw) if seen in {"code", "both"} else None,
        temperature=reading,
    )


def face(draw: Draw) -> FaceEvidence:
    finding = draw.usually(FaceFinding.MATCHED, *FaceFinding)
    return FaceEvidence(
        finding,
        problem=draw.of(*FaceProblem) if finding is FaceFinding.UNUSABLE else None,
        subject_id=draw.usually(LI, WANG, GONE) if finding is FaceFinding.MATCHED else None,
        pass_score=draw.usually(0.7, None, 0.4, 0.1, float("nan")),
        pass_threshold=draw.usually(0.4, None),
        liveness=draw.of(None, 0.9, 0.9, 0.5, 0.1, float("nan")),
        veto=draw.of(None, 3.0, -5.5),
        challenge=draw.of(None, *ChallengeState),
        asked=draw.of(None, *Move),
        enough=draw.usually(True, False),
        covered=draw.usually(None, *Cover),
    )


def code(draw: Draw) -> PassEvidence:
    return PassEvidence(
        draw.usually(PassVerdict.GENUINE, *NOT_GENUINE),
        kind=draw.of(PassKind.RESIDENT, PassKind.RESIDENT, PassKind.VISITOR, None),
        pass_id="p1",
        subject_id=draw.of(LI, LI, LI, WANG, GONE, VISITOR),
        gates=draw.usually(frozenset(), frozenset({GATE}), frozenset({ELSEWHERE})),
        once=draw.throttle(),
        used=draw.throttle(),
        timed=draw.throttle(),
        face_bound=draw.throttle(),
    )


# --- what the gate knows besides ---------------------------------------------------------------


def situation(draw: Draw) -> Situation:
    now = ISSUED + draw.of(*LATER)
    trust = draw.usually(ClockTrust.TRUSTED, ClockTrust.HOLDOVER, ClockTrust.UNTRUSTED, ClockTrust.UNTRUSTED)
    at = draw.of(now, NEVER_SET) if trust is ClockTrust.UNTRUSTED else now
    return Situation(
        "green-court",
        GATE,
        WallTime(at, trust),
        registry_age=at - ISSUED if draw.of(*(True,) * 15, False) else None,
        registry_expired=draw.throttle(),
        crowding=draw.usually(Crowding.ROOM, *Crowding),
        last_access=last_access(draw, now) if draw.yes() else None,
        ordered_mode=draw.usually(None, *Mode),
        liveness=draw.usually(*LivenessMeans),
        held_until=now + HOUR if draw.of(*(False,) * 7, True) else None,
        locked_down=draw.of(*(False,) * 15, True),
        face_doubted=0.6 if draw.of(*(False,) * 15, True) else None,
    )


def last_access(draw: Draw, now: datetime) -> LastAccess:
    age = draw.of(timedelta(0), MINUTE, 6 * MINUTE, DAY, -HOUR)
    return LastAccess(
        draw.of(*Direction),
        now - age,
        draw.usually(ClockTrust.TRUSTED, ClockTrust.UNTRUSTED),
        draw.of(GATE, ELSEWHERE),
    )
