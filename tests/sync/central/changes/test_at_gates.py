"""Appeals that staff filed at a gate: opened when the event arrives, once, about whom it names."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

import pytest

from edge.decision import Decision, Direction, Evidence, Mode, Outcome, Reason, Subject
from edge.journal.format import AccessDecided, AppealFiled, Entry
from sync.central.audit.audit import entries as audited
from sync.central.changes.appeals import Appeal, appeals, steps_of
from sync.central.changes.core.appeal_state import reference_of
from sync.central.followers import FOLLOWERS
from sync.central.journals.journals import store_batch
from sync.central.people.subjects import put_subject, remove_subject
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store
from sync.wire import batch_of
from tests.sync.central.reported.test_recording import journal
from tests.sync.wire.examples import AT, DEVICE

SITE = "green-court"


def denied(who: str | None = "ann") -> AccessDecided:
    decision = Decision(Outcome.DENY, Reason.STATUS_RED, "statuses.red.entry", subject_id=who)
    return AccessDecided(decision, Evidence(Direction.ENTRY), Mode.CODE, 3, "camera")


def filed(
    about: int | None = 1, *, who: str = "ann", why: str = "status_wrong", text: str = ""
) -> AppealFiled:
    return AppealFiled("wang", who, why, text, about)


@pytest.fixture
def at_site(store: Store) -> Store:
    with store.writing() as connection:
        for who in ("ann", "bob"):
            put_subject(connection, SITE, Subject(who), AT)
    return store


def store_each(store: Store, entries: Iterable[Entry]) -> None:
    """Each in a batch of its own, as they come."""
    for entry in entries:
        with store.writing() as connection:
            store_batch(connection, DEVICE, batch_of([entry], entry.sequence - 1), AT, FOLLOWERS)


def opened(store: Store) -> list[Appeal]:
    with store.reading() as connection:
        return appeals(connection, EVERYWHERE, is_open=True)


@pytest.mark.parametrize("order", [*permutations((0, 1))])
def test_an_appeal_is_opened_in_whatever_order_the_journal_comes(
    at_site: Store, order: tuple[int, ...]
) -> None:
    written = journal(denied(), filed(text="tested negative"))
    store_each(at_site, (written[place] for place in (*order, *order)))
    [appeal] = opened(at_site)
    assert (appeal.site, appeal.subject, appeal.by_person) == (SITE, "ann", False)
    assert appeal.question == "健康码不符 / The health code is wrong: tested negative"
    assert appeal.denial is not None
    assert reference_of(appeal.denial.device, appeal.denial.sequence) == f"{DEVICE}-1"
    with at_site.reading() as connection:
        [step] = steps_of(connection, appeal.number)
        assert step.actor == f"wang @ {DEVICE} (E-2)", "who filed it, and the number that the person has"
        assert audited(connection, EVERYWHERE)[0].act == "open_appeal"


def test_one_more_about_the_same_denial_is_a_step_of_the_first(at_site: Store) -> None:
    store_each(at_site, journal(denied(), filed(), filed(text="she is still here")))
    [appeal] = opened(at_site)
    with at_site.reading() as connection:
        assert [step.text for step in steps_of(connection, appeal.number)] == [
            "健康码不符 / The health code is wrong",
            "健康码不符 / The health code is wrong: she is still here",
        ]


@pytest.mark.parametrize(
    ("events", "questions"),
    [
        ((filed(None),), [("ann", None)]),
        ((denied("bob"), filed(1)), [("ann", None)]),  # the denial was another's
        ((filed(7),), [("ann", None)]),  # of an event that is not before it
        ((filed(None, who="nobody"),), []),
        ((filed(None, why="of_a_later_version\0", text="\0<b>"),), [("ann", None)]),
    ],
)
def test_what_a_gate_says_is_believed_as_far_as_it_goes(
    at_site: Store, events: tuple[AccessDecided | AppealFiled, ...], questions: list[tuple[str, None]]
) -> None:
    store_each(at_site, journal(*events))
    assert [(appeal.subject, appeal.denial) for appeal in opened(at_site)] == questions


def test_who_was_erased_meanwhile_has_no_appeal(at_site: Store) -> None:
    with at_site.writing() as connection:
        remove_subject(connection, SITE, "ann")
    store_each(at_site, journal(denied(), filed()))
    assert opened(at_site) == []
