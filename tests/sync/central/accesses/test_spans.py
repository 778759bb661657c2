"""What a gate decided by spans of time: counted whole, by outcome and by hand; and under which versions."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edge.decision import Outcome
from edge.journal.format import AccessDecided
from sync.central.accesses.spans import AccessSpan, VersionSpan, access_spans, version_spans
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.store import Store
from tests.events import decided
from tests.sync.central.accesses.examples import SECOND, by_hand, journal, sent
from tests.sync.wire.examples import AT, DEVICE

MINUTE = 60 * SECOND
BEGIN = AT - AT % MINUTE + MINUTE
"""The first whole minute after AT."""


def seconds(minute: int, second: int = 0) -> int:
    return (BEGIN - AT) // SECOND + 60 * minute + second


def under(version: int) -> AccessDecided:
    return replace(decided(Outcome.GRANT), registry=version)


@pytest.fixture
def day(store: Store) -> Store:
    happened = [
        (seconds(0, 1), under(7)),
        (seconds(0, 59), under(7)),
        (seconds(0, 59), decided(Outcome.DENY)),
        (seconds(1), under(8)),
        (seconds(1, 1), by_hand()),
        (seconds(5), under(8)),
    ]
    sent(store, journal(happened))
    return store


def test_each_span_says_how_many_went_how(day: Store) -> None:
    with day.reading() as connection:
        found = access_spans(connection, EVERYWHERE, DEVICE, BEGIN, MINUTE)
    assert found == [
        AccessSpan(BEGIN, "deny", False, 1),
        AccessSpan(BEGIN, "grant", False, 2),
        AccessSpan(BEGIN + MINUTE, "grant", False, 1),
        AccessSpan(BEGIN + MINUTE, "grant", True, 1),
        AccessSpan(BEGIN + 5 * MINUTE, "grant", False, 1),
    ]


def test_what_was_before_is_not_counted(day: Store) -> None:
    with day.reading() as connection:
        found = access_spans(connection, EVERYWHERE, DEVICE, BEGIN + 2 * MINUTE, MINUTE)
        versions = version_spans(connection, EVERYWHERE, DEVICE, BEGIN + 2 * MINUTE)
    assert [each.begin for each in found] == [BEGIN + 5 * MINUTE]
    assert [each.version for each in versions] == [8]


def test_versions_are_told_from_the_first_access_under_each_to_the_last(day: Store) -> None:
    with day.reading() as connection:
        found = {each.version: each for each in version_spans(connection, EVERYWHERE, DEVICE, BEGIN)}
    assert found[7] == VersionSpan(7, BEGIN + SECOND, BEGIN + 59 * SECOND)
    assert found[8] == VersionSpan(8, BEGIN + MINUTE, BEGIN + 5 * MINUTE)


def test_nothing_out_of_sight_is_counted(day: Store) -> None:
    with day.reading() as connection:
        assert access_spans(connection, Sight(), DEVICE, BEGIN, MINUTE) == []
        assert version_spans(connection, Sight(), DEVICE, BEGIN) == []
