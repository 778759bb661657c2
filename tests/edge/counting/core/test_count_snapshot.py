"""The file by which gates share their counts: it reads as it was written, and anything else is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.counting.core import (
    MOST_BYTES,
    MOST_PERSONS,
    CountSnapshot,
    count_snapshot_of,
    read_count_snapshot,
)
from edge.counting.core.occupancy import MOST_TALLIES, Key, Tally
from edge.decision import ClockTrust, Direction, LastAccess
from edge.errors import ConfigurationError

NOON = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)
SITE, EPOCH, DAY = "green-court", "b" * 32, "2026-11-03"
ACCESS = LastAccess(Direction.ENTRY, NOON, ClockTrust.TRUSTED, "north")
COUNTED = {Key("north", EPOCH, DAY): Tally(entered=4)}

_names = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20)
_keys = st.builds(
    Key,
    _names,
    st.text("0123456789abcdef", min_size=32, max_size=32),
    st.dates().map(lambda day: day.isoformat()) | st.just(""),
)
_tallies = st.builds(Tally, entered=st.integers(0, 10**12), left=st.integers(0, 10**12))


@given(st.dictionaries(_keys, _tallies, max_size=5), st.sets(_names, max_size=5))
def test_what_was_written_is_what_is_read(tallies: dict[Key, Tally], people: set[str]) -> None:
    data = count_snapshot_of(SITE, "north", tallies, dict.fromkeys(people, ACCESS))
    snapshot = read_count_snapshot(data, SITE, "north.json")
    assert snapshot.tallies == tallies
    assert {person.subject: person.passage for person in snapshot.persons} == dict.fromkeys(people, ACCESS)


def changed(**fields: Any) -> bytes:
    """A good file with fields replaced."""
    good = msgspec.json.decode(count_snapshot_of(SITE, "north", COUNTED, {"ann": ACCESS}))
    return msgspec.json.encode(good | fields)


def counter(**fields: Any) -> bytes:
    """A good file with fields of its one counter replaced."""
    [good] = msgspec.json.decode(count_snapshot_of(SITE, "north", COUNTED, {}))["counters"]
    return changed(counters=[good | fields])


def person(**fields: Any) -> bytes:
    """A good file with fields of its one person replaced."""
    good = msgspec.to_builtins(ACCESS)
    return changed(persons=[{"subject": "ann", "passage": good} | fields])


REFUSED: list[tuple[bytes, str]] = [
    (b"", "not the counts"),
    (b"noise", "not the counts"),
    (changed(format="gatepost-counts-2"), "not the counts"),
    (changed(colour="red"), "not the counts"),
    (changed(site="red-court"), "counts of site 'red-court', expected 'green-court'"),
    (changed(gate=""), "gate"),
    (counter(gate="n" * 129), "counters[0].gate"),
    (counter(gate="no\nrth"), "counters[0].gate"),
    (person(subject=""), "persons[0].subject"),
    (counter(epoch=EPOCH[1:]), "counters[0].epoch"),
    (counter(epoch=EPOCH[1:] + "g"), "counters[0].epoch"),
    (counter(day="yesterday"), "counters[0].day"),
    (counter(tally={"entered": -1}), "not the counts"),
    (counter(tally={"entered": 1, "entered_estimated": 2}), "not the counts"),
    (person(passage=msgspec.to_builtins(ACCESS) | {"at": "2026-11-03T04:00:00"}), "time zone"),
    (changed(counters=msgspec.json.decode(counter())["counters"] * (MOST_TALLIES + 1)), "counters"),
    (changed(persons=msgspec.json.decode(person())["persons"] * (MOST_PERSONS + 1)), "persons"),
    (b" " * (MOST_BYTES + 1), "larger than 512 KiB"),
]


@pytest.mark.parametrize(("data", "words"), REFUSED, ids=range(len(REFUSED)))
def test_anything_else_is_refused_by_name_with_what_is_wrong(data: bytes, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_count_snapshot(data, SITE, "north.json")
    assert caught.value.where == "north.json"
    assert words in caught.value.what


def test_the_good_file_of_these_tests_is_read() -> None:
    """So that each row above is refused for what it changes alone."""
    for data in (changed(), counter(), person()):
        assert read_count_snapshot(data, SITE, "north.json").site == SITE


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    with pytest.raises(ConfigurationError):
        read_count_snapshot(data, SITE, "north.json")


def test_an_older_state_that_somebody_recorded_takes_nothing_away() -> None:
    later = Key("north", EPOCH, "2026-11-04")
    back = replace(ACCESS, direction=Direction.EXIT, at=NOON + timedelta(hours=1))

    def state(tallies: dict[Key, Tally], passage: LastAccess) -> CountSnapshot:
        return read_count_snapshot(count_snapshot_of(SITE, "north", tallies, {"ann": passage}), SITE, "north")

    [day] = COUNTED
    recorded = state(COUNTED, ACCESS)
    grown = recorded.updated(state({day: Tally(entered=9), later: Tally(entered=1)}, back))
    assert grown.tallies == {day: Tally(entered=9), later: Tally(entered=1)}
    again = grown.updated(recorded)
    assert again.tallies == grown.tallies
    assert [seen.passage for seen in again.persons] == [back]
    assert again.updated(state({later: Tally(entered=2)}, back)).tallies == {later: Tally(entered=2)}
