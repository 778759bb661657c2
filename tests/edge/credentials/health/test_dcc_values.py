"""Dates, instants and doses as certificates write them, by table; and never a value that is wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.credentials.health import PartialDate
from edge.credentials.health.dcc_values import DccTime, Dose


@pytest.mark.parametrize(
    ("written", "date_of", "first", "last"),
    [
        ("1964", "1964", date(1964, 1, 1), date(1964, 12, 31)),
        ("1964-02", "1964-02", date(1964, 2, 1), date(1964, 2, 29)),
        ("1964-12", "1964-12", date(1964, 12, 1), date(1964, 12, 31)),
        ("1964-02-29", "1964-02-29", date(1964, 2, 29), date(1964, 2, 29)),
        (" 1899-04-20 ", "1899-04-20", date(1899, 4, 20), date(1899, 4, 20)),
        ("1964-00-00", "1964", date(1964, 1, 1), date(1964, 12, 31)),
        ("1964-xx", "1964", date(1964, 1, 1), date(1964, 12, 31)),
        ("1964-03-XX", "1964-03", date(1964, 3, 1), date(1964, 3, 31)),
        ("2021-03-09T23:59:59.999+0200", "2021-03-09", date(2021, 3, 9), date(2021, 3, 9)),
        ("2021-03-09 10:00", "2021-03-09", date(2021, 3, 9), date(2021, 3, 9)),
    ],
)
def test_dates(written: str, date_of: str, first: date, last: date) -> None:
    found = PartialDate.of(written)
    assert (found, found.first, found.last) == (date_of, first, last)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "yesterday",
        "2022-17-01",
        "2021-02-29",
        "2021-02-30T00:00:00",
        "1988-00-02",
        "1815-08-24",
        "2200",
        "0000",
        "64",
        "20210309",
        "2021-3-9",
        "2021-03-09T",
        "2021-03-09Tnoon",
        "2021-03-09\n2021-03-10",
        "٢٠٢١-٠٣-٠٩",
        20210309,
        None,
        date(2021, 3, 9),
    ],
)
def test_what_is_not_a_date(written: Any) -> None:
    with pytest.raises(
        ValueError, match=r"not a date|not text|calendar|outside|without its month"
    ) as refused:
        PartialDate.of(written)
    assert not written or str(written) not in str(refused.value), "it would stand in the journal"


@pytest.mark.parametrize(
    "written",
    [
        "2021-02-20T12:34:00Z",
        "2021-02-20T12:34Z",
        "2021-02-20t12:34z",
        "2021-02-20T12:34:00",
        "2021-02-20 12:34:00",
        " 2021-02-20T13:34+01 ",
        "2021-02-20T13:34:00+0100",
        "2021-02-20T13:34:00.000000000 +01:00",
        "2021-02-20T10:34:00-02",
    ],
)
def test_moments(written: str) -> None:
    assert DccTime.of(written) == datetime(2021, 2, 20, 12, 34, tzinfo=UTC)


def test_a_moment_without_a_time_of_day_is_its_day_s_first() -> None:
    assert DccTime.of("2021-02-20") == datetime(2021, 2, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2021-13-20T12:34:00Z",
        "2021-02-20T25:00:00Z",
        "2021-02-20T12:60Z",
        "2021-02-20T12:34:00+99:00",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+14:00",
        "2021-02-20T12",
        "2021-02",
        "",
        1613824440,
        datetime(2021, 2, 20, tzinfo=UTC),
    ],
)
def test_what_is_not_a_moment(written: Any) -> None:
    with pytest.raises(ValueError, match=r"not a date and time|not text|calendar|outside"):
        DccTime.of(written)


@pytest.mark.parametrize(("written", "doses"), [(0, 0), (2, 2), (2.0, 2), (12, 12), (2**70, 2**70)])
def test_doses(written: float, doses: int) -> None:
    assert Dose.of(written) == doses


@pytest.mark.parametrize("written", [-1, -1.0, 2.5, float("nan"), float("inf"), True, "2", None, [2]])
def test_what_is_not_a_number_of_doses(written: Any) -> None:
    with pytest.raises(ValueError, match="number of doses"):
        Dose.of(written)


@given(st.text() | st.from_regex(r"\s?\d{4}(-\w\w){0,2}([T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:?(\d\d)?)?)?\s?"))
def test_what_is_taken_is_in_the_calendar_and_reads_the_same_again(written: str) -> None:
    try:
        found = PartialDate.of(written)
    except ValueError:
        pass
    else:
        assert found.first <= found.last
        assert PartialDate.of(found) == found
    try:
        moment = DccTime.of(written)
    except ValueError:
        pass
    else:
        assert moment.utcoffset() is not None
        assert DccTime.of(moment.isoformat()) == moment
