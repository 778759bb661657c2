"""What one person may do alone, as a table; and that cutting a large change into small ones gains nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.decision import HomeIsolation, Status, StatusRecord, Subject
from sync.central.changes.core.change import (
    Change,
    EraseSubject,
    PutPolicy,
    PutSubject,
    PutTemplates,
    RevokeSubject,
    SetIsolation,
    SetStatus,
    decoded,
    encoded,
)
from sync.central.changes.core.outcomes import outcome
from sync.central.changes.core.second_person import Alone, Counted, bound_of, done_alone, grounds
from sync.central.configuration import ChangesSection

SITE = "green-court"
NOW = datetime(2026, 3, 3, tzinfo=UTC)
GREEN = StatusRecord(Status.GREEN, "lab", "negative", "pcr", NOW)
RED = replace(GREEN, value=Status.RED)
PEOPLE = {f"p{number}": Subject(f"p{number}", status=GREEN, valid_until=NOW) for number in range(1000)}
LIMITS = ChangesSection(share=0.005, people=2, erasures=1, revocations=1)


def red(name: str) -> SetStatus:
    return SetStatus(SITE, name, RED)


def put(who: str, **fields: object) -> PutSubject:
    return PutSubject(SITE, replace(PEOPLE.get(who, Subject(who)), **fields))


def why(changes: list[Change], counted: Counted = Counted(1000)) -> list[str]:  # noqa: B008 - a value
    alone = done_alone(SITE, changes, PEOPLE, outcome(PEOPLE, changes))
    return [str(item.why) for item in grounds(SITE, changes, alone, counted, LIMITS)]


@pytest.mark.parametrize(
    ("people", "alone"), [(0, 2), (100, 2), (400, 2), (600, 3), (1000, 5), (100_000, 500)]
)
def test_the_bound_is_a_share_of_a_sites_people_and_a_few_people_at_least(people: int, alone: int) -> None:
    assert bound_of(LIMITS, people) == alone


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param([red(f"p{n}") for n in range(5)], [], id="five red of a thousand"),
        pytest.param([red(f"p{n}") for n in range(6)], ["share"], id="six red"),
        pytest.param([SetStatus(SITE, f"p{n}", GREEN) for n in range(6)], [], id="six as they are"),
        pytest.param([red("p1")] * 6, [], id="one person six times"),
        pytest.param(
            [SetIsolation(SITE, f"p{n}", HomeIsolation("clinic", NOW)) for n in range(6)],
            ["share"],
            id="six at home",
        ),
        pytest.param([put(f"p{n}", status=RED) for n in range(6)], ["share"], id="six red by records"),
        pytest.param([put(f"p{n}", name="Li") for n in range(6)], [], id="six names"),
        pytest.param(
            [put(f"p{n}", valid_until=NOW - timedelta(days=1)) for n in range(6)],
            ["share"],
            id="six end earlier",
        ),
        pytest.param(
            [put(f"p{n}", valid_until=NOW + timedelta(days=1)) for n in range(6)], [], id="six end later"
        ),
        pytest.param([put(f"p{n}", valid_until=None) for n in range(6)], [], id="six without an end"),
        pytest.param([put(f"p{n}", valid_from=NOW) for n in range(6)], ["share"], id="six begin later"),
        pytest.param(
            [put(f"p{n}", groups=frozenset({"closed-out"})) for n in range(6)],
            ["share"],
            id="six in another group",
        ),
        pytest.param(
            [put(f"p{n}", second_factor=True) for n in range(6)],
            ["share"],
            id="six who need their code as well",
        ),
        pytest.param([put(f"new{n}", status=RED) for n in range(900)], [], id="a new house"),
        pytest.param([PutTemplates(SITE, f"p{n}") for n in range(6)], [], id="six faces withdrawn"),
        pytest.param([EraseSubject(SITE, "p1")], [], id="one erased"),
        pytest.param([EraseSubject(SITE, "p1"), EraseSubject(SITE, "p2")], ["erasures"], id="two erased"),
        pytest.param(
            [
                EraseSubject(SITE, "p1"),
                put("p1", status=RED),
                EraseSubject(SITE, "p2"),
                put("p2", status=RED),
            ],
            ["erasures"],
            id="two erased and known again",
        ),
        pytest.param([RevokeSubject(SITE, "p1")], [], id="one revoked: an emergency"),
        pytest.param([RevokeSubject(SITE, "p1"), RevokeSubject(SITE, "p2")], ["erasures"], id="two revoked"),
        pytest.param([PutPolicy(SITE, "")], ["policy"], id="a policy"),
    ],
)
def test_what_waits_for_a_second_person(changes: list[Change], expected: list[str]) -> None:
    assert why(changes) == expected


def test_revocations_one_by_one_are_not_endless() -> None:
    gone = Counted(1000, {Alone.REVOKED: frozenset({b"somebody"})})
    assert why([RevokeSubject(SITE, "p1")], gone) == ["revocations"]


def test_an_emergency_is_possible_when_the_share_is_spent() -> None:
    spent = Counted(1000, {Alone.CHANGED: frozenset(bytes([n]) for n in range(5))})
    assert why([red("p1")], spent) == ["share"]
    assert why([RevokeSubject(SITE, "p1")], spent) == []
    assert why([put("p1", name="Li")], spent) == [], "what restricts nobody goes on"


@given(st.lists(st.integers(0, 40), min_size=1, max_size=12), st.lists(st.integers(0, 5), max_size=12))
def test_cutting_a_change_into_small_ones_gains_nothing(names: list[int], cuts: list[int]) -> None:
    """However the people are spread over requests, at most the bound of them is changed alone."""
    changed: frozenset[bytes] = frozenset()
    for first in [0, *sorted(set(cuts))]:
        part = [red(f"p{name}") for name in names[first : first + 5]]
        alone = done_alone(SITE, part, PEOPLE, outcome(PEOPLE, part))
        if part and not grounds(SITE, part, alone, Counted(1000, {Alone.CHANGED: changed}), LIMITS):
            changed |= alone[Alone.CHANGED]
    assert len(changed) <= bound_of(LIMITS, 1000)


def test_every_kind_of_change_can_be_kept_as_json() -> None:
    changes: tuple[Change, ...] = (
        put("p1"),
        PutTemplates(SITE, "p1"),
        red("p1"),
        SetIsolation(SITE, "p1", None),
        EraseSubject(SITE, "p1"),
        RevokeSubject(SITE, "p1"),
        PutPolicy(SITE, "[stale]\n"),
    )
    assert decoded(encoded(changes)) == changes
