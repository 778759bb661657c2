"""What the gate says and writes of people in view besides decisions: floods of codes, anyone who stays."""

from __future__ import annotations

import structlog

from edge.encounter import Answer, EncounterTracker
from edge.errors import JournalError
from edge.journal.format import (
    CodeFlood,
    Event,
    LaneGrantRefused,
    LaneNoEntry,
    LanePassed,
    StillBeforeGate,
    fields_of,
)
from edge.lane.machine import Record
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
        match record.event:
            case LanePassed(reference=reference, counted=counted) if reference:
                how = Answer.PASSED if counted == "counted" else Answer.ESTIMATED
                self._tracker.answered(reference, how)
            case LaneNoEntry(reference=reference) if reference:
                self._tracker.answered(reference, Answer.UNUSED)
            case LaneGrantRefused(reference=reference):
                self._tracker.answered(reference, Answer.REFUSED)

    def stuck(self) -> None:
        """Tell anyone who was let through and stays what to do; each is written down once."""
        for presence in self._tracker.stuck():
            first = presence.told is None
            self._lane.prompt(ALREADY_ADMITTED)
            if first:
                grant = None if presence.answer is None else presence.answer.value
                self._note(StillBeforeGate(presence.subject_id, presence.reference, grant))

    def flood(self, now: float) -> None:
        """Write down, now and then, how many codes were too many to be read."""
        flood = self._tracker.flood(now)
        if flood is not None:
            self._note(CodeFlood(flood.ignored, flood.seconds))

    def _note(self, event: Event) -> None:
        self._log.warning(event.kind.value, **fields_of(event))
        try:
            self._journal.append(event, self._clock.wall())
        except JournalError as error:
            self._log.error("event_not_recorded", kind=event.kind.value, error=str(error))
