"""A journal's page without what is silent: the same events, and the same words, as with the usual button."""

from __future__ import annotations

from edge.decision import Direction
from edge.journal.format import (
    Event,
    LaneDuress,
    LaneOpened,
    LaneOverride,
    LaneOverrideAbuse,
    LanePassed,
    StaffDuress,
    StaffLockedOut,
    StaffSignedIn,
)
from sync.central.journals.pages import JournalPage, JournalRow
from sync.central.journals.silence import looking_usual
from tests.sync.central.accesses.examples import journal


def page(*events: Event) -> JournalPage:
    entries = journal(events)
    rows = tuple(JournalRow(each, each.at) for each in reversed(entries))
    return JournalPage(b"e" * 16, len(entries), b"", len(entries), rows, None)


def told(seen: JournalPage) -> list[tuple[str, object]]:
    return [(row.entry.kind, row.entry.shown) for row in seen.rows if row.entry is not None]


def test_the_duress_button_is_the_usual_one_in_every_event_that_it_causes() -> None:
    def pressed(press: Event, cause: str) -> JournalPage:
        passed = LanePassed(Direction.ENTRY, "counted", cause, "")
        return page(press, LaneOpened(cause), passed, LaneOpened("grant", "1"))

    usual = pressed(LaneOverride("wang"), "override")
    assert told(looking_usual(pressed(LaneDuress("wang"), "duress"))) == told(usual)
    assert looking_usual(usual) == usual


def test_a_press_of_which_the_usual_button_leaves_nothing_has_no_line() -> None:
    often = page(LaneDuress("wang", folded=True), LaneOverrideAbuse(6, "wang"))
    assert told(looking_usual(often)) == told(page(LaneOverrideAbuse(6, "wang")))


def test_a_duress_word_has_no_line_and_signing_in_none_either() -> None:
    seen = looking_usual(
        page(
            StaffSignedIn("wang", "guard", "pin"),
            StaffDuress("wang", "sign_in"),
            StaffLockedOut("li", 60.0, 5),
        )
    )
    assert [kind for kind, _ in told(seen)] == ["staff_locked_out"]
