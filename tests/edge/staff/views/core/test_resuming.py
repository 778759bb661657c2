"""Who waits before the gate by the journal's end, after a restart."""

from __future__ import annotations

import pytest

from edge.decision import Decision, Direction, Evidence, Mode, Outcome, Reason
from edge.journal.format import AccessDecided, AppealFiled, Event, LaneGrantRefused, StaffActTaken
from edge.staff.views.core.before_gate import BeforeGate
from edge.staff.views.core.resuming import resumed
from tests.sync.central.reported.test_recording import journal


def decided(outcome: Outcome, who: str | None) -> AccessDecided:
    decision = Decision(outcome, Reason.STATUS_YELLOW, "statuses.yellow.entry", subject_id=who)
    return AccessDecided(decision, Evidence(Direction.ENTRY), Mode.CODE, 3, "camera")


REFERRED = decided(Outcome.REFER, "wei")


def let_in(about: int) -> Event:
    return StaffActTaken("let_in", "wang", "papers_seen", about=about)


@pytest.mark.parametrize(
    ("events", "waits"),
    [
        ([REFERRED], {0}),
        ([REFERRED, decided(Outcome.REFER, "li")], {0, 1}),
        ([REFERRED, decided(Outcome.GRANT, "wei")], set()),
        ([REFERRED, let_in(0)], set()),
        ([REFERRED, let_in(0), LaneGrantRefused("1", "interlock")], {0}),
        ([REFERRED, let_in(0), LaneGrantRefused("unrecorded", "interlock")], set()),
        ([decided(Outcome.DENY, "wei")], set()),
    ],
)
def test_who_waits(events: list[Event], waits: set[int]) -> None:
    entries = journal(*events)
    places = {entry.sequence: place for place, entry in enumerate(entries)}
    first = entries[0].sequence
    told = [
        _moved(event, first) if isinstance(event, (StaffActTaken, LaneGrantRefused)) else event
        for event in events
    ]
    before = resumed(BeforeGate(2.0), [(entry, 10.0) for entry in journal(*told)])
    assert {places[each.card.number] for each in before.referred if each.card.number is not None} == waits


def test_what_staff_said_of_a_card_stays() -> None:
    first = journal(REFERRED)[0].sequence
    entries = journal(REFERRED, AppealFiled("wang", "wei", "status_wrong", about=first))
    [waits] = resumed(BeforeGate(2.0), [(entry, 10.0) for entry in entries]).referred
    assert (waits.card.appealed, waits.card.registry, waits.at) == (True, 3, 10.0)
    assert waits.card.person is not None
    assert waits.card.person.id == "wei"


@pytest.mark.parametrize(("why", "refused"), [("interlock", "interlock"), ("fire", "")])
def test_a_card_says_what_the_lane_refused_and_a_fire_refuses_nobody(why: str, refused: str) -> None:
    """As while the gate runs: in a fire everything stands open."""
    first = journal(REFERRED)[0].sequence
    entries = journal(REFERRED, LaneGrantRefused(str(first), why))
    [waits] = resumed(BeforeGate(2.0), [(entry, 10.0) for entry in entries]).referred
    assert waits.card.refused == refused


def _moved(event: Event, first: int) -> Event:
    """The event, whose numbers count from the first of the journal."""
    if isinstance(event, StaffActTaken):
        return let_in(first)
    assert isinstance(event, LaneGrantRefused)
    number = str(first + 1) if event.reference.isdecimal() else event.reference
    return LaneGrantRefused(number, event.why)
