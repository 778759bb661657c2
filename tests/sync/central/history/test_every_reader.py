"""Each reader of old accesses says the same before and after they moved into files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from edge.decision import Decision, Direction, Evidence, Mode, Outcome, Reason, Subject
from edge.journal.format import AccessDecided
from sync.central.accesses.finding import find_accesses
from sync.central.accounts.actor import command_line_actor
from sync.central.changes.appeals import AppealedDecision, appeals, ask_publicly, open_appeal
from sync.central.explain.passing import can_pass
from sync.central.history.moved import WantedAccesses
from sync.central.isolation.exits import exits
from sync.central.isolation.tables import isolation_exit
from sync.central.people.subjects import put_subject
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store
from sync.central.units import DAY, HOUR
from sync.central.visits.attendance import attendance
from sync.central.visits.core.limits import WantedVisit
from sync.central.visits.core.workers import group_of, id_of
from sync.central.visits.employers import employer_at, make_employer
from sync.central.visits.numbers import use_number
from sync.central.visits.tables import visit
from sync.central.visits.visits import Inviting, invite, overstayed, visits_between
from tests.sync.central.accesses.examples import journal, sent
from tests.sync.central.history.examples import archived
from tests.sync.central.visits.test_attendance import EARLY_SHIFT, TUESDAY
from tests.sync.wire.examples import AT, DEVICE, EPOCH

SITE, WHO = "green-court", "li-na"
BOSS = command_line_actor("wang")


def passed(who: str, way: Direction = Direction.ENTRY, outcome: Outcome = Outcome.GRANT) -> AccessDecided:
    reason = Reason.CODE_ACCEPTED if outcome is Outcome.GRANT else Reason.OUTSIDE_HOURS
    return AccessDecided(Decision(outcome, reason, "test", who), Evidence(way), Mode.CODE, 7, "camera")


Answers = dict[str, object]
Readers = dict[str, Callable[[sa.Connection], object]]


@pytest.fixture
def readers(store: Store) -> Readers:
    """A day at the gate of people of every sort, and everybody who asks about it."""
    with store.writing() as connection:
        put_subject(connection, SITE, Subject(WHO), AT)
        asked = WantedVisit("李四", AT, AT + HOUR, by_code=True)
        made = invite(connection, SITE, asked, Inviting("zhang"), AT)
        guest = connection.execute(
            sa.select(visit.c.subject).where(visit.c.number == made.number)
        ).scalar_one()
        works = make_employer(connection, BOSS, SITE, "A factory", [EARLY_SHIFT], AT + 20 * DAY, AT)
        worker = Subject(id_of(works, "1"), groups=frozenset({group_of(works), group_of(works, "early")}))
        put_subject(connection, SITE, worker, AT)
    happened = [
        passed(WHO, Direction.EXIT),
        passed(guest),
        passed(worker.id),
        passed(WHO, outcome=Outcome.DENY),
        passed(WHO),
    ]
    sent(store, journal(happened))
    with store.writing() as connection:
        chain = find_accesses(connection, None, WantedAccesses(1))[0]["chain"]
        went = {"chain": chain, "sequence": 1, "at": AT + 1_000_000, "received_at": AT, "site": SITE}
        went |= {
            "device": DEVICE,
            "gate": "main",
            "subject": WHO,
            "how": "by_rule",
            "reason": "home_isolation",
        }
        connection.execute(sa.insert(isolation_exit).values(went))
    code = made.code or ""

    def came(connection: sa.Connection) -> object:
        held = employer_at(connection, EVERYWHERE, works)
        assert held is not None
        return attendance(connection, held, TUESDAY, TUESDAY, AT + DAY)

    def appealed(connection: sa.Connection) -> object:
        with connection.begin_nested() as tried:
            ask_publicly(connection, "E-4", WHO, "why?", "here", AT + DAY)
            denial = AppealedDecision(DEVICE, EPOCH, 4)
            open_appeal(connection, BOSS, SITE, WHO, "and why?", AT + DAY, denial)
            found = [(each.question, each.denial) for each in appeals(connection, EVERYWHERE, is_open=True)]
            tried.rollback()
        return found

    def used(connection: sa.Connection) -> object:
        with connection.begin_nested() as tried:
            found = use_number(connection, SITE, code, Direction.ENTRY, "zhang", AT + HOUR // 2)
            tried.rollback()
        return found

    return {
        "can_pass": lambda connection: can_pass(connection, SITE, WHO, AT + DAY, AT + 2 * DAY),
        "a visit": lambda connection: visits_between(connection, EVERYWHERE, AT, AT + DAY, AT + DAY),
        "overstayed": lambda connection: overstayed(connection, EVERYWHERE, AT, AT + DAY),
        "a visit's number": used,
        "who came of a list": came,
        "an exit in isolation": lambda connection: exits(connection, EVERYWHERE, 0, AT + DAY),
        "an appeal": appealed,
        "find": lambda connection: find_accesses(
            connection, [SITE], WantedAccesses(9, among={"subject": [WHO, guest]}, begins={"subject": "li"})
        ),
    }


def test_each_reader_says_the_same_after_the_accesses_moved(
    store: Store, tmp_path: Path, readers: Readers
) -> None:
    def answers() -> Answers:
        found: Answers = {}
        for name, ask in readers.items():
            with store.writing() as connection:
                found[name] = ask(connection)
        return found

    before = answers()
    archived(store, tmp_path)
    with store.reading() as connection:
        in_database = connection.execute(sa.text("SELECT count(*) FROM access")).scalar_one()
    assert in_database == 0
    assert answers() == before
    for name, said in before.items():
        assert said, f"{name} has something to say"
    with store.reading() as connection:
        [exit_, *_] = exits(connection, EVERYWHERE, 0, AT + DAY)
        assert exit_.back_at is not None
        assert len(overstayed(connection, EVERYWHERE, AT, AT + DAY)) == 1
