"""What the gate says and writes of people in view besides decisions: floods of codes, anyone who stays, or
who went undecided.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from edge.encounter import Asking, Encounter, EncounterTracker, GrantOutcome
from edge.errors import JournalError
from edge.journal.format import (
    CodeFlood,
    EncounterUndecided,
    Event,
    LaneGrantRefused,
    LaneNoEntry,
    LanePassed,
    StillBeforeGate,
    fields_of,
)
from edge.lane.machine import Record
from edge.liveness import is_asking
from edge.ports import Clock, EventLog, Lane
from edge.prompts.texts import ALREADY_ADMITTED
from edge.support.throttle import Throttle


class PeopleInView:
    """Hears of the lane what became of a grant, and tells anyone who was let through and stays."""

    def __init__(self, tracker: EncounterTracker, clock: Clock, journal: EventLog, lane: Lane) -> None:
        self._tracker = tracker
        self._clock = clock
        self._journal = journal
        self._lane = lane
        self._asking = Asking()
        self._went = Throttle(clock.monotonic)
        self._log = structlog.get_logger("edge.access_controller")

    def hear(self, record: Record) -> None:
        """Take up what the lane says became of a grant; nothing else that it says is of anybody in view."""
        match record.event:
            case LanePassed(reference=reference, counted=counted) if reference:
                how = GrantOutcome.PASSED if counted == "counted" else GrantOutcome.ESTIMATED
                self._tracker.answered(reference, how)
            case LaneNoEntry(reference=reference) if reference:
                self._tracker.answered(reference, GrantOutcome.UNUSED)
            case LaneGrantRefused(reference=reference):
                self._tracker.answered(reference, GrantOutcome.REFUSED)

    def stuck(self, now: float) -> None:
        """Tell anyone who was let through and stays what to do; each is written down once."""
        for presence in self._tracker.stuck():
            first = presence.told is None
            self._lane.prompt(ALREADY_ADMITTED)
            self._asking.said(ALREADY_ADMITTED, now)
            if first:
                grant = None if presence.answer is None else presence.answer.value
                self._note(StillBeforeGate(presence.subject_id, presence.reference, grant))

    def ask(self, encounter: Encounter, missing: str) -> None:
        """Ask somebody for what is `missing`, where it is time to."""
        at_once = is_asking(encounter.face)
        faces, moves = self._tracker.in_view, self._tracker.moves
        done = moves[0] if at_once and moves is not None else 0
        if self._asking.asks(
            encounter.began, missing, encounter.ready, at_once=at_once, faces=faces, done=done
        ):
            self._lane.prompt(missing)

    def remind(self, encounter: Encounter, reason: str) -> None:
        """Say to somebody who stands there, at once, why they are not let through."""
        self._lane.prompt(reason)
        self.decided(encounter, reason)

    def decided(self, encounter: Encounter, reason: str) -> None:
        """A decision was said: it holds for a while too."""
        self._asking.said(reason, encounter.ready)

    def undecided(self, missing: Callable[[Encounter], str]) -> None:
        """Write down who was asked for something and went before anything was decided; `missing` names the
        reason that they would have been refused for. A stream of passers-by leaves one a minute and reason.
        """
        ended = self._tracker.undecided()
        prompts = 0 if ended is None else self._asking.prompts(ended.encounter.began)
        if ended is None or not prompts:
            return
        reason, seconds = missing(ended.encounter), round(ended.seconds, 3)
        times = self._went.happened(reason)
        if times:
            many = times if times > 1 else None
            self._note(
                EncounterUndecided(reason, seconds, ended.frames, prompts, ended.encounter.input, many)
            )

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
