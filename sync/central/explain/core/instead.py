"""What would have let somebody pass: single things changed, one after the other, and decided again.

Staff can always let somebody in by hand, with their name and a reason: that is not found here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import combinations

from msgspec.structs import replace as changed

from edge.decision import (
    ChallengeState,
    ClockTrust,
    Crowding,
    Decision,
    Direction,
    FaceEvidence,
    FaceFinding,
    Mode,
    Outcome,
    PassEvidence,
    PassKind,
    PassVerdict,
    Reason,
    Status,
    StatusRecord,
    identified_by,
)
from sync.central.explain.core.moment import Moment
from sync.central.explain.core.sayings import N_, Sentence
from sync.central.explain.core.seen import shown_time

_STEP, _STEPS = timedelta(minutes=15), 7 * 24 * 4
_WEIGHT = {Outcome.GRANT: 0, Outcome.REFER: 1, Outcome.DENY: 2}
_OF_THE_HOUR = frozenset({Reason.OUTSIDE_HOURS, Reason.GATE_LOCKED, Reason.SUBJECT_NOT_YET_VALID})

_Change = Callable[[Moment], Moment | None]
"""The moment with one thing changed; None where it was so already, or nobody knows whose it is."""


@dataclass(frozen=True)
class Instead:
    """What could have been otherwise (all of `changes`), and what the gate would have decided then."""

    changes: tuple[Sentence, ...]
    decision: Decision

    @property
    def grants(self) -> bool:
        return self.decision.outcome is Outcome.GRANT


def instead_of(moment: Moment) -> tuple[Instead, ...]:
    """What would have helped: single changes that grant, or soften; then pairs, of changes that do not alone.

    Each is found by deciding again, so each is true. Empty for a grant.
    """
    before = moment.decide()
    if before.outcome is Outcome.GRANT:
        return ()
    changes = [(said, made) for said, made in _changed(moment) if made is not None]
    singles = [Instead((said,), made.decide()) for said, made in changes]
    helpful = [item for item in singles if item.grants]
    softer = [
        item
        for item in singles
        if not item.grants and _WEIGHT[item.decision.outcome] < _WEIGHT[before.outcome]
    ]
    alone = {item.changes[0].text for item in helpful}
    rest = [said for said, _ in changes if said.text not in alone]
    return (*helpful, *softer, *_pairs(moment, rest), *_another_hour(moment, before))


# --- inside --------------------------------------------------------------------------------


def _pairs(moment: Moment, names: list[Sentence]) -> Iterator[Instead]:
    """Pairs of changes that grant together and do not alone."""
    for first, second in combinations(names, 2):
        made = _CHANGES[first.text](moment)
        both = None if made is None else _CHANGES[second.text](made)
        if both is not None:
            found = Instead((first, second), both.decide())
            if found.grants:
                yield found


def _another_hour(moment: Moment, before: Decision) -> Iterator[Instead]:
    """The next quarter of an hour within a week at which they could pass, where the hour was the matter."""
    if before.reason not in _OF_THE_HOUR:
        return
    wall = moment.situation.wall
    start = wall.at.replace(minute=wall.at.minute // 15 * 15, second=0, microsecond=0)
    for count in range(1, _STEPS):
        at = start + count * _STEP
        later = replace(moment, situation=changed(moment.situation, wall=changed(wall, at=at)))
        decision = later.decide()
        if decision.outcome is Outcome.GRANT:
            said = Sentence(N_("from %(time)s on"), {"time": shown_time(at, moment)})
            yield Instead((said,), decision)
            return


def _changed(moment: Moment) -> Iterator[tuple[Sentence, Moment | None]]:
    for text, change in _CHANGES.items():
        yield Sentence(text), change(moment)


def _green(moment: Moment) -> Moment | None:
    subject = moment.subject
    if subject is None or (subject.status is not None and subject.status.value is Status.GREEN):
        return None
    since = moment.situation.wall.at
    if moment.situation.registry_age is not None:  # so that a clock that is not believed leaves nothing open
        since -= moment.situation.registry_age
    status = StatusRecord(Status.GREEN, "", "", "", since)
    return replace(moment, subject=changed(subject, status=status))


def _pass(moment: Moment) -> Moment | None:
    code, subject = moment.evidence.code, moment.subject
    named = identified_by(moment.evidence)
    if named is None or subject is None or (code is not None and code.verdict is PassVerdict.GENUINE):
        return None
    shown = PassEvidence(PassVerdict.GENUINE, kind=PassKind.RESIDENT, subject_id=named)
    return replace(moment, evidence=changed(moment.evidence, code=shown))


def living_face(moment: Moment, identity: str) -> FaceEvidence:
    """The face of `identity`, as clear and as living as the rules ask for."""
    rule = moment.policy.face.liveness
    return FaceEvidence(
        FaceFinding.MATCHED,
        identity,
        score=1.0,
        threshold=0.0,
        pass_score=1.0,
        pass_threshold=0.0,
        liveness=1.0,
        liveness_frames=rule.frames,
        veto=1.0,
        challenge=ChallengeState.PASSED,
        frames=max(rule.frames, moment.policy.face.frames),
    )


def _face(moment: Moment) -> Moment | None:
    named, face = identified_by(moment.evidence), moment.evidence.face
    if named is None or moment.subject is None:
        return None
    if face is not None and face.finding is FaceFinding.MATCHED and face.subject_id != named:
        return None  # it was another person's: that is no matter of showing it better
    return replace(moment, evidence=changed(moment.evidence, face=living_face(moment, named)))


def _other_way(moment: Moment) -> Moment | None:
    other = Direction.EXIT if moment.evidence.direction is Direction.ENTRY else Direction.ENTRY
    return replace(moment, evidence=changed(moment.evidence, direction=other))


def _passed_between(moment: Moment) -> Moment | None:
    last = moment.situation.last_access
    if last is None or last.direction is not moment.evidence.direction:
        return None
    return replace(moment, situation=changed(moment.situation, last_access=None))


def _room(moment: Moment) -> Moment | None:
    if moment.situation.crowding is not Crowding.STOPPED:
        return None
    return replace(moment, situation=changed(moment.situation, crowding=Crowding.ROOM))


def _no_isolation(moment: Moment) -> Moment | None:
    if moment.subject is None or moment.subject.isolation is None:
        return None
    return replace(moment, subject=changed(moment.subject, isolation=None))


def _valid(moment: Moment) -> Moment | None:
    subject = moment.subject
    if subject is None or (subject.valid_from is None and subject.valid_until is None):
        return None
    return replace(moment, subject=changed(subject, valid_from=None, valid_until=None))


def _cool(moment: Moment) -> Moment | None:
    if moment.evidence.temperature is None:
        return None
    return replace(moment, evidence=changed(moment.evidence, temperature=None))


def _clock(moment: Moment) -> Moment | None:
    wall = moment.situation.wall
    if wall.trust is not ClockTrust.UNTRUSTED:
        return None
    believed = changed(wall, trust=ClockTrust.TRUSTED)
    return replace(moment, situation=changed(moment.situation, wall=believed))


def _new_registry(moment: Moment) -> Moment | None:
    age = moment.situation.registry_age
    if not age and not moment.situation.registry_expired:
        return None
    fresh = changed(moment.situation, registry_age=timedelta(0), registry_expired=False)
    return replace(moment, situation=fresh)


def _not_ordered(moment: Moment) -> Moment | None:
    if moment.situation.ordered_mode in {None, Mode.FREE}:
        return None
    return replace(moment, situation=changed(moment.situation, ordered_mode=None))


def _not_locked_down(moment: Moment) -> Moment | None:
    if not moment.situation.locked_down:
        return None
    return replace(moment, situation=changed(moment.situation, locked_down=False))


def _not_held(moment: Moment) -> Moment | None:
    if moment.situation.held_until is None:
        return None
    return replace(moment, situation=changed(moment.situation, held_until=None))


def _unused(moment: Moment) -> Moment | None:
    code = moment.evidence.code
    if code is None or not (code.used or code.use_unknown):
        return None
    return replace(
        moment, evidence=changed(moment.evidence, code=changed(code, used=False, use_unknown=False))
    )


_CHANGES: dict[str, _Change] = {
    N_("with a green status"): _green,
    N_("with their pass shown"): _pass,
    N_("with their face shown, uncovered and well lit"): _face,
    N_("in the other direction"): _other_way,
    N_("after passing the other way"): _passed_between,
    N_("with room inside"): _room,
    N_("without the order to stay at home"): _no_isolation,
    N_("with a permit that holds"): _valid,
    N_("with a temperature below the limit"): _cool,
    N_("with a clock that is believed"): _clock,
    N_("with a new registry"): _new_registry,
    N_("without the mode that the centre ordered"): _not_ordered,
    N_("while the lane is not locked down"): _not_locked_down,
    N_("while the centre holds no entries"): _not_held,
    N_("with a pass that was not used"): _unused,
}
