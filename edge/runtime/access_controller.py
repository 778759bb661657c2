"""The gate's one path from seeing to acting: sighting, encounter, decision, journal, lane.

The same path serves the daemon, `replay` and the demo; they differ in the collaborators that they pass
in. An event is in the journal before the lane hears of the decision.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from secrets import SystemRandom
from time import perf_counter

import msgspec
import structlog

from edge.configuration import GateConfiguration
from edge.decision import (
    Alarm,
    Decision,
    Direction,
    Evidence,
    FaceRule,
    Mode,
    Outcome,
    Policy,
    Reason,
    Situation,
    Subject,
    decide,
    identified_by,
    mode_at,
    near_miss,
)
from edge.encounter import Encounter, EncounterTracker
from edge.errors import JournalError
from edge.journal.configuration import WhenFull
from edge.journal.format import Entry, EventKind
from edge.lane.machine import Record
from edge.ports import AccessEvent, Clock, EventLog, Lane, NobodyCounts, People, Thermometry
from edge.runtime.people_in_view import PeopleInView
from edge.runtime.recognition import Holdings, RegistryRecogniser
from edge.vision.reports import Sighting

_NO_POLICY = Policy()

_ASKS_FOR_A_PASS = frozenset({Reason.CODE_REQUIRED, Reason.SECOND_FACTOR_REQUIRED})

_MAY_YET_COME = frozenset({"not_a_person", "too_far", "too_near", "unsteady", "once"})
"""Why a measurement may be worth nothing yet: somebody is still stepping up."""


@dataclass
class _Held:
    """An encounter that may still wait for the thermometer, since a monotonic time."""

    encounter: Encounter
    recognise: float
    since: float
    asked: bool = False

    @property
    def identified(self) -> str | None:
        return _named(self.encounter)


class AccessController:
    """Attends one lane. Called by one thread; waits for nobody but the disk.

    `ordered` is the mode that the centre ordered by a command, if it did.
    """

    def __init__(
        self,
        configuration: GateConfiguration,
        clock: Clock,
        journal: EventLog,
        lane: Lane,
        holdings: Callable[[], Holdings | None],
        *,
        frames: int | None = None,
        people: People | None = None,
        thermometer: Thermometry | None = None,
        ordered: Callable[[], Mode | None] = lambda: None,
    ) -> None:
        self.ordered = ordered
        self._configuration = configuration
        self._clock = clock
        self._journal = journal
        self._lane = lane
        self._holdings = holdings
        self._people = people or NobodyCounts()
        self._thermometer = thermometer
        self._held: deque[_Held] = deque()
        self._somebody = 0.0
        self._desk = EncounterTracker(
            RegistryRecogniser(holdings, clock.wall, journal.use_of),
            configuration.encounter,
            SystemRandom().choice,
            frames,
        )
        self._telling = PeopleInView(self._desk, clock, journal, lane)
        self._log = structlog.get_logger("edge.attendant")

    def look(self, sighting: Sighting) -> AccessEvent | None:
        """Take one frame into account: the lane moves if it settles an encounter, else it may ask."""
        began = perf_counter()
        if sighting.faces or sighting.codes:
            self._somebody = sighting.captured
        encounter = self._desk.look(sighting, *self._asks())
        self._telling.flood(sighting.captured)
        self._telling.stuck()
        if encounter is not None and encounter.final:
            recognise = 1000.0 * (perf_counter() - began)
            if all(held.identified is None or held.identified != _named(encounter) for held in self._held):
                self._held.append(_Held(encounter, recognise, self._clock.monotonic()))
        elif encounter is not None:
            self._lane.prompt(self._asked_for(encounter))
        return self.turn()

    def turn(self) -> AccessEvent | None:
        """Decide on whoever no longer has to wait for the thermometer, one at a time.

        Whoever went away meanwhile is not let through: it would be somebody else who is.
        """
        gone = self._clock.monotonic() - self._configuration.encounter.gone_after
        while self._held and max(self._somebody, self._held[0].since) < gone:
            self._held.popleft()
        if not self._held or (len(self._held) == 1 and self._waits(self._held[0])):
            return None
        return self._settle(self._held.popleft())

    def finish(self, now: float) -> AccessEvent | None:
        """The input has ended (monotonic `now`): decide on whoever was still before the gate."""
        encounter = self._desk.finish(now, self._asks()[1])
        if encounter is not None:
            self._held.append(_Held(encounter, 0.0, self._clock.monotonic()))
        return self._settle(self._held.popleft()) if self._held else None

    def hear(self, record: Record) -> None:
        """Take up what the lane says became of a grant."""
        self._telling.hear(record)

    def _asked_for(self, encounter: Encounter) -> str:
        """What to ask for; where a bad pass is before the gate, not for one: what is wrong is said again."""
        reason, refused = self._decide(encounter)[2].reason, self._desk.bad_pass(encounter)
        return refused[1] if refused is not None and reason in _ASKS_FOR_A_PASS else reason

    # --- one encounter ---------------------------------------------------------------------

    def _waits(self, held: _Held) -> bool:
        """Whether a measurement is still worth waiting for: one that could make a grant a referral."""
        now, thermometer = self._clock.monotonic(), self._thermometer
        if thermometer is None or not thermometer.working(now):
            return False
        evidence, _, decision, _ = self._decide(held.encounter)
        rule = self.policy().temperature
        if decision.outcome is not Outcome.GRANT or rule.above is Outcome.GRANT:
            return False
        section, waited, reading = self._configuration.thermometer, now - held.since, evidence.temperature
        if reading is None or reading.why in _MAY_YET_COME:
            return waited < section.wait_for
        if not reading.valid or reading.celsius < rule.limit or reading.again is not None:
            return False
        if not held.asked:
            held.asked = True
            self._lane.prompt(Reason.TEMPERATURE_HIGH)
        return waited < section.again_within

    def _settle(self, held: _Held) -> AccessEvent | None:
        """Decide, write it down and move; None where a pass that is still shown is refused as before."""
        encounter, recognise = held.encounter, held.recognise
        waited = self._clock.monotonic() - held.since
        started = perf_counter()
        evidence, subject, decision, mode = self._decide(encounter)
        decided = perf_counter()
        if self._is_repeat(encounter, decision):
            return None
        if self._thermometer is not None and evidence.temperature is not None:
            self._thermometer.noted(evidence.temperature)
        decision, entry = self._record(encounter, evidence, decision, mode)
        recorded = perf_counter()
        if entry is None and self._is_repeat(encounter, decision):
            return None
        self._move(decision, entry, encounter)
        moved = perf_counter()
        stages = encounter.timings | {
            "recognise": recognise,
            **({"thermometer": 1000.0 * waited} if waited > 0.0 and self._thermometer is not None else {}),
            "decide": 1000.0 * (decided - started),
            "journal": 1000.0 * (recorded - decided),
            "lane": 1000.0 * (moved - recorded),
        }
        gathered = {"gather": 1000.0 * (encounter.ready - encounter.began), "total": sum(stages.values())}
        latency = {stage: round(took, 3) for stage, took in (stages | gathered).items()}
        return AccessEvent(encounter.input, mode, evidence, subject, decision, entry, latency)

    def _decide(self, encounter: Encounter) -> tuple[Evidence, Subject | None, Decision, Mode]:
        temperature = None if self._thermometer is None else self._thermometer.reading(encounter.began)
        evidence = Evidence(self._configuration.direction, encounter.face, encounter.code, temperature)
        holdings, identified = self._holdings(), identified_by(evidence)
        situation, policy = self._situation(identified), self.policy()
        subject = None
        if holdings is not None and identified is not None:
            subject = holdings.registry.subjects.get(identified)
        return evidence, subject, decide(policy, subject, evidence, situation), self._mode(policy, situation)

    def _record(
        self, encounter: Encounter, evidence: Evidence, decision: Decision, mode: Mode
    ) -> tuple[Decision, Entry | None]:
        """Write the decision down. A grant that cannot be written follows the declared policy."""
        code, holdings = evidence.code, self._holdings()
        granted = decision.outcome is Outcome.GRANT
        used = code.pass_id if granted and code is not None and code.once else None
        body = {
            "decision": msgspec.to_builtins(decision),
            "evidence": msgspec.to_builtins(evidence),
            "mode": mode.value,
            "registry": None if holdings is None else holdings.registry.version,
            "input": encounter.input,
        }
        nearly = near_miss(evidence)
        if nearly is not None:
            body["near_miss"] = nearly
        try:
            return decision, self._journal.append(
                EventKind.ACCESS_DECIDED, body, self._clock.wall(), used_pass=used
            )
        except JournalError as error:
            self._log.error("decision_not_recorded", error=str(error), outcome=decision.outcome.value)
            open_anyway = self._configuration.journal.when_full is WhenFull.OPEN and used is None
            if not granted or open_anyway:
                return decision, None
            return (
                Decision(
                    Outcome.DENY,
                    Reason.JOURNAL_UNAVAILABLE,
                    "journal.when_full",
                    subject_id=decision.subject_id,
                    status=decision.status,
                    alarms=(
                        *decision.alarms,
                        Alarm(Reason.JOURNAL_UNAVAILABLE, "journal.when_full"),
                    ),
                ),
                None,
            )

    def _move(self, decision: Decision, entry: Entry | None, encounter: Encounter) -> None:
        if decision.outcome is not Outcome.GRANT:
            again = not _is_for_the_pass(decision, encounter)
            self._desk.refused(encounter, (decision.outcome, decision.reason), again=again)
            self._lane.refuse(decision.outcome, decision.reason)
            return
        reference = "unrecorded" if entry is None else str(entry.sequence)
        self._desk.admitted(encounter, decision.subject_id, reference)
        self._lane.grant(reference, self._configuration.lets_through)

    def _is_repeat(self, encounter: Encounter, decision: Decision) -> bool:
        """Whether the pass they show was refused before, in these words or for what it is: be silent."""
        refusal = (decision.outcome, decision.reason)
        bad = decision.reason in _ASKS_FOR_A_PASS and self._desk.bad_pass(encounter) is not None
        again = bad or self._desk.is_repeat(encounter, refusal)
        repeat = decision.outcome is not Outcome.GRANT and again
        if repeat:
            self._desk.refused(encounter, refusal, again=True)
        return repeat

    # --- what the gate knows ---------------------------------------------------------------

    def policy(self) -> Policy:
        """The rules in force; none while there is no registry, and then nobody may pass."""
        holdings = self._holdings()
        return _NO_POLICY if holdings is None else holdings.registry.policy

    def _asks(self) -> tuple[Mode, FaceRule]:
        """What the gate asks for at this moment, and what a face needs."""
        policy = self.policy()
        return self._mode(policy, self._situation()), policy.face

    def _mode(self, policy: Policy, situation: Situation) -> Mode:
        gate = policy.gates.get(situation.gate)
        if gate is None:
            return Mode.LOCKED
        return mode_at(policy, gate, self._configuration.direction, situation, situation.gate)[0]

    def _situation(self, identified: str | None = None) -> Situation:
        holdings, wall = self._holdings(), self._clock.wall()
        age: timedelta | None = None
        expired = False
        if holdings is not None:
            age = wall.at - holdings.registry.issued
            expired = wall.at >= holdings.registry.expires
        section = self._configuration.gate
        return Situation(
            section.site,
            section.id,
            wall,
            registry_age=age,
            registry_expired=expired,
            ordered_mode=self.ordered(),
            occupancy=self._people.occupancy(),
            crowding=self._people.crowding(),
            last_access=None if identified is None else self._people.last_access(identified),
        )


def _named(encounter: Encounter) -> str | None:
    return identified_by(Evidence(Direction.ENTRY, encounter.face, encounter.code))


def _is_for_the_pass(decision: Decision, encounter: Encounter) -> bool:
    """Whether it is the pass that was refused: for what it is, or because it is somebody else's."""
    face, code = encounter.face, encounter.code
    another = face is not None and code is not None and face.subject_id not in {None, code.subject_id}
    mismatch = decision.reason is Reason.FACE_CODE_MISMATCH and another
    return mismatch or decision.rule.startswith("pass.")
