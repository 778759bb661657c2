"""Writes decisions down before anything comes of them, and says what counts where a full disk takes none."""

from __future__ import annotations

import structlog

from edge.decision import AccessVerdict, Decision, LivenessMeans, Outcome, near_miss
from edge.errors import JournalError
from edge.journal.configuration import WhenFull
from edge.journal.format import AccessDecided, Entry, circumstances_of
from edge.ports import Clock, EventLog
from edge.runtime.refusing import not_recorded


class DecisionLog:
    """The journal, as decisions go into it. `liveness` is what the gate can do to see a living face."""

    def __init__(self, journal: EventLog, clock: Clock, liveness: LivenessMeans, when_full: WhenFull) -> None:
        self._journal = journal
        self._clock = clock
        self._liveness = liveness
        self._when_full = when_full
        self._log = structlog.get_logger("edge.access_controller")

    def record(self, verdict: AccessVerdict, shown_by: str, took: int) -> tuple[Decision, Entry | None]:
        """Write down what was decided `took` ms after it began; the decision that counts then, and its entry.

        A grant that cannot be written (a full disk) is denied, or where `journal.when_full` says `open`
        given all the same; one for a one-time pass is always denied.
        """
        evidence, decision = verdict.evidence, verdict.decision
        code, granted = evidence.code, decision.outcome is Outcome.GRANT
        used = code.uses_up if granted and code is not None else None
        event = AccessDecided(
            decision,
            evidence,
            verdict.mode,
            verdict.registry,
            shown_by,
            near_miss(evidence),
            self._liveness,
            circumstances_of(verdict.situation, known=verdict.subject is not None),
            took,
        )
        try:
            return decision, self._journal.append(event, self._clock.wall(), used_pass=used)
        except JournalError as error:
            self._log.error("decision_not_recorded", error=str(error), outcome=decision.outcome.value)
            open_anyway = self._when_full is WhenFull.OPEN and used is None
            if not granted or open_anyway:
                return decision, None
            return not_recorded(decision), None
