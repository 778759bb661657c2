"""A task from the alarm to what was done, in a real database of either kind."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import pytest
import sqlalchemy as sa

from sync.central.dispatch.core.assignments import Assignment
from sync.central.dispatch.core.life import OfferEnd, TaskState, WorkerAct
from sync.central.dispatch.reading import live_tasks
from sync.central.dispatch.tables import task, task_act, task_offer, worker
from sync.central.dispatch.tasks import close_task, hand_on, open_task, remind, send_to, take_back
from sync.central.dispatch.telling import Conflict, Saying, tell
from sync.central.newer_needed import OfNewerVersion
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.store import Store, StoreError
from sync.central.tables import site
from sync.central.units import MINUTE

NOW = 1_790_000_000_000_000
SITE = "green-court"
FORCED = Assignment(7, "barrier_forced", SITE, "gp-1", None, NOW, 1)


def workers(connection: sa.Connection, *names: str) -> Sequence[int]:
    place = connection.execute(sa.select(site.c.place).where(site.c.id == SITE)).scalar_one()
    values = {"place": place, "language": "zh", "made_at": NOW, "made_by": "何静"}
    made = sa.insert(worker).returning(worker.c.number)
    return [connection.execute(made.values(**values, code=name, name=name)).scalar_one() for name in names]


def row(connection: sa.Connection, number: int) -> sa.Row[tuple[object, ...]]:
    return connection.execute(sa.select(task).where(task.c.number == number)).one()


def test_an_alarm_has_one_task_and_gets_another_after_its_end(store: Store) -> None:
    with store.writing() as connection:
        number = open_task(connection, FORCED, NOW)
        assert open_task(connection, FORCED, NOW + 1) == number
        assert row(connection, number).state == TaskState.OPEN
        close_task(connection, EVERYWHERE, number, "false_alarm", "", NOW + 2)
        assert open_task(connection, FORCED, NOW + 3) != number


@pytest.mark.parametrize(
    ("assignment", "match"),
    [
        (Assignment(None, "no such kind!", SITE, None, None, NOW, 1), "kind of assignment"),
        (Assignment(None, "tampered", SITE, None, None, NOW, 9), "severity is 9"),
        (Assignment(None, "tampered", "nowhere", None, None, NOW, 1), "no site 'nowhere'"),
    ],
)
def test_nobody_is_sent_for_what_is_no_assignment(store: Store, assignment: Assignment, match: str) -> None:
    with store.writing() as connection, pytest.raises(StoreError, match=match):
        open_task(connection, assignment, NOW)


def test_a_worker_goes_arrives_and_says_what_was_done(store: Store) -> None:
    with store.writing() as connection:
        [liu] = workers(connection, "liu")
        number = open_task(connection, FORCED, NOW)
        offer = send_to(connection, EVERYWHERE, number, liu, "gatepost", NOW)
        tell(connection, liu, Saying("1", offer, WorkerAct.ACCEPT, 0), NOW + MINUTE)
        tell(connection, liu, Saying("2", offer, WorkerAct.ON_WAY, 0), NOW + MINUTE)
        # Out of reach: told 10 minutes later, done 4 minutes ago and 1 minute ago.
        tell(connection, liu, Saying("3", offer, WorkerAct.ARRIVE, 4 * MINUTE), NOW + 11 * MINUTE)
        done = Saying("4", offer, WorkerAct.DONE, MINUTE, "repaired", "锁舌弯了")
        answer = tell(connection, liu, done, NOW + 11 * MINUTE)
        found = row(connection, number)
    assert (answer.state, answer.ended, answer.alarm) == (TaskState.DONE, True, 7)
    assert (found.first_on_way_at, found.arrived_at) == (NOW + MINUTE, NOW + 7 * MINUTE)
    assert (found.ended_at, found.outcome, found.note) == (NOW + 10 * MINUTE, "repaired", "锁舌弯了")


def test_whatever_the_order_in_which_a_phone_that_was_away_tells_it_the_task_ends_the_same(
    store: Store,
) -> None:
    ends = set()
    sayings = (
        (WorkerAct.ACCEPT, 4 * MINUTE, ""),
        (WorkerAct.ON_WAY, 4 * MINUTE, ""),
        (WorkerAct.ARRIVE, 2 * MINUTE, ""),
        (WorkerAct.DONE, MINUTE, "repaired"),
    )
    with store.writing() as connection:
        [liu] = workers(connection, "liu")
        for order in permutations(sayings):
            assignment = Assignment(None, "tampered", SITE, None, None, NOW, 2)
            number = open_task(connection, assignment, NOW)
            offer = send_to(connection, EVERYWHERE, number, liu, "gatepost", NOW)
            for act, age, outcome in (*order, *order[:2]):
                tell(connection, liu, Saying(act, offer, act, age, outcome), NOW + 5 * MINUTE)
            found = row(connection, number)
            ends.add((found.state, found.accepted_at, found.on_way_at, found.arrived_at, found.ended_at))
    assert ends == {("done", NOW + MINUTE, NOW + MINUTE, NOW + 3 * MINUTE, NOW + 4 * MINUTE)}


def test_what_came_of_a_task_is_not_said_again_otherwise(store: Store) -> None:
    """Not by an end that is said to have been earlier either."""
    with store.writing() as connection:
        [liu] = workers(connection, "liu")
        number = open_task(connection, FORCED, NOW)
        offer = send_to(connection, EVERYWHERE, number, liu, "gatepost", NOW)
        first = Saying("1", offer, WorkerAct.DONE, MINUTE, "repaired")
        tell(connection, liu, first, NOW + 9 * MINUTE)
        other = Saying("2", offer, WorkerAct.DONE, 5 * MINUTE, "other", "nothing was there")
        assert tell(connection, liu, other, NOW + 10 * MINUTE).conflict is Conflict.DONE_ALREADY
        assert tell(connection, liu, first, NOW + 11 * MINUTE).conflict is None, "the phone tells it again"
        found = row(connection, number)
    assert (found.ended_at, found.outcome, found.note) == (NOW + 8 * MINUTE, "repaired", "")


def test_what_is_told_too_late_is_kept_and_moves_nothing(store: Store) -> None:
    with store.writing() as connection:
        liu, zhou = workers(connection, "liu", "zhou")
        number = open_task(connection, FORCED, NOW)
        first = send_to(connection, EVERYWHERE, number, liu, "gatepost", NOW)
        hand_on(connection, EVERYWHERE, number, NOW + 3 * MINUTE, OfferEnd.NO_ANSWER)
        second = send_to(connection, EVERYWHERE, number, zhou, "gatepost", NOW + 3 * MINUTE)
        late = Saying("late", first, WorkerAct.ACCEPT, 2 * MINUTE)
        assert tell(connection, liu, late, NOW + 4 * MINUTE).conflict is Conflict.SOMEBODY_ELSES
        assert tell(connection, liu, late, NOW + 5 * MINUTE).conflict is Conflict.SOMEBODY_ELSES, "again"
        assert row(connection, number).offer == second
        kept = connection.execute(sa.select(task_act.c.counts).where(task_act.c.offer == first)).scalars()
        assert [*kept] == [False]


def test_a_late_yes_takes_a_task_that_nobody_else_was_asked_for(store: Store) -> None:
    with store.writing() as connection:
        [liu] = workers(connection, "liu")
        number = open_task(connection, FORCED, NOW)
        offer = send_to(connection, EVERYWHERE, number, liu, "gatepost", NOW)
        hand_on(connection, EVERYWHERE, number, NOW + 3 * MINUTE, OfferEnd.NO_ANSWER)
        silent = sa.select(worker.c.silent_since).where(worker.c.number == liu)
        assert connection.execute(silent).scalar() == NOW + 3 * MINUTE
        answer = tell(connection, liu, Saying("1", offer, WorkerAct.ON_WAY, MINUTE), NOW + 4 * MINUTE)
        assert (answer.conflict, answer.state) == (None, TaskState.ON_WAY)
        assert connection.execute(silent).scalar() is None, "the phone was heard"


def test_the_task_of_an_alarm_that_ended_is_taken_back_and_the_worker_is_told(store: Store) -> None:
    with store.writing() as connection:
        [liu] = workers(connection, "liu")
        number = open_task(connection, FORCED, NOW)
        offer = send_to(connection, EVERYWHERE, number, liu, "gatepost", NOW)
        take_back(connection, 7, NOW + MINUTE)
        take_back(connection, 7, NOW + MINUTE)
        told = tell(connection, liu, Saying("1", offer, WorkerAct.ON_WAY, 0), NOW + 2 * MINUTE)
        assert told.conflict is Conflict.TAKEN_BACK
        assert row(connection, number).state == TaskState.TAKEN_BACK


def test_a_task_whose_state_only_a_newer_version_knows_is_not_over_and_goes_to_nobody(store: Store) -> None:
    with store.writing() as connection:
        [liu] = workers(connection, "liu")
        number = open_task(connection, FORCED, NOW)
        connection.execute(sa.update(task).values(state="zz_newer"))
        [shown] = live_tasks(connection, EVERYWHERE)
        assert (shown.number, shown.state, shown.column) == (number, "zz_newer", "open")
        assert open_task(connection, FORCED, NOW) == number
        with pytest.raises(OfNewerVersion, match=f"the state of task {number} .*finish the update"):
            send_to(connection, EVERYWHERE, number, liu, "gatepost", NOW)
        assert row(connection, number).state == "zz_newer"
        take_back(connection, 7, NOW)
        assert live_tasks(connection, EVERYWHERE) == []


def test_a_no_sends_the_task_back(store: Store) -> None:
    with store.writing() as connection:
        [liu] = workers(connection, "liu")
        number = open_task(connection, FORCED, NOW)
        offer = send_to(connection, EVERYWHERE, number, liu, "gatepost", NOW)
        assert tell(connection, liu, Saying("1", offer, WorkerAct.DECLINE, 0), NOW).state is TaskState.OPEN
        ended = connection.execute(sa.select(task_offer.c.end)).scalars()
        assert [*ended] == [OfferEnd.DECLINED]


def test_what_cannot_be_done_is_refused_and_says_why(store: Store) -> None:
    nowhere = Sight()
    with store.writing() as connection:
        liu, zhou = workers(connection, "liu", "zhou")
        number = open_task(connection, FORCED, NOW)
        with pytest.raises(StoreError, match="nobody is asked"):
            remind(connection, EVERYWHERE, number)
        with pytest.raises(StoreError, match="nobody has this task"):
            hand_on(connection, EVERYWHERE, number, NOW)
        with pytest.raises(StoreError, match="no task"):
            send_to(connection, nowhere, number, liu, "何静", NOW)
        with pytest.raises(StoreError, match="no worker 999"):
            send_to(connection, EVERYWHERE, number, 999, "何静", NOW)
        offer = send_to(connection, EVERYWHERE, number, liu, "何静", NOW)
        with pytest.raises(StoreError, match="asked already"):
            send_to(connection, EVERYWHERE, number, liu, "何静", NOW)
        with pytest.raises(StoreError, match="not asked"):
            tell(connection, zhou, Saying("1", offer, WorkerAct.ACCEPT, 0), NOW)
        with pytest.raises(StoreError, match="nothing that comes of this"):
            tell(connection, liu, Saying("1", offer, WorkerAct.DONE, 0, "danced"), NOW)
        with pytest.raises(StoreError, match="not said"):
            tell(connection, liu, Saying("1", offer, WorkerAct.DONE, 0, "other"), NOW)
        with pytest.raises(StoreError, match="400 characters"):
            tell(connection, liu, Saying("1", offer, WorkerAct.DONE, 0, "other", "x" * 400), NOW)
        tell(connection, liu, Saying("1", offer, WorkerAct.ACCEPT, 0), NOW)
        with pytest.raises(StoreError, match="taken this task"):
            send_to(connection, EVERYWHERE, number, zhou, "何静", NOW)
        close_task(connection, EVERYWHERE, number, "repaired", "", NOW)
        with pytest.raises(StoreError, match="is over"):
            close_task(connection, EVERYWHERE, number, "repaired", "", NOW)
