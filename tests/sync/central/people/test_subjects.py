"""Subjects at central: records, statuses and who set them; the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from edge.decision import Status, StatusRecord, Subject
from edge.registry.format import SealedTemplate
from sync.central.people.faces import people_with_templates
from sync.central.people.subjects import (
    note_status,
    put_subject,
    put_templates,
    remove_subject,
    status_history,
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


def test_each_status_is_kept_with_the_name_of_who_set_it(store: Store) -> None:
    green = msgspec.structs.replace(RED, value=Status.GREEN)
    with store.writing() as connection:
        put_subject(connection, SITE, Subject("li-na"), AT)
        note_status(connection, SITE, "li-na", RED, "wang", AT)
        note_status(connection, SITE, "li-na", green, "chen", AT + 1)
        history = status_history(connection, SITE, "li-na")
    assert [(item.record.value, item.actor) for item in history] == [("red", "wang"), ("green", "chen")]


def test_people_with_templates_are_counted_once_each(store: Store) -> None:
    with store.writing() as connection:
        for name in ("li-na", "wang", "no-face"):
            put_subject(connection, SITE, Subject(name), AT)
        put_templates(connection, SITE, "li-na", [_sealed("li-na")] * 3)
        put_templates(connection, SITE, "wang", [_sealed("wang")])
        assert people_with_templates(connection) == 2
        remove_subject(connection, SITE, "wang")
        assert people_with_templates(connection) == 1


def _sealed(name: str) -> SealedTemplate:
    return SealedTemplate(name, 1, "sface", bytes(540))
