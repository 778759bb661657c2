"""A person's record is opened for a purpose, and a reference or a reason."""

from __future__ import annotations

import pytest

from sync.central.people.core.purposes import MOST_REASON, Grounds, Purpose, objection

LONG = "x" * (MOST_REASON + 1)


@pytest.mark.parametrize(
    ("grounds", "said"),
    [
        (Grounds(Purpose.APPEAL, "A-1182"), ""),
        (Grounds(Purpose.VISIT, reason="asks at the desk whether she may come"), ""),
        (Grounds(Purpose.AUDIT, "2026/14", "sample of March"), ""),
        (Grounds(Purpose.APPEAL), "neither a reference nor a reason"),
        (Grounds(Purpose.APPEAL, reason="   "), "neither a reference nor a reason"),
        (Grounds(Purpose.APPEAL, "Li Na is ill"), "not the reference of a case"),
        (Grounds(Purpose.APPEAL, "Wang"), "not the reference of a case"),
        (Grounds(Purpose.APPEAL, "1" * 41), "not the reference of a case"),
        (Grounds(Purpose.APPEAL, reason=LONG), "201 characters"),
        (Grounds(Purpose.APPEAL, reason="a\x07bell"), "cannot be printed"),
    ],
)
def test_what_opens_a_record(grounds: Grounds, said: str) -> None:
    assert said in str(objection(grounds))
    assert bool(said) == bool(objection(grounds))


@pytest.mark.parametrize(
    ("grounds", "said"),
    [
        (Grounds(Purpose.APPEAL, "A-1182"), "appeal A-1182"),
        (Grounds(Purpose.VISIT, reason="asks at the desk"), "visit: asks at the desk"),
        (Grounds(Purpose.AUDIT, "2026/14", "sample of March"), "audit 2026/14: sample of March"),
    ],
)
def test_the_log_has_the_grounds_in_one_line(grounds: Grounds, said: str) -> None:
    assert str(grounds) == said
