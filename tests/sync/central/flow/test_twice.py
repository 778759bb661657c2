"""One person inside two sites at once is said where it is sure, and only there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from edge.decision import Decision, Direction, Evidence, Mode, Outcome, Reason, Subject
from edge.journal.format import AccessDecided, LaneNoEntry, LanePassed, LaneUnclear
from sync.central.alarms.core.patterns import key_of_person
from sync.central.alarms.tables import alarm_cue
from sync.central.flow.core.twice import ENOUGH, Came, twice_at
from sync.central.flow.watching import FlowLoop
from sync.central.people.subjects import put_subject
from sync.central.tables import device
from sync.central.units import SECOND
from tests.sync.central.flow.examples import exit_
from tests.sync.central.flow.street import Street, on_sqlite
from tests.sync.wire.examples import AT

IN, OUT = Direction.ENTRY, Direction.EXIT
LI_NA = "li-na"


def let_through(
    street: Street, of_device: str, at: int, who: str, way: Direction, counted: str = "counted"
) -> None:
    """Somebody is let through by a decision, and passes (`counted` empty: does not)."""
    granted = Decision(Outcome.GRANT, Reason.FACE_MATCHED, "test", who)
    reference = str(len(street.happened[of_device]) + 1)
    passed = (
        LanePassed(way, counted, "grant", reference) if counted else LaneNoEntry("grant", reference)  # type: ignore[arg-type]
    )
    street.happen(
        of_device, (at, AccessDecided(granted, Evidence(way), Mode.FACE, 1, "camera")), (at + 1, passed)
    )


def known(street: Street, **names: str) -> None:
    """Each of these sites has a record of her id, with this name."""
    with street.store.writing() as connection:
        for name, whose in names.items():
            put_subject(connection, name, Subject(LI_NA, whose), AT)


@pytest.fixture(autouse=True)
def known_at_both(street: Street) -> None:
    known(street, fish="Li Na", tea="Li Na")


def people_leave(street: Street) -> None:
    """At the fish market people leave by name, as they do every day."""
    for number in range(ENOUGH):
        let_through(street, "fish-out", number * 4, f"guest-{number}", OUT)


def found(street: Street, at: int, *, heard: bool = True) -> list[tuple[str, str, object]]:
    """What is told at that second: who, where, and where else."""
    with street.store.writing() as connection:
        if heard:
            connection.execute(sa.update(device).values(last_seen=AT + at * SECOND))
    now = AT + at * SECOND
    for _ in range(2):  # two processes look
        assert FlowLoop(street.store, lambda: now).look()
    with street.store.reading() as connection:
        rows = connection.execute(sa.select(alarm_cue).where(alarm_cue.c.kind == "counted_twice")).all()
    return sorted({(row.subject, row.site, row.values["other"]) for row in rows})


def test_who_came_in_elsewhere_without_having_left_is_said(street: Street) -> None:
    people_leave(street)
    let_through(street, "fish-in", 100, LI_NA, IN)
    let_through(street, "tea-in", 300, LI_NA, IN)
    assert found(street, 310) == [], "what followed has not had time to arrive"
    assert found(street, 400) == [(LI_NA, "tea", "fish")]
    with street.store.reading() as connection:
        rows = connection.execute(sa.select(alarm_cue)).all()
    assert len({(row.at, row.identity) for row in rows}) == 1, "whoever tells it tells the same"
    assert LI_NA not in rows[0].key, "a key outlives an erasure"
    assert rows[0].key == key_of_person("tea", LI_NA), "it lies at the site to which they came"
    assert len(rows[0].evidence) == 2


@on_sqlite
def test_two_people_whom_two_sites_give_one_id_are_not_one(street: Street) -> None:
    known(street, tea="Wang Wei")
    people_leave(street)
    let_through(street, "fish-in", 100, LI_NA, IN)
    let_through(street, "tea-in", 300, LI_NA, IN)
    assert found(street, 400) == []


Change = Callable[[Street], None]


@on_sqlite
@pytest.mark.parametrize(
    "instead",
    [
        lambda street: let_through(street, "fish-out", 200, LI_NA, OUT),
        lambda street: street.happen("fish-out", (200, exit_())),  # somebody left without a name
        lambda street: let_through(street, "fish-out", 200, "guest", OUT, "estimated"),
        lambda street: street.happen("fish-out", (200, LaneUnclear("both beams"))),
        lambda street: street.happen("fish-in", (200, LanePassed(None, "estimated", "override"))),
    ],
    ids=[
        "they left",
        "a stranger left",
        "nobody counted who left",
        "nobody can tell",
        "nobody knows which way",
    ],
)
def test_who_left_or_may_have_left_is_not(street: Street, instead: Change) -> None:
    people_leave(street)
    let_through(street, "fish-in", 100, LI_NA, IN)
    instead(street)
    let_through(street, "tea-in", 300, LI_NA, IN)
    assert found(street, 400) == []


@on_sqlite
@pytest.mark.parametrize(("first", "second"), [("", "counted"), ("counted", ""), ("estimated", "counted")])
def test_who_was_let_in_and_did_not_surely_pass_is_not(street: Street, first: str, second: str) -> None:
    people_leave(street)
    let_through(street, "fish-in", 100, LI_NA, IN, first)
    let_through(street, "tea-in", 300, LI_NA, IN, second)
    assert found(street, 400) == []


@on_sqlite
def test_a_site_where_nobody_is_named_on_the_way_out_tells_nothing(street: Street) -> None:
    let_through(street, "fish-in", 100, LI_NA, IN)
    let_through(street, "tea-in", 300, LI_NA, IN)
    assert found(street, 400) == []


@on_sqlite
def test_while_a_gate_of_the_first_site_is_silent_nothing_is_said(street: Street) -> None:
    people_leave(street)
    let_through(street, "fish-in", 100, LI_NA, IN)
    let_through(street, "tea-in", 300, LI_NA, IN)
    assert found(street, 400, heard=False) == []


def test_the_last_thing_that_they_did_before_decides() -> None:
    def came(at: int, site: str, way: str) -> Came:
        return Came(at, site, way == "in", f"{site}-1", 1, at)

    fish, tea = came(1, "fish", "in"), came(5, "tea", "in")
    table = [
        ([], None),
        ([fish], fish),
        ([fish, came(3, "fish", "out")], None),
        ([fish, came(3, "tea", "in")], None),
        ([came(9, "fish", "in")], None),
        ([came(0, "fish", "out"), fish, tea], fish),
    ]
    for before, where in table:
        found_ = twice_at(tea, before)
        assert (found_.inside if found_ else None) == where, before
    assert twice_at(came(5, "tea", "out"), [fish]) is None
