"""Subjects from a site's administration and from a table, into a real database of either kind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import xlsxwriter
from msgspec.structs import replace

from edge.admin.site_admin import SiteAdmin, SiteFile, init_site
from edge.consent import Consent, ConsentAnswer
from edge.decision import Status, StatusRecord, Subject
from edge.lane.configuration import LaneDirection
from edge.signing.cose import microseconds
from sync.central.accounts.actor import command_line_actor
from sync.central.changes.submitting import WaitingSet
from sync.central.configuration import ChangesSection
from sync.central.devices.devices import put_site, sites
from sync.central.imports.applying import apply_import
from sync.central.imports.core.import_plan import Protected
from sync.central.imports.planning import SubjectImport, plan_site_import, plan_table_import
from sync.central.people.consents import ConsentRecord, consents_of, note_consent
from sync.central.people.core.consent_form import ConsentForm
from sync.central.people.subjects import (
    newest_statuses,
    put_subject,
    put_templates,
    status_history,
    subject_at,
    subjects_of,
    templates_of,
)
from sync.central.store import Store
from tests.sync.statuses import set_status
from tests.sync.wire.examples import AT

SITE, YARD = "green-court", "rose-yard"
WANG = command_line_actor("wang")
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
        apply_import(connection, planned, WANG, AT, ChangesSection())
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
        apply_import(connection, report, WANG, AT, ChangesSection())
        found = subjects_of(connection, SITE)
    assert report.added == 1
    wrong = [(item.line, item.letter, item.column) for item in report.problems]
    assert wrong == [(3, "A", "id"), (4, "C", "status"), (5, "E", "photos")]
    assert found[0].valid_until == datetime(2026, 3, 1, tzinfo=UTC), "the site's own time, in UTC"


def test_a_table_speaks_of_its_columns_only_and_an_empty_cell_says_nothing(
    store: Store, tmp_path: Path
) -> None:
    held = Subject("li-na", "Li Na", "3/2/1", frozenset({"staff"}), RED, second_factor=True, version=5)
    file = tmp_path / "people.csv"
    file.write_text("id,name,address,groups,status\nli-na,Li N.,,,green\n")
    with store.writing() as connection:
        put_subject(connection, SITE, held, AT)
        apply_import(connection, plan_table_import(connection, SITE, file), WANG, AT, ChangesSection())
        assert subject_at(connection, SITE, "li-na") == replace(held, name="Li N.")


def consented(answer: ConsentAnswer, day: int) -> Consent:
    return Consent(answer, NOW + timedelta(days=day), "Chen")


def test_what_people_consented_to_at_the_site_comes_with_them_once(store: Store, admin: SiteAdmin) -> None:
    admin.store.note_consent("li-na", consented(ConsentAnswer.GIVEN, 0))
    imported(store, admin.folder)
    imported(store, admin.folder)
    with store.reading() as connection:
        [kept] = consents_of(connection, YARD, "li-na")
    assert (kept.answer, kept.staff, kept.form, kept.at) == ("given", "Chen", "witnessed", microseconds(NOW))
    assert kept.wording == consented(ConsentAnswer.GIVEN, 0).wording


@pytest.mark.parametrize(
    ("given_again", "held"), [(None, 0), (1, 0), (3, 1)], ids=["never", "before", "after"]
)
def test_a_face_that_was_withdrawn_here_comes_back_only_with_a_newer_consent(
    store: Store, admin: SiteAdmin, given_again: int | None, held: int
) -> None:
    imported(store, admin.folder)
    at = microseconds(NOW + timedelta(days=2))
    gone = ConsentRecord(ConsentAnswer.WITHDRAWN, "2026-11", "zh", ConsentForm.SIGNED, "", "Wu", at)
    with store.writing() as connection:
        put_templates(connection, YARD, "li-na", ())
        note_consent(connection, YARD, "li-na", gone)
    if given_again is not None:
        admin.store.note_consent("li-na", consented(ConsentAnswer.GIVEN, given_again))
    admin.store.change(replace(admin.store.get("li-na"), name="Li Na"))
    imported(store, admin.folder)
    with store.reading() as connection:
        assert len(templates_of(connection, YARD)) == held
        assert subject_at(connection, YARD, "li-na").name == "Li Na"


def test_a_workbook_is_a_list_too(store: Store, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "people.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["id", "name", "address"])
        sheet.write_row(1, 0, ["li-na", "李娜", "8-2-301"])
        sheet.write_string(2, 0, "wu-bo")
        sheet.write_string(2, 1, "=HYPERLINK(1)")
    with store.writing() as connection:
        plan = plan_table_import(connection, SITE, tmp_path / "people.xlsx")
    assert [item.record.name for item in plan.subjects] == ["李娜"]
    assert [(item.line, item.letter, item.kind) for item in plan.problems] == [(3, "B", "formula")]


def test_more_statuses_than_one_person_may_set_wait_for_a_second(store: Store, admin: SiteAdmin) -> None:
    for number in range(6):
        admin.store.add(Subject(f"s{number}"))
    imported(store, admin.folder)
    for number in range(6):
        admin.store.change(replace(admin.store.get(f"s{number}"), status=RED))
    with store.writing() as connection:
        planned = plan_site_import(connection, admin.folder, {Protected.STATUS})
        result = apply_import(connection, planned, WANG, AT, ChangesSection(people=5))
        assert isinstance(result, WaitingSet)
        assert newest_statuses(connection, YARD) == {}
