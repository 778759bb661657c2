"""Subjects at central: records, statuses and who set them; the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from edge.decision import Status, StatusRecord, Subject
from sync.central.people.subjects import (
    put_subject,
    remove_subject,
    set_status,
    status_history,
    subject_at,
    subjects_of,
)
from sync.central.store import Store, StoreError
from tests.sync.wire.examples import AT

SITE = "green-court"
RED = StatusRecord(Status.RED, "lab", "positive", "pcr", datetime(2026, 3, 3, tzinfo=UTC))


def test_a_subject_is_added_changed_and_erased(store: Store) -> None:
    with store.writing() as connection:
        put_subject(connection, SITE, Subject("li-na", "Li Na"), AT)
        put_subject(connection, SITE, Subject("li-na", "Li Na", address="3/2/1"), AT)
        assert [subject.address for subject in subjects_of(connection, SITE)] == ["3/2/1"]
        remove_subject(connection, SITE, "li-na")
        assert subjects_of(connection, SITE) == []
        with pytest.raises(StoreError, match="no subject"):
            remove_subject(connection, SITE, "li-na")
        with pytest.raises(StoreError, match="no site"):
            put_subject(connection, "nowhere", Subject("li-na"), AT)


def test_a_status_is_set_in_the_name_of_an_actor_who_is_recorded(store: Store) -> None:
    with store.writing() as connection:
        put_subject(connection, SITE, Subject("li-na"), AT)
        set_status(connection, SITE, "li-na", RED, "wang", AT)
        set_status(
            connection, SITE, "li-na", msgspec.structs.replace(RED, value=Status.GREEN), "chen", AT + 1
        )
        status = subject_at(connection, SITE, "li-na").status
        history = status_history(connection, SITE, "li-na")
        with pytest.raises(StoreError, match="no actor"):
            set_status(connection, SITE, "li-na", RED, " ", AT)
    assert status is not None
    assert status.value is Status.GREEN
    assert [(item.record.value, item.actor) for item in history] == [("red", "wang"), ("green", "chen")]
