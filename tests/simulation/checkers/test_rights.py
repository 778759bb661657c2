"""Only who has a right is let in, for no longer than a withdrawal takes; who isolates and leaves alarms."""

from __future__ import annotations

import pytest

from edge.decision import Direction, Outcome, Reason
from tests.simulation.checkers import Rules
from tests.simulation.checkers.stories import (
    LATE,
    at_central,
    begun,
    broken,
    decided,
    leaves,
    peopled,
    stored,
    visit,
)
from tests.simulation.observations import (
    Began,
    CardChanged,
    ClockState,
    Ended,
    InForce,
    Linked,
    Observation,
    Published,
    Standing,
)

Story = tuple[Observation | tuple[Observation, ...], ...]
GONE = Standing(1_000.0, "li", False)
TOLD = Published(1_000.0, 2, LATE * 10)
HEARD = InForce(1_010.0, "main", 2, 1_000.0)


def let_in(at: float, person: str = "li", **shown: object) -> Story:
    """Somebody comes to the gate and is let in; `shown` is what `decided` takes."""
    event = stored(at + 1.0, 1, decided(person, **shown))  # type: ignore[arg-type]
    return (*visit(at, person), event, leaves(at + 2.0, person))


def one_time(at: float) -> Story:
    came = visit(at, "visitor:wei", how="one_time_pass", pass_id="77")
    return (
        *came,
        stored(at + 1.0, 1, decided("visitor:wei", pass_id="77", once=True)),
        leaves(at + 2.0, "visitor:wei"),
    )


def asks_to_leave(at: float, *alarms: Reason) -> Story:
    event = stored(
        at + 1.0,
        1,
        decided("li", Outcome.DENY, Reason.HOME_ISOLATION, way=Direction.EXIT, alarms=alarms),
    )
    return (*visit(at), event, *at_central(at + 5.0, event), leaves(at + 9.0))


ISOLATES = (*peopled(), Standing(1_000.0, "li", True, isolated=True), TOLD)
FAILS = (
    Began(100.0, 1, "card_fails", "main"),
    *visit(150.0),
    leaves(152.0),
    Ended(200.0, 1, "card_fails", "main"),
)
"""The card fails while somebody is let in: the gate is told that it is not stored."""
BORROWED = visit(10.0, "wu", how="others_pass", pass_id="55")

KEPT: dict[str, Story] = {
    "who is admitted": (*peopled(), *let_in(10.0)),
    "a visitor with a pass": (*peopled(), *one_time(10.0)),
    "who shows the pass of one who is admitted": (
        *peopled(),
        *BORROWED,
        stored(11.0, 1, decided("li", pass_id="55")),
        leaves(12.0, "wu"),
    ),
    "who was revoked just now": (*peopled(), GONE, TOLD, *let_in(1_100.0)),
    "who was revoked, by a gate that is not linked": (
        *peopled(),
        Linked(500.0, "main", False),
        GONE,
        TOLD,
        *let_in(9_000.0),
    ),
    "who was revoked, by a gate that was linked just now": (
        *peopled(),
        Linked(500.0, "main", False),
        GONE,
        TOLD,
        Linked(8_900.0, "main", True),
        *let_in(9_000.0),
    ),
    "who was revoked, by a card that was put back": (
        *peopled(),
        GONE,
        TOLD,
        HEARD,
        CardChanged(8_990.0, "main", "card_restored"),
        Linked(8_990.0, "main", False),
        Linked(8_995.0, "main", True),
        *let_in(9_000.0),
    ),
    "who came back": (*peopled(), GONE, Standing(2_000.0, "li", True), *let_in(9_000.0)),
    "who stood there when the card failed, as the journal says when it is opened again": (
        *peopled(),
        *FAILS,
        stored(3_000.0, 1, decided("li")),
        stored(3_000.0, 2),
    ),
    "anybody, at a free gate": (*peopled(), stored(11.0, 1, decided(None))),
    "who leaves and is an alarm": (*ISOLATES, HEARD, *asks_to_leave(2_000.0, Reason.HOME_ISOLATION)),
    "who leaves before the gate has heard": (*ISOLATES, *asks_to_leave(1_005.0)),
    "who leaves by a clock that is wrong": (
        *ISOLATES,
        HEARD,
        ClockState(1_500.0, "main", -90_000.0, True),
        *asks_to_leave(2_000.0),
    ),
}
BROKEN: dict[str, tuple[str, Story]] = {
    "who was never admitted": ("only_who_has_a_right", (*peopled(), *let_in(10.0, "wu"))),
    "who is not in the registry that the gate holds": (
        "only_who_has_a_right",
        (*peopled(), GONE, TOLD, HEARD, *let_in(1_100.0)),
    ),
    "who is not there": (
        "only_who_has_a_right",
        (*peopled(), *visit(10.0, "wu"), stored(11.0, 1, decided("li")), leaves(12.0, "wu")),
    ),
    "who left long ago": (
        "only_who_has_a_right",
        (*peopled(), *visit(10.0), leaves(12.0), stored(60.0, 1, decided("li"))),
    ),
    "who stood there when the card failed, after another event": (
        "only_who_has_a_right",
        (*peopled(), *FAILS, stored(3_000.0, 1), stored(3_100.0, 2, decided("li"))),
    ),
    "who stood there before the card failed": (
        "only_who_has_a_right",
        (*peopled(), *visit(50.0), leaves(52.0), FAILS[0], FAILS[-1], stored(3_000.0, 1, decided("li"))),
    ),
    "who shows a forged pass of somebody": (
        "only_who_has_a_right",
        (
            *peopled(),
            *visit(10.0, "wu", how="forged_pass", pass_id="55"),
            stored(11.0, 1, decided("li", pass_id="55")),
            leaves(12.0, "wu"),
        ),
    ),
    "whose face is another's than the pass names": (
        "only_who_has_a_right",
        (
            *peopled(),
            *BORROWED,
            stored(11.0, 1, decided("li", pass_id="55", face="wu")),
            leaves(12.0, "wu"),
        ),
    ),
    "who was revoked, by a gate that is linked": (
        "revoked_stay_out",
        (*peopled(), GONE, TOLD, *let_in(9_000.0)),
    ),
    "who was revoked urgently": (
        "revoked_stay_out",
        (*peopled(), Standing(1_000.0, "li", False, urgent=True), *let_in(9_000.0)),
    ),
    "a visitor, by a registry that has expired": (
        "revoked_stay_out",
        (Published(0.0, 1, 1_000.0), begun(), InForce(0.0, "main", 1, 0.0), *one_time(2_000.0)),
    ),
    "who leaves without an alarm": ("isolation_is_alarmed", (*ISOLATES, HEARD, *asks_to_leave(2_000.0))),
    "whose alarm does not come to central": (
        "isolation_is_alarmed",
        (
            *ISOLATES,
            HEARD,
            *(
                item
                for item in asks_to_leave(2_000.0, Reason.HOME_ISOLATION)
                if type(item).__name__ != "AtCentral"
            ),
        ),
    ),
}


@pytest.mark.parametrize("story", KEPT.values(), ids=KEPT)
def test_a_gate_may_let_in(story: Story) -> None:
    assert broken(*story) == set()


@pytest.mark.parametrize(("checker", "story"), BROKEN.values(), ids=BROKEN)
def test_a_gate_may_not_let_in(checker: str, story: Story) -> None:
    assert checker in broken(*story)


@pytest.mark.parametrize(("rules", "objects"), [(Rules(), False), (Rules(close_after=3_600.0), True)])
def test_a_stale_registry_closes_where_the_policy_says_so(rules: Rules, objects: bool) -> None:
    story = (*peopled(), Linked(1.0, "main", False), *let_in(9_000.0))
    assert ("revoked_stay_out" in broken(*story, rules=rules)) is objects
