"""A site's list of subjects: what is removed, what cannot be read, and what a newer version wrote."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from edge.admin.site_admin import SiteAdmin, SiteFile, init_site
from edge.admin.subject_store import SubjectStore
from edge.decision import Subject
from edge.errors import RegistryError
from edge.lane.configuration import LaneDirection

NOW = datetime(2026, 3, 3, tzinfo=UTC)
FACE = np.eye(1, 128, dtype=np.float32)[0]


@pytest.fixture
def admin(tmp_path: Path) -> SiteAdmin:
    return init_site(tmp_path / "site", SiteFile("green-court"), {"main": LaneDirection.ENTRY}, NOW)


@pytest.fixture
def store(admin: SiteAdmin) -> SubjectStore:
    return admin.store


def test_removing_somebody_erases_their_templates(store: SubjectStore) -> None:
    store.add(Subject("ann"), (FACE,), "engine-1")
    store.remove("ann")
    assert store.templates() == []
    for call in (store.remove, store.get):
        with pytest.raises(RegistryError, match="no subject"):
            call("ann")


@pytest.mark.parametrize("record", [b'{"id":"ann","groups":[""]}', b"\xff", b"[]", b""])
def test_a_record_that_no_registry_holds_is_named_and_can_be_removed(
    admin: SiteAdmin, store: SubjectStore, record: bytes
) -> None:
    store.add(Subject("ann"))
    with closing(sqlite3.connect(admin.folder / "subjects.sqlite")) as connection, connection:
        connection.execute("UPDATE subject SET record = ?", (record,))
    for call in (store.every, lambda: store.get("ann"), lambda: admin.build(NOW, timedelta(days=30))):
        with pytest.raises(RegistryError, match=r"subject ann.*gatepost subject remove ann"):
            call()
    store.remove("ann")
    assert store.every() == []


def test_a_book_of_a_newer_version_is_left_alone(admin: SiteAdmin, store: SubjectStore) -> None:
    store.add(Subject("ann"))
    with closing(sqlite3.connect(admin.folder / "subjects.sqlite")) as connection:
        connection.execute("PRAGMA user_version = 9")
    with pytest.raises(RegistryError, match="version 9"):
        store.every()
