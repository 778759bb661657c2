"""Appeals, in a database of either kind: who asks, who has it, what is corrected, what an erasure leaves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from edge.admin.site_admin import SiteFile
from edge.decision import Status, StatusRecord, Subject
from sync.central.accesses.tables import access
from sync.central.accounts.actor import Actor, Via
from sync.central.accounts.core.roles import Role, RoleGrant
from sync.central.accounts.tables import account, account_grant
from sync.central.audit.audit import About, entries
from sync.central.changes.appeals import (
    TRIES,
    TRIES_WITHIN,
    AppealedDecision,
    TooOften,
    answer,
    appeal_at,
    appeals,
    appeals_of,
    ask_publicly,
    correct,
    forward,
    open_appeal,
    open_count,
    steps_of,
    take,
)
from sync.central.changes.applying import hold_sites
from sync.central.changes.core.appeal_state import AppealStage, AppealState, reference_in
from sync.central.changes.deciding import approve
from sync.central.changes.submitting import Applied, WaitingSet
from sync.central.changes.waiting import examined
from sync.central.configuration import ChangesSection
from sync.central.devices.devices import put_site
from sync.central.people.subjects import put_subject, put_subjects, remove_subject, status_history, subject_at
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.store import Store, StoreError
from sync.central.tables import chain
from tests.sync.waiting import until_it_waits
from tests.sync.wire.examples import DEVICE

SITE = "green-court"
NOW = 1_772_500_000_000_000
RED = StatusRecord(Status.RED, "lab", "positive", "pcr", datetime(2026, 3, 3, tzinfo=UTC))
GREEN = replace(RED, value=Status.GREEN, reason="wrong person")
WANG = Actor(1, "wang", (RoleGrant(Role.REGISTRAR),), Via.SESSION)
CHEN = Actor(2, "chen", (RoleGrant(Role.REGISTRAR),), Via.SESSION)
EPOCH = bytes(16)


@pytest.fixture
def gate(store: Store) -> Store:
    """Li Na was turned away as number 7 of a gate's journal, and let in as number 8."""
    with store.writing() as connection:
        put_subject(connection, SITE, Subject("li-na", status=RED), NOW)
        row = {"device": DEVICE, "epoch": EPOCH, "gate": "main", "hash": b""}
        number = connection.execute(sa.insert(chain).values(**row).returning(chain.c.number)).scalar_one()
        for sequence, outcome in ((7, "deny"), (8, "grant")):
            values = {"chain": number, "sequence": sequence, "at": NOW, "received_at": NOW, "site": SITE}
            words = {"outcome": outcome, "reason": "status_red", "rule": "x", "means": "code"}
            named = {"device": DEVICE, "gate": "main", "subject": "li-na"}
            connection.execute(sa.insert(access).values(**values, **words, **named))
        for at, name in enumerate(("wang", "chen"), 1):
            who = {"number": at, "name": name, "display": name, "handle": name.encode(), "made_at": 1}
            connection.execute(sa.insert(account).values(**who))
            connection.execute(sa.insert(account_grant).values(account=at, role="registrar", at=1))
    return store


def asks(store: Store, reference: str, identity: str = "li-na", text: str = "Why?", at: int = NOW) -> int:
    """How many open appeals there are after somebody asked on the public page."""
    with store.writing() as connection:
        ask_publicly(connection, reference, identity, text, f"10.0.0.{at % 250}", at)
    with store.reading() as connection:
        return open_count(connection, EVERYWHERE)


def opened(store: Store) -> int:
    with store.writing() as connection:
        denial = AppealedDecision(DEVICE, EPOCH, 7)
        return open_appeal(connection, WANG, SITE, "li-na", "I was negative", NOW, denial)


@pytest.mark.parametrize("act", ["correct", "open", "ask"])
def test_who_is_erased_at_that_moment_has_no_appeal_and_nobody_is_locked_out(gate: Store, act: str) -> None:
    number = opened(gate)

    def does() -> None:
        with gate.writing() as connection:
            match act:
                case "correct":
                    correct(connection, WANG, number, GREEN, "wrong person", NOW, ChangesSection())
                case "open":
                    open_appeal(connection, WANG, SITE, "li-na", "I was negative", NOW)
                case _:
                    ask_publicly(connection, f"{DEVICE}-7", "li-na", "Why?", "10.0.0.1", NOW)

    with ThreadPoolExecutor(1) as pool:
        with gate.writing() as connection:
            hold_sites(connection, [SITE])
            done = pool.submit(does)
            until_it_waits(connection, done)
            remove_subject(connection, SITE, "li-na")
        if act == "ask":
            done.result()
        else:
            with pytest.raises(StoreError, match=r"was erased|there is no subject"):
                done.result()
    with gate.reading() as connection:
        assert appeals_of(connection, SITE, "li-na") == []


def test_an_appeal_names_no_decision_about_somebody_else_or_elsewhere(gate: Store) -> None:
    with gate.writing() as connection:
        put_site(connection, SiteFile("rose-yard"))
        put_subjects(connection, SITE, [Subject("zhang")], NOW)
        put_subjects(connection, "rose-yard", [Subject("li-na")], NOW)
    own = AppealedDecision(DEVICE, EPOCH, 7)
    for site, subject, denial in (
        (SITE, "zhang", own),
        ("rose-yard", "li-na", own),
        (SITE, "li-na", AppealedDecision(DEVICE, EPOCH, 6)),
        (SITE, "li-na", AppealedDecision(DEVICE, bytes(8), 7)),
        (SITE, "li-na", AppealedDecision("gp-9999", EPOCH, 7)),
    ):
        with pytest.raises(StoreError, match="there is no decision"), gate.writing() as connection:
            open_appeal(connection, WANG, site, subject, "Why?", NOW, denial)
    assert opened(gate) > 0


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("gp-0001-4711", ("gp-0001", 4711)),
        (" gp-0001 4711 ", ("gp-0001", 4711)),
        ("market.south-2", ("market.south", 2)),
        ("E-4711", (None, 4711)),
        ("e 4711", (None, 4711)),
        ("4711", None),
        ("gp-0001-", None),
        ("gp-0001-٤", None),
        ("x" * 64 + "-1", None),
        ("gp-" + "9" * 19, None),
        ("", None),
    ],
)
def test_the_number_of_a_decision_names_a_device_and_its_event(
    text: str, reference: tuple[str | None, int] | None
) -> None:
    assert reference_in(text) == reference


@pytest.mark.parametrize(
    ("reference", "identity", "asked"),
    [("E-7", "li-na", 1), ("e 7", "li-na", 1), ("E-7", "zhang", 0), ("E-8", "li-na", 0), ("E-6", "li-na", 0)],
)
def test_the_number_that_the_screen_showed_is_enough_for_whom_it_was_shown_to(
    gate: Store, reference: str, identity: str, asked: int
) -> None:
    assert asks(gate, reference, identity) == asked


def test_only_who_was_turned_away_asks_and_once_for_each_denial(gate: Store) -> None:
    seven = f"{DEVICE}-7"
    strangers = (
        (f"{DEVICE}-8", "li-na"),
        (f"{DEVICE}-9", "li-na"),
        (seven, "wu"),
        ("7", "li-na"),
        (seven, ""),
    )
    for at, (reference, identity) in enumerate(strangers):
        assert asks(gate, reference, identity, at=NOW + at) == 0
    assert asks(gate, seven, at=NOW + 10) == 1
    assert asks(gate, seven, at=NOW + 11) == 1, "the same denial again"
    with gate.reading() as connection:
        [found] = appeals(connection, EVERYWHERE, is_open=True)
        assert (found.by_person, found.subject, found.denial) == (
            True,
            "li-na",
            AppealedDecision(DEVICE, EPOCH, 7),
        )
        assert appeals(connection, Sight(frozenset({4711})), is_open=True) == []
        assert appeal_at(connection, Sight(), found.number) is None


def test_somebody_who_asks_too_often_waits(gate: Store) -> None:
    for _ in range(TRIES):
        asks(gate, "x-1")
    with pytest.raises(TooOften):
        asks(gate, "x-1")
    assert asks(gate, f"{DEVICE}-7", at=NOW + 1) == 1, "from elsewhere"
    asks(gate, "x-1", at=NOW + TRIES_WITHIN)
    for text in ("", " ", "x" * 1001):
        with pytest.raises(StoreError):
            asks(gate, f"{DEVICE}-7", text=text, at=NOW + TRIES_WITHIN + 1)


def test_an_appeal_is_taken_forwarded_and_answered_by_name(gate: Store) -> None:
    number = opened(gate)
    with gate.writing() as connection:
        take(connection, CHEN, number, NOW + 1)
        forward(connection, CHEN, number, "to the laboratory", NOW + 2)
        answer(connection, CHEN, number, "By rule pcr of the lab.", NOW + 3)
    with gate.reading() as connection:
        found = appeal_at(connection, EVERYWHERE, number)
        assert found is not None
        assert (found.state, found.holder, found.settled_at) == (AppealState.ANSWERED, "chen", NOW + 3)
        steps = [(step.kind, step.actor) for step in steps_of(connection, number)]
        noted = [item.act for item in entries(connection, EVERYWHERE, about=About("appeal", str(number)))]
        assert open_count(connection, EVERYWHERE) == 0
    assert steps == [
        (AppealStage.ASKED, "wang"),
        (AppealStage.TAKEN, "chen"),
        (AppealStage.FORWARDED, "chen"),
        (AppealStage.ANSWERED, "chen"),
    ]
    assert noted == ["appeal_answered", "appeal_forwarded", "take_appeal", "open_appeal"]
    with pytest.raises(StoreError, match="answered already"), gate.writing() as connection:
        take(connection, CHEN, number, NOW + 4)


@pytest.mark.parametrize("people", [5, 0], ids=["at once", "by two people"])
def test_a_correction_leaves_a_trace_when_it_is_applied(gate: Store, people: int) -> None:
    number, limits = opened(gate), ChangesSection(share=0, people=people)
    with gate.writing() as connection:
        made = correct(connection, WANG, number, GREEN, "wrong person", NOW, limits)
        found = appeal_at(connection, EVERYWHERE, number)
        assert found is not None
        if people:
            assert isinstance(made, Applied)
        else:
            assert isinstance(made, WaitingSet)
            assert found.state is AppealState.CORRECTING
            assert subject_at(connection, SITE, "li-na").status == RED
            seen = examined(connection, made.number).seen
            approve(connection, CHEN, made.number, why="checked", seen=seen, now=NOW + 1)
    with gate.reading() as connection:
        found = appeal_at(connection, EVERYWHERE, number)
        last = steps_of(connection, number)[-1]
        assert found is not None
        assert found.state is AppealState.CORRECTED
        assert (last.kind, last.change_set) == (AppealStage.CORRECTED, made.number)
        assert status_history(connection, SITE, "li-na")[-1].record == GREEN


def test_an_erasure_takes_the_words_and_leaves_that_there_was_an_appeal(gate: Store) -> None:
    number = opened(gate)
    with gate.writing() as connection:
        answer(connection, WANG, number, "By rule pcr.", NOW)
        remove_subject(connection, SITE, "li-na")
        found = appeal_at(connection, EVERYWHERE, number)
        assert found is not None
        assert (found.subject, found.question, found.state) == (None, "", AppealState.ANSWERED)
        assert {step.text for step in steps_of(connection, number)} == {""}
        assert appeals_of(connection, SITE, "li-na") == []
