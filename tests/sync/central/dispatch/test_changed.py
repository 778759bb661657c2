"""Each thing that happens to a task is a change that live pages see; the count never falls."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import sqlalchemy as sa

from sync.central.dispatch.changed import forget_old_changes, has_old_changes, newest_change
from sync.central.dispatch.core.life import OfferEnd, WorkerAct
from sync.central.dispatch.reading import note_shown
from sync.central.dispatch.tables import task, task_change, task_offer
from sync.central.dispatch.tasks import Stuck, close_task, hand_on, keep_at_centre, remind, take_back
from sync.central.dispatch.telling import Saying, tell
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store
from sync.central.units import MINUTE
from tests.sync.central.dispatch.test_loop import NOW, Street

Act = Callable[[sa.Connection, int, int], object]
"""Does something with a task of alarm 7 that was offered to a worker."""

ACTS: dict[str, Act] = {
    "reminded": lambda c, number, _: remind(c, EVERYWHERE, number),
    "handed on": lambda c, number, _: hand_on(c, EVERYWHERE, number, NOW),
    "not answered": lambda c, number, _: hand_on(c, EVERYWHERE, number, NOW, OfferEnd.NO_ANSWER),
    "stuck": lambda c, number, _: keep_at_centre(c, number, Stuck.NOBODY_ANSWERED),
    "closed": lambda c, number, _: close_task(c, EVERYWHERE, number, "repaired", "", NOW),
    "taken back": lambda c, *_: take_back(c, 7, NOW),
    "shown": lambda c, *_: note_shown(c, [1], NOW),
    "accepted": lambda c, _, worker: tell(c, worker, Saying("1", 1, WorkerAct.ACCEPT, 0), NOW),
    "declined": lambda c, _, worker: tell(c, worker, Saying("1", 1, WorkerAct.DECLINE, 0), NOW),
}


class Undone(Exception):
    """Takes back what was done in a transaction."""


def test_each_thing_that_happens_to_a_task_is_a_change(store: Store) -> None:
    street = Street(store)
    worker = street.worker("one")
    number = street.open()
    street.look()
    missed = []
    with store.writing() as connection:
        connection.execute(sa.update(task).values(alarm=7))
    for name, act in ACTS.items():
        with suppress(Undone), store.writing() as connection:
            before = newest_change(connection)
            act(connection, number, worker)
            missed += [] if newest_change(connection) > before else [name]
            raise Undone
    assert missed == []


def test_a_task_that_nobody_answers_is_a_change_each_time_until_it_is_stuck(store: Store) -> None:
    street = Street(store)
    street.worker("one")
    keys, stuck = [], []
    number = street.open()
    for _ in range(3):
        street.look()
        with store.reading() as connection:
            keys.append(newest_change(connection))
        stuck.append(street.has(number)[2])
        street.now += 3 * MINUTE
    assert stuck == ["", "", Stuck.NOBODY_ANSWERED]
    assert keys == sorted({*keys})
    with store.writing() as connection:
        connection.execute(sa.delete(task_offer))
        assert newest_change(connection) == keys[-1], "what retention deletes takes nothing from it"


def test_a_change_that_was_numbered_earlier_and_committed_later_is_seen(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(sa.insert(task_change), [{"number": each} for each in (1, 2, 4)])
        before = newest_change(connection)
        connection.execute(sa.insert(task_change), [{"number": 3}])
        assert newest_change(connection) > before


def test_old_changes_are_forgotten_and_the_count_rises_over_numbers_that_were_lost(store: Store) -> None:
    keys = []
    with store.writing() as connection:
        connection.execute(sa.insert(task_change), [{"number": each} for each in range(1, 1500)])
        for number in (1500, 1900, 1901, 2950, 2951, 6000):
            connection.execute(sa.insert(task_change), [{"number": number}])
            keys.append(newest_change(connection))
    assert keys == sorted({*keys})
    Street(store).look()
    with store.reading() as connection:
        assert not has_old_changes(connection)
        assert newest_change(connection) == keys[-1]
        assert connection.execute(sa.select(sa.func.count()).select_from(task_change)).scalar() == 1
    with store.writing() as connection:
        forget_old_changes(connection)
        assert newest_change(connection) == keys[-1]
