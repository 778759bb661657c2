"""What the gate says and writes of people in view besides decisions: floods of codes, anyone who stays."""

from __future__ import annotations

import structlog

from edge.encounter import Answer, EncounterTracker
from edge.errors import JournalError
from edge.journal.format import EventKind
from edge.lane.machine import LaneEvent, Record
from edge.ports import Clock, EventLog, Lane
from edge.prompts.texts import ALREADY_ADMITTED


class PeopleInView:
    """Hears of the lane what became of a grant, and tells anyone who was let through and stays."""

    def __init__(self, tracker: EncounterTracker, clock: Clock, journal: EventLog, lane: Lane) -> None:
        self._tracker = tracker
        self._clock = clock
        self._journal = journal
        self._lane = lane
        self._log = structlog.get_logger("edge.access_controller")

    def hear(self, record: Record) -> None:
        """Take up what the lane says became of a grant; nothing else that it says is of anybody in view."""
        answer, reference = _answer_of(record), record.details.get("reference")
        if answer is not None and reference is not None:
            self._tracker.answered(reference, answer)

    def stuck(self) -> None:
        """Tell anyone who was let through and stays what to do; each is written down once."""
        for presence in self._tracker.stuck():
            first = presence.told is None
            self._lane.prompt(ALREADY_ADMITTED)
            if first:
                grant = None if presence.answer is None else presence.answer.value
                self._note(
                    EventKind.STILL_BEFORE_GATE,
                    {"subject": presence.subject_id, "reference": presence.reference, "grant": grant},
                )

    def flood(self, now: float) -> None:
        """Write down, now and then, how many codes were too many to be read."""
        flood = self._tracker.flood(now)
        if flood is not None:
            self._note(EventKind.CODE_FLOOD, {"ignored": flood.ignored, "seconds": flood.seconds})

    def _note(self, kind: EventKind, body: dict[str, object]) -> None:
        self._log.warning(kind.value, **body)
        try:
            self._journal.append(kind, body, self._clock.wall())
        except JournalError as error:
            self._log.error("event_not_recorded", kind=kind.value, error=str(error))


def _answer_of(record: Record) -> Answer | None:
    match record.event:
        case LaneEvent.PASSED:
            return Answer.PASSED if record.details.get("counted") == "counted" else Answer.ESTIMATED
        case LaneEvent.NO_ENTRY:
            return Answer.UNUSED
        case LaneEvent.GRANT_REFUSED:
            return Answer.REFUSED
        case _:
            return None
