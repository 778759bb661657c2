"""What is too old goes by the rules, and what went is said; what is held stays, whatever rule there is."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from edge.decision import Subject
from sync.central.accounts.actor import command_line_actor
from sync.central.alarms.tables import alarm, alarm_step
from sync.central.audit.audit import entries
from sync.central.dispatch.core.assignments import Assignment
from sync.central.dispatch.core.life import WorkerAct
from sync.central.dispatch.tables import task, task_act, task_offer, worker
from sync.central.dispatch.tasks import open_task, send_to
from sync.central.dispatch.telling import Saying, tell
from sync.central.history.acts import hold, keep_for, keep_for_ever, lift
from sync.central.history.core.holds import Scope
from sync.central.history.core.retention import Kept, RetentionRule, rule_for
from sync.central.history.files import HistoryError
from sync.central.history.holds import NewHold, holds_in
from sync.central.history.overview import Deletion, deletions
from sync.central.history.retention import delete_old
from sync.central.history.rewriting import Rewriting
from sync.central.history.rules import rules_of
from sync.central.isolation.tables import home_visit, isolation_exit
from sync.central.journals.journals import store_batch
from sync.central.people.subjects import put_subject, remove_subject
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.places.tree import place_at
from sync.central.store import Store
from sync.central.tables import chain
from sync.central.units import DAY, MINUTE
from sync.wire import batch_of
from tests.examples import alike
from tests.sync.central.accesses.examples import sent
from tests.sync.central.history.examples import all_accesses, archived, days, in_database
from tests.sync.wire.examples import AT, DEVICE

ACTOR = command_line_actor("wang")
SITE = "green-court"
NOW = AT + 100 * DAY
KEEPS_THREE_DAYS_OF_SIX = RetentionRule(Kept.ACCESSES, None, 97)
"""At NOW: what is of AT's day and the two behind it is too old, since a day goes as a whole."""


def kept_by(store: Store, *rules: RetentionRule) -> None:
    with store.writing() as connection:
        for rule in rules:
            keep_for(connection, ACTOR, rule, NOW)


def held(store: Store, scope: Scope, case: str = "2026-17") -> int:
    with store.writing() as connection:
        return hold(
            connection, ACTOR, EVERYWHERE, NewHold(case, scope, "the court asks", NOW + 30 * DAY), NOW
        )


def lifted(store: Store, number: int) -> None:
    with store.writing() as connection:
        lift(connection, ACTOR, EVERYWHERE, number, "the case is closed", NOW)


def deleted(store: Store, folder: Path) -> list[Deletion]:
    """What the rules deleted, the oldest first."""
    assert delete_old(Rewriting(store, folder, NOW), 1000) < 1000
    with store.reading() as connection:
        return deletions(connection, EVERYWHERE, 100)[::-1]


def ages(store: Store) -> list[int]:
    """Of which days there are accesses, counted from the first."""
    first = AT // DAY * DAY
    return sorted({(int(str(row["at"])) - first) // DAY for row in all_accesses(store)})


@given(
    rules=st.dictionaries(st.sampled_from([None, 1, 2, 3]), st.integers(31, 99)),
    above=st.permutations([1, 2, 3]),
)
def test_the_nearest_places_rule_counts(rules: dict[int | None, int], above: list[int]) -> None:
    found = rule_for(
        [RetentionRule(Kept.ALARMS, place, days) for place, days in rules.items()], Kept.ALARMS, above
    )
    nearest = [place for place in (*above, None) if place in rules]
    assert (found.place if found else "none") == (nearest[0] if nearest else "none")


@pytest.mark.parametrize("moved", [False, True], ids=["in the database", "in files"])
def test_what_is_too_old_goes_and_that_is_said(store: Store, tmp_path: Path, moved: bool) -> None:
    sent(store, days(6))
    if moved:
        archived(store, tmp_path)
    before = ages(store)
    kept_by(store, KEEPS_THREE_DAYS_OF_SIX)
    told = deleted(store, tmp_path)
    gone = [age for age in before if age not in ages(store)]
    assert gone == before[:3]
    assert sum(each.rows for each in told) == 12
    assert {(each.kind, each.site, each.days, each.held) for each in told} == {("accesses", SITE, 97, 0)}
    assert all(each.first_at >= AT and each.last_at < AT + 3 * DAY for each in told)
    assert all(len(each.digest) == 32 for each in told)
    assert deleted(store, tmp_path) == told, "a second round has nothing to do"
    assert len([*tmp_path.glob("accesses/*/*")]) == (3 if moved else 0)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("moved", [False, True], ids=["in the database", "in files"])
@pytest.mark.parametrize(
    ("scope", "stay"),
    alike(
        [
            (Scope(SITE, "li-na", until=AT + DAY), 12 + 1),
            (Scope(SITE), 24),
            (Scope(SITE, "nobody"), 12),
            (Scope(SITE, "li-na"), 12 + 3),
            (Scope(SITE, since=AT + DAY, until=AT + 2 * DAY), 12 + 4),
        ],
        short=3,
    ),
)
def test_what_is_held_stays_until_the_hold_is_lifted(
    store: Store, tmp_path: Path, moved: bool, scope: Scope, stay: int
) -> None:  # fmt: skip
    sent(store, days(6))
    if moved:
        archived(store, tmp_path)
    number = held(store, scope)
    kept_by(store, KEEPS_THREE_DAYS_OF_SIX)
    told = deleted(store, tmp_path)
    left = all_accesses(store)
    assert len(left) == stay
    assert sum(each.rows for each in told) == 24 - stay
    lifted(store, number)
    deleted(store, tmp_path)
    assert len(all_accesses(store)) == 12


def test_a_rule_of_a_place_is_about_its_sites_only(store: Store, tmp_path: Path) -> None:
    sent(store, days(6))
    with store.reading() as connection:
        there = place_at(connection, SITE)
    kept_by(store, KEEPS_THREE_DAYS_OF_SIX, RetentionRule(Kept.ACCESSES, there, 400))
    assert deleted(store, tmp_path) == []
    with store.writing() as connection:
        keep_for_ever(connection, ACTOR, Kept.ACCESSES, there, NOW)
    assert sum(each.rows for each in deleted(store, tmp_path)) == 12
    with store.reading() as connection:
        assert rules_of(connection) == [KEEPS_THREE_DAYS_OF_SIX]
        acts = {entry.act for entry in entries(connection, EVERYWHERE, count=10)}
    assert {"set_retention", "end_retention"} <= acts


def test_evidence_that_was_deleted_never_comes_back(store: Store, tmp_path: Path) -> None:
    """A gate sends its journal again: what was here is not stored anew, and is no fork."""
    entries_ = days(6)
    sent(store, entries_)
    archived(store, tmp_path)
    kept_by(store, RetentionRule(Kept.EVIDENCE, None, 97))
    assert sum(each.rows for each in deleted(store, tmp_path)) == 15
    assert len([*tmp_path.glob("events/*/*")]) == 3
    with store.writing() as connection:
        again = store_batch(connection, DEVICE, batch_of(entries_[5:25], 5), NOW)
    assert (again.stored, again.findings, again.acknowledgement.sequence) == (0, (), 30)
    assert in_database(store) == []


def test_a_hold_says_for_which_case_and_until_when(store: Store) -> None:
    number = held(store, Scope(SITE, "li-na"))
    with store.reading() as connection:
        [found] = holds_in(connection, EVERYWHERE)
        assert (found.number, found.case, found.made_by) == (number, "2026-17", "wang")
        assert holds_in(connection, Sight()) == []
    with store.writing() as connection, pytest.raises(HistoryError, match="no hold"):
        lift(connection, ACTOR, Sight(), number, "not mine to see", NOW)
    lifted(store, number)
    with store.reading() as connection:
        assert holds_in(connection, EVERYWHERE) == []
        [found] = holds_in(connection, EVERYWHERE, lifted_too=True)
        assert (found.lifted_by, found.lifted_why) == ("wang", "the case is closed")
    with store.writing() as connection, pytest.raises(HistoryError, match="no hold"):
        lift(connection, ACTOR, EVERYWHERE, number, "again", NOW)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (NewHold(" ", Scope(SITE), "why", NOW + DAY), "number of the case"),
        (NewHold("1", Scope(SITE), "", NOW + DAY), "a reason"),
        (NewHold("1", Scope(SITE), "why", NOW), "within a year"),
        (NewHold("1", Scope(SITE), "why", NOW + 400 * DAY), "within a year"),
        (NewHold("1", Scope(SITE, None, 5, 5), "why", NOW + DAY), "before it begins"),
        (NewHold("1", Scope("nowhere"), "why", NOW + DAY), "no site"),
    ],
)
def test_a_hold_that_cannot_be_is_refused(store: Store, wanted: NewHold, says: str) -> None:
    with store.writing() as connection, pytest.raises(HistoryError, match=says):
        hold(connection, ACTOR, EVERYWHERE, wanted, NOW)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("days_", [0, 30, 40_000])
def test_a_rule_that_cannot_be_is_refused(store: Store, days_: int) -> None:
    with store.writing() as connection, pytest.raises(HistoryError, match="expected 31 to"):
        keep_for(connection, ACTOR, RetentionRule(Kept.ACCESSES, None, days_), NOW)


def test_who_is_held_is_not_erased_until_the_hold_is_lifted(store: Store) -> None:
    with store.writing() as connection:
        put_subject(connection, SITE, Subject("li-na", "Li Na", "3-2-301"), AT)
    number = held(store, Scope(SITE, "li-na"))
    with store.writing() as connection, pytest.raises(HistoryError, match="held for case 2026-17"):
        remove_subject(connection, SITE, "li-na")
    lifted(store, number)
    with store.writing() as connection:
        remove_subject(connection, SITE, "li-na")


def test_what_workers_were_sent_for_goes_with_all_that_they_told_of_it(store: Store, tmp_path: Path) -> None:
    with store.writing() as connection:
        person = {"place": place_at(connection, SITE), "code": "liu", "name": "刘洋", "language": "zh"}
        made = sa.insert(worker).values(person | {"made_at": AT, "made_by": "wang"})
        liu = connection.execute(made.returning(worker.c.number)).scalar_one()
        numbers = []
        for _ in range(2):
            number = open_task(connection, Assignment(None, "tampered", SITE, None, None, AT, 2), AT)
            offer = send_to(connection, EVERYWHERE, number, liu, "gatepost", AT)
            numbers.append(number)
            if len(numbers) == 1:
                tell(connection, liu, Saying("1", offer, WorkerAct.DONE, 0, "repaired", "锁"), AT + MINUTE)
    kept_by(store, RetentionRule(Kept.TASKS, None, 60))
    [told] = deleted(store, tmp_path)
    assert (told.kind, told.rows, told.first_at) == ("tasks", 1, AT + MINUTE)
    with store.reading() as connection:
        for table in (task.c.number, task_offer.c.task):
            assert [*connection.execute(sa.select(table)).scalars()] == numbers[1:], "it is not over"
        assert connection.execute(sa.select(sa.func.count()).select_from(task_act)).scalar_one() == 0


def test_exits_in_isolation_and_home_visits_go_and_what_is_held_stays(store: Store, tmp_path: Path) -> None:
    def left(name: str, at: int) -> dict[str, object]:
        gate = {"site": SITE, "device": DEVICE, "gate": "main", "how": "tried", "reason": "home_isolation"}
        return gate | {"sequence": at - AT + 1, "at": at, "received_at": at, "subject": name}

    sent(store, days(1))
    with store.writing() as connection:
        chain_number = connection.execute(sa.select(sa.func.min(chain.c.number))).scalar_one()
        rows = [left("li-na", AT), left("zhou", AT + 1), left("zhou", NOW)]
        connection.execute(sa.insert(isolation_exit), [row | {"chain": chain_number} for row in rows])
        visit = {"site": SITE, "occasion": "begin", "opens_at": AT, "due_at": AT, "task": 1}
        connection.execute(sa.insert(home_visit), [visit | {"subject": "li-na", "ended_at": AT + 5}])
        connection.execute(sa.insert(home_visit), [visit | {"subject": "zhou", "ended_at": None}])
    held(store, Scope(SITE, "li-na"))
    kept_by(store, RetentionRule(Kept.ISOLATIONS, None, 60))
    [told] = deleted(store, tmp_path)
    assert (told.kind, told.rows, told.held) == ("isolations", 1, 1)
    with store.reading() as connection:
        exits = connection.execute(sa.select(isolation_exit.c.subject, isolation_exit.c.at)).all()
        assert sorted(map(tuple, exits)) == [("li-na", AT), ("zhou", NOW)]
        assert connection.execute(sa.select(sa.func.count()).select_from(home_visit)).scalar_one() == 2
    lifted(store, 1)
    assert sum(each.rows for each in deleted(store, tmp_path)) == 3


def test_alarms_go_once_they_are_closed_and_old(store: Store, tmp_path: Path) -> None:
    row = {
        "kind": "tampered", "key": "", "site": SITE, "severity": 1, "first_at": AT, "last_at": AT, "times": 1,
        "evidence": [], "values": {}, "seen": [], "raised_at": AT, "changed_at": AT,
    }  # fmt: skip
    with store.writing() as connection:
        for key, closed in (("old", AT + DAY), ("new", NOW - DAY), ("open", None)):
            connection.execute(sa.insert(alarm).values(row | {"key": key, "closed_at": closed}))
        of_the_centre = row | {"key": "deaf", "site": None, "closed_at": AT + DAY}
        connection.execute(sa.insert(alarm).values(of_the_centre))
        old = connection.execute(sa.select(alarm.c.number).where(alarm.c.key == "old")).scalar_one()
        step = {"alarm": old, "what": "raised", "at": AT, "by": "", "why": "", "values": {}}
        connection.execute(sa.insert(alarm_step).values(step))
    kept_by(store, RetentionRule(Kept.ALARMS, None, 60))
    told, of_none = deleted(store, tmp_path)
    assert (told.kind, told.rows, told.first_at) == ("alarms", 1, AT + DAY)
    assert (of_none.site, of_none.rows) == ("", 1)
    with store.reading() as connection:
        assert [*connection.execute(sa.select(alarm.c.key).order_by(alarm.c.key)).scalars()] == [
            "new",
            "open",
        ]
        assert connection.execute(sa.select(sa.func.count()).select_from(alarm_step)).scalar_one() == 0
