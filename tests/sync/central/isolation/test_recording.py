"""Exits in isolation follow the journals and the orders, in whatever order they come; each is told to the
alarms.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

from edge.decision import (
    Alarm,
    Decision,
    Direction,
    Evidence,
    HomeIsolation,
    IsolationException,
    Mode,
    Outcome,
    Reason,
    Subject,
)
from edge.journal.format import (
    AccessDecided,
    Entry,
    GateStopped,
    LaneGrantRefused,
    LanePassed,
    StaffActTaken,
)
from edge.signing.cose import instant
from sync.central.accounts.actor import command_line_actor
from sync.central.alarms.tables import alarm_cue
from sync.central.changes.core.change import EraseSubject, PutSubject, SetIsolation
from sync.central.changes.submitting import Applied, submit
from sync.central.changes.tables import applied_change
from sync.central.configuration import ChangesSection
from sync.central.followers import FOLLOWERS
from sync.central.history.files import HistoryError
from sync.central.isolation.core.exits import How
from sync.central.isolation.exits import Exit, exits
from sync.central.isolation.isolated import isolated
from sync.central.isolation.tables import isolation_exit
from sync.central.journals.journals import store_batch
from sync.central.migrations.versions import v0036
from sync.central.people.erasing import tables_knowing
from sync.central.people.isolations import isolation_history
from sync.central.people.tables import isolation_change
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.schema import metadata
from sync.central.store import Store
from sync.central.tables import site_version
from sync.central.tables import subject as subjects
from sync.central.units import DAY, HOUR, MINUTE, SECOND
from sync.wire import batch_of
from tests.sync.central.accesses.examples import Happened, journal
from tests.sync.central.history.examples import LONG_AFTER, archived
from tests.sync.wire.examples import AT, DEVICE, EPOCH

SITE, WHO = "green-court", "li-na"
BOSS = command_line_actor("wang")
HOSPITAL = IsolationException("hospital", instant(AT + 2 * HOUR), instant(AT + 3 * HOUR))
ORDER = HomeIsolation("CDC", instant(AT - DAY), instant(AT + 7 * DAY), (HOSPITAL,))


def ordered(store: Store, order: HomeIsolation | None, at: int) -> int:
    """Have it ordered of li-na; returns the number of the change among the site's."""
    with store.writing() as connection:
        made = submit(
            connection, BOSS, [SetIsolation(SITE, WHO, order)], why="a case", now=at, limits=ChangesSection()
        )
        assert isinstance(made, Applied)
        number: int = connection.execute(sa.select(sa.func.max(applied_change.c.number))).scalar_one()
        return number


def published(store: Store, version: int, up_to: int, at: int) -> None:
    values = {
        "site": SITE,
        "version": version,
        "at": at,
        "actor": "wang",
        "people": 1,
        "policy": 1,
        "up_to": up_to,
    }
    with store.writing() as connection:
        connection.execute(sa.insert(site_version).values(values))


@pytest.fixture
def house(store: Store) -> Store:
    """Li Na lives there; she has been ordered to stay at home for two hours, which version 5 has."""
    with store.writing() as connection:
        put = [PutSubject(SITE, Subject(WHO, address="3/2/301")), PutSubject(SITE, Subject("wu-bo"))]
        submit(connection, BOSS, put, why="new", now=AT - 9 * DAY, limits=ChangesSection())
    published(store, 5, ordered(store, ORDER, AT - 2 * HOUR), AT - HOUR)
    return store


def access(
    outcome: Outcome = Outcome.GRANT,
    way: Direction = Direction.EXIT,
    *,
    told: bool = False,
    registry: int = 5,
    who: str = WHO,
) -> AccessDecided:
    alarms = (Alarm(Reason.HOME_ISOLATION, "isolation_exit"),) if told else ()
    reason = Reason.HOME_ISOLATION if told and outcome is not Outcome.GRANT else Reason.FACE_MATCHED
    decision = Decision(outcome, reason, "isolation_exit", who, alarms=alarms)
    return AccessDecided(decision, Evidence(way), Mode.FACE, registry, "camera")


def passed(reference: int, way: Direction = Direction.EXIT) -> LanePassed:
    return LanePassed(way, "counted", "grant", str(reference))


STORY: list[Happened] = [
    access(Outcome.DENY, told=True),  # 1: at the gate that knows
    StaffActTaken("let_in", "zhao", "papers_seen", about=1),  # 2
    passed(2),  # 3
    (600, access(way=Direction.ENTRY)),  # 4: back
    (700, access(registry=4)),  # 5: a gate that does not know yet
    passed(5),  # 6
    (7200 + 60, access()),  # 7: by the exception
    passed(7),  # 8
    (9000, access(who="wu-bo")),  # 9: nobody's affair
    (9100, access(way=Direction.ENTRY)),  # 10: back
    (9200, access(Outcome.DENY, told=True)),  # 11: at 02:33, although the exception holds
    (20_000, access(told=True)),  # 12: the policy lets out
    (20_100, access()),  # 13: the registry had the order
    (20_200, access(Outcome.DENY)),  # 14: for another reason
    (20_300, access(registry=4)),  # 15: let out, and the lane did not open
    GateStopped(),
    LaneGrantRefused("15", "interlock"),  # 17
    (20_400, access(Outcome.DENY, told=True)),  # 18
    StaffActTaken("let_in", "zhao", "papers_seen", about=18),  # 19
    LaneGrantRefused("19", "locked"),  # 20
]


def sent(store: Store, entries: list[Entry], now: int = AT) -> None:
    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of(entries, entries[0].sequence - 1), now, FOLLOWERS)


def shown(store: Store, sight: Sight = EVERYWHERE) -> list[Exit]:
    with store.reading() as connection:
        return exits(connection, sight, 0, AT * 2)[::-1]


def cues(store: Store) -> list[tuple[str, str | int, list[int]]]:
    with store.reading() as connection:
        rows = connection.execute(sa.select(alarm_cue)).all()
    found = [(row.kind, row.values["how"], [number for _, number in row.evidence]) for row in rows]
    assert {row.subject for row in rows} <= {WHO, None}
    return sorted(found, key=lambda each: (each[2], each[1]))


def test_each_exit_is_what_it_was(house: Store) -> None:
    sent(house, journal(STORY))
    found = {each.sequence: each for each in shown(house)}
    assert {number: each.how for number, each in found.items()} == {
        1: How.TRIED,
        5: How.UNAWARE,
        7: How.EXCEPTION,
        11: How.EXCEPTION_REFUSED,
        12: How.BY_RULE,
        13: How.UNEXPLAINED,
        14: How.TRIED,
        15: How.UNAWARE,
        18: How.TRIED,
    }
    staff = found[1]
    assert (staff.staff, staff.let_out_at, staff.passed_at) == ("zhao", AT + 2 * SECOND, AT + 3 * SECOND)
    assert (staff.got_out, staff.is_out, staff.back_at) == (True, False, AT + 600 * SECOND)
    unaware = found[5]
    assert unaware.needed is not None
    assert (unaware.registry, unaware.needed.version) == (4, 5)
    assert unaware.late_by == HOUR + 700 * SECOND
    assert [number for number, each in found.items() if each.is_out] == [12, 13]
    assert not found[14].got_out
    assert [(found[n].refused, found[n].got_out) for n in (13, 15, 18)] == [
        (False, True),
        (True, False),
        (True, False),
    ]
    assert shown(house, Sight()) == []


def test_each_is_told_to_the_alarms_once(house: Store) -> None:
    sent(house, journal(STORY))
    exit_, exception = "isolation_exit", "isolation_exception"
    assert cues(house) == [
        (exit_, "tried", [1]),
        (exit_, "staff", [2, 1]),
        (exit_, "passed", [3, 1]),
        (exit_, "unaware", [5]),
        (exit_, "passed", [6, 5]),
        (exception, "exception", [7]),
        (exception, "exception_refused", [11]),
        (exit_, "by_rule", [12]),
        (exit_, "unexplained", [13]),
        (exit_, "tried", [14]),
        (exit_, "unaware", [15]),
        (exit_, "tried", [18]),
        (exit_, "staff", [19, 18]),
    ]
    with house.reading() as connection:
        keys = {*connection.execute(sa.select(alarm_cue.c.key)).scalars()}
    assert len(keys) == 1, "one order is one alarm"


def orders(entries: list[Entry]) -> Iterable[list[list[Entry]]]:
    """Batches of a journal in some orders: singly backwards, in pieces shuffled, and with pieces twice."""
    yield [[each] for each in reversed(entries)]
    for seed in range(4):
        draw = Random(seed)
        cuts = sorted(draw.sample(range(1, len(entries)), 4))
        pieces = [entries[a:b] for a, b in zip([0, *cuts], [*cuts, len(entries)], strict=True)]
        draw.shuffle(pieces)
        yield [*pieces, *pieces[:2]]


def test_any_order_and_twice_gives_the_same_exits_and_cues(house: Store) -> None:
    sent(house, journal(STORY))
    before, told = [replace(each, epoch=b"") for each in shown(house)], cues(house)
    for number, batches in enumerate(orders(journal(STORY)), start=1):
        with house.writing() as connection:
            for name in ("alarm_cue", "isolation_exit", "access"):
                connection.execute(sa.delete(metadata.tables[name]))
        again = {each.sequence: each for each in journal(STORY, epoch=bytes([number]) * len(EPOCH))}
        for batch in batches:
            sent(house, [again[each.sequence] for each in batch])
        assert [replace(each, epoch=b"") for each in shown(house)] == before
        assert cues(house) == told


def test_what_a_fork_puts_beside_is_no_exit_any_more(house: Store) -> None:
    two = journal([GateStopped(), access(registry=4), passed(2), StaffActTaken("let_in", "x", "y", about=2)])
    one = journal([GateStopped(), *[(50 + n, access(Outcome.DENY, told=True)) for n in range(2)]])
    sent(house, two[1:])
    assert [(each.how, each.passed_at is None) for each in shown(house)] == [(How.UNAWARE, False)]
    sent(house, one)
    assert [(each.sequence, each.how, each.passed_at) for each in shown(house)] == [
        (2, How.TRIED, None),
        (3, How.TRIED, None),
    ]


@pytest.mark.parametrize(
    ("lifted", "how"),
    [(AT + MINUTE, []), (AT + 20 * MINUTE, [How.UNEXPLAINED])],
)
def test_what_was_ordered_at_the_time_counts(house: Store, lifted: int, how: list[How]) -> None:
    ordered(house, None, lifted)
    sent(house, journal([(600, access())]))
    assert [each.how for each in shown(house)] == how


def test_an_order_that_no_version_has_yet_is_known_to_no_gate(house: Store) -> None:
    ordered(house, HomeIsolation("CDC", instant(AT)), AT)
    sent(house, journal([(600, access(registry=5))]))
    [found] = shown(house)
    assert (found.how, found.needed, found.late_by) == (How.UNAWARE, None, None)
    published(house, 6, 10**6, AT + 2 * HOUR)
    [found] = shown(house)
    assert found.needed is not None
    assert (found.how, found.needed.version, found.late_by) == (How.UNAWARE, 6, None)


def test_the_history_says_who_ordered_what_by_which_change(house: Store) -> None:
    ordered(house, None, AT)
    with house.reading() as connection:
        history = isolation_history(connection, SITE, [WHO, "wu-bo"])
    assert list(history) == [WHO]
    assert [(each.order, each.actor, each.at) for each in history[WHO]] == [
        (ORDER, "wang", AT - 2 * HOUR),
        (None, "wang", AT),
    ]
    assert all(each.change_set is not None for each in history[WHO])


def test_who_stays_at_home_is_listed_without_name_and_room(house: Store) -> None:
    sent(house, journal(STORY))
    with house.reading() as connection:
        [one] = isolated(connection, EVERYWHERE, AT + 2 * HOUR + MINUTE)
        assert isolated(connection, EVERYWHERE, AT + 8 * DAY) == []
        assert isolated(connection, Sight(), AT) == []
        assert isolated(connection, EVERYWHERE, AT, after=(SITE, WHO)) == []
    assert (one.site, one.id, one.address) == (SITE, WHO, "3/2/••")
    assert (one.out_until, one.exceptions, one.tried) == (AT + 3 * HOUR, 1, 4)


def test_who_is_erased_is_named_by_nothing_and_a_late_journal_brings_nobody_back(house: Store) -> None:
    whole = journal(STORY)
    sent(house, whole[:6])
    with house.writing() as connection:
        submit(
            connection, BOSS, [EraseSubject(SITE, WHO)], why="asked", now=AT + HOUR, limits=ChangesSection()
        )
        assert tables_knowing(connection, SITE, WHO) == ()
    sent(house, whole[6:], AT + 2 * HOUR)
    with house.reading() as connection:
        assert tables_knowing(connection, SITE, WHO) == ()
        named = sa.select(isolation_exit.c.subject).where(isolation_exit.c.subject.is_not(None))
        assert connection.execute(named).all() == []
        assert isolated(connection, EVERYWHERE, AT) == []
    assert [each.sequence for each in shown(house)] == [1, 5, 11, 12, 18], "those the gates told of stay"


def test_a_migration_keeps_the_orders_that_hold_and_the_exits_that_were_refused(house: Store) -> None:
    sent(house, journal(STORY))
    with house.writing() as connection:
        connection.execute(sa.delete(isolation_exit))
        connection.execute(sa.delete(isolation_change))
        connection.execute(sa.update(subjects).values(isolated_since=None, isolated_until=None))
        v0036.fill(connection, page=1)
        [one] = isolated(connection, EVERYWHERE, AT)
        history = isolation_history(connection, SITE, [WHO])
    assert (one.since, one.until) == (AT - DAY, AT + 7 * DAY)
    assert [(each.order, each.actor, each.at) for each in history[WHO]] == [(ORDER, "", AT - DAY)]
    assert [(each.sequence, each.how) for each in shown(house)] == [
        (1, How.TRIED),
        (11, How.TRIED),
        (18, How.TRIED),
    ]


@pytest.mark.parametrize("cut", [AT + 1000 * SECOND, LONG_AFTER], ids=["the first return", "all of them"])
def test_who_came_back_came_back_though_that_moved_into_files(house: Store, tmp_path: Path, cut: int) -> None:
    sent(house, journal(STORY))
    before = shown(house)
    assert archived(house, tmp_path, cut).moved
    assert shown(house) == before
    [path] = (tmp_path / "accesses").rglob("*.parquet")
    path.unlink()
    with pytest.raises(HistoryError, match="accesses of green-court are in it"):
        shown(house)
