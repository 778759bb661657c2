"""What holds of every decision, whatever the policy, the person, the evidence and the situation.

A law takes a world, and draws the change that it speaks of. It raises AssertionError where it is broken, and
says whether it had anything to say: a law about grants says nothing of a world that refuses either way.
Decisions 0035, 0037 say why the clock's law and the modes' order are what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace as change
from datetime import timedelta

from msgspec.structs import replace

from edge.decision import (
    TEXTS,
    ChallengeState,
    ClockTrust,
    Crowding,
    Decision,
    Direction,
    HomeIsolation,
    LastAccess,
    LivenessMeans,
    LivenessMode,
    MaskedFace,
    Mode,
    Outcome,
    PassbackKind,
    PassVerdict,
    Status,
    StatusRecord,
    TemperatureReading,
    WallTime,
    decide,
    is_visitor,
)
from edge.decision.decision import asked
from edge.decision.liveness import VETO
from edge.decision.policy import AntiPassbackRule, GatePolicy
from edge.journal.format import AccessDecided, circumstances_of, read_event, stored_decision, told
from tests.edge.decision.space import (
    AROUND,
    DAY,
    ELSEWHERE,
    GATE,
    ISSUED,
    LATER,
    MINUTE,
    NEVER_SET,
    NOT_GENUINE,
    Draw,
    World,
)

Law = Callable[[World, Draw], bool]

_WEIGHT = {Outcome.GRANT: 0, Outcome.REFER: 1, Outcome.DENY: 2}


def _granted(decision: Decision) -> bool:
    return decision.outcome is Outcome.GRANT


def _alarm_rules(decision: Decision) -> set[str]:
    return {alarm.rule for alarm in decision.alarms}


def _told(before: World, after: World) -> str:
    """Both worlds, where they differ, and what became of each."""
    parts = ("policy", "known", "evidence", "situation")
    changed = [getattr(after, name) for name in parts if getattr(before, name) != getattr(after, name)]
    lines = [before, before.decided, "and with", *changed, after.decided]
    return "\n" + "\n".join(map(str, lines))


# --- of one decision ---------------------------------------------------------------------------


def same_again(world: World, _: Draw) -> bool:
    """The same four values give the same decision."""
    assert world.decide() == world.decided
    return True


def asked_as_it_is_decided(world: World, _: Draw) -> bool:
    """Asking the rules one by one gives what `decide` gives: its objections, its alarms, and which won."""
    answers = asked(world.policy, world.subject, world.evidence, world.situation)
    decision, winners = world.decided, [item.won for item in answers if item.won is not None]
    raised = [objection for item in answers for objection in item.objections]
    assert len({item.name for item in answers}) == len(answers), world
    assert [alarm.rule for alarm in decision.alarms] == [item.rule for item in raised if item.alarm], world
    if not winners:
        assert _granted(decision), world
        return False
    [won] = winners
    said = (decision.outcome, decision.reason, decision.rule, decision.grounds)
    assert (won.outcome, won.reason, won.rule, won.grounds) == said, world
    softer = {Outcome.DENY: (), Outcome.REFER: (Outcome.DENY,), Outcome.GRANT: (Outcome.DENY, Outcome.REFER)}
    assert not any(item.outcome in softer[won.outcome] for item in raised), world
    return len(raised) > 1


def decides_the_same_from_the_journal(world: World, _: Draw) -> bool:
    """What the journal says of a decision is all that it rested on, but for the registry's own."""
    if any(word in repr(world.evidence) for word in ("nan", "inf")):
        return False  # no event has such a number: it is refused before
    known = world.subject is not None
    event = AccessDecided(
        world.decided,
        world.evidence,
        world.mode,
        1,
        "camera",
        liveness=world.situation.liveness,
        circumstances=circumstances_of(world.situation, known=known),
    )
    body = told(event)[1]
    assert len(body) < 2_000, "an event is small"
    read = read_event(AccessDecided.kind, body)
    assert isinstance(read, AccessDecided)
    assert stored_decision(body) == read, "read again it says the same"
    situation = read.situation(world.situation.site, world.situation.gate)
    assert situation == world.situation, world
    assert decide(world.policy, world.subject, read.evidence, situation) == read.decision == world.decided
    return situation.last_access is not None


def has_a_text(world: World, _: Draw) -> bool:
    """Every outcome, and every alarm, has a reason with a text in both languages, and a rule."""
    decision = world.decided
    told = [(decision.reason, decision.rule), *((alarm.reason, alarm.rule) for alarm in decision.alarms)]
    for reason, rule in told:
        assert all(TEXTS[reason].do), reason
        assert rule, reason
    return True


def names_whom_it_grants(world: World, _: Draw) -> bool:
    """Where anything is asked, only somebody whom the registry knows is granted, or a visitor."""
    decision = world.decided
    if not _granted(decision) or world.mode is Mode.FREE:
        return False
    assert decision.subject_id, world
    assert world.subject is not None or is_visitor(decision.subject_id), world
    return True


def nothing_without_rules(world: World, _: Draw) -> bool:
    """Without a registry, or rules for this gate, nobody is granted, whatever was ordered."""
    if world.situation.registry_age is not None and GATE in world.policy.gates:
        return False
    assert world.decided.outcome is Outcome.DENY, world
    return True


def alarms_for_what_is(world: World, _: Draw) -> bool:
    """The alarms are what the situation and the person say, whichever objection wins, and beside a grant."""
    assert _alarm_rules(world.decided) == _expected_alarms(world), world
    return bool(_expected_alarms(world))


def _expected_alarms(world: World) -> set[str]:
    """Worked out apart from the rules: an isolated person on the way out, a registry beyond its age."""
    rules, wall, subject = set(), world.situation.wall, world.subject
    unsure = wall.trust is ClockTrust.UNTRUSTED
    limit, age = world.policy.stale.close_after, world.situation.registry_age
    if limit is not None and age is not None and (unsure or age > timedelta(seconds=limit)):
        rules.add("stale.close_after")
    order = None if subject is None else subject.isolation
    if order is None or world.evidence.direction is not Direction.EXIT:
        return rules
    over = order.until is not None and order.until <= (ISSUED if unsure else wall.at)
    if unsure:
        holds, excepted = not over or age is None, False
    else:
        holds = order.since <= wall.at and not over
        excepted = any(item.since <= wall.at < item.until for item in order.exceptions)
    return rules | ({"isolation_exit"} if holds and not excepted else set())


def rests_on_a_living_face(world: World, _: Draw) -> bool:
    """Where the policy asks for a living face and nothing else opens, a grant has the proof of it that this
    gate can take: it was measured, or moved as it was asked to.
    """
    face, rule, means = world.evidence.face, world.policy.face.liveness, world.situation.liveness
    code = world.evidence.code
    by_code = code is not None and code.verdict is PassVerdict.GENUINE
    alone = world.mode in {Mode.FACE, Mode.FACE_OR_CODE} and not by_code
    by_face = alone or world.mode is Mode.FACE_AND_CODE
    if not _granted(world.decided) or rule.mode is LivenessMode.OFF or not by_face:
        return False
    assert means is not LivenessMeans.PASS, world
    assert face is not None
    moved = face.challenge is ChallengeState.PASSED
    measured = face.liveness is not None and face.liveness >= rule.threshold
    vetoed = rule.veto and (face.veto is None or face.veto < VETO)
    if means is LivenessMeans.MOVES:
        assert moved, world
    else:
        assert measured, world
        assert not vetoed, world
        assert moved or rule.mode is LivenessMode.PASSIVE, world
    return True


# --- of two decisions --------------------------------------------------------------------------


def unsure_never_grants_more(world: World, draw: Draw) -> bool:
    """With an unsure clock nobody is granted whom a sure one would not grant at any time since the issue.

    And what alarms at any such time alarms.
    """
    if world.situation.registry_age is None:
        return False
    claimed = draw.of(NEVER_SET, *(ISSUED + offset for offset in AROUND))
    unsure = _at(world, WallTime(claimed, ClockTrust.UNTRUSTED))
    times = [ISSUED + offset for offset in LATER]
    last = world.situation.last_access
    if last is not None and last.at >= ISSUED:
        times += [last.at, last.at + MINUTE] * 3  # as soon again as a timed rule minds
    real = WallTime(draw.of(*times), draw.of(ClockTrust.TRUSTED, ClockTrust.HOLDOVER))
    sure = _at(world, real, expired=draw.yes())
    assert not _granted(unsure.decided) or _granted(sure.decided), _told(sure, unsure)
    assert _alarm_rules(unsure.decided) >= _alarm_rules(sure.decided), _told(sure, unsure)
    return _granted(unsure.decided)


def _at(world: World, wall: WallTime, *, expired: bool = False) -> World:
    """The same registry, by another clock."""
    situation = replace(world.situation, wall=wall, registry_age=wall.at - ISSUED, registry_expired=expired)
    return change(world, situation=situation)


def older_registry_never_grants_more(world: World, draw: Draw) -> bool:
    age = world.situation.registry_age
    if age is None:
        return False
    older = replace(
        world.situation,
        registry_age=age + draw.of(MINUTE, DAY, 30 * DAY),
        registry_expired=world.situation.registry_expired or draw.yes(),
    )
    return _no_more(world, change(world, situation=older))


_STRICTER: Mapping[Mode, tuple[Mode, ...]] = {
    Mode.FREE: tuple(mode for mode in Mode if mode is not Mode.FREE),
    Mode.FACE_OR_CODE: (Mode.FACE, Mode.CODE, Mode.FACE_AND_CODE, Mode.STAFFED, Mode.LOCKED),
    Mode.FACE: (Mode.FACE_AND_CODE, Mode.STAFFED, Mode.LOCKED),
    Mode.CODE: (Mode.FACE_AND_CODE, Mode.STAFFED, Mode.LOCKED),
    Mode.FACE_AND_CODE: (Mode.STAFFED, Mode.LOCKED),
    Mode.STAFFED: (Mode.LOCKED,),
}


def stricter_mode_never_grants_more(world: World, draw: Draw) -> bool:
    laxer = draw.of(*_STRICTER)
    stricter = draw.of(*_STRICTER[laxer])
    flagged = world.subject is not None and world.subject.second_factor
    if flagged and (laxer, stricter) == (Mode.FACE_OR_CODE, Mode.CODE):
        # The one exception: a gate for codes alone asks nobody for a face (decisions 0029, 0037).
        return False
    return _no_more(_in_mode(world, laxer), _in_mode(world, stricter))


def _in_mode(world: World, mode: Mode) -> World:
    """The gate in another mode, scheduled and ordered by nobody."""
    gates = {name: GatePolicy(mode) for name in world.policy.gates}
    situation = replace(world.situation, ordered_mode=None)
    return change(world, policy=replace(world.policy, gates=gates), situation=situation)


def _no_more(before: World, after: World) -> bool:
    """Whether a grant could be lost: `after` grants nothing that `before` does not, and alarms as much."""
    assert not _granted(after.decided) or _granted(before.decided), _told(before, after)
    assert _alarm_rules(after.decided) >= _alarm_rules(before.decided), _told(before, after)
    return _granted(before.decided)


# --- rights that are taken away, and objections that are added -----------------------------------


def removed_right_never_grants_more(world: World, draw: Draw) -> bool:
    lesser = draw.of(*_REMOVALS)(world, draw)
    if lesser is None:
        return False
    assert not _granted(lesser.decided) or _granted(world.decided), _told(world, lesser)
    return _granted(world.decided)


Change = Callable[[World, Draw], World | None]


def _without_record(world: World, _: Draw) -> World | None:
    """Not at a free gate: it lets strangers in, and knows nothing against one."""
    if world.subject is None or world.mode is Mode.FREE:
        return None
    return change(
        world, known={name: known for name, known in world.known.items() if name != world.subject.id}
    )


def _without_group(world: World, draw: Draw) -> World | None:
    subject = world.subject
    if subject is None or not subject.groups:
        return None
    fewer = subject.groups - {draw.of(*sorted(subject.groups))}
    return change(world, known=world.known | {subject.id: replace(subject, groups=fewer)})


def _without_access_rule(world: World, draw: Draw) -> World | None:
    rules = world.policy.access
    if not rules:
        return None
    gone = draw.of(*rules)
    access = tuple(rule for rule in rules if rule is not gone)
    return change(world, policy=replace(world.policy, access=access))


def _without_period(world: World, draw: Draw) -> World | None:
    """A rule's last period is not taken away: without any, it means always."""
    periods = [(rule, period) for rule in world.policy.access if rule.periods[1:] for period in rule.periods]
    if not periods:
        return None
    rule, gone = draw.of(*periods)
    left = tuple(item for item in rule.periods if item is not gone)
    access = tuple(replace(item, periods=left) if item is rule else item for item in world.policy.access)
    return change(world, policy=replace(world.policy, access=access))


def _without_status_rule(world: World, draw: Draw) -> World | None:
    if not world.policy.statuses:
        return None
    gone = draw.of(*world.policy.statuses)
    statuses = {status: rule for status, rule in world.policy.statuses.items() if status is not gone}
    return change(world, policy=replace(world.policy, statuses=statuses))


def _without_gate(world: World, _: Draw) -> World:
    return change(world, policy=replace(world.policy, gates={}))


def _without_registry(world: World, _: Draw) -> World:
    return change(world, situation=replace(world.situation, registry_age=None))


def _without_exceptions(world: World, _: Draw) -> World | None:
    subject = world.subject
    if subject is None or subject.isolation is None:
        return None
    order = replace(subject.isolation, exceptions=())
    return change(world, known=world.known | {subject.id: replace(subject, isolation=order)})


def _without_exempt(world: World, _: Draw) -> World:
    policy = world.policy
    occupancy = replace(policy.occupancy, exempt=frozenset())
    passback = replace(policy.anti_passback, exempt=frozenset())
    return change(world, policy=replace(policy, occupancy=occupancy, anti_passback=passback))


def _with_a_bad_pass(world: World, draw: Draw) -> World | None:
    """The pass is withdrawn, or ran out. A poster in its place would be no withdrawal of it, nor is it asked
    for at a free gate.
    """
    code = world.evidence.code
    if code is None or code.verdict is not PassVerdict.GENUINE or world.mode is Mode.FREE:
        return None
    bad = draw.of(*(verdict for verdict in NOT_GENUINE if verdict not in _HARMLESS))
    return change(world, evidence=replace(world.evidence, code=replace(code, verdict=bad)))


_HARMLESS = {PassVerdict.NOT_A_PASS, PassVerdict.TOO_LONG, PassVerdict.INCOMPLETE}

_REMOVALS: tuple[Change, ...] = (
    _without_record,
    _without_group,
    _without_access_rule,
    _without_period,
    _without_status_rule,
    _without_gate,
    _without_exceptions,
    _without_exempt,
    _without_registry,
    _with_a_bad_pass,
)


def added_objection_never_softens(world: World, draw: Draw) -> bool:
    """More that stands against somebody: never a milder outcome, never an alarm less."""
    worse = draw.of(*_OBJECTIONS)(world, draw)
    if worse is None:
        return False
    before, after = world.decided, worse.decided
    assert _WEIGHT[after.outcome] >= _WEIGHT[before.outcome], _told(world, worse)
    assert _alarm_rules(after) >= _alarm_rules(before), _told(world, worse)
    return before.outcome is not Outcome.DENY


def _code_with(**changes: object) -> Change:
    def worse(world: World, _: Draw) -> World | None:
        code = world.evidence.code
        if code is None:
            return None
        return change(world, evidence=replace(world.evidence, code=replace(code, **changes)))

    return worse


def _subject_with(**changes: object) -> Change:
    def worse(world: World, _: Draw) -> World | None:
        subject = world.subject
        if subject is None:
            return None
        return change(world, known=world.known | {subject.id: replace(subject, **changes)})

    return worse


def _situation_with(**changes: object) -> Change:
    return lambda world, _: change(world, situation=replace(world.situation, **changes))


def _hot(world: World, _: Draw) -> World:
    reading = TemperatureReading(40.0, again=40.0)
    return change(world, evidence=replace(world.evidence, temperature=reading))


def _closed_when_old(world: World, draw: Draw) -> World:
    stale = replace(world.policy.stale, close_after=draw.of(0, 86_400))
    if world.policy.stale.close_after is not None:
        stale = replace(stale, close_after=0)
    return change(world, policy=replace(world.policy, stale=stale))


def _asks_for_life(world: World, draw: Draw) -> World:
    face, rule = world.policy.face, world.policy.face.liveness
    more = {
        LivenessMode.OFF: (LivenessMode.PASSIVE, LivenessMode.ACTIVE),
        LivenessMode.PASSIVE: (LivenessMode.ACTIVE,),
        LivenessMode.ACTIVE: (LivenessMode.ACTIVE,),
    }
    face = replace(face, liveness=replace(rule, mode=draw.of(*more[rule.mode])))
    return change(world, policy=replace(world.policy, face=face))


def _asks_for_bare_faces(world: World, _: Draw) -> World:
    face = world.policy.face
    less = {
        MaskedFace.THRESHOLD: MaskedFace.CODE,
        MaskedFace.CODE: MaskedFace.REFUSE,
        MaskedFace.REFUSE: MaskedFace.REFUSE,
    }
    return change(world, policy=replace(world.policy, face=replace(face, masked=less[face.masked])))


def _passed_before(world: World, draw: Draw) -> World:
    """Anti-passback switched on, for somebody who just went this way."""
    rule = AntiPassbackRule(
        draw.of(PassbackKind.HARD, PassbackKind.TIMED), entry=Outcome.DENY, exit=Outcome.DENY
    )
    last = LastAccess(world.evidence.direction, world.situation.wall.at, ClockTrust.TRUSTED, ELSEWHERE)
    return change(
        world,
        policy=replace(world.policy, anti_passback=rule),
        situation=replace(world.situation, last_access=last),
    )


def _status_without_rule(world: World, _: Draw) -> World | None:
    subject = world.subject
    if subject is None:
        return None
    red = StatusRecord(Status.RED, "city", "", "r", ISSUED - DAY)
    denied = {status: rule for status, rule in world.policy.statuses.items() if status is not Status.RED}
    return change(
        world,
        known=world.known | {subject.id: replace(subject, status=red)},
        policy=replace(world.policy, statuses=denied),
    )


_OBJECTIONS: tuple[Change, ...] = (
    _code_with(gates=frozenset({ELSEWHERE})),
    _code_with(once=True, used=True),
    _code_with(timed=True),
    _code_with(face_bound=True),
    _subject_with(second_factor=True),
    _subject_with(valid_until=ISSUED),
    _subject_with(isolation=HomeIsolation("district", ISSUED - DAY)),
    _status_without_rule,
    _situation_with(crowding=Crowding.STOPPED),
    _situation_with(held_until=ISSUED + DAY),
    _situation_with(locked_down=True),
    _situation_with(registry_expired=True),
    _situation_with(ordered_mode=Mode.LOCKED),
    _situation_with(face_doubted=1.0),
    _hot,
    _closed_when_old,
    _asks_for_life,
    _asks_for_bare_faces,
    _passed_before,
)


LAWS: tuple[Law, ...] = (
    asked_as_it_is_decided,
    decides_the_same_from_the_journal,
    same_again,
    has_a_text,
    names_whom_it_grants,
    nothing_without_rules,
    alarms_for_what_is,
    rests_on_a_living_face,
    unsure_never_grants_more,
    older_registry_never_grants_more,
    stricter_mode_never_grants_more,
    removed_right_never_grants_more,
    added_objection_never_softens,
)
