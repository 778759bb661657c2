"""What staff may give a visitor."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from edge.decision import Subject, VisitorRule
from edge.staff.core.guests import CODE_BYTES, GuestObjection, code_of, normal_name, objection_to

NOW = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOST = Subject("ann")
RULE = VisitorRule(longest=4 * 3600, uses=2)


@pytest.mark.parametrize(
    ("changed", "objection"),
    [
        ({}, None),
        ({"duration": 4 * HOUR}, None),
        ({"duration": 4 * HOUR + timedelta(seconds=1)}, GuestObjection.LONGER),
        ({"duration": timedelta(0)}, GuestObjection.LONGER),
        ({"uses": 2}, None),
        ({"uses": 3}, GuestObjection.USES),
        ({"uses": 0}, GuestObjection.USES),
        ({"name": ""}, GuestObjection.NAME),
        ({"name": "x" * 61}, GuestObjection.NAME),
        ({"name": "a\u202eb"}, GuestObjection.NAME),
        ({"name": "<script>alert(1)</script>"}, None),
        ({"host": None}, GuestObjection.HOST),
        ({"host": Subject("ann", valid_until=NOW + HOUR)}, None),
        ({"host": Subject("ann", valid_until=NOW + HOUR - timedelta(seconds=1))}, GuestObjection.HOST_ENDED),
        ({"host": Subject("ann", valid_from=NOW + timedelta(seconds=1))}, GuestObjection.HOST_ENDED),
        ({"rule": VisitorRule(longest=0)}, GuestObjection.NOT_HERE),
    ],
)
def test_a_visitor_has_a_name_a_host_and_bounds(
    changed: dict[str, Any], objection: GuestObjection | None
) -> None:
    wanted: dict[str, Any] = {"rule": RULE, "name": "Li Si", "host": HOST, "duration": HOUR, "uses": 1}
    assert objection_to(**(wanted | changed), now=NOW) is objection


def test_a_name_is_kept_in_one_form() -> None:
    assert normal_name("  Li\t Si\n") == "Li Si"
    assert normal_name("A\u030angstro\u0308m") == "Ångström"


def test_a_code_is_capitals_and_digits_of_one_length() -> None:
    first, other = code_of(bytes(CODE_BYTES)), code_of(b"\xff" * CODE_BYTES)
    assert first.isupper()
    assert len(first) == len(other)
    assert first != other
