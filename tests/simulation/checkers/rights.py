"""Whom a gate lets in: only who has a right, and nobody for longer than a withdrawal takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from edge.decision import Direction, Evidence, Outcome, Reason
from edge.journal.format import AccessDecided
from tests.simulation.checkers.books import Books
from tests.simulation.checkers.checker import Reaction, Reminders, Rules, what
from tests.simulation.checkers.known import Known
from tests.simulation.checkers.weather import CLOCK_RIGHT_WITHIN, Weather
from tests.simulation.observations import Came, Seen, Stored, Violation
from tests.simulation.plan import How

REVOKED_WITHIN = 420.0
"""Seconds in fair weather until a gate goes by what was published. Central announces it at once; a lost
announcement is made good by the next hello, 300 s later at most (`ASKED_EVERY`); a link that nobody answers
on ends after 90 s (`silence`); chunks, inbox and gate take seconds.
"""
ALARM_AT_CENTRAL_WITHIN = 90.0
"""Seconds in fair weather from an alarm to central: it does not linger, and is sent again after 2 to 60 s."""
_OPENS_FOR_NOBODY = frozenset({How.STRANGER, How.TAILGATE, How.EXIT_BUTTON})


class OnlyWhoHasARight:
    """A grant is for somebody who stands there, or whose pass is shown, and whom a registry that the gate may
    hold admits.
    """

    name = "only_who_has_a_right"

    def __init__(self, known: Known, books: Books) -> None:
        self._known = known
        self._books = books

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {Stored: self._stored}

    def _stored(self, seen: Stored) -> Iterable[Violation]:
        event = _granted(seen, self._books)
        if event is None:
            return
        person, evidence = event.decision.subject_id, event.evidence
        if person is None:
            return  # a free gate asks nobody
        if is_contradicted(evidence):
            yield Violation(self.name, seen.at, f"{seen.device}: let in {person}, whose face is another's")
        since, held = self._books.made_since(seen), self._known.in_force.get(seen.device)
        by_this = since == seen.at or (held is not None and held.at <= since)
        of_the_site = not person.startswith("visitor:") or bool(self._known.words(person))
        if of_the_site and by_this and not self._known.may_admit(seen.device, person):
            version = "none" if held is None else held.version
            yield Violation(self.name, seen.at, f"{seen.device}: let in {person}, not in version {version}")
        if not any(shows(came, person, evidence) for came in self._known.present(seen.device, since)):
            yield Violation(self.name, seen.at, f"{seen.device}: let in {person}, who does not stand there")


def _decided(seen: Stored, books: Books) -> AccessDecided | None:
    """The decision that is told now; None: it is another event, or was told before."""
    event = what(seen) if seen.kind == AccessDecided.kind and books.is_news(seen) else None
    return event if isinstance(event, AccessDecided) else None


def _granted(seen: Stored, books: Books) -> AccessDecided | None:
    event = _decided(seen, books)
    return event if event is not None and event.decision.outcome is Outcome.GRANT else None


def is_contradicted(evidence: Evidence) -> bool:
    """Whether the face is another person's than the one whom the pass names."""
    face = None if evidence.face is None else evidence.face.subject_id
    code = None if evidence.code is None else evidence.code.subject_id
    return face is not None and code is not None and face != code


def shows(came: Came, person: str, evidence: Evidence) -> bool:
    """Whether somebody who came may have been taken for that person: for who they are, or by a pass."""
    if came.how in _OPENS_FOR_NOBODY:
        return False
    code = evidence.code
    by_pass = code is not None and code.pass_id == came.pass_id != "" and came.how != How.FORGED_PASS
    return came.person == person or by_pass


class RevokedStayOut:
    """Nobody is let in longer after they were revoked than it takes a linked gate to hear of it; by one that
    is not linked no longer than the policy's rule for a stale registry says.
    """

    name = "revoked_stay_out"

    def __init__(self, rules: Rules, known: Known, books: Books, weather: Weather) -> None:
        self._rules = rules
        self._known = known
        self._books = books
        self._weather = weather

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {Stored: self._stored}

    def _stored(self, seen: Stored) -> Iterable[Violation]:
        event = _granted(seen, self._books)
        if event is None:
            return
        person, device = event.decision.subject_id, seen.device
        since, fair = self._known.barred_since(person or ""), self._weather.fair_since(device)
        if since is not None and fair is not None and seen.at > max(since, fair) + REVOKED_WITHIN:
            text = f"{device}: let in {person}, revoked {seen.at - since:.0f} s ago"
            yield Violation(self.name, seen.at, f"{text}, linked for {seen.at - fair:.0f} s")
        right = self._weather.clock_right_since(device)
        if right is not None and right < seen.at:
            yield from self._stale(seen, event)

    def _stale(self, seen: Stored, event: AccessDecided) -> Iterable[Violation]:
        """By a clock that is right: whether the registry was too old for this grant."""
        held, published = self._known.in_force.get(seen.device), self._known.version_of(seen.device)
        if held is None:
            return
        age = seen.at - held.issued - 2 * CLOCK_RIGHT_WITHIN  # the gate's clock, and central's
        if self._rules.close_after is not None and age > self._rules.close_after:
            yield Violation(
                self.name, seen.at, f"{seen.device}: let somebody in by a registry {age:.0f} s old"
            )
        expired = published is not None and seen.at > published.expires + 2 * CLOCK_RIGHT_WITHIN
        code = event.evidence.code
        timed = code is not None and (code.once or (code.subject_id or "").startswith("visitor:"))
        if timed and (expired or age > self._rules.degrade_after):
            text = f"{seen.device}: a visitor's or one-time pass opened, the registry is {age:.0f} s old"
            yield Violation(self.name, seen.at, text)


class IsolationIsAlarmed:
    """Who isolates at home and wants to leave is an alarm, in the journal at once and at central soon."""

    name = "isolation_is_alarmed"

    def __init__(self, reminders: Reminders, known: Known, books: Books, weather: Weather) -> None:
        self._reminders = reminders
        self._known = known
        self._books = books
        self._weather = weather

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {Stored: self._stored}

    def _stored(self, seen: Stored) -> Iterable[Violation]:
        event = _decided(seen, self._books)
        if event is None:
            return
        alarmed = any(alarm.reason is Reason.HOME_ISOLATION for alarm in event.decision.alarms)
        if alarmed:
            self._reminders.at(seen.at + ALARM_AT_CENTRAL_WITHIN, lambda now: self._at_central(seen, now))
        elif event.evidence.direction is Direction.EXIT and self._isolates(seen, event.decision.subject_id):
            text = f"{seen.device}: {event.decision.subject_id} isolates and asked to leave, no alarm"
            yield Violation(self.name, seen.at, text)

    def _isolates(self, seen: Stored, person: str | None) -> bool:
        """Whether the registry in force says so, at a gate that knows the time."""
        words, held = self._known.words(person or ""), self._known.in_force.get(seen.device)
        right = self._weather.clock_right_since(seen.device)
        if not words or held is None or right is None or right > seen.at - 1.0:
            return False
        newest = words[-1]
        return newest.said.isolated and newest.version is not None and newest.version <= held.version

    def _at_central(self, seen: Stored, now: float) -> Iterable[Violation]:
        fair = self._weather.fair_since(seen.device)
        if seen.hash not in self._books.had and fair is not None and fair <= seen.at:
            yield Violation(self.name, now, f"{seen.device}: the alarm of {seen.at:.0f} is not at central")
