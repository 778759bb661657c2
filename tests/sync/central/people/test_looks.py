"""Looks at a person's record: opened for a purpose, over in a quarter of an hour, in the audit log."""

from __future__ import annotations

import pytest

from edge.decision import Subject
from sync.central.accounts.actor import Actor, Via, command_line_actor
from sync.central.audit.audit import About, entries
from sync.central.people.core.purposes import LASTS, Grounds, Purpose
from sync.central.people.looks import close_look, looks_at, open_look, open_look_of
from sync.central.people.subjects import put_subject
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store, StoreError
from tests.sync.wire.examples import AT

SITE = "green-court"
HE, WANG = Actor(1, "He Jing", (), Via.SESSION), Actor(2, "Wang", (), Via.SESSION)
APPEAL = Grounds(Purpose.APPEAL, "A-1182")


@pytest.fixture
def with_li_na(store: Store) -> Store:
    with store.writing() as connection:
        put_subject(connection, SITE, Subject("li-na", "Li Na"), AT)
    return store


def test_a_look_is_the_lookers_own_and_ends_by_itself(with_li_na: Store) -> None:
    with with_li_na.writing() as connection:
        opened = open_look(connection, HE, SITE, "li-na", APPEAL, AT)
        assert opened.closes_at == AT + LASTS
        at = AT + LASTS - 1
        assert open_look_of(connection, HE, SITE, "li-na", at) == opened
        assert open_look_of(connection, HE, SITE, "li-na", AT + LASTS) is None
        assert open_look_of(connection, WANG, SITE, "li-na", at) is None, "somebody else's"
        assert open_look_of(connection, command_line_actor("He Jing"), SITE, "li-na", at) is None
        assert open_look_of(connection, HE, SITE, "wu-bo", at) is None, "somebody else"


def test_a_look_is_closed_and_the_next_purpose_takes_its_place(with_li_na: Store) -> None:
    with with_li_na.writing() as connection:
        open_look(connection, HE, SITE, "li-na", APPEAL, AT)
        close_look(connection, HE, SITE, "li-na", AT + 5)
        assert open_look_of(connection, HE, SITE, "li-na", AT + 6) is None
        second = open_look(connection, HE, SITE, "li-na", Grounds(Purpose.AUDIT, "2026-9"), AT + 7)
        third = open_look(connection, HE, SITE, "li-na", Grounds(Purpose.VISIT, "V-9"), AT + 8)
        assert open_look_of(connection, HE, SITE, "li-na", AT + 9) == third
        seen = looks_at(connection, SITE, "li-na", AT + 1)
    assert [(item.number, item.closes_at) for item in seen] == [
        (third.number, third.closes_at),
        (second.number, AT + 8),
    ]


def test_the_audit_log_says_who_looked_and_why(with_li_na: Store) -> None:
    grounds = Grounds(Purpose.ILLNESS, "B-7", "her neighbour is ill")
    with with_li_na.writing() as connection:
        opened = open_look(connection, HE, SITE, "li-na", grounds, AT)
        [entry] = entries(connection, EVERYWHERE, about=About("subject", "li-na", SITE))
    assert (entry.name, entry.act, entry.at) == ("He Jing", "look", AT)
    assert entry.why == "illness B-7: her neighbour is ill"
    assert entry.detail == {"look": opened.number}


@pytest.mark.parametrize(
    ("subject", "grounds", "said"),
    [
        ("li-na", Grounds(Purpose.APPEAL), "neither a reference nor a reason"),
        ("wu-bo", APPEAL, "no subject 'wu-bo'"),
    ],
)
def test_without_grounds_or_a_person_nothing_opens_and_nothing_is_noted(
    with_li_na: Store, subject: str, grounds: Grounds, said: str
) -> None:
    with with_li_na.writing() as connection:
        with pytest.raises(StoreError, match=said):
            open_look(connection, HE, SITE, subject, grounds, AT)
        assert looks_at(connection, SITE, subject, 0) == []
        assert entries(connection, EVERYWHERE, about=About("subject", subject, SITE)) == []
