"""A what-if question is answered once, beside the pages that ask, until somebody stops it."""

from __future__ import annotations

from contextlib import closing

import sqlalchemy as sa

from edge.signing.cose import microseconds
from sync.central.changes.policies import policy_of
from sync.central.explain.running import FRESH, Answer, QuestionProgress, WhatIfRuns, policy_id
from sync.central.explain.tables import what_if_answer
from sync.central.store import Store
from tests.sync.central.explain.conftest import RULES
from tests.sync.central.explain.gate import Gate, face, shown
from tests.sync.central.registry.desk import DAY, SITE, Desk
from tests.waiting import PATIENT

POLICY = policy_of(RULES)


class Asking:
    """Somebody who asks, and a clock that stands still."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.runs = desk, WhatIfRuns()
        self.now = microseconds(desk.now + DAY)

    def ask(self) -> Answer | QuestionProgress:
        return self.runs.ask(self.desk.store, lambda: self.now, SITE, POLICY)

    def answer(self) -> Answer | QuestionProgress | None:
        assert self.runs.wait(PATIENT)
        return self.runs.look(self.desk.store, self.now, SITE, policy_id(POLICY))


def answers(store: Store) -> int:
    with store.reading() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(what_if_answer)).scalar_one())


def test_it_is_answered_once_and_given_again_while_it_is_fresh(desk: Desk, gate: Gate) -> None:
    gate.sees(shown(face=face("ann")))
    gate.sends()
    asking = Asking(desk)
    assert asking.runs.look(desk.store, asking.now, SITE, policy_id(POLICY)) is None
    assert isinstance(asking.ask(), QuestionProgress)
    found = asking.answer()
    assert isinstance(found, Answer)
    assert (found.found.total, found.at, answers(desk.store)) == (1, asking.now, 1)
    assert asking.ask() == found
    of_another = WhatIfRuns().look(desk.store, asking.now, SITE, policy_id(POLICY))
    assert of_another == found, "it outlives the process"
    asking.now += FRESH + 1
    asking.ask()
    later = asking.answer()
    assert isinstance(later, Answer)
    assert (later.at, answers(desk.store)) == (asking.now, 2)
    asking.now += microseconds(desk.now + DAY) - microseconds(desk.now) + 1
    asking.ask()
    asking.answer()
    assert answers(desk.store) == 1, "those of yesterday are gone"


def test_it_can_be_stopped_and_asked_again(desk: Desk, gate: Gate) -> None:
    gate.sees(shown(face=face("ann")))
    gate.sends()
    asking = Asking(desk)
    with asking.runs._turn:  # another question is being answered
        first = asking.ask()
        assert isinstance(first, QuestionProgress)
        assert asking.ask() == first, "it is asked once"
        asking.runs.stop(SITE, policy_id(POLICY))
    found = asking.answer()
    assert found == QuestionProgress(stopped=True)
    assert answers(desk.store) == 0
    assert isinstance(asking.ask(), QuestionProgress)
    assert isinstance(asking.answer(), Answer)


def test_what_fails_is_said_and_can_be_asked_again(desk: Desk) -> None:
    asking = Asking(desk)
    with asking.runs._turn, closing(desk.store):
        asking.ask()
    assert asking.runs.wait(PATIENT)
    progress = asking.runs._newest[SITE, policy_id(POLICY)].progress
    assert "is closed" in progress.failed
    assert not progress.goes_on
