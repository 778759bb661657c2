"""A day at the gates of a site: who comes when, what is seen of them, and what the gate decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from msgspec.structs import replace

from edge.decision import (
    ClockTrust,
    Direction,
    Evidence,
    FaceEvidence,
    FaceFinding,
    Mode,
    Outcome,
    PassEvidence,
    PassKind,
    PassVerdict,
    Policy,
    Situation,
    Subject,
    WallTime,
    decide,
)
from edge.journal.format import (
    AccessDecided,
    Event,
    GateStarted,
    LanePassed,
    ProbeDecided,
    circumstances_of,
)
from edge.lane.machine import Cause
from sync.central.demo.street import StreetSite, drawn_for
from sync.central.demo.thermometers import reading_of
from sync.central.units import HOUR

HOURS = (1, 1, 1, 1, 2, 5, 14, 22, 16, 9, 7, 9, 11, 8, 7, 8, 12, 19, 17, 11, 8, 6, 4, 2)
"""How busy each hour of a day is, beside the others."""
_UNKNOWN, _BAD_CODE, _BY_CODE = 0.015, 0.01, 0.2


PROBED_EVERY = timedelta(minutes=10)
"""Half as often as a gate is, so that the journals of a day stay short."""


@dataclass(frozen=True)
class DemoEvent:
    """An event of a gate, at its time."""

    gate: str
    at: datetime
    event: Event


def day_of(
    site: StreetSite, policy: Policy, until: datetime, accesses: int, registry: int
) -> Iterator[DemoEvent]:
    """The day that ends at `until`, in order: each gate's start, and about so many `accesses`."""
    draw = drawn_for("day", site.file.id, until.date())
    begin = until - timedelta(days=1)
    for gate in site.gates:
        yield DemoEvent(gate, begin, GateStarted("0.1.0", "0" * 64, registry))
    known = {person.id: person for person in site.people}
    for at in sorted(_times(draw, begin, accesses)):
        yield from _access(draw, site, policy, known, at, registry)


def probes_of(site: StreetSite, policy: Policy, until: datetime, registry: int) -> Iterator[DemoEvent]:
    """The probes of the day that ends at `until`: each gate shows itself its test code."""
    for gate in site.gates:
        at = until - timedelta(days=1) + PROBED_EVERY / 2
        while at <= until:
            yield DemoEvent(gate, at, _probed(site, gate, policy, at, registry))
            at += PROBED_EVERY


def _probed(site: StreetSite, gate: str, policy: Policy, at: datetime, registry: int) -> ProbeDecided:
    code = PassEvidence(PassVerdict.GENUINE, kind=PassKind.PROBE, pass_id="0" * 16, subject_id="probe")
    situation = Situation(site.file.id, gate, WallTime(at, ClockTrust.TRUSTED), timedelta(hours=2))
    decision = decide(policy, None, Evidence(Direction.ENTRY, code=code), situation)
    return ProbeDecided(decision, code.verdict, Mode.FACE_OR_CODE, registry, "streaming", 0.4)


def _times(draw: Random, begin: datetime, count: int) -> Iterator[datetime]:
    zone_hours = 8  # Asia/Shanghai, all year
    hours = [HOURS[(begin.hour + zone_hours + number) % 24] for number in range(24)]
    for hour in draw.choices(range(24), hours, k=count):
        yield begin + timedelta(hours=hour, microseconds=draw.randrange(1, HOUR))


def _waited(draw: Random, outcome: Outcome) -> int:
    """Milliseconds: who is granted is known at once, who is not was asked for something first."""
    middle, spread = (260, 0.4) if outcome is Outcome.GRANT else (2_000, 0.6)
    return round(middle * draw.lognormvariate(0, spread))


def _access(
    draw: Random,
    site: StreetSite,
    policy: Policy,
    known: Mapping[str, Subject],
    at: datetime,
    registry: int,
) -> Iterator[DemoEvent]:
    gate = draw.choice(site.gates)
    evidence, subject = _seen(draw, draw.choice(site.people), at)
    measured = reading_of(drawn_for("skin", site.file.id, gate, at), site.file.id, gate, at)
    evidence = replace(evidence, temperature=measured)
    situation = Situation(site.file.id, gate, WallTime(at, ClockTrust.TRUSTED), timedelta(hours=2))
    record = known.get(subject or "")
    decision = decide(policy, record, evidence, situation)
    through = "scanner" if evidence.code is not None else "camera"
    besides = circumstances_of(situation, known=record is not None)
    decided = AccessDecided(
        decision,
        evidence,
        Mode.FACE_OR_CODE,
        registry,
        through,
        circumstances=besides,
        waited=_waited(draw, decision.outcome),
    )
    yield DemoEvent(gate, at, decided)
    if decision.outcome is Outcome.GRANT:
        passed = LanePassed(evidence.direction, "counted", Cause.GRANT.value)
        yield DemoEvent(gate, at + timedelta(seconds=draw.uniform(1.5, 4)), passed)


def _seen(draw: Random, person: Subject, at: datetime) -> tuple[Evidence, str | None]:
    """What the gate saw of `person`, and whom that names."""
    way = Direction.ENTRY if draw.random() < (0.35 if at.hour < 4 else 0.6) else Direction.EXIT
    chance = draw.random()
    if chance < _UNKNOWN:
        return Evidence(way, FaceEvidence(FaceFinding.UNKNOWN, score=0.21, threshold=0.45, frames=5)), None
    if chance < _UNKNOWN + _BAD_CODE:
        verdict = draw.choice((PassVerdict.EXPIRED, PassVerdict.NOT_A_PASS, PassVerdict.FORGED))
        return Evidence(way, code=PassEvidence(verdict)), None
    if chance < _UNKNOWN + _BAD_CODE + _BY_CODE:
        code = PassEvidence(
            PassVerdict.GENUINE,
            kind=PassKind.RESIDENT,
            pass_id=f"p-{person.id}",
            subject_id=person.id,
            issued=at - timedelta(days=9),
        )
        return Evidence(way, code=code), person.id
    score = round(draw.uniform(0.55, 0.86), 3)
    face = FaceEvidence(
        FaceFinding.MATCHED, person.id, score=score, runner_up=0.2, threshold=0.45, liveness=0.93, frames=5
    )
    return Evidence(way, face), person.id
