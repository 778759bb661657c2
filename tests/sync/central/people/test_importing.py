"""Subjects from a site's administration and from a table, into a real database of either kind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from edge.admin.site_admin import SiteAdmin, SiteFile, init_site
from edge.decision import Status, StatusRecord, Subject
from edge.lane.configuration import LaneDirection
from sync.central.devices.devices import put_site, sites
from sync.central.people.core.import_plan import Protected
from sync.central.people.importing import SubjectImport, apply_import, plan_site_import, plan_table_import
from sync.central.people.subjects import (
    newest_statuses,
    put_subject,
    set_status,
    status_history,
    subject_at,
    subjects_of,
    templates_of,
)
from sync.central.store import Store
from tests.sync.wire.examples import AT

SITE, YARD = "green-court", "rose-yard"
NOW = datetime(2026, 3, 3, tzinfo=UTC)
RED = StatusRecord(Status.RED, "lab", "positive", "pcr", NOW)
GREEN = replace(RED, value=Status.GREEN, since=NOW + timedelta(days=1))


@pytest.fixture
def admin(tmp_path: Path) -> SiteAdmin:
    site = SiteFile(YARD, city="Shanghai")
    made = init_site(tmp_path / "office", site, {"main": LaneDirection.ENTRY}, datetime.now(UTC), "zh")
    made.store.add(Subject("li-na"), (np.eye(128, dtype=np.float32)[0],), "sface-2021dec-int8bq")
    return made


def imported(store: Store, folder: Path, *take: Protected) -> SubjectImport:
    with store.writing() as connection:
        planned = plan_site_import(connection, folder, take)
        apply_import(connection, planned, "wang", AT)
    return planned


def test_a_site_administration_is_imported_with_its_sealed_templates(store: Store, admin: SiteAdmin) -> None:
    assert imported(store, admin.folder).added == 1
    again = imported(store, admin.folder)
    assert (again.added, again.changed, again.refused, list(again.lines())) == (0, 0, 0, [])
    with store.reading() as connection:
        assert subjects_of(connection, YARD) == admin.store.every()
        assert templates_of(connection, YARD) == admin.store.templates()


def test_a_subject_that_central_set_red_stays_red_whatever_an_import_says(
    store: Store, admin: SiteAdmin
) -> None:
    imported(store, admin.folder)
    with store.writing() as connection:
        set_status(connection, YARD, "li-na", RED, "wang", AT)
    admin.store.change(replace(admin.store.get("li-na"), name="Li Na", status=GREEN))
    second = imported(store, admin.folder)
    with store.reading() as connection:
        person = subject_at(connection, YARD, "li-na")
        assert (person.name, person.status) == ("Li Na", RED)
        assert newest_statuses(connection, YARD) == {"li-na": RED}
    assert any("status red" in line and "kept" in line for line in second.lines())


def test_a_status_that_is_taken_is_in_the_history_with_who_took_it(store: Store, admin: SiteAdmin) -> None:
    imported(store, admin.folder)
    with store.writing() as connection:
        set_status(connection, YARD, "li-na", RED, "chen", AT)
    admin.store.change(replace(admin.store.get("li-na"), status=GREEN))
    imported(store, admin.folder, Protected.STATUS)
    with store.reading() as connection:
        assert subject_at(connection, YARD, "li-na").status == GREEN
        history = status_history(connection, YARD, "li-na")
    assert [(item.record.value, item.actor) for item in history] == [("red", "chen"), ("green", "wang")]


def test_a_site_whose_place_was_set_at_the_centre_keeps_it(store: Store, admin: SiteAdmin) -> None:
    with store.writing() as connection:
        put_site(connection, SiteFile(YARD, city="Suzhou"))
    imported(store, admin.folder)
    with store.reading() as connection:
        assert [site.city for site in sites(connection) if site.id == YARD] == ["Suzhou"]


def test_a_plan_alone_changes_nothing(store: Store, admin: SiteAdmin) -> None:
    with store.writing() as connection:
        planned = plan_site_import(connection, admin.folder)
        assert list(planned.lines()) == ["li-na: new"]
    with store.reading() as connection:
        assert YARD not in {site.id for site in sites(connection)}


def test_a_table_of_subjects_names_each_bad_row(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(
        "id,name,status,valid_until,photos\n"
        "li-na,Li Na,green,2026-03-01T08:00,\n,nobody,,,\nwu,Wu,pink,,\nhe,He,,,he.jpg\n"
    )
    with store.writing() as connection:
        report = plan_table_import(connection, SITE, file)
        apply_import(connection, report, "wang", AT)
        found = subjects_of(connection, SITE)
    assert report.added == 1
    assert [problem.split(": ")[0].rpartition(" ")[2] for problem in report.problems] == ["3", "4", "5"]
    assert found[0].valid_until == datetime(2026, 3, 1, tzinfo=UTC), "the site's own time, in UTC"


def test_a_table_speaks_of_its_columns_only_and_an_empty_cell_says_nothing(
    store: Store, tmp_path: Path
) -> None:
    held = Subject("li-na", "Li Na", "3/2/1", frozenset({"staff"}), RED, second_factor=True, version=5)
    file = tmp_path / "people.csv"
    file.write_text("id,name,address,groups,status\nli-na,Li N.,,,green\n")
    with store.writing() as connection:
        put_subject(connection, SITE, held, AT)
        apply_import(connection, plan_table_import(connection, SITE, file), "wang", AT)
        assert subject_at(connection, SITE, "li-na") == replace(held, name="Li N.")
