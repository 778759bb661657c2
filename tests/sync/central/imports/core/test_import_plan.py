"""What an import takes, leaves and refuses, decided before anything is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.decision import HomeIsolation, Status, StatusRecord, Subject
from edge.registry.format import SealedTemplate
from sync.central.imports.core.import_plan import Incoming, Planned, Protected, plan
from sync.central.people.core.showing import shown
from tests.edge.registry.repository import sealed, unit_vector

DAY = datetime(2026, 3, 3, tzinfo=UTC)
LATER = DAY + timedelta(days=1)


def status(value: Status, since: datetime = DAY) -> StatusRecord:
    return StatusRecord(value, "lab", "a test", "pcr", since)


RED, GREEN = status(Status.RED), status(Status.GREEN)
AT_HOME = HomeIsolation("lab", DAY)
HELD = Subject("li-na", "Li Na", "3/2/1", status=RED, isolation=AT_HOME, valid_until=DAY, version=3)
FACE = sealed(HELD, unit_vector(1))


def planned(brought: Subject, *take: Protected, held: Subject | None = HELD, counted: bool = True) -> Planned:
    known = {} if held is None else {held.id: held}
    [only] = plan(known, {}, [Incoming(brought, counted=counted)], take)
    return only


def fields(differences: tuple[object, ...]) -> set[str]:
    return {str(item).split()[1] for item in differences}


@pytest.mark.parametrize(
    ("reason", "grounds"), [("a test", "(lab: a test)"), ("", "(lab)")], ids=["with a reason", "without"]
)
def test_a_status_is_told_with_its_grounds(reason: str, grounds: str) -> None:
    told = shown(StatusRecord(Status.RED, "lab", reason, "pcr", DAY))
    assert told == f"red since 2026-03-03 00:00 {grounds}"


OFFICE = replace(HELD, name="Li N.", status=None, isolation=None, valid_until=LATER, version=4)


def test_what_belongs_to_central_is_kept_and_the_rest_is_imported() -> None:
    """Red at the centre, something else in the site's administration."""
    item = planned(OFFICE)
    assert item.record == replace(HELD, name="Li N.", version=4)
    assert fields(item.changed) == {"name"}
    assert fields(item.kept) == {"status", "isolation", "valid_until"}
    assert item.status_set is None


@pytest.mark.parametrize(
    ("take", "changed"),
    [
        (Protected.STATUS, {"status"}),
        (Protected.ISOLATION, {"isolation"}),
        (Protected.VALIDITY, {"valid_until"}),
    ],
)
def test_a_field_is_taken_where_it_is_named_and_no_other(take: Protected, changed: set[str]) -> None:
    brought = replace(OFFICE, name=HELD.name, status=status(Status.GREEN, LATER))
    item = planned(brought, take)
    assert fields(item.changed) == changed
    assert fields(item.kept) == {"status", "isolation", "valid_until"} - changed
    assert item.status_set == (brought.status if take is Protected.STATUS else None)


@pytest.mark.parametrize(
    ("brought", "why"),
    [
        (replace(HELD, name="Old", version=2), "older: version 2, held is 3"),
        (replace(HELD, name="Old", version=3), "central has changed it since version 3"),
        (replace(HELD, status=status(Status.GREEN, DAY - timedelta(days=1)), version=4), "older: since"),
        (replace(HELD, status=GREEN, version=4), "older: since"),
        (replace(HELD, status=status(Status.GREEN, LATER), version=2), "older: version 2"),
        (replace(HELD, status=None, version=4), "does not remove a status"),
    ],
)
def test_what_is_older_than_what_is_held_is_refused_even_where_it_is_named(
    brought: Subject, why: str
) -> None:
    item = planned(brought, *Protected)
    assert [why in refused.why for refused in item.refused] == [True]
    assert replace(item.record, version=HELD.version) == HELD


def test_a_status_is_taken_later_from_a_record_that_was_imported_without_it() -> None:
    brought = replace(HELD, status=status(Status.GREEN, LATER), version=4)
    first = planned(brought)
    second = planned(brought, Protected.STATUS, held=first.record)
    assert second.status_set == brought.status


def test_a_new_subject_is_imported_whole_and_its_status_is_recorded() -> None:
    item = planned(OFFICE, held=None)
    assert (item.is_new, item.record) == (True, OFFICE)
    assert planned(HELD, held=None).status_set == RED


def test_a_second_row_of_the_same_newcomer_may_not_change_what_the_first_row_said() -> None:
    first, second = plan({}, {}, [Incoming(HELD), Incoming(replace(OFFICE, name=HELD.name))])
    assert first.is_new
    assert second.record == replace(HELD, version=4)


def test_a_table_has_no_versions_and_leaves_the_one_that_faces_were_sealed_for() -> None:
    item = planned(Subject("li-na", "Li N.", "3/2/1", status=GREEN), counted=False)
    assert item.record == replace(HELD, name="Li N.")
    assert "status" in fields(item.kept)
    assert "status" not in fields(
        planned(replace(HELD, status=status(Status.RED, LATER)), counted=False).kept
    )


@pytest.mark.parametrize(
    ("version", "held", "brought", "taken"),
    [
        (4, (), (FACE,), True),
        (4, (FACE,), (), True),
        (3, (), (FACE,), True),
        (3, (FACE,), (), False),
        (2, (), (FACE,), False),
        (4, (FACE,), (FACE,), False),
    ],
)
def test_templates_come_with_a_newer_record_or_where_there_are_none(
    version: int, held: tuple[SealedTemplate, ...], brought: tuple[SealedTemplate, ...], taken: bool
) -> None:
    known = {HELD.id: held} if held else {}
    incoming = Incoming(replace(HELD, version=version), templates=brought)
    [item] = plan({HELD.id: HELD}, known, [incoming])
    assert item.templates == (brought if taken else None)


_statuses = st.none() | st.builds(
    status, st.sampled_from(list(Status)), st.sampled_from([DAY, LATER, DAY - timedelta(days=1)])
)
_subjects = st.builds(
    Subject,
    id=st.just("li-na"),
    name=st.sampled_from(["", "Li Na", "Li N."]),
    status=_statuses,
    isolation=st.sampled_from([None, AT_HOME, HomeIsolation("lab", LATER)]),
    valid_from=st.sampled_from([None, DAY]),
    valid_until=st.sampled_from([None, DAY, LATER]),
    version=st.integers(1, 4),
)


@settings(derandomize=True, deadline=None)
@given(
    held=_subjects, brought=_subjects, take=st.sets(st.sampled_from(list(Protected))), counted=st.booleans()
)
def test_no_import_ever_touches_what_it_was_not_asked_to_nor_goes_back(
    held: Subject, brought: Subject, take: set[Protected], counted: bool
) -> None:
    item = planned(brought, *take, held=held, counted=counted)
    after = item.record
    if Protected.STATUS not in take:
        assert after.status == held.status
    if Protected.ISOLATION not in take:
        assert after.isolation == held.isolation
    if Protected.VALIDITY not in take:
        assert (after.valid_from, after.valid_until) == (held.valid_from, held.valid_until)
    assert after.version >= held.version
    if held.status is not None:
        assert after.status is not None
        assert after.status.since >= held.status.since
    if counted and brought.version < held.version:
        assert after == held
    assert bool(item.changed) == (replace(after, version=held.version) != held), "every change is listed"
    [again] = plan({held.id: after}, {}, [Incoming(brought, counted=counted)], take)
    assert again.record == after, "a second time changes nothing"
