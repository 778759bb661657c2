"""A gate's days for reports: accesses of every outcome, staff who open, and what they say was wrong."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from edge.decision import Outcome, Reason
from edge.journal.format import AccessDecided, Entry, FaceMistaken, LaneOpened, StaffActTaken
from sync.central.reports.core.report import Asked, Kind
from tests.events import decided, noted
from tests.sync.central.accesses.examples import Happened, by_hand, journal
from tests.sync.wire.examples import AT

SITE = "green-court"
ASKED = Asked(Kind.SINGLE, "Green Court", (SITE,), "2026-02-28", "2026-03-06", "Asia/Shanghai")


def waited(event: AccessDecided, milliseconds: int) -> AccessDecided:
    return replace(event, waited=milliseconds)


def by_face(subject: str) -> AccessDecided:
    event = decided(Outcome.GRANT, subject)
    return replace(event, decision=replace(event.decision, reason=Reason.FACE_MATCHED))


def let_in(
    about: int, *, staff: str = "s-wang", reason: str = "papers_seen", text: str = ""
) -> StaffActTaken:
    return StaffActTaken("let_in", staff, reason, text, about)


HAPPENED: Sequence[Happened] = (
    waited(by_face("li-na"), 240),  # 1
    waited(decided(Outcome.DENY, "wu-gang"), 900),  # 2
    let_in(2),  # 3: wrongly refused
    LaneOpened("staff", "3"),  # 4: the act has told of it
    by_face("zhao-min"),  # 5
    FaceMistaken("s-li", 5, "zhao-min"),  # 6
    waited(decided(Outcome.REFER), 1_400),  # 7
    let_in(7, reason="typed", text="Frau Li, Zimmer 3, Fieber"),  # 8
    by_hand(),  # 9: nobody's name
    noted(),  # 10
    decided(Outcome.DENY, "wu-gang"),  # 11
    let_in(1),  # 12: about one who was let in: not wrongly refused
)


def a_day() -> list[Entry]:
    """The journal of it, from AT on."""
    return journal(HAPPENED)


__all__ = ["ASKED", "AT", "HAPPENED", "SITE", "a_day", "by_face", "let_in", "waited"]
