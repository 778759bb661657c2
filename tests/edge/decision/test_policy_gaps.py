"""What a policy says in vain, row by row: nothing of it is an error, all of it is said."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from msgspec.structs import replace

from edge.decision import Direction, Mode, OccupancyRule, Period, Policy, Subject, gaps
from edge.decision.policy import AccessRule, AntiPassbackRule, Day, GatePolicy, ModePeriod

RESIDENT, CLEANER = frozenset({"resident"}), frozenset({"cleaner"})
RESIDENTS = AccessRule("residents", groups=RESIDENT)
SOUND = Policy(gates={"main": GatePolicy(Mode.FACE_OR_CODE)}, access=(RESIDENTS,))
PEOPLE = (Subject("li-na", groups=RESIDENT), Subject("wang-wei", groups=RESIDENT))
ON_HOLIDAYS = Period(frozenset({Day.HOLIDAY}))


def said(policy: Policy, people: tuple[Subject, ...] = PEOPLE) -> list[str]:
    return [f"{gap.where}: {gap.text}" for gap in gaps(policy, people)]


def test_a_sound_policy_says_nothing_in_vain() -> None:
    visitors = AccessRule("visitors", groups=frozenset({"visitor"}))
    assert said(replace(SOUND, access=(RESIDENTS, visitors))) == []


@pytest.mark.parametrize(
    ("rule", "where", "text"),
    [
        (AccessRule("cleaners", groups=CLEANER), "access 'cleaners'", "nobody is in cleaner"),
        (
            AccessRule("north", gates=frozenset({"north"})),
            "access 'north'",
            "it can never apply: there is no gate north",
        ),
        (AccessRule("two", gates=frozenset({"main", "nroth"})), "access 'two'", "there is no gate nroth"),
        (
            AccessRule("feasts", periods=(ON_HOLIDAYS,)),
            "access 'feasts'",
            "it can never apply: it is for holidays, and there are none",
        ),
    ],
)
def test_an_access_rule_that_applies_to_nobody_or_nowhere(rule: AccessRule, where: str, text: str) -> None:
    assert said(replace(SOUND, access=(RESIDENTS, rule))) == [f"{where}: {text}"]


def test_a_rule_for_holidays_applies_where_there_are_some() -> None:
    feasts = AccessRule("feasts", periods=(ON_HOLIDAYS,))
    assert said(replace(SOUND, access=(RESIDENTS, feasts), holidays={"12-25": "Christmas"})) == []


@pytest.mark.parametrize(
    ("first", "second", "vain"),
    [
        (ModePeriod(Mode.LOCKED, Period()), ModePeriod(Mode.FREE, Period(end=time(6))), True),
        (ModePeriod(Mode.LOCKED, Period(end=time(6))), ModePeriod(Mode.FREE, Period()), False),
        (ModePeriod(Mode.LOCKED, Period(), Direction.ENTRY), ModePeriod(Mode.FREE, Period()), False),
        (
            ModePeriod(Mode.LOCKED, Period(), Direction.EXIT),
            ModePeriod(Mode.FREE, Period(), Direction.EXIT),
            True,
        ),
        (ModePeriod(Mode.LOCKED, Period(end=time(6))), ModePeriod(Mode.FREE, ON_HOLIDAYS), True),
    ],
)
def test_a_scheduled_mode_that_never_comes(first: ModePeriod, second: ModePeriod, vain: bool) -> None:
    gate = GatePolicy(Mode.FACE_OR_CODE, (first, second))
    found = said(replace(SOUND, gates={"main": gate}))
    assert [line.startswith("gates.main.schedule[1]: it can never apply") for line in found] == [True] * vain


@pytest.mark.parametrize(
    ("groups", "change", "where", "text"),
    [
        (
            CLEANER,
            {},
            "1 in cleaner (mei)",
            "no access rule covers them: every gate refuses them",
        ),
        (
            frozenset(),
            {},
            "1 in no group (mei)",
            "no access rule covers them: every gate refuses them",
        ),
        (
            CLEANER,
            {"access": (RESIDENTS, AccessRule("in", groups=CLEANER, direction=Direction.ENTRY))},
            "1 in cleaner (mei)",
            "a rule covers their entry and none their exit",
        ),
        (
            CLEANER,
            {"access": (RESIDENTS, AccessRule("out", groups=CLEANER, direction=Direction.EXIT))},
            "1 in cleaner (mei)",
            "a rule covers their exit and none their entry",
        ),
    ],
)
def test_people_whom_no_rule_covers(
    groups: frozenset[str], change: dict[str, Any], where: str, text: str
) -> None:
    assert said(replace(SOUND, **change), (*PEOPLE, Subject("mei", groups=groups))) == [f"{where}: {text}"]


def test_many_people_whom_no_rule_covers_are_counted_and_some_named() -> None:
    many = tuple(Subject(f"s{number:03}") for number in range(200))
    [line] = said(SOUND, (*PEOPLE, *many))
    assert line.startswith("200 in no group (s000, s001, s002, s003, s004 and 195 more): no access rule")


@pytest.mark.parametrize(
    ("gate", "vain"),
    [
        (GatePolicy(Mode.CODE), True),
        (GatePolicy(Mode.FREE), False),
        (GatePolicy(Mode.LOCKED), False),
        (GatePolicy(Mode.LOCKED, (ModePeriod(Mode.CODE, Period(end=time(6))),)), True),
        # Every mode that asks nobody, each at its time.
        (GatePolicy(Mode.LOCKED, (ModePeriod(Mode.FREE, Period(end=time(6))),)), False),
    ],
)
def test_a_gate_that_no_rule_covers(gate: GatePolicy, vain: bool) -> None:
    policy = replace(
        SOUND,
        gates=SOUND.gates | {"north": gate},
        access=(replace(RESIDENTS, gates=frozenset({"main"})),),
    )
    expected = ["gates.north: no access rule covers it: it refuses everybody"] if vain else []
    assert said(policy) == expected


def test_groups_that_are_exempt_and_empty() -> None:
    policy = replace(
        SOUND,
        occupancy=OccupancyRule(exempt=frozenset({"staf"})),
        anti_passback=AntiPassbackRule(exempt=frozenset({"resident", "gaurds"})),
    )
    assert said(policy) == [
        "occupancy.exempt: nobody is in staf",
        "anti_passback.exempt: nobody is in gaurds",
    ]
