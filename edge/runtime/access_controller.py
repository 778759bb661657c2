"""The gate's one path from seeing to acting: sighting, encounter, decision, journal, lane.

The same path serves the daemon, `replay` and the demo; they differ in the parts that they pass
in. An event is in the journal before the lane hears of the decision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from secrets import token_bytes
from time import perf_counter

from edge.configuration import GateConfiguration
from edge.credentials.known import Rights
from edge.decision import (
    AccessVerdict,
    Decision,
    Direction,
    Evidence,
    FaceEvidence,
    LivenessMeans,
    Mode,
    Outcome,
    PassEvidence,
    PassKind,
    PassVerdict,
    Policy,
    Reason,
    TemperatureReading,
)
from edge.encounter import Encounter, EncounterTracker, LineStep, Measured, Waiting, WaitingLine
from edge.journal.format import Entry, Event
from edge.lane.machine import Record
from edge.ports import AccessEvent, Clock, EventLog, Lane, NobodyCounts, PeopleCount, Thermometry
from edge.runtime.deciding import Decider
from edge.runtime.decision_log import DecisionLog
from edge.runtime.grants_out import GrantsOut
from edge.runtime.people_in_view import PeopleInView
from edge.runtime.recognition import Holdings, RegistryRecogniser, no_rights, nobody_doubted
from edge.runtime.refusing import is_for_the_pass
from edge.runtime.stages import Stages
from edge.scanners.core import CodeScanned
from edge.support.due import NEVER
from edge.vision.reports import Sighting

_MEASURED_WITHIN = 0.1
"""Seconds after which the thermometer is asked again about the first in line."""

_LOOKS_EVERY = 0.25
"""Seconds after which it goes on where no frame comes, and a scanner has read something."""

_BYTES_OF_A_DRAW = 8
"""So many that no move of a head is drawn more often than another."""

_ASKS_FOR_A_PASS = frozenset({Reason.CODE_REQUIRED, Reason.SECOND_FACTOR_REQUIRED})


class AccessController:
    """Lets people through one lane. Called by one thread; waits for nobody but the disk.

    `liveness` is what the gate can do to see that a face is a living one. `ordered` is the mode that the
    centre ordered by a command, if it did, `held_until` until when it holds entries. `doubted` says up to
    which similarity somebody's face does not count alone here (None: it does). `here` are the rights that
    staff gave at this gate. `stopwatch` is what the stages of a decision are timed by (seconds).
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
        liveness: LivenessMeans = LivenessMeans.NETS,
        people: PeopleCount | None = None,
        thermometer: Thermometry | None = None,
        ordered: Callable[[], Mode | None] = lambda: None,
        held_until: Callable[[], datetime | None] = lambda: None,
        doubted: Callable[[str], float | None] = nobody_doubted,
        here: Callable[[], Rights] = no_rights,
        entropy: Callable[[int], bytes] = token_bytes,
        stopwatch: Callable[[], float] = perf_counter,
    ) -> None:
        self._stopwatch = stopwatch
        self._configuration = configuration
        self._clock = clock
        self._journal = journal
        self._lane = lane
        self._holdings = holdings
        self._thermometer = thermometer
        times = configuration.thermometer
        self._line = WaitingLine(configuration.encounter.gone_after, times.wait_for, times.again_within)
        self.decider = Decider(
            configuration,
            clock,
            holdings,
            people or NobodyCounts(),
            liveness,
            ordered=ordered,
            held_until=held_until,
            doubted=doubted,
            locked_down=lambda: lane.locked_down,
        )
        ways = configuration.lets_through
        directions = tuple(Direction) if ways is None else (ways,)
        self._recogniser = RegistryRecogniser(holdings, clock.wall, journal.use_of, doubted, here, directions)
        self._tracker = EncounterTracker(
            self._recogniser,
            configuration.encounter,
            lambda moves: moves[int.from_bytes(entropy(_BYTES_OF_A_DRAW)) % len(moves)],
            frames,
            liveness,
        )
        self._decisions = DecisionLog(journal, clock, liveness, configuration.journal.when_full)
        self._somebody = self._took_at = float("-inf")
        self._telling = PeopleInView(self._tracker, clock, journal, lane)
        self._out = GrantsOut()

    def handle(self, sighting: Sighting) -> AccessEvent | None:
        """Take one frame into account: the lane moves if it settles an encounter, else it may ask."""
        stages, at = Stages(self._stopwatch), sighting.captured
        if sighting.faces or sighting.codes:
            self._is_there(at)
        return self._taken(self._tracker.handle(sighting, *self.decider.asks()), at, stages)

    def scan(self, scanned: CodeScanned) -> AccessEvent | None:
        """Take a code from a scanner into account, as one that the camera saw."""
        stages = Stages(self._stopwatch)
        self._is_there(scanned.at)
        return self._taken(self._tracker.scan(scanned, *self.decider.asks()), scanned.at, stages)

    def _is_there(self, at: float) -> None:
        self._line.seen(at)
        self._somebody = at

    def _taken(self, encounter: Encounter | None, at: float, stages: Stages) -> AccessEvent | None:
        self._took_at = at
        self._telling.flood(at)
        self._telling.stuck(at)
        self._telling.undecided(self._asked_for)
        now = self._clock.monotonic()
        if encounter is not None and encounter.final:
            stages.over("recognise")
            self._line_up(encounter, now, stages)
        elif encounter is not None:
            self._telling.ask(encounter, self._asked_for(encounter))
        return self._next(now)

    def poll(self) -> AccessEvent | None:
        """Settle anyone who no longer has to wait for the thermometer, one at a time; and let time pass for
        who showed a code to a scanner, where no frame does.
        """
        now = self._clock.monotonic()
        if now < self._looks_at():
            return self._next(now)
        self._line.seen(now)  # nobody sees whether they went
        return self._taken(self._tracker.wait(now, *self.decider.asks()), now, Stages(self._stopwatch))

    def next_due(self, now: float) -> float:
        """When somebody may no longer have to wait, as seen at monotonic `now`."""
        return min(self._looks_at(), NEVER if self._line.empty else now + _MEASURED_WITHIN)

    def _looks_at(self) -> float:
        return self._took_at + _LOOKS_EVERY if self._tracker.waits else NEVER

    def say(self, prompt: str) -> None:
        """Ask whoever stands there for something."""
        self._lane.prompt(prompt)

    def finish(self) -> AccessEvent | None:
        """The input has ended: settle anyone who was still before the gate."""
        encounter, now = self._tracker.finish(self.decider.asks()[1]), self._clock.monotonic()
        if encounter is not None:
            self._line_up(encounter, now, Stages(self._stopwatch, {"recognise": 0.0}))
        last = self._line.leave()
        return None if last is None else self._settle(last, self._reading(last, now), now)

    def notify(self, record: Record) -> None:
        """Take up what the lane says became of a grant."""
        self._telling.hear(record)

    def refused_by(self, event: Event) -> Entry | None:
        """The grant of here that `event` says the lane refused while it had opened nothing for them."""
        return self._out.refused_by(event)

    # --- probes ----------------------------------------------------------------------------

    def probe_pass(self) -> str:
        """The text of the site's probe pass; empty: there is none."""
        holdings = self._holdings()
        return "" if holdings is None else holdings.registry.probe_pass

    def at_rest(self, now: float) -> bool:
        """Whether nobody is before the gate, nor was a moment ago."""
        return self._line.empty and now > self._somebody + self._configuration.encounter.gone_after

    def verdict_on(self, text: str) -> AccessVerdict:
        """What is decided on anyone who shows `text`; nothing comes of it."""
        code = self._recogniser.read_code(text, len(text))
        return self.decider.decide_on(self._evidence(code=code))

    def verdict_of(self, subject_id: str) -> AccessVerdict:
        """What is decided on a subject who shows a genuine pass of theirs now; nothing comes of it."""
        code = PassEvidence(PassVerdict.GENUINE, kind=PassKind.RESIDENT, subject_id=subject_id)
        return self.decider.decide_on(self._evidence(code=code))

    # --- waiting ---------------------------------------------------------------------------

    def _line_up(self, encounter: Encounter, now: float, stages: Stages) -> None:
        verdict = self._judge(encounter, self._measured(encounter))
        stages.over("decide")
        self._line.add(Waiting(encounter, verdict, now, stages.took))

    def _next(self, now: float) -> AccessEvent | None:
        """Settle the first in line, unless a measurement could still make of their grant a referral."""
        first = self._line.first(now)
        if first is None:
            return None
        reading = self._reading(first, now)
        step = self._line.step(now, self._awaited(reading, now))
        if step is LineStep.ASK:
            self._telling.remind(first.encounter, Reason.TEMPERATURE_HIGH)
        if step is not LineStep.SETTLE:
            return None
        self._line.leave()
        return self._settle(first, reading, now)

    def _reading(self, waiting: Waiting, now: float) -> TemperatureReading | None:
        """What was measured of them by `now`: at one moment there is one reading, the one in the verdict."""
        just_came = waiting.since == now
        return waiting.verdict.evidence.temperature if just_came else self._measured(waiting.encounter)

    def _measured(self, encounter: Encounter) -> TemperatureReading | None:
        return None if self._thermometer is None else self._thermometer.reading(encounter.began)

    def _awaited(self, reading: TemperatureReading | None, now: float) -> Measured | None:
        """What a wait depends on; None where no measurement is to be expected, or none matters."""
        thermometer, rule = self._thermometer, self.decider.policy().temperature
        if thermometer is None or rule.above is Outcome.GRANT or not thermometer.working(now):
            return None
        return Measured(reading, rule.limit)

    def _asked_for(self, encounter: Encounter) -> str:
        """What to ask for; where a bad pass is before the gate, not for one: what is wrong is said again."""
        reason = self._judge(encounter, self._measured(encounter)).decision.reason
        refused = self._tracker.bad_pass(encounter)
        return refused[1] if refused is not None and reason in _ASKS_FOR_A_PASS else reason

    # --- one encounter: decide, journal, lane ----------------------------------------------

    def _settle(self, waiting: Waiting, reading: TemperatureReading | None, now: float) -> AccessEvent | None:
        """Decide, write it down and move; None where a pass that is still shown is refused as before."""
        encounter, waited = waiting.encounter, now - waiting.since
        measuring = {"thermometer": 1000.0 * waited} if waited > 0.0 and self._thermometer is not None else {}
        known = encounter.timings | waiting.took | measuring
        stages, verdict = Stages(self._stopwatch, known), waiting.verdict
        if waited > 0.0:
            # Anyone who had to wait is decided on by what is known now, of their pass too.
            code = None if encounter.code is None else self._recogniser.read_again(encounter.code)
            encounter = replace(encounter, code=code)
            verdict = self._judge(encounter, reading)
            stages.over("decide")
        if self._is_repeat(encounter, verdict.decision):
            return None
        if self._thermometer is not None and verdict.evidence.temperature is not None:
            self._thermometer.note_reading(verdict.evidence.temperature)
        gathered = 1000.0 * (encounter.ready - encounter.began)
        took = round(gathered + sum(stages.took.values()))
        decision, entry = self._decisions.record(verdict, encounter.input, took)
        stages.over("journal")
        if entry is None and self._is_repeat(encounter, decision):
            return None
        self._move(decision, entry, encounter)
        stages.over("lane")
        latency = stages.latency(gathered)
        return AccessEvent(
            encounter.input, verdict.mode, verdict.evidence, verdict.subject, decision, entry, latency
        )

    def _judge(self, encounter: Encounter, reading: TemperatureReading | None) -> AccessVerdict:
        return self.decider.decide_on(self._evidence(encounter.face, encounter.code, reading))

    def _evidence(
        self,
        face: FaceEvidence | None = None,
        code: PassEvidence | None = None,
        reading: TemperatureReading | None = None,
    ) -> Evidence:
        return Evidence(self._configuration.direction, face, code, reading)

    def _move(self, decision: Decision, entry: Entry | None, encounter: Encounter) -> None:
        self._telling.decided(encounter, decision.reason)
        if decision.outcome is not Outcome.GRANT:
            again = not is_for_the_pass(decision, encounter)
            self._tracker.refused(encounter, (decision.outcome, decision.reason), again=again)
            self._lane.refuse(decision.outcome, decision.reason)
            return
        reference = "unrecorded" if entry is None else str(entry.sequence)
        if entry is not None:
            self._out.went(entry)
        self._tracker.admitted(encounter, decision.subject_id, reference)
        self._lane.grant(reference, self._configuration.lets_through)

    def _is_repeat(self, encounter: Encounter, decision: Decision) -> bool:
        """Whether they were refused before: their pass in these words or for what it is, and nothing is said;
        or their face, while they stand there, and they are only told again.
        """
        refusal = (decision.outcome, decision.reason)
        bad = decision.reason in _ASKS_FOR_A_PASS and self._tracker.bad_pass(encounter) is not None
        stands = encounter.code is None and self._tracker.stands_refused(encounter, refusal)
        again = bad or stands or self._tracker.is_repeat(encounter, refusal)
        repeat = decision.outcome is not Outcome.GRANT and again
        if repeat:
            self._tracker.refused(encounter, refusal, again=True)
        if repeat and stands:
            self._telling.remind(encounter, decision.reason)
        return repeat

    # --- what the gate asks for ------------------------------------------------------------

    def policy(self) -> Policy:
        """The rules in force; none while there is no registry, and then nobody may pass."""
        return self.decider.policy()

    def mode(self) -> Mode:
        """What the gate asks for now; from any thread."""
        return self.decider.mode()

    def mode_shown(self) -> Mode:
        """What the gate asks of who comes: nothing where a lockdown lets nobody in; from any thread."""
        return self.decider.mode_shown()

    def lets_nobody_in(self) -> bool:
        """Whether a lockdown has closed this gate to all who come; from any thread."""
        return self.decider.lets_nobody_in()

    def moves(self) -> tuple[int, int] | None:
        """How many moves are done, of how many, by whom a challenge asks for them now."""
        return self._tracker.moves
