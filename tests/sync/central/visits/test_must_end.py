"""Tenants have an end of their right: nobody is put into such a group without one, by whichever way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from edge.decision import Subject
from edge.signing.cose import instant
from sync.central.accounts.actor import command_line_actor
from sync.central.changes.core.change import PutSubject
from sync.central.changes.submitting import Applied, submit
from sync.central.configuration import ChangesSection
from sync.central.imports.core.problems import ProblemKind
from sync.central.imports.uploads import apply_upload, keep_upload, upload_at
from sync.central.people.subjects import subjects_of
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store, StoreError

NOW = 1_790_000_000_000_000
CLERK = command_line_actor("zhang")
END = instant(NOW) + timedelta(days=30)


@pytest.mark.parametrize(
    ("subject", "must_end", "is_taken"),
    [
        (Subject("a", groups=frozenset({"tenant"})), ("tenant",), False),
        (Subject("a", groups=frozenset({"tenant"}), valid_until=END), ("tenant",), True),
        (Subject("a", groups=frozenset({"resident"})), ("tenant",), True),
        (Subject("a", groups=frozenset({"resident", "au-pair"})), ("tenant", "au-pair"), False),
        (Subject("a", groups=frozenset({"tenant"})), (), True),
    ],
)
def test_who_is_in_such_a_group_has_an_end(
    store: Store, subject: Subject, must_end: tuple[str, ...], is_taken: bool
) -> None:
    change = [PutSubject("green-court", Subject("b")), PutSubject("green-court", subject)]

    def put() -> object:
        with store.writing() as connection:
            return submit(
                connection, CLERK, change, why="a list", now=NOW, limits=ChangesSection(must_end=must_end)
            )

    if is_taken:
        assert isinstance(put(), Applied)
    else:
        with pytest.raises(StoreError, match=r"1 people have no valid_until.*: a"):
            put()
    with store.reading() as connection:
        held = [person.id for person in subjects_of(connection, "green-court")]
    assert held == (["a", "b"] if is_taken else []), "all, or nothing"


def test_a_list_names_the_row_and_the_column_before_anything_is_changed(store: Store) -> None:
    rows = [
        "id,name,groups,valid_until",
        "a,A,tenant,2027-01-01",
        "b,B,tenant,",
        "c,C,resident,",
        "d,D,tenant,",
    ]
    data = "\n".join(rows).encode()
    number = keep_upload(store, CLERK, "green-court", "list.csv", data, (), NOW, ChangesSection())
    with store.reading() as connection:
        kept = upload_at(connection, EVERYWHERE, number, NOW)
    assert kept is not None
    wrong = [(item.line, item.column, item.letter, item.kind) for item in kept.plan.problems]
    assert wrong == [(line, "valid_until", "D", ProblemKind.NO_END) for line in (3, 5)]
    with pytest.raises(StoreError, match="2 rows of the list are wrong"):
        apply_upload(store, CLERK, kept, NOW, ChangesSection(), only_good=False)
    apply_upload(store, CLERK, kept, NOW, ChangesSection(), only_good=True)
    with store.reading() as connection:
        assert [person.id for person in subjects_of(connection, "green-court")] == ["a", "c"]
