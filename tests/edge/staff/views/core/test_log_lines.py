"""What the gate's log says of an event: nothing of whom it names, and nothing that is silent."""

from __future__ import annotations

import pytest

from edge.decision import Decision, Direction, Evidence, Mode, Outcome, Reason
from edge.journal.format import (
    AccessDecided,
    AppealFiled,
    Event,
    LaneDuress,
    LaneOpened,
    LaneOverride,
    PersonLookedAt,
    StaffActTaken,
    StaffDuress,
    StaffSignedIn,
    VisitorRegistered,
)
from edge.signing.cose import instant
from edge.staff.protocol.gate import LogLine
from edge.staff.views.core.log_lines import line_of
from tests.sync.central.reported.test_recording import journal


def shown(event: Event) -> LogLine | None:
    [entry] = journal(event)
    return line_of(entry)


def test_a_decision_says_what_and_why_and_not_of_whom() -> None:
    decision = Decision(Outcome.DENY, Reason.STATUS_RED, "statuses.red.entry", subject_id="wei")
    line = shown(AccessDecided(decision, Evidence(Direction.ENTRY), Mode.CODE, 3, "camera"))
    assert line is not None
    assert (line.kind, line.outcome, line.reason) == ("access_decided", Outcome.DENY, "status_red")
    assert line.said == {"direction": "entry"}


@pytest.mark.parametrize(
    "event",
    [
        PersonLookedAt("wang", "wei"),
        AppealFiled("wang", "wei", "typed", "wei says so", 1),
        StaffActTaken("let_in", "wang", "typed", "wei's mother"),
        VisitorRegistered("wang", "visitor:wei", "wei", instant(1), 1, "code"),
    ],
)
def test_a_line_names_no_resident_and_tells_nothing_that_was_typed(event: Event) -> None:
    line = shown(event)
    assert line is not None
    assert "wei" not in repr(line)
    assert line.said["staff"] == "wang"


def test_a_duress_word_leaves_no_line() -> None:
    assert shown(StaffDuress("wang", "sign_in")) is None
    assert shown(StaffSignedIn("wang", "guard", "pin")) is not None


@pytest.mark.parametrize(
    ("silent", "usual"),
    [
        (LaneDuress("wang"), LaneOverride("wang")),
        (LaneOpened("duress"), LaneOpened("override")),
    ],
)
def test_the_duress_button_looks_like_the_usual_one(silent: Event, usual: Event) -> None:
    one, other = shown(silent), shown(usual)
    assert one is not None
    assert other is not None
    assert (one.kind, one.said) == (other.kind, other.said)
    assert "duress" not in repr(one)
