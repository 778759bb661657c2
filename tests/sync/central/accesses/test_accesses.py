"""Pages of accesses: what is asked for, in order, and nothing out of sight; no page scans the table."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa

from edge.admin.site_file import SiteFile
from edge.decision import Outcome, Subject
from edge.journal.format import Event
from sync.central.accesses.accesses import (
    NO_FILTERS,
    Access,
    AccessFilters,
    AccessKey,
    access_at,
    accesses,
    feed_after,
)
from sync.central.devices.devices import enrol_device, put_site
from sync.central.people.erasures import note_erasure
from sync.central.people.subjects import put_subject
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.places.tree import place_at
from sync.central.store import Store
from tests.events import decided
from tests.sync.central.accesses.examples import SECOND, by_hand, journal, sent
from tests.sync.wire.examples import AT, DEVICE, EPOCH, KEY

ELSEWHERE = "gp-0009"
GATES = {
    DEVICE: ("green-court", "main", 1),
    "gp-0002": ("green-court", "rear", 2),
    ELSEWHERE: ("lake", "main", 3),
}


def happened(shift: int) -> list[tuple[int, Event]]:
    kinds = (
        decided(Outcome.GRANT, "li-na"),
        decided(Outcome.DENY),
        by_hand(),
        decided(Outcome.REFER, "wang-wei"),
    )
    return [(n * 10 + shift * (n % 3), kinds[n % 4]) for n in range(12)]


@pytest.fixture
def town(store: Store) -> Store:
    """Two sites in two streets, three gates, twelve accesses each, some at the same moment."""
    with store.writing() as connection:
        put_site(connection, SiteFile("green-court", city="Shanghai", street="North"))
        put_site(connection, SiteFile("lake", city="Shanghai", street="South"))
        enrol_device(connection, ELSEWHERE, ("lake", "main"), KEY.public_key().public_bytes_raw(), 1)
    for device, (_, gate, shift) in GATES.items():
        sent(store, journal(happened(shift), epoch=bytes([shift] * 16), gate=gate), device, AT)
    return store


def read(store: Store, filters: AccessFilters = NO_FILTERS, sight: Sight = EVERYWHERE) -> list[Access]:
    with store.reading() as connection:
        return accesses(connection, sight, filters, count=1000)


def street(store: Store, name: str) -> Sight:
    with store.reading() as connection:
        return Sight(frozenset({place_at(connection, f"Shanghai/{name}")}))


def test_the_newest_are_first_and_two_of_one_moment_keep_their_order(town: Store) -> None:
    found = read(town)
    assert len(found) == 36
    assert [each.key for each in found] == sorted((each.key for each in found), reverse=True)
    assert len({each.at for each in found}) < 36


@pytest.mark.parametrize(
    ("filters", "chosen"),
    [
        (AccessFilters(site="lake"), lambda a: a.site == "lake"),
        (AccessFilters(device="gp-0002"), lambda a: a.device == "gp-0002"),
        (AccessFilters(outcome="deny"), lambda a: a.outcome == "deny"),
        (AccessFilters(reason="face_matched"), lambda a: a.reason == "face_matched"),
        (AccessFilters(means="face"), lambda a: a.means == "face"),
        (AccessFilters(subject="li-na"), lambda a: a.subject == "li-na"),
        (AccessFilters(site="lake", subject="li-na"), lambda a: (a.site, a.subject) == ("lake", "li-na")),
        (AccessFilters(overrides_only=True), lambda a: a.reason == "override"),
        (AccessFilters(since=AT + 60 * SECOND), lambda a: a.at >= AT + 60 * SECOND),
        (AccessFilters(until=AT + 60 * SECOND), lambda a: a.at < AT + 60 * SECOND),
        (AccessFilters(device=DEVICE, outcome="refer"), lambda a: (a.device, a.outcome) == (DEVICE, "refer")),
    ],
    ids=lambda value: "" if callable(value) else None,
)
def test_filters_leave_what_they_ask_for(town: Store, filters: AccessFilters, chosen: object) -> None:
    assert callable(chosen)
    expected = [each for each in read(town) if chosen(each)]
    assert expected
    assert read(town, filters) == expected
    with town.reading() as connection:
        fed = feed_after(connection, EVERYWHERE, 0, 1000, filters)
    assert {each.key for each in fed} == {each.key for each in expected}


@pytest.mark.parametrize("filters", [NO_FILTERS, AccessFilters(device=DEVICE), AccessFilters(outcome="deny")])
@pytest.mark.parametrize("count", [1, 5])
def test_pages_down_and_up_again_are_the_whole(town: Store, filters: AccessFilters, count: int) -> None:
    whole = read(town, filters)
    with town.reading() as connection:
        pages = [accesses(connection, EVERYWHERE, filters, count=count)]
        while pages[-1]:
            pages.append(accesses(connection, EVERYWHERE, filters, before=pages[-1][-1].key, count=count))
        assert [each for page in pages for each in page] == whole
        upward = pages[-2]
        found = [*upward]
        while page := accesses(connection, EVERYWHERE, filters, after=found[0].key, count=count):
            found = [*page, *found]
    assert found == whole[whole.index(found[0]) :] == [*whole]


@pytest.mark.parametrize(("name", "sites"), [("North", {"green-court"}), ("South", {"lake"})])
def test_what_is_out_of_sight_is_not_there(town: Store, name: str, sites: set[str]) -> None:
    sight = street(town, name)
    seen = read(town, sight=sight)
    assert {each.site for each in seen} == sites
    (other,) = {"green-court", "lake"} - sites
    elsewhere = street(town, "South" if name == "North" else "North")
    (out_of_sight,) = elsewhere.places
    a_gate = next(device for device, (site, _, _) in GATES.items() if site == other)
    for filters in (
        AccessFilters(site=other),
        AccessFilters(device=a_gate),
        AccessFilters(place=out_of_sight),
    ):
        assert read(town, filters, sight) == []
        assert read(town, filters) != []
    with town.reading() as connection:
        assert {each.site for each in feed_after(connection, sight, 0, 1000)} == sites
        key = (a_gate, bytes([GATES[a_gate][2]] * 16), 1)
        assert access_at(connection, sight, *key) is None
        assert access_at(connection, EVERYWHERE, *key) is not None
    assert read(town, sight=Sight()) == []


def test_one_access_is_found_by_its_place_in_the_journal(town: Store) -> None:
    with town.reading() as connection:
        found = access_at(connection, EVERYWHERE, "gp-0002", bytes([2] * 16), 3)
        assert found is not None
        assert (found.gate, found.reason, found.sequence) == ("rear", "override", 3)
        assert access_at(connection, EVERYWHERE, "gp-0002", EPOCH, 3) is None
        assert access_at(connection, EVERYWHERE, "gp-0002", bytes([2] * 16), 99) is None


@pytest.mark.parametrize(("is_back", "named"), [(False, [None, None, None]), (True, [None, None, "li-na"])])
def test_a_journal_that_comes_late_names_nobody_who_was_erased(
    store: Store, is_back: bool, named: list[str | None]
) -> None:
    with store.writing() as connection:
        why = {"actor": "wang", "why": "asked for it"}
        note_erasure(connection, "green-court", "li-na", {}, now=AT + 20 * SECOND, **why)
        if is_back:
            put_subject(connection, "green-court", Subject("li-na"), AT)
    seen = [(at, decided(Outcome.GRANT, "li-na")) for at in (10, 20, 30)]
    sent(store, journal([*seen, (40, decided(Outcome.GRANT, "wang-wei"))]))
    assert [item.subject for item in reversed(read(store))] == [*named, "wang-wei"]


def test_what_came_late_says_so() -> None:
    row = Access(1, EPOCH, 1, AT, AT, "s", "d", "g", None, "grant", "r", "r", None, "face", None)
    assert not row.is_late
    assert replace(row, received_at=AT + 61 * SECOND).is_late
    assert replace(row, received_at=AT - SECOND).lateness == -SECOND


@pytest.mark.parametrize("sight", [EVERYWHERE, Sight(frozenset({1, 2}))], ids=["everywhere", "two places"])
@pytest.mark.parametrize(
    "filters",
    [
        NO_FILTERS,
        AccessFilters(place=1),
        AccessFilters(site="lake"),
        AccessFilters(device=DEVICE),
        AccessFilters(outcome="deny", since=AT),
        AccessFilters(subject="li-na", site="lake"),
    ],
    ids=["none", "place", "site", "device", "outcome", "subject"],
)
def test_no_page_scans_the_accesses(town: Store, sight: Sight, filters: AccessFilters) -> None:
    """SQLite says how it finds the rows; small tables tell nothing of PostgreSQL's plans."""
    with town.reading() as connection:
        if connection.dialect.name != "sqlite":
            return
        paged = explained(connection, lambda: accesses(connection, sight, filters, count=20))
        paged += explained(
            connection, lambda: accesses(connection, sight, filters, before=AccessKey(AT, 9), count=20)
        )
        fed = explained(connection, lambda: feed_after(connection, sight, 5, 20, filters))
        one = explained(connection, lambda: access_at(connection, sight, DEVICE, EPOCH, 1))
    reads = [line for line in (*paged, *fed, *one) if re.search(r"\baccess(_1)?\b", line)]
    assert reads
    assert [line for line in reads if not line.startswith("SEARCH")] == []
    assert [line for line in fed if "INDEX access_" in line or "TEMP" in line] == []
    assert any(re.search(r"at<|\(at,number\)<", line) for line in paged), (
        "the next page begins where the last one ended"
    )


def explained(connection: sa.Connection, question: object) -> list[str]:
    """The plan of every query that `question` asks."""
    assert callable(question)
    asked: list[tuple[str, object]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        asked.append((statement, parameters))

    sa.event.listen(connection.engine, "before_cursor_execute", note)
    try:
        question()
    finally:
        sa.event.remove(connection.engine, "before_cursor_execute", note)
    lines = []
    for statement, parameters in asked:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]
        lines += [row[3] for row in plan]
    return lines
