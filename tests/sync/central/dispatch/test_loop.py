"""Who is sent by itself, who comes next, and what happens where nobody is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event, Thread
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from edge.signing.cose import instant
from sync.central.delivery.core.messages import Way
from sync.central.delivery.tables import delivery
from sync.central.dispatch.core.assignments import Assignment
from sync.central.dispatch.core.clocks import Bounds
from sync.central.dispatch.core.life import OfferEnd, TaskState, WorkerAct
from sync.central.dispatch.core.roster import DutyShift, Roster
from sync.central.dispatch.links import begin_by_link, end_access, has_link, who_is
from sync.central.dispatch.loop import DispatchLoop
from sync.central.dispatch.notices import Notices
from sync.central.dispatch.reading import live_tasks, to_on_way
from sync.central.dispatch.rosters import (
    Worker,
    choice_for,
    choices_for,
    end_worker,
    holes_in,
    on_duty,
    put_worker,
)
from sync.central.dispatch.tables import task_offer
from sync.central.dispatch.tasks import Stuck, close_task, hand_on, open_task, remind, send_to
from sync.central.dispatch.telling import Saying, tell
from sync.central.dispatch.whereabouts import Whereabouts
from sync.central.places.sight import EVERYWHERE
from sync.central.places.tables import place
from sync.central.store import Store, StoreError
from sync.central.tables import site
from sync.central.units import DAY, HOUR, MINUTE
from sync.central.waking import Waker

NOW = 1_790_000_000_000_000
SITE, HERE = "green-court", ZoneInfo("Asia/Shanghai")
ALWAYS = Roster((DutyShift(frozenset(range(7)), 0, 0),))
NEVER = Roster()


@dataclass
class Told:
    """What the alarms were told of holes."""

    said: list[tuple[str, str]] = field(default_factory=list)

    def hole(self, _: sa.Connection, where: Whereabouts, why: str, __: int) -> None:
        self.said.append((where.key, why))

    def hole_ended(self, _: sa.Connection, where: Whereabouts, __: int) -> None:
        self.said.append((where.key, "ended"))


@dataclass
class Street:
    """A store, with the time and the loop that looks after its tasks."""

    store: Store
    now: int = NOW
    told: Told = field(default_factory=Told)
    bounds: Bounds = field(default_factory=Bounds)

    def look(self) -> None:
        notices = Notices("https://c.example", HERE, frozenset(Way), self.bounds, lambda kind, _: kind)
        loop = DispatchLoop(self.store, self.bounds, HERE, notices, self.told, lambda: self.now)
        assert loop.look()

    def worker(self, code: str, roster: Roster = ALWAYS, level: str = "site", **ways: str) -> int:
        with self.store.writing() as connection:
            here = connection.execute(sa.select(site.c.place).where(site.c.id == SITE)).scalar_one()
            if level != "site":
                here = connection.execute(
                    sa.select(place.c.number).where(place.c.level == level)
                ).scalar_one()
            mail, handle = ways.get("mail", ""), ways.get("handle", "")
            held = Worker(0, here, code, code, "en", mail, handle, None, None, roster)
            return put_worker(connection, held, "何静", NOW)[0]

    def open(self, kind: str = "barrier_forced", due: int = NOW) -> int:
        with self.store.writing() as connection:
            assignment = Assignment(None, kind, SITE, "gp-0001", None, due, 1, self.now - MINUTE)
            return open_task(connection, assignment, self.now)

    def say(self, worker: int, act: WorkerAct, outcome: str = "") -> None:
        with self.store.writing() as connection:
            [mine] = [each for each in live_tasks(connection, EVERYWHERE) if each.worker == worker]
            assert mine.offer is not None
            tell(connection, worker, Saying(act, mine.offer, act, 0, outcome), self.now)

    def has(self, number: int) -> tuple[int | None, TaskState, str]:
        with self.store.reading() as connection:
            [found] = [each for each in live_tasks(connection, EVERYWHERE) if each.number == number]
        return found.worker, found.state, found.stuck


@pytest.fixture
def street(store: Store) -> Street:
    return Street(store)


def test_the_nearest_on_duty_is_sent_at_once_and_goes(street: Street) -> None:
    street.worker("away", level="city")
    street.worker("off", NEVER)
    near = street.worker("near")
    number = street.open()
    street.look()
    assert street.has(number) == (near, TaskState.SENT, "")
    street.now += MINUTE
    street.say(near, WorkerAct.ON_WAY)
    street.now += 20 * MINUTE
    street.look()
    assert street.has(number)[1] is TaskState.ON_WAY, "nobody takes it from who is on the way"
    with street.store.reading() as connection:
        figure = to_on_way(connection, EVERYWHERE, NOW - DAY, NOW + DAY)
    assert (figure.count, figure.median, figure.worst) == (1, 2 * MINUTE, 2 * MINUTE), "since the gate saw it"


def test_what_is_done_with_a_task_wakes_what_sends_its_messages_and_a_round_with_nothing_wakes_nobody(
    street: Street,
) -> None:
    sending = Waker()
    notices = Notices("https://c.example", HERE, frozenset(Way), street.bounds, lambda kind, _: kind)
    loop = DispatchLoop(
        street.store, street.bounds, HERE, notices, street.told, lambda: NOW, changed=sending.notice
    )
    street.worker("near")
    assert loop.look()
    assert not sending.wait(0)
    street.open()
    assert loop.look()
    assert sending.wait(0)
    assert loop.look()
    assert not sending.wait(0), "the worker was told in the round before"


def test_a_loop_that_is_woken_looks_at_once(street: Street) -> None:
    waker, stop, told = Waker(), Event(), Event()
    notices = Notices("https://c.example", HERE, frozenset(Way), street.bounds, lambda kind, _: kind)
    street.worker("near")
    street.open()

    def changed() -> None:
        told.set()
        stop.set()

    waker.notice()
    DispatchLoop(street.store, street.bounds, HERE, notices, street.told, lambda: NOW, waker, changed).run(
        stop
    )
    assert told.is_set()
    assert not waker.wait(0), "what woke it is done"


def test_who_does_not_answer_is_passed_over_and_everybody_is_asked_before_anybody_again(
    street: Street,
) -> None:
    one, two = street.worker("one"), street.worker("two")
    far = street.worker("far", level="city")
    number = street.open()
    order = []
    for _ in range(7):
        street.look()
        order.append(street.has(number)[0])
        street.now += 3 * MINUTE
    assert order == [one, two, far, one, two, far, None]
    assert street.has(number)[2] == Stuck.NOBODY_ANSWERED
    assert street.told.said == [(SITE, Stuck.NOBODY_ANSWERED)]


def test_where_nobody_is_on_duty_the_centre_has_it_and_whoever_comes_is_sent(street: Street) -> None:
    number = street.open()
    for _ in range(3):
        street.look()
        street.now += MINUTE
    assert street.has(number) == (None, TaskState.OPEN, Stuck.NOBODY_ON_DUTY)
    assert street.told.said == [(SITE, Stuck.NOBODY_ON_DUTY)], "it is said once"
    late = street.worker("late")
    street.look()
    assert street.has(number) == (late, TaskState.SENT, "")
    assert street.told.said[1:] == [(SITE, "ended")]


def test_the_least_busy_of_the_nearest_is_sent(street: Street) -> None:
    one, two = street.worker("one"), street.worker("two")
    first, second = street.open(), street.open()
    street.look()
    assert {street.has(first)[0], street.has(second)[0]} == {one, two}


def test_a_no_sends_the_next_at_once(street: Street) -> None:
    one, two = street.worker("one"), street.worker("two")
    number = street.open()
    street.look()
    street.say(one, WorkerAct.DECLINE)
    street.look()
    assert street.has(number)[0] == two


def test_a_centre_that_wants_to_choose_has_its_minutes(store: Store) -> None:
    street = Street(store, bounds=Bounds(choose=2 * MINUTE))
    near = street.worker("near")
    number = street.open()
    street.look()
    assert street.has(number)[0] is None
    street.now += 2 * MINUTE
    street.look()
    assert street.has(number)[0] == near


def test_two_processes_of_a_centre_send_one_worker_once(street: Street) -> None:
    street.worker("one", mail="one@example.org")
    street.worker("two", mail="two@example.org")
    street.open()
    threads = [Thread(target=street.look) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with street.store.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(task_offer)).scalar() == 1
        assert connection.execute(sa.select(sa.func.count()).where(delivery.c.way == "mail")).scalar() == 1


# --- who is there only now, or only later ------------------------------------------------------------


def shift(begin: int, end: int) -> Roster:
    """On duty every day between two times, to the minute."""
    first, last = (instant(each).astimezone(HERE) for each in (begin, end))
    return Roster(
        (DutyShift(frozenset(range(7)), *(each.hour * 60 + each.minute for each in (first, last))),)
    )


def test_who_goes_off_duty_before_an_answer_is_due_is_asked_after_others(street: Street) -> None:
    leaving = street.worker("leaving", shift(NOW - HOUR, NOW + 2 * MINUTE))
    far = street.worker("far", level="city")
    first = street.open()
    street.look()
    assert street.has(first)[0] == far
    street.now += MINUTE // 2
    with street.store.writing() as connection:
        hand_on(connection, EVERYWHERE, first, street.now)
    street.look()
    assert street.has(first)[0] == leaving, "rather than nobody"


def test_a_link_lasts_until_one_has_answered_and_arrived_and_while_a_task_is_held(street: Street) -> None:
    ending = street.worker("ending", shift(NOW - HOUR, NOW + MINUTE), mail="a@example.org")
    street.open()
    street.look()
    [link] = links_in(street)
    with street.store.writing() as connection:
        cookie, who = begin_by_link(connection, link, street.now)
    assert who.until == NOW + street.bounds.answer + street.bounds.arrive
    street.say(ending, WorkerAct.ON_WAY)
    with street.store.writing() as connection:
        assert who_is(connection, cookie, NOW + 11 * HOUR) == who, "it is to be finished"
        assert who_is(connection, cookie, NOW + 13 * HOUR) is None
    street.say(ending, WorkerAct.DONE, "repaired")
    with street.store.writing() as connection:
        assert who_is(connection, cookie, NOW + HOUR) is None


def test_a_task_whose_holder_went_off_duty_is_said_when_it_should_be_done(street: Street) -> None:
    ending = street.worker("ending", shift(NOW - HOUR, NOW + 5 * MINUTE))
    number = street.open()
    street.look()
    street.say(ending, WorkerAct.ON_WAY)
    street.now += 9 * MINUTE
    street.look()
    assert street.has(number)[2] == "", "they are to be there within ten minutes"
    street.now += MINUTE
    street.look()
    street.look()
    assert street.has(number) == (ending, TaskState.ON_WAY, Stuck.SHIFT_OVER)
    assert street.told.said == [(SITE, Stuck.SHIFT_OVER)], "nobody takes it from them; it is said, once"
    street.say(ending, WorkerAct.DONE, "repaired")
    street.look()
    assert street.told.said[1:] == [(SITE, "ended")]


def test_who_is_on_duty_still_may_take_their_time(street: Street) -> None:
    one = street.worker("one")
    number = street.open()
    street.look()
    street.say(one, WorkerAct.ARRIVE)
    street.now += HOUR
    street.look()
    assert street.has(number)[2] == ""


def test_a_link_of_a_clock_that_was_far_ahead_lets_nobody_in(street: Street) -> None:
    """Nor does a phone that came by one then."""
    street.worker("near", Roster((DutyShift(frozenset(range(7)), 0, 23 * 60),)), mail="near@example.org")
    street.open()
    street.look()
    [link] = links_in(street)
    with street.store.writing() as connection:
        assert has_link(connection, link, street.now)
        assert not has_link(connection, link, street.now - 365 * DAY)
        with pytest.raises(StoreError, match="used already"):
            begin_by_link(connection, link, street.now - 365 * DAY)
        cookie, who = begin_by_link(connection, link, street.now)
        assert who_is(connection, cookie, street.now) == who
        assert who_is(connection, cookie, street.now - 365 * DAY) is None


def test_what_is_due_after_somebody_comes_on_duty_waits_for_them_and_is_no_alarm(street: Street) -> None:
    tomorrow = street.worker("tomorrow", shift(NOW + 10 * HOUR, NOW + 11 * HOUR))
    number = street.open("isolation_visit", due=NOW + DAY)
    street.look()
    assert street.has(number) == (None, TaskState.OPEN, Stuck.WAITS_FOR_DUTY)
    assert street.told.said == []
    with street.store.writing() as connection:
        end_worker(connection, tomorrow, street.now)
    street.look()
    assert street.has(number)[2] == Stuck.NOBODY_ON_DUTY
    assert street.told.said == [(SITE, Stuck.NOBODY_ON_DUTY)], "nobody comes any more"


def test_however_many_wait_for_a_shift_who_comes_is_read_once(street: Street) -> None:
    street.worker("tomorrow", shift(NOW + 10 * HOUR, NOW + 11 * HOUR))
    read: list[int] = []
    for _ in range(2):
        for _ in range(3):
            street.open("isolation_visit", due=NOW + DAY)
        street.look()
        asked: list[str] = []

        def note(*about: object, asked: list[str] = asked) -> None:
            asked.append(str(about[2]))

        sa.event.listen(sa.Engine, "before_cursor_execute", note)
        street.look()
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
        read.append(sum("SELECT DISTINCT worker.place" in statement for statement in asked))
    assert read[0] == read[1] > 0


def test_a_task_that_the_centre_closes_ends_the_alarm_that_nobody_has_it(street: Street) -> None:
    first, second = street.open(), street.open()
    street.look()
    for number, said in ((first, []), (second, [(SITE, "ended")])):
        with street.store.writing() as connection:
            close_task(connection, EVERYWHERE, number, "repaired", "", street.now)
        street.look()
        assert street.told.said[2:] == said


def test_home_visits_are_in_no_figure_of_alarms(street: Street) -> None:
    one = street.worker("one")
    street.open("isolation_visit", due=NOW + DAY)
    street.look()
    street.now += 10 * HOUR
    street.say(one, WorkerAct.ON_WAY)
    with street.store.reading() as connection:
        assert to_on_way(connection, EVERYWHERE, NOW - DAY, NOW + DAY).count == 0


# --- how they are told ------------------------------------------------------------------------------


def links_in(street: Street) -> list[str]:
    with street.store.reading() as connection:
        texts = connection.execute(sa.select(delivery.c.text).where(delivery.c.way != "page")).scalars()
        return [word.rpartition("/w/")[2] for text in texts if text for word in text.split() if "/w/" in word]


def test_a_worker_is_told_by_every_way_that_they_have_and_of_nobody(street: Street) -> None:
    near = street.worker("near", mail="near@example.org", handle="near.w")
    street.open("isolation_exit")
    street.look()
    street.look()
    with street.store.reading() as connection:
        rows = connection.execute(sa.select(delivery).order_by(delivery.c.number)).all()
    assert [(row.way, row.address) for row in rows] == [
        ("page", f"worker-{near}"),
        ("mail", "near@example.org"),
        ("webhook", "near.w"),
    ]
    assert {row.subject for row in rows} == {"isolation_exit"}
    assert len({*links_in(street)}) == 2, "each has a link of its own"
    with street.store.writing() as connection:
        remind(connection, EVERYWHERE, live_tasks(connection, EVERYWHERE)[0].number)
    street.look()
    with street.store.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(delivery)).scalar() == 6


def test_a_link_lets_in_once_for_the_length_of_the_shift(street: Street) -> None:
    near = street.worker(
        "near", Roster((DutyShift(frozenset(range(7)), 0, 23 * 60),)), mail="near@example.org"
    )
    street.open()
    street.look()
    [link] = links_in(street)
    with street.store.writing() as connection:
        cookie, who = begin_by_link(connection, link, street.now)
        assert (who.worker, who.name) == (near, "near")
        assert street.now < who.until < street.now + DAY
        assert who_is(connection, cookie, who.until - 1) == who
        assert who_is(connection, cookie, who.until) is None
        with pytest.raises(StoreError, match="used already"):
            begin_by_link(connection, link, street.now)
        with pytest.raises(StoreError, match="used already"):
            begin_by_link(connection, "no link", street.now)
        end_access(connection, near)
        assert who_is(connection, cookie, street.now) is None


def test_what_a_worker_took_is_not_sent_to_them_any_more(street: Street) -> None:
    near = street.worker("near", mail="near@example.org")
    street.open()
    street.look()
    street.say(near, WorkerAct.ACCEPT)
    assert links_in(street) == []


# --- the roster ----------------------------------------------------------------------------------------


def test_the_holes_are_those_times_that_nobody_here_above_or_below_covers(street: Street) -> None:
    early = Roster((DutyShift(frozenset(range(7)), 6 * 60, 14 * 60),))
    street.worker("here", early)
    with street.store.reading() as connection:
        [(_, (hole, *_))] = holes_in(connection, EVERYWHERE, HERE, NOW, NOW + DAY).items()
        assert hole.end - hole.begin <= 16 * HOUR
    street.worker("above", ALWAYS, level="city")
    with street.store.reading() as connection:
        assert holes_in(connection, EVERYWHERE, HERE, NOW, NOW + DAY) == {}


def test_who_has_a_task_stays_on_the_roster(street: Street) -> None:
    near = street.worker("near")
    street.open()
    street.look()
    with street.store.writing() as connection, pytest.raises(StoreError, match="has task"):
        end_worker(connection, near, street.now)


def test_one_task_that_cannot_be_seen_to_holds_no_other_back(street: Street) -> None:
    one = street.worker("one")
    first, second = street.open(), street.open()

    class Fails(Told):
        def hole(self, _: sa.Connection, where: Whereabouts, why: str, __: int) -> None:
            raise RuntimeError(f"{why} at {where.key}")

    with street.store.writing() as connection:
        connection.execute(sa.insert(task_offer), [_declined(first, one), _declined(first, one)])
    notices = Notices("https://c.example", HERE, frozenset(), Bounds(), lambda kind, _: kind)
    assert not DispatchLoop(street.store, Bounds(), HERE, notices, Fails(), lambda: NOW).look()
    assert street.has(second)[0] == one


def _declined(number: int, worker: int) -> dict[str, object]:
    told = {"sent_by": "何静", "told_at": NOW, "ended_at": NOW, "end": OfferEnd.DECLINED.value}
    return {"task": number, "worker": worker, "sent_at": NOW, **told}


def test_of_many_tasks_each_has_its_choice_and_whom_nothing_reached_is_asked_for_once(street: Street) -> None:
    one, two = street.worker("one"), street.worker("two", level="city")
    numbers = [street.open() for _ in range(3)]
    asked: list[str] = []

    def note(*about: object) -> None:
        asked.append(str(about[2]))

    with street.store.writing() as connection:
        send_to(connection, EVERYWHERE, numbers[0], one, "x", NOW)
        duty = on_duty(connection, EVERYWHERE, HERE, NOW)
        each = [choice_for(connection, number, duty, street.bounds, NOW) for number in numbers]
        sa.event.listen(connection, "before_cursor_execute", note)
        choices = choices_for(connection, numbers, duty, street.bounds, NOW)
        sa.event.remove(connection, "before_cursor_execute", note)
    assert [*choices.values()] == each
    assert [choices[number][0].worker.number for number in numbers] == [two, one, one]
    assert sum("SELECT task_offer.worker" in statement for statement in asked) == 1
