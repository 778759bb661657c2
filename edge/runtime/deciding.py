"""Decides on evidence by what the gate knows at this moment: registry, clock, orders, the people inside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from edge.configuration import GateConfiguration
from edge.decision import (
    AccessVerdict,
    Direction,
    Evidence,
    FaceRule,
    LivenessMeans,
    Mode,
    Policy,
    Situation,
    decide,
    identified_by,
    mode_at,
)
from edge.ports import Clock, PeopleCount
from edge.runtime.recognition import Holdings

_NO_POLICY = Policy()


class Decider:
    """Gathers the situation, and asks `decide()`. Its values are read anew for each question.

    `ordered` is the mode that the centre ordered by a command, if it did, `held_until` until when it holds
    entries. `doubted` says up to which similarity somebody's face does not count alone here (None: it does).
    `locked_down` says whether the lane is: what it would refuse is not granted.
    """

    def __init__(
        self,
        configuration: GateConfiguration,
        clock: Clock,
        holdings: Callable[[], Holdings | None],
        people: PeopleCount,
        liveness: LivenessMeans,
        *,
        ordered: Callable[[], Mode | None],
        held_until: Callable[[], datetime | None],
        doubted: Callable[[str], float | None],
        locked_down: Callable[[], bool],
    ) -> None:
        self.ordered = ordered
        self._configuration = configuration
        self._clock = clock
        self._holdings = holdings
        self._people = people
        self._liveness = liveness
        self.held_until = held_until
        self._doubted = doubted
        self._locked_down = locked_down

    def decide_on(self, evidence: Evidence) -> AccessVerdict:
        """What is decided on anyone of whom this was seen; nothing comes of it here."""
        holdings, identified = self._holdings(), identified_by(evidence)
        situation, policy, subject = self._situation(holdings, identified), _NO_POLICY, None
        if holdings is not None:
            policy = holdings.registry.policy
            subject = None if identified is None else holdings.registry.subjects.get(identified)
        decision = decide(policy, subject, evidence, situation)
        version = None if holdings is None else holdings.registry.version
        return AccessVerdict(evidence, subject, decision, self._mode(policy, situation), situation, version)

    def policy(self) -> Policy:
        """The rules in force; none while there is no registry, and then nobody may pass."""
        holdings = self._holdings()
        return _NO_POLICY if holdings is None else holdings.registry.policy

    def mode(self) -> Mode:
        """What the gate asks for now; from any thread."""
        section = self._configuration.gate
        return self._mode(
            self.policy(),
            Situation(section.site, section.id, self._clock.wall(), None, ordered_mode=self.ordered()),
        )

    def mode_shown(self) -> Mode:
        """What the gate asks of who comes: nothing where a lockdown lets nobody in; from any thread."""
        return Mode.LOCKED if self.lets_nobody_in() else self.mode()

    def lets_nobody_in(self) -> bool:
        """Whether a lockdown has closed this gate to all who come; from any thread."""
        return self._configuration.direction is Direction.ENTRY and self._locked_down()

    def asks(self) -> tuple[Mode, FaceRule]:
        """What the gate asks for at this moment, and what a face needs."""
        policy = self.policy()
        return self._mode(policy, self._situation(self._holdings())), policy.face

    def _mode(self, policy: Policy, situation: Situation) -> Mode:
        gate = policy.gates.get(situation.gate)
        if gate is None:
            return Mode.LOCKED
        return mode_at(policy, gate, self._configuration.direction, situation, situation.gate)[0]

    def _situation(self, holdings: Holdings | None, identified: str | None = None) -> Situation:
        wall = self._clock.wall()
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
            held_until=self.held_until(),
            liveness=self._liveness,
            occupancy=self._people.occupancy(),
            crowding=self._people.crowding(),
            last_access=None if identified is None else self._people.last_access(identified),
            face_doubted=None if identified is None else self._doubted(identified),
            locked_down=self._locked_down(),
        )
