"""Credentials, doors, modes and anti-passback in other projects' test suites, asked of our gates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from edge.decision import (
    Direction,
    FaceEvidence,
    FaceFinding,
    Mode,
    Outcome,
    PassbackKind,
    PassEvidence,
    PassVerdict,
    Policy,
    Reason,
    Status,
    StatusRecord,
    Subject,
)
from edge.decision.policy import WEEK, AntiPassbackRule
from tests.edge.decision.asked import (
    CARD,
    DENY,
    GRANT,
    GREEN,
    HOLDER,
    IN,
    LONG_AGO,
    OUT,
    REFER,
    SAT,
    SUN,
    TUE,
    USUAL,
    WEEKDAYS,
    Way,
    asked,
    doors,
    hours,
    isolated,
    members,
)

UNKNOWN = USUAL._replace(subject=None)
NOBODY = USUAL._replace(subject=None, code=None)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def showing(verdict: PassVerdict) -> Way:
    """A card that the check found to be so; who it names is not believed then."""
    return USUAL._replace(subject=None, code=PassEvidence(verdict, subject_id="u1", pass_id="c1"))


def held_by(**changes: object) -> Way:
    return USUAL._replace(subject=replace(HOLDER, **changes))


def asks(policy: Policy, way: Way, outcome: Outcome, reason: Reason | None) -> None:
    decision = asked(policy, way)
    assert decision.outcome is outcome
    assert reason in {None, decision.reason}


# --- stone-age-io/access-control: internal/policy/decide_test.go and decide_targets_test.go -----

OFFICE = doors(
    members(hours(WEEKDAYS, "08:00", "17:00"), gates=frozenset({"lobby"})),
    zone="America/New_York",
    names=("lobby", "vault"),
)
MONDAY = USUAL._replace(gate="lobby", local="2026-01-05T09:00")
SUSPENDED = replace(HOLDER, valid_until=LONG_AGO)


@pytest.mark.parametrize(
    ("way", "outcome", "reason"),
    [
        (MONDAY, GRANT, Reason.CODE_ACCEPTED),
        (MONDAY._replace(local="2026-01-05T18:00"), DENY, Reason.OUTSIDE_HOURS),
        (MONDAY._replace(local="2026-01-10T09:00"), DENY, Reason.OUTSIDE_HOURS),
        (MONDAY._replace(code=PassEvidence(PassVerdict.NOT_A_PASS), subject=None), DENY, Reason.NOT_A_PASS),
        (MONDAY._replace(gate="garage"), DENY, Reason.POLICY_MISSING),  # a door that nobody knows
        (MONDAY._replace(gate="vault"), DENY, Reason.GROUP_NOT_ALLOWED),
        (
            MONDAY._replace(code=PassEvidence(PassVerdict.REVOKED), subject=None),
            DENY,
            Reason.PASS_REVOKED,
        ),
        (MONDAY._replace(subject=SUSPENDED), DENY, Reason.SUBJECT_EXPIRED),
        (MONDAY._replace(mode=Mode.LOCKED), DENY, Reason.GATE_LOCKED),  # lockdown beats a grant; and disabled
        (MONDAY._replace(mode=Mode.FREE, subject=None, code=None), GRANT, Reason.GATE_FREE),
        # Any tap opens. Ours names nobody by it: the code is not looked at where nothing is asked.
        (
            MONDAY._replace(mode=Mode.FREE, subject=None, code=PassEvidence(PassVerdict.NOT_A_PASS)),
            GRANT,
            Reason.GATE_FREE,
        ),
        (
            MONDAY._replace(code=PassEvidence(PassVerdict.NOT_YET_VALID), subject=None),
            DENY,
            Reason.PASS_NOT_YET_VALID,
        ),
        (MONDAY._replace(code=PassEvidence(PassVerdict.EXPIRED), subject=None), DENY, Reason.PASS_EXPIRED),
        (
            MONDAY._replace(
                subject=replace(HOLDER, valid_from=utc("2026-01-01"), valid_until=utc("2026-12-31"))
            ),
            GRANT,
            Reason.CODE_ACCEPTED,
        ),
        (MONDAY._replace(subject=None), DENY, Reason.SUBJECT_UNKNOWN),  # a card whose holder is gone
        (
            MONDAY._replace(subject=replace(HOLDER, groups=frozenset({"no-such-group"}))),
            DENY,
            Reason.GROUP_NOT_ALLOWED,
        ),
        (MONDAY._replace(subject=replace(HOLDER, groups=frozenset())), DENY, Reason.GROUP_NOT_ALLOWED),
    ],
)
def test_stone_age_access_control(way: Way, outcome: Outcome, reason: Reason) -> None:
    asks(OFFICE, way, outcome, reason)


@pytest.mark.parametrize("way", [MONDAY, NOBODY, MONDAY._replace(mode=Mode.FREE)])
def test_stone_age_access_control_a_zero_policy_denies_everything(way: Way) -> None:
    asks(Policy(), way, DENY, Reason.POLICY_MISSING)


# --- gskfilmmaker/FilmSet: packages/auth/src/access-control.test.ts -----------------------------

SET = doors(members())
BOTH = doors(members(), mode=Mode.FACE_AND_CODE)
NOW = USUAL._replace(local="2026-09-01T12:00")  # a Tuesday
THEIRS = FaceEvidence(FaceFinding.MATCHED, "u1", pass_score=0.7, pass_threshold=0.4, liveness=0.9)
RED = StatusRecord(Status.RED, "office", "restricted", "r", LONG_AGO)
BEFORE = replace(GREEN, until=utc("2026-08-01"))


@pytest.mark.parametrize(
    ("policy", "way", "outcome", "reason"),
    [
        (SET, NOW, GRANT, Reason.CODE_ACCEPTED),
        # Checkpoint.
        (SET, NOW._replace(gate="unknown"), DENY, Reason.POLICY_MISSING),
        (doors(members(), mode=Mode.LOCKED), NOW, DENY, Reason.GATE_LOCKED),  # inactive
        (doors(members(way=IN)), NOW._replace(direction=OUT), DENY, Reason.GROUP_NOT_ALLOWED),
        (doors(members(way=IN)), NOW, GRANT, None),
        # Credential.
        (SET, NOBODY, DENY, Reason.NOBODY_SEEN),
        (SET, showing(PassVerdict.OTHER_SITE), DENY, Reason.PASS_OTHER_SITE),  # of another production
        (SET, showing(PassVerdict.REVOKED), DENY, Reason.PASS_REVOKED),  # suspended, lost, replaced, revoked
        (SET, showing(PassVerdict.EXPIRED), DENY, Reason.PASS_EXPIRED),
        (SET, showing(PassVerdict.NOT_YET_VALID), DENY, Reason.PASS_NOT_YET_VALID),
        (SET, showing(PassVerdict.UNTRUSTED_ISSUER), DENY, Reason.PASS_ISSUER_UNTRUSTED),
        # Identity.
        (SET, UNKNOWN, DENY, Reason.SUBJECT_UNKNOWN),
        (SET, NOW._replace(face=replace(THEIRS, subject_id="u2")), DENY, Reason.FACE_CODE_MISMATCH),
        (SET, NOW._replace(subject=SUSPENDED), DENY, Reason.SUBJECT_EXPIRED),  # inactive
        # Assurance: what a door asks for beyond a card.
        (BOTH, NOW, DENY, Reason.FACE_REQUIRED),
        (BOTH, NOW._replace(face=THEIRS), GRANT, Reason.FACE_AND_CODE_AGREE),
        (SET, NOW._replace(code=replace(CARD, face_bound=True)), DENY, Reason.FACE_REQUIRED),
        # A door for cards asks nobody for more (decision 0029).
        (SET, held_by(second_factor=True), GRANT, None),
        # Restrictions override grants.
        (SET, NOW._replace(subject=replace(HOLDER, status=RED)), DENY, Reason.STATUS_RED),
        (
            SET,
            NOW._replace(subject=replace(HOLDER, status=replace(RED, until=utc("2026-08-01")))),
            DENY,
            Reason.STATUS_EXPIRED,  # theirs lifts by itself; a code that ran out has to be renewed
        ),
        (SET, NOW._replace(subject=isolated(None), direction=OUT), DENY, Reason.HOME_ISOLATION),
        (SET, NOW._replace(subject=isolated(utc("2026-08-01")), direction=OUT), GRANT, None),
        # Restricted and inactive at once: theirs reports the restriction, ours the door, with the alarm.
        (
            doors(members(), mode=Mode.LOCKED),
            NOW._replace(subject=isolated(None), direction=OUT),
            DENY,
            Reason.GATE_LOCKED,
        ),
        # Grants.
        (doors(), NOW, DENY, Reason.GROUP_NOT_ALLOWED),
        (doors(members(gates=frozenset({"other"}))), NOW, DENY, Reason.GROUP_NOT_ALLOWED),
        (SET, NOW._replace(code=replace(CARD, gates=frozenset({"other"}))), DENY, Reason.PASS_OTHER_GATE),
        (SET, held_by(valid_from=utc("2026-12-01")), DENY, Reason.SUBJECT_NOT_YET_VALID),
        (SET, held_by(valid_until=utc("2026-01-01")), DENY, Reason.SUBJECT_EXPIRED),
        (doors(members(hours((SAT, SUN), "00:00", "24:00"))), NOW, DENY, Reason.OUTSIDE_HOURS),
        (doors(members(hours((TUE,), "00:00", "24:00"))), NOW, GRANT, None),
        (doors(members(hours(WEEK, "18:00", "23:00"))), NOW, DENY, Reason.OUTSIDE_HOURS),
        (doors(members(hours(WEEK, "06:00", "20:00"))), NOW, GRANT, None),
        # A later rule, where an earlier one fails its own window.
        (
            doors(members(hours((SAT,), "00:00", "24:00")), members(hours(WEEK, "06:00", "20:00"))),
            NOW,
            GRANT,
            None,
        ),
    ],
)
def test_filmset_evaluate_access(policy: Policy, way: Way, outcome: Outcome, reason: Reason | None) -> None:
    asks(policy, way, outcome, reason)


def test_filmset_a_status_that_ran_out_is_no_green_one() -> None:
    asks(SET, NOW._replace(subject=replace(HOLDER, status=BEFORE)), DENY, Reason.STATUS_EXPIRED)


def passback(kind: PassbackKind) -> Policy:
    return doors(members(), passback=AntiPassbackRule(kind, entry=DENY, exit=DENY))


@pytest.mark.parametrize(
    ("kind", "last", "direction", "opens"),
    [
        (PassbackKind.OFF, IN, IN, True),
        (PassbackKind.HARD, IN, IN, False),
        (PassbackKind.SOFT, IN, IN, True),  # their WARN: ours is an event beside the grant
        (PassbackKind.HARD, OUT, IN, True),
        (PassbackKind.HARD, None, IN, True),
        (PassbackKind.HARD, OUT, OUT, False),
    ],
)
def test_filmset_anti_passback(
    kind: PassbackKind, last: Direction | None, direction: Direction, opens: bool
) -> None:
    decision = asked(passback(kind), NOW._replace(last=last, direction=direction))
    assert (decision.outcome is GRANT) is opens
    assert opens or decision.reason is Reason.ANTI_PASSBACK


# --- uhppoted/uhppote-simulator: entities/anti-passback_test.go ---------------------------------

# What became of one card at one reader after the other; a reader without an exclamation mark opens.
DISABLED = "1 1 2 2 3 3 4 4"
TO_AND_FRO = "1 1! 1! 2 2! 2! 1 1! 1!"
ONE_IN_TWO_OUT = "1 1! 2 2! 3! 1 2  1 1! 3 2! 3! 1 3"
ONE_IN_THREE_OUT = "1 1! 2 2! 3! 4! 1 2  1 1! 3 2! 3! 4! 1 3  1 1! 4 2! 3! 4! 1 4"


@pytest.mark.parametrize(
    ("kind", "inwards", "steps"),
    [
        (PassbackKind.OFF, "13", DISABLED),
        (PassbackKind.HARD, "1", TO_AND_FRO),  # readers 1:2
        (PassbackKind.HARD, "3", "3 3! 3! 4 4! 4! 3 3! 3!"),  # and 3:4, a site of its own
        (PassbackKind.HARD, "1", "1 1! 1! 3 3! 3! 1 1! 1!"),  # readers 1:3
        (PassbackKind.HARD, "2", "2 2! 2! 4 4! 4! 2 2! 2!"),  # and 2:4
        (PassbackKind.HARD, "1", ONE_IN_TWO_OUT),  # readers 1:(2,3)
        (PassbackKind.OFF, "1", "4 4"),  # reader 4 is in no pair
        (PassbackKind.HARD, "1", ONE_IN_THREE_OUT),  # readers 1:(2,3,4)
    ],
)
def test_uhppote_simulator_anti_passback(kind: PassbackKind, inwards: str, steps: str) -> None:
    """Eighty-four steps in all; a card that is refused has not passed."""
    last: Direction | None = None
    for number, step in enumerate(steps.split()):
        direction, allowed = IN if step[0] in inwards else OUT, not step.endswith("!")
        decision = asked(passback(kind), USUAL._replace(direction=direction, last=last))
        assert (decision.outcome is GRANT) is allowed, f"step {number}: reader {step}"
        last = direction if allowed else last


# --- marmota-alpina/turnkey: crates/turnkey-storage/src, validator.rs and temporal_validity.rs --


@pytest.mark.parametrize(
    ("way", "outcome", "reason"),
    [
        (NOW, GRANT, Reason.CODE_ACCEPTED),
        (NOW._replace(direction=OUT), GRANT, Reason.CODE_ACCEPTED),
        (NOW._replace(subject=None), DENY, Reason.SUBJECT_UNKNOWN),  # the card is not in the book
        (showing(PassVerdict.REVOKED), DENY, Reason.PASS_REVOKED),  # an inactive card
        (showing(PassVerdict.EXPIRED), DENY, Reason.PASS_EXPIRED),
        (NOW._replace(subject=SUSPENDED), DENY, Reason.SUBJECT_EXPIRED),  # an inactive user
        (held_by(valid_from=None, valid_until=None), GRANT, None),
        (held_by(valid_from=utc("2026-01-06")), DENY, Reason.SUBJECT_NOT_YET_VALID),
        (held_by(valid_until=utc("2026-01-04")), DENY, Reason.SUBJECT_EXPIRED),
        (held_by(valid_from=utc("2026-01-04"), valid_until=utc("2026-02-04")), GRANT, None),
    ],
)
def test_turnkey_offline_validator(way: Way, outcome: Outcome, reason: Reason | None) -> None:
    asks(SET, way, outcome, reason)


def test_turnkey_a_user_without_the_right_to_use_a_card() -> None:
    """Theirs denies. At ours a face is never the only way: a gate for faces calls the staff to a code."""
    asks(doors(members(), mode=Mode.FACE), NOW, REFER, Reason.FACE_REQUIRED)


@pytest.mark.parametrize(
    ("ago", "opens"),
    [(timedelta(seconds=1), False), (timedelta(minutes=4, seconds=59), False), (timedelta(minutes=5), True)],
)
def test_turnkey_anti_passback_within_a_window(ago: timedelta, opens: bool) -> None:
    """validator.rs, is_anti_passback_expired; ours is over with the last minute, theirs a second later."""
    timed = doors(members(), passback=AntiPassbackRule(PassbackKind.TIMED, 5.0, entry=DENY, exit=DENY))
    for direction in (IN, OUT):
        way = NOW._replace(direction=direction, last=direction, last_ago=ago)
        assert (asked(timed, way).outcome is GRANT) is opens


# --- tablexi/nucore-open: secure_rooms, access_rules --------------------------------------------


@pytest.mark.parametrize(
    ("policy", "way", "outcome", "reason"),
    [
        (SET, NOW, GRANT, None),  # requires_user and requires_approval: there is somebody, on the list
        (SET, NOBODY, DENY, Reason.NOBODY_SEEN),
        (SET, held_by(groups=frozenset()), DENY, Reason.GROUP_NOT_ALLOWED),
        (doors(members(), mode=Mode.LOCKED), NOW, DENY, Reason.GATE_LOCKED),  # an archived room
        (
            SET,
            held_by(groups=frozenset({"administrator"})),
            DENY,
            Reason.GROUP_NOT_ALLOWED,
        ),  # no right by rank
        (
            SET,
            held_by(groups=frozenset({"administrator"}))._replace(direction=OUT),
            DENY,
            Reason.GROUP_NOT_ALLOWED,
        ),
        # Theirs lets an operator into an archived room. Ours is locked for everybody: staff open by name.
        (
            doors(members(), mode=Mode.LOCKED),
            held_by(groups=frozenset({"member", "operator"})),
            DENY,
            Reason.GATE_LOCKED,
        ),
    ],
)
def test_nucore_access_rules(policy: Policy, way: Way, outcome: Outcome, reason: Reason | None) -> None:
    asks(policy, way, outcome, reason)


# --- FutureTense/keymaster: tests/test_coordinator.py, TestIsSlotActive -------------------------


@pytest.mark.parametrize(
    ("way", "opens"),
    [
        (NOW._replace(subject=SUSPENDED), False),  # not enabled
        (NOBODY, False),  # no PIN
        (showing(PassVerdict.UNREADABLE), False),  # an empty one
        (NOW, True),
        (NOW._replace(code=replace(CARD, once=True, used=True)), False),  # no access left
        (NOW._replace(code=replace(CARD, once=True)), True),
        (held_by(valid_from=utc("2026-01-06"), valid_until=utc("2026-01-12")), False),
        (held_by(valid_from=utc("2025-12-29"), valid_until=utc("2026-01-04")), False),
        (held_by(valid_from=utc("2026-01-04"), valid_until=utc("2026-01-06")), True),
    ],
)
def test_keymaster_slots(way: Way, opens: bool) -> None:
    assert (asked(SET, way).outcome is GRANT) is opens


# --- clixsyss/pre: GUEST_PASS_TESTING_GUIDE.md; erikallin/cucitrace: AccessControl.feature -------

GUEST = USUAL._replace(
    subject=None,
    code=PassEvidence(PassVerdict.GENUINE, subject_id="u1", pass_id="g1", once=True),
)


@pytest.mark.parametrize(
    ("way", "outcome", "reason"),
    [
        (GUEST._replace(subject=HOLDER), GRANT, Reason.CODE_ACCEPTED),
        (
            GUEST._replace(subject=HOLDER, code=replace(CARD, once=True, used=True)),
            DENY,
            Reason.PASS_USED,
        ),
        (showing(PassVerdict.EXPIRED), DENY, Reason.PASS_EXPIRED),
        (showing(PassVerdict.REVOKED), DENY, Reason.PASS_REVOKED),  # a deleted pass
        (showing(PassVerdict.FORGED), DENY, Reason.PASS_FORGED),
    ],
)
def test_guest_pass_testing_guide(way: Way, outcome: Outcome, reason: Reason) -> None:
    asks(SET, way, outcome, reason)


@pytest.mark.parametrize(
    ("groups", "outcome"),
    [({"level-1", "level-0"}, GRANT), ({"level-1"}, DENY)],
)
def test_cucitrace_a_level_that_suffices(groups: set[str], outcome: Outcome) -> None:
    """A card of level 1 opens doors of level 0, in ours by a group for each; and none of level 2."""
    policy = doors(replace(members(), groups=frozenset({"level-0", "level-2"})))
    asks(policy, USUAL._replace(subject=Subject("u1", groups=frozenset(groups), status=GREEN)), outcome, None)


def test_cucitrace_a_card_that_is_in_use_already() -> None:
    asks(passback(PassbackKind.HARD), USUAL._replace(last=IN), DENY, Reason.ANTI_PASSBACK)
