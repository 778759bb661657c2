"""What a visit and an invitation may be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from edge.decision import Subject
from edge.signing.cose import instant
from sync.central.units import DAY, HOUR
from sync.central.visits.core.limits import WantedVisit, fault_of_host, fault_of_visit, normal_visitor

NOW = 1_790_000_000_000_000
A_DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("name", "since", "until", "by_code", "says"),
    [
        ("李四", 0, HOUR, False, None),
        ("<script>alert(1)</script>", 0, 7 * DAY, False, None),
        ("Ann", -HOUR, HOUR, True, None),
        ("", 0, HOUR, False, "needs the visitor's name"),
        ("x" * 61, 0, HOUR, False, "longer than 60"),
        ("a\u202eb", 0, HOUR, False, "cannot be seen"),
        ("Ann", HOUR, HOUR, False, "ends before it begins"),
        ("Ann", -DAY, 0, False, "ends in the past"),
        ("Ann", 61 * DAY, 62 * DAY, False, "begins in more than 60 days"),
        ("Ann", 0, 7 * DAY + 1, False, "longer than 168 hours"),
        ("Ann", 0, DAY + 1, True, "longer than 24 hours: a number"),
    ],
)
def test_a_visit_has_a_name_and_a_bounded_time(
    name: str, since: int, until: int, by_code: bool, says: str | None
) -> None:
    fault = fault_of_visit(WantedVisit(normal_visitor(name), NOW + since, NOW + until, by_code=by_code), NOW)
    assert (fault is None) if says is None else (fault is not None and says in str(fault))


@pytest.mark.parametrize(
    ("host", "says"),
    [
        (Subject("ann"), None),
        (Subject("ann", valid_until=instant(NOW) + A_DAY), None),
        (None, "not registered"),
        (Subject("ann", valid_from=instant(NOW) + A_DAY), "has not begun"),
        (Subject("ann", valid_until=instant(NOW)), "has ended"),
        (Subject("ann", valid_until=instant(NOW + HOUR - 1)), "longer than the right"),
    ],
)
def test_a_resident_invites_while_they_have_a_right_and_no_longer(
    host: Subject | None, says: str | None
) -> None:
    fault = fault_of_host(host, NOW + HOUR, NOW)
    assert (fault is None) if says is None else (fault is not None and says in str(fault))
