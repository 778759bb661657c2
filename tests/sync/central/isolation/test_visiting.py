"""Home visits: opened when they are due, once, whoever looks; done, or overdue and told; gone with their
order.
"""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest
import sqlalchemy as sa

from edge.admin.site_file import SiteFile
from edge.decision import HomeIsolation, Subject
from edge.signing.cose import instant
from sync.central.accounts.actor import command_line_actor
from sync.central.alarms.tables import alarm_cue
from sync.central.audit.audit import About, entries
from sync.central.changes.core.change import EraseSubject, PutSubject, SetIsolation
from sync.central.changes.submitting import submit
from sync.central.configuration import ChangesSection
from sync.central.devices.devices import put_site
from sync.central.dispatch.core.life import WorkerAct
from sync.central.dispatch.tables import task, task_act, task_offer, worker
from sync.central.dispatch.telling import Saying, tell
from sync.central.isolation.core.schedule import VisitRule
from sync.central.isolation.loop import HomeVisitLoop
from sync.central.isolation.visiting import HomeVisit, home_visits, rules_of, set_rule, visit_done
from sync.central.people.erasing import tables_knowing
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.places.tree import place_at
from sync.central.store import Store, StoreError
from sync.central.units import DAY, HOUR
from tests.sync.wire.examples import AT

SITE, WHO = "green-court", "li-na"
BOSS = command_line_actor("wang")


def ordered(store: Store, order: HomeIsolation | None, at: int = AT) -> None:
    with store.writing() as connection:
        change = SetIsolation(SITE, WHO, order)
        submit(connection, BOSS, [change], why="a case", now=at, limits=ChangesSection())


@pytest.fixture
def database(tmp_path: Path) -> str:
    """One database: `test_alarmed.py` and the pages' test of leaks ask the other one too."""
    return f"sqlite:///{tmp_path}/central.sqlite"


@pytest.fixture
def house(store: Store) -> Store:
    with store.writing() as connection:
        put_site(connection, SiteFile(SITE, city="Shanghai", district="Pudong", street="Long Lane"))
        put = [PutSubject(SITE, Subject(WHO, "Li Na", "3/2/301"))]
        submit(connection, BOSS, put, why="new", now=AT - DAY, limits=ChangesSection())
    ordered(store, HomeIsolation("CDC", instant(AT), instant(AT + 7 * DAY)))
    return store


def look(store: Store, now: int) -> int:
    return HomeVisitLoop(store, lambda: now).look()


def shown(store: Store) -> list[HomeVisit]:
    with store.reading() as connection:
        return home_visits(connection, EVERYWHERE)


def cues(store: Store) -> list[tuple[str, bool]]:
    with store.reading() as connection:
        rows = connection.execute(sa.select(alarm_cue).order_by(alarm_cue.c.number)).all()
    assert {row.kind for row in rows} <= {"visit_overdue"}
    return [(row.key, row.is_end) for row in rows]


def open_days(store: Store) -> list[tuple[str, float]]:
    return [(each.occasion.value, (each.due_at - AT) / DAY) for each in shown(store) if each.ended_at is None]


def test_visits_are_opened_as_tasks_when_they_are_due(house: Store) -> None:
    assert look(house, AT - HOUR) == 0
    assert look(house, AT) == 1
    assert look(house, AT + HOUR) == 0, "it is open"
    with house.reading() as connection:
        [made] = connection.execute(sa.select(task)).all()
    assert (made.kind, made.site, made.subject, made.due_at, made.alarm, made.state) == (
        "isolation_visit",
        SITE,
        WHO,
        AT + DAY,
        None,
        "open",
    )
    assert look(house, AT + 3 * DAY) == 1
    assert look(house, AT + 6 * DAY) == 1
    assert {each.occasion.value for each in shown(house)} == {"begin", "regular", "end"}


def test_several_processes_open_each_visit_once(house: Store) -> None:
    loops = [HomeVisitLoop(house, lambda: AT + HOUR) for _ in range(3)]
    threads = [Thread(target=loop.look) for loop in loops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with house.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(task)).scalar_one() == 1


def test_an_overdue_visit_is_told_once_until_it_is_done(house: Store) -> None:
    look(house, AT)
    look(house, AT + DAY)
    assert cues(house) == []
    look(house, AT + DAY + 1)
    look(house, AT + DAY + HOUR)
    [visit] = shown(house)
    assert visit.is_overdue(AT + DAY + 1)
    assert cues(house) == [(f"visit {visit.number}", False)]
    with house.writing() as connection:
        done = visit_done(connection, BOSS, EVERYWHERE, visit.number, "met", "is well", AT + DAY + 2 * HOUR)
        [noted, *_] = entries(connection, EVERYWHERE, about=About("home_visit", str(visit.number), SITE))
    assert (done.outcome, done.note, done.ended_at) == ("met", "is well", AT + DAY + 2 * HOUR)
    assert noted.act == "end_home_visit"
    assert cues(house) == [(f"visit {visit.number}", False), (f"visit {visit.number}", True)]
    look(house, AT + DAY + 3 * HOUR)
    assert len(cues(house)) == 2
    assert open_days(house) == []


def test_a_visit_that_a_worker_ended_is_done(house: Store) -> None:
    """As the worker's page ends its task; the loop sees it, and ends the alarm."""
    look(house, AT)
    look(house, AT + 2 * DAY)
    with house.writing() as connection:
        done = {"state": "done", "ended_at": AT + 2 * DAY + 1, "outcome": "met", "note": "well"}
        connection.execute(sa.update(task).values(**done))
    [visit] = shown(house)
    assert (visit.outcome, visit.ended_at) == ("met", AT + 2 * DAY + 1), "at once, before the loop looks"
    look(house, AT + 2 * DAY + 2)
    assert [is_end for _, is_end in cues(house)] == [False, True]


@pytest.mark.parametrize("seen_from", [Sight(), EVERYWHERE], ids=["out of sight", "no such visit"])
def test_a_visit_that_is_not_there_cannot_be_done(house: Store, seen_from: Sight) -> None:
    look(house, AT)
    number = shown(house)[0].number if seen_from is not EVERYWHERE else 99
    with house.writing() as connection, pytest.raises(StoreError, match=f"no home visit {number}"):
        visit_done(connection, BOSS, seen_from, number, "met", "", AT)


def test_with_the_order_its_visits_go(house: Store) -> None:
    look(house, AT)
    look(house, AT + DAY + 1)
    ordered(house, None, AT + DAY + HOUR)
    look(house, AT + DAY + HOUR)
    [visit] = shown(house)
    assert (visit.ended_at, visit.note) == (AT + DAY + HOUR, "not due any more")
    assert [is_end for _, is_end in cues(house)] == [False, True]


def test_an_order_that_lasts_longer_moves_its_last_visit(house: Store) -> None:
    look(house, AT + 6 * DAY)
    assert ("end", 7.0) in open_days(house)
    ordered(house, HomeIsolation("CDC", instant(AT), instant(AT + 14 * DAY)), AT + 6 * DAY)
    look(house, AT + 6 * DAY + HOUR)
    assert "end" not in {occasion for occasion, _ in open_days(house)}
    look(house, AT + 13 * DAY)
    assert ("end", 14.0) in open_days(house)


def test_what_was_due_long_before_anybody_looked_is_not_asked_for(house: Store) -> None:
    look(house, AT + 5 * DAY)
    assert open_days(house) == [("regular", 4.0)]


def test_the_nearest_rule_counts(house: Store) -> None:
    with house.writing() as connection:
        city, site = place_at(connection, "Shanghai"), place_at(connection, SITE)
        set_rule(connection, BOSS, EVERYWHERE, city, VisitRule(False, 0, False, 24), "few people", AT)
    assert look(house, AT) == 0
    with house.writing() as connection:
        set_rule(connection, BOSS, EVERYWHERE, site, VisitRule(True, 0, False, 6), "a hot spot", AT)
        assert [each.place for each in rules_of(connection, EVERYWHERE)] == [city, site]
        [noted, *_] = entries(connection, EVERYWHERE, about=About("place", str(site), place=site))
    assert noted.act == "set_visit_rule"
    assert look(house, AT) == 1
    assert open_days(house) == [("begin", 0.25)]


def test_a_rule_that_cannot_be_changes_nothing(house: Store) -> None:
    with house.writing() as connection:
        city = place_at(connection, "Shanghai")
        with pytest.raises(StoreError, match="expected 1 to 30"):
            set_rule(connection, BOSS, EVERYWHERE, city, VisitRule(every=99), "why", AT)
        with pytest.raises(StoreError, match="no place"):
            set_rule(connection, BOSS, Sight(), city, VisitRule(), "why", AT)
        assert rules_of(connection, EVERYWHERE) == []


def test_who_is_erased_is_visited_no_more_and_named_nowhere(house: Store) -> None:
    look(house, AT)
    with house.writing() as connection:
        submit(
            connection, BOSS, [EraseSubject(SITE, WHO)], why="asked", now=AT + HOUR, limits=ChangesSection()
        )
    look(house, AT + HOUR)
    [visit] = shown(house)
    assert (visit.subject, visit.ended_at) == (None, AT + HOUR)
    with house.reading() as connection:
        assert tables_knowing(connection, SITE, WHO) == ()


def test_an_erasure_takes_what_workers_wrote_of_the_person(house: Store) -> None:
    look(house, AT)
    [visit] = shown(house)
    with house.writing() as connection:
        by = {"name": "Zhao", "language": "zh", "made_at": AT, "made_by": "wang"}
        place = place_at(connection, SITE)
        who = sa.insert(worker).values(place=place, code="z", **by).returning(worker.c.number)
        asked = {"task": visit.task, "worker": connection.execute(who).scalar_one(), "sent_at": AT}
        offer = sa.insert(task_offer).values(sent_by="wang", **asked).returning(task_offer.c.number)
        said = Saying("k", connection.execute(offer).scalar_one(), WorkerAct.DONE, 0, "met", "coughs")
        moved = {"offer": said.offer, "worker": asked["worker"], "state": "sent", "sent_at": AT}
        connection.execute(sa.update(task).values(**moved))
        tell(connection, asked["worker"], said, AT + HOUR)
    assert shown(house)[0].note == "coughs"
    with house.writing() as connection:
        submit(
            connection, BOSS, [EraseSubject(SITE, WHO)], why="asked", now=AT + HOUR, limits=ChangesSection()
        )
        assert tables_knowing(connection, SITE, WHO) == ()
        assert {*connection.execute(sa.select(task.c.note, task.c.subject))} == {("", None)}
        assert {*connection.execute(sa.select(task_act.c.note, task_act.c.outcome))} == {("", "met")}


def test_a_database_that_does_not_answer_ends_no_loop(house: Store) -> None:
    loop = HomeVisitLoop(house, lambda: AT)
    house.close()
    assert loop.look() == 0
