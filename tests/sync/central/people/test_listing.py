"""Lists of people: within a sight, filtered as the records say, a page at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.admin.site_admin import SiteFile
from edge.consent import ConsentAnswer
from edge.decision import Status, StatusRecord, Subject, status_at
from edge.signing.cose import microseconds
from sync.central.devices.devices import put_site
from sync.central.people.columns import columns_of, status_in
from sync.central.people.consents import ConsentRecord, note_consent
from sync.central.people.core.consent_form import ConsentForm
from sync.central.people.listing import PeopleFilters, people_in
from sync.central.people.subjects import put_subject, put_templates
from sync.central.places.addresses import add_addresses
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.store import Store
from tests.edge.registry.repository import sealed, unit_vector

SITE, YARD = "green-court", "rose-yard"
NOW = datetime(2026, 3, 3, tzinfo=UTC)
AT, DAY = microseconds(NOW), timedelta(days=1)


def status(value: Status, since: timedelta = -DAY, until: timedelta | None = None) -> StatusRecord:
    return StatusRecord(value, "lab", "a test", "pcr", NOW + since, None if until is None else NOW + until)


PEOPLE = (
    Subject("ai", "Ai", "6-1-1203", frozenset({"resident"}), status(Status.GREEN)),
    Subject(
        "bo", "Bo", "6-1-1204", frozenset({"tenant", "staff"}), status(Status.RED), valid_until=NOW + 3 * DAY
    ),
    Subject("chen", "Chen", "16-1-1", frozenset({"tenant%"}), status(Status.GREEN, until=timedelta())),
    Subject("dai", "Dai", "", frozenset(), status(Status.RED, since=DAY), valid_until=NOW - DAY),
    Subject("e_1", "E", "7-1-1"),
    Subject("ex1", "E", "7-1-2", status=status(Status.TIMEOUT)),
)


@pytest.fixture
def street(store: Store) -> Store:
    with store.writing() as connection:
        put_site(connection, SiteFile(YARD, city="Suzhou"))
        for person in PEOPLE:
            put_subject(connection, SITE, person, AT)
        put_subject(connection, YARD, Subject("ai"), AT)
        for person in PEOPLE[:3]:
            put_templates(connection, SITE, person.id, (sealed(person, unit_vector(1)),))
        for number, (who, answer) in enumerate((("ai", "given"), ("bo", "given"), ("bo", "withdrawn"))):
            given = ConsentRecord(
                ConsentAnswer(answer), "1", "zh", ConsentForm.SIGNED, "", "Wang", AT + number
            )
            note_consent(connection, SITE, who, given)
    return store


FOUND = (
    (PeopleFilters(), "ai bo chen dai e_1 ex1 rose-yard/ai"),
    (PeopleFilters(site=YARD), "rose-yard/ai"),
    (PeopleFilters(site="nowhere"), ""),
    (PeopleFilters(group="tenant"), "bo"),
    (PeopleFilters(group="tenant%"), "chen"),
    (PeopleFilters(group="ten"), ""),
    (PeopleFilters(status=Status.GREEN), "ai"),
    (PeopleFilters(status=Status.RED), "bo"),
    (PeopleFilters(status=Status.EXPIRED), "chen"),
    (PeopleFilters(status=Status.TIMEOUT), "ex1"),
    (PeopleFilters(status=Status.ABSENT), "dai e_1 rose-yard/ai"),
    (PeopleFilters(ends_before=AT + 7 * 86_400_000_000), "bo"),
    (PeopleFilters(without_consent=True), "bo chen"),
    (PeopleFilters(words="6-1-"), "ai bo"),
    (PeopleFilters(words=" ch"), "chen"),
    (PeopleFilters(words="e_"), "e_1"),
    (PeopleFilters(status=Status.RED, group="staff", site=SITE), "bo"),
)
"""Whom a filter finds, by id; of the other site with its name."""


def test_what_each_filter_finds(street: Store) -> None:
    def names(filters: PeopleFilters) -> list[str]:
        page = people_in(connection, EVERYWHERE, filters, AT)
        assert page.after is None
        return [row.id if row.site == SITE else f"{row.site}/{row.id}" for row in page.people]

    with street.reading() as connection:
        assert [names(filters) for filters, _ in FOUND] == [found.split() for _, found in FOUND]


def test_an_address_is_unknown_where_its_site_has_codes_and_it_is_none(street: Store) -> None:
    def unknown() -> list[str]:
        return [row.id for row in people_in(connection, EVERYWHERE, filters, AT).people]

    filters = PeopleFilters(address_unknown=True)
    with street.writing() as connection:
        assert unknown() == [], "no site has codes"
        put_subject(connection, SITE, Subject("fu", address="6/1/1"), AT)
        add_addresses(connection, SITE, ["6/1/1"])
        assert unknown() == [person.id for person in PEOPLE]


def test_a_list_shows_no_name_and_no_room(street: Store) -> None:
    with street.reading() as connection:
        [row, *_] = people_in(connection, EVERYWHERE, PeopleFilters(), AT).people
    assert (row.address, row.groups, row.status, row.has_face) == (
        "6-1-••",
        ("resident",),
        Status.GREEN,
        True,
    )
    assert "Ai" not in repr(row)


def test_pages_show_everybody_once(street: Store) -> None:
    def paged(count: int) -> list[tuple[str, str]]:
        seen, after = [], None
        while True:
            page = people_in(connection, EVERYWHERE, PeopleFilters(), AT, after=after, count=count)
            assert len(page.people) <= count
            seen += [(row.site, row.id) for row in page.people]
            after = page.after
            if after is None:
                return seen

    everybody = [*((SITE, person.id) for person in PEOPLE), (YARD, "ai")]
    with street.reading() as connection:
        assert [paged(count) for count in (1, 2, 6, 7)] == [everybody] * 4


def test_somebody_out_of_sight_is_in_no_list(street: Store) -> None:
    with street.reading() as connection:
        assert people_in(connection, Sight(), PeopleFilters(site=SITE), AT).people == ()


@given(
    st.sampled_from(Status),
    st.none() | st.integers(-3, 3),
    st.none() | st.integers(-3, 3),
    st.integers(-3, 3),
)
def test_a_rows_status_is_the_records(value: Status, since: int | None, until: int | None, now: int) -> None:
    """Whatever the times are, the columns tell the same as the rule by which gates decide."""
    record = None
    if since is not None:
        ends = None if until is None else NOW + until * DAY
        record = StatusRecord(value, "", "", "", NOW + since * DAY, ends)
    columns = columns_of(Subject("x", status=record))
    at = NOW + now * DAY
    found = status_in(columns["status"], columns["status_since"], columns["status_until"], microseconds(at))
    assert found is status_at(record, at)
