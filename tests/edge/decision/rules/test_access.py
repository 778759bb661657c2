"""Whether the site allows this access: by group, gate, direction and hour; anti-passback; a full site."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from msgspec.structs import replace

from edge.decision import (
    ClockTrust,
    Crowding,
    Direction,
    Evidence,
    LastAccess,
    OccupancyRule,
    Outcome,
    PassEvidence,
    PassKind,
    PassVerdict,
    Period,
    Policy,
    Reason,
    Situation,
    Subject,
)
from edge.decision.policy import WEEK, AccessRule, AntiPassbackRule, PassbackKind
from edge.decision.rules.access import access, anti_passback, entries_held, site_full
from tests.edge.decision.conftest import TUESDAY_NOON
from tests.edge.decision.rules.asking import Said, clock, objections

IN, OUT = Direction.ENTRY, Direction.EXIT
DENY, REFER, GRANT = Outcome.DENY, Outcome.REFER, Outcome.GRANT
MORNING = Period(frozenset(WEEK), time(6), time(12))
AFTERNOON = Period(frozenset(WEEK), time(12), time(18))
VISITOR = PassEvidence(PassVerdict.GENUINE, kind=PassKind.VISITOR, pass_id="v", subject_id="visitor:1")
NOT_ALLOWED: Said = [(DENY, Reason.GROUP_NOT_ALLOWED, "access")]
OUTSIDE: Said = [(DENY, Reason.OUTSIDE_HOURS, "access.a")]
NO_CLOCK: Said = [(REFER, Reason.CLOCK_UNTRUSTED, "access.a")]


def person(*groups: str) -> Subject:
    return Subject("li-na", groups=frozenset(groups))


def rule(name: str = "a", *groups: str, **fields: object) -> AccessRule:
    return replace(AccessRule(name, groups=frozenset(groups)), **fields)


@pytest.mark.parametrize(
    ("rules", "subject", "way", "said"),
    [
        ((), person("resident"), IN, NOT_ALLOWED),
        ((rule("a", "resident"),), person("resident"), IN, []),
        ((rule("a", "resident"),), person("cleaner"), IN, NOT_ALLOWED),
        ((rule("a", "resident"),), person(), IN, NOT_ALLOWED),
        ((rule("a", "x", "resident"),), person("resident", "y"), IN, []),
        ((rule("a"),), person(), IN, []),  # everybody whom the registry knows
        ((rule("a", gates=frozenset({"main"})),), person(), IN, []),
        ((rule("a", gates=frozenset({"north"})),), person(), IN, NOT_ALLOWED),
        ((rule("a", direction=IN),), person(), IN, []),
        ((rule("a", direction=IN),), person(), OUT, NOT_ALLOWED),
        ((rule("a", periods=(MORNING,)),), person(), IN, OUTSIDE),
        ((rule("a", periods=(AFTERNOON,)),), person(), IN, []),
        ((rule("a", periods=(MORNING, AFTERNOON)),), person(), IN, []),
        ((rule("a", periods=(MORNING,)), rule("b")), person(), IN, []),  # one that covers is enough
        ((rule("b", "x"), rule("a", periods=(MORNING,))), person(), IN, OUTSIDE),
        ((rule("a"),), None, IN, []),  # who is unknown is another rule's
    ],
)
def test_at_noon_on_a_tuesday(
    policy: Policy,
    situation: Situation,
    rules: tuple[AccessRule, ...],
    subject: Subject | None,
    way: Direction,
    said: Said,
) -> None:
    assert objections(access, replace(policy, access=rules), subject, Evidence(way), situation) == said


@pytest.mark.parametrize(
    ("rules", "subject", "said"),
    [
        ((rule("a", "visitor"),), None, []),
        ((rule("a", "resident"),), None, NOT_ALLOWED),
        ((rule("a"),), None, NOT_ALLOWED),  # everybody whom the registry knows, and no visitor
        ((rule("a", "visitor"),), person("resident"), []),
    ],
)
def test_visitors_need_a_rule_of_their_own(
    policy: Policy, situation: Situation, rules: tuple[AccessRule, ...], subject: Subject | None, said: Said
) -> None:
    shown = Evidence(IN, code=VISITOR)
    assert objections(access, replace(policy, access=rules), subject, shown, situation) == said


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ((rule("a", periods=(AFTERNOON,)),), NO_CLOCK),
        ((rule("a", periods=(MORNING,)),), NO_CLOCK),
        ((rule("a"),), []),
        ((rule("a", periods=(MORNING,)), rule("b")), []),
        ((rule("a", "resident", periods=(MORNING,)),), NOT_ALLOWED),
    ],
)
def test_an_unsure_clock_reads_no_hours(
    policy: Policy, situation: Situation, rules: tuple[AccessRule, ...], said: Said
) -> None:
    unsure = clock(situation, ClockTrust.UNTRUSTED)
    assert objections(access, replace(policy, access=rules), person(), Evidence(IN), unsure) == said


# --- anti-passback --------------------------------------------------------------------------


def last(way: Direction, minutes: float = 1.0) -> LastAccess:
    return LastAccess(way, TUESDAY_NOON - timedelta(minutes=minutes), ClockTrust.TRUSTED, "main")


@pytest.mark.parametrize(
    ("kind", "before", "way", "exempt", "said"),
    [
        (PassbackKind.OFF, last(IN), IN, (), []),
        (PassbackKind.SOFT, last(IN), IN, (), []),  # an event, and no objection
        (PassbackKind.HARD, None, IN, (), []),
        (PassbackKind.HARD, last(OUT), IN, (), []),
        (PassbackKind.HARD, last(IN), IN, (), [(DENY, Reason.ANTI_PASSBACK, "anti_passback.entry")]),
        (PassbackKind.HARD, last(OUT), OUT, (), [(REFER, Reason.ANTI_PASSBACK, "anti_passback.exit")]),
        (PassbackKind.HARD, last(IN), IN, ("courier",), []),
        (PassbackKind.HARD, last(IN), IN, ("other",), [(DENY, Reason.ANTI_PASSBACK, "anti_passback.entry")]),
        (PassbackKind.TIMED, last(IN, 4.9), IN, (), [(DENY, Reason.ANTI_PASSBACK, "anti_passback.entry")]),
        (PassbackKind.TIMED, last(IN, 5.1), IN, (), []),
    ],
)
def test_a_second_time_the_same_way(
    policy: Policy,
    situation: Situation,
    kind: PassbackKind,
    before: LastAccess | None,
    way: Direction,
    exempt: tuple[str, ...],
    said: Said,
) -> None:
    passback = AntiPassbackRule(kind, minutes=5.0, entry=DENY, exit=REFER, exempt=frozenset(exempt))
    rules, known = replace(policy, anti_passback=passback), replace(situation, last_access=before)
    assert objections(anti_passback, rules, person("courier"), Evidence(way), known) == said


# --- held entries ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "way", "subject", "refused"),
    [
        (False, IN, person(), False),
        (True, IN, person(), True),
        (True, IN, None, True),
        (True, OUT, person(), False),  # who only leaves is never touched
        (True, IN, person("nurse", "resident"), False),
        (True, IN, person("resident"), True),
    ],
)
@pytest.mark.parametrize("outcome", [DENY, REFER])
def test_held_entries_wait_as_at_a_full_site(
    policy: Policy,
    situation: Situation,
    held: bool,
    way: Direction,
    subject: Subject | None,
    refused: bool,
    outcome: Outcome,
) -> None:
    """No limit of the site's own is needed: the centre counts more than one gate does."""
    rules = replace(policy, occupancy=OccupancyRule(at_stop=outcome, exempt=frozenset({"nurse"})))
    known = replace(situation, held_until=situation.wall.at if held else None)
    said = objections(entries_held, rules, subject, Evidence(way), known)
    assert said == ([(outcome, Reason.ENTRIES_HELD, "command.hold_entries")] if refused else [])


# --- a full site ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("crowding", "way", "subject", "full"),
    [
        (Crowding.ROOM, IN, person(), False),
        (Crowding.WARNED, IN, person(), False),
        (Crowding.STOPPED, IN, person(), True),
        (Crowding.STOPPED, IN, None, True),
        (Crowding.STOPPED, OUT, person(), False),  # exits stay free
        (Crowding.STOPPED, IN, person("nurse", "resident"), False),
        (Crowding.STOPPED, IN, person("resident"), True),
    ],
)
@pytest.mark.parametrize("outcome", [DENY, REFER])
def test_a_full_site_stops_entries(
    policy: Policy,
    situation: Situation,
    crowding: Crowding,
    way: Direction,
    subject: Subject | None,
    full: bool,
    outcome: Outcome,
) -> None:
    rules = replace(policy, occupancy=OccupancyRule(stop=9, at_stop=outcome, exempt=frozenset({"nurse"})))
    said = objections(site_full, rules, subject, Evidence(way), replace(situation, crowding=crowding))
    assert said == ([(outcome, Reason.SITE_FULL, "occupancy.stop")] if full else [])


def test_hours_are_the_sites_own(policy: Policy, situation: Situation) -> None:
    """Noon UTC is eight in the evening in Shanghai."""
    rules = replace(policy, time_zone="Asia/Shanghai", access=(rule("a", periods=(AFTERNOON,)),))
    assert objections(access, rules, person(), Evidence(IN), situation) == OUTSIDE
    at_two = replace(situation, wall=replace(situation.wall, at=datetime(2026, 3, 3, 6, tzinfo=UTC)))
    assert objections(access, rules, person(), Evidence(IN), at_two) == []
