"""Finds residents for the staff, and shows one of them: who looked at whom is in the journal first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from edge.credentials.at_the_gate import evidence_at_gate
from edge.credentials.own_pass import dynamic_pass, own_pass
from edge.decision import AccessVerdict, ClockTrust, Status, StatusRecord, Subject, status_at
from edge.errors import JournalError
from edge.journal.format import AccessDecided, Entry, PersonLookedAt, understood
from edge.journal.reader import JournalReader
from edge.runtime.recognition import Holdings
from edge.staff.asking import AllowedRequest, AnsweringThread, Handled, Table, Then
from edge.staff.core import FindablePeople, Right, found, name_for, people_of
from edge.staff.ports import GatePorts
from edge.staff.protocol import Answer, RefusedWhy
from edge.staff.protocol import people as messages
from edge.staff.refusals import refused
from edge.staff.sessions import Session
from edge.support.storage import Storage

MOST_ACCESSES: Final = 10
_LOOKED_BACK: Final = 5000
"""Events at the journal's end in which accesses of somebody are looked for."""
_PASS_ID: Final = re.compile(r"[0-9a-f]{16}")


class Finder:
    """Answers who looks for residents. Used by the worker's thread, but for what is written down."""

    def __init__(self, gate: GatePorts, journal: Path, storage: Storage) -> None:
        self._gate = gate
        self._journal = journal
        self._storage = storage
        self._of: Mapping[str, Subject] | None = None
        self._people = FindablePeople((), ())

    def table(self) -> Table:
        """Who may ask what of this."""
        return {
            messages.FindPeople: Handled(Right.FIND, self._find),
            messages.LookAtPerson: Handled(Right.FIND, self._look, AnsweringThread.LOOP),
        }

    # --- inside ----------------------------------------------------------------------------

    def _find(self, asked: AllowedRequest) -> Answer:
        body: messages.FindPeople = asked.body
        holdings = self._gate.holdings()
        if holdings is None:
            return messages.FoundPeople((), 0, None)
        ids, count = self._matching(holdings, body.text.strip())
        subjects = holdings.registry.subjects
        rows = tuple(
            messages.FoundPerson(who, self._name(asked.by, subjects[who]), subjects[who].address, status)
            for who in ids
            for status in (self._status(subjects[who].status),)
        )
        return messages.FoundPeople(rows, count, holdings.registry.version)

    def _matching(self, holdings: Holdings, text: str) -> tuple[tuple[str, ...], int]:
        subjects = holdings.registry.subjects
        if text.startswith((own_pass.PREFIX, dynamic_pass.PREFIX)):
            return _one(self._holder(holdings, text), subjects)
        if _PASS_ID.fullmatch(text):
            return _one(self._shown_by(text), subjects)
        if self._of is not subjects:
            self._of, self._people = subjects, people_of(subjects.values())
        return found(self._people, text)

    def _holder(self, holdings: Holdings, text: str) -> str | None:
        """Whom a pass names that was scanned into the field; one that is forged names nobody."""
        wall = self._gate.clock.wall()
        trust = holdings.code_trust(wall, {})
        return evidence_at_gate(text, trust, wall, holdings.certificates).subject_id

    def _shown_by(self, pass_id: str) -> str | None:
        """Who showed the pass of this id here lately."""
        for _, event in self._accesses(pass_id):
            code = event.evidence.code
            if code is not None and code.pass_id == pass_id:
                return code.subject_id
        return None

    def _look(self, asked: AllowedRequest) -> Answer | Then:
        body: messages.LookAtPerson = asked.body
        holdings = self._gate.holdings()
        subject = None if holdings is None else holdings.registry.subjects.get(body.subject)
        if subject is None or holdings is None:
            return refused(RefusedWhy.UNKNOWN)
        self._gate.record(PersonLookedAt(asked.by.staff, subject.id))
        verdict = self._gate.verdict_of(subject.id)
        return Then(AnsweringThread.WORKER, partial(self._person, asked.by, subject, holdings, verdict))

    def _person(self, by: Session, subject: Subject, holdings: Holdings, verdict: AccessVerdict) -> Answer:
        decision, record = verdict.decision, subject.status
        at = self._gate.clock.wall().at
        isolation = subject.isolation
        return messages.Person(
            subject=subject.id,
            name=self._name(by, subject),
            address=subject.address,
            groups=tuple(sorted(subject.groups)),
            status=self._status(record),
            record=None if record is None else _shown(record),
            valid_from=subject.valid_from,
            valid_until=subject.valid_until,
            isolated=isolation is not None and isolation.holds_at(at),
            second_factor=subject.second_factor,
            faces=sum(item.subject_id == subject.id for item in holdings.registry.templates),
            outcome=decision.outcome,
            reason=decision.reason,
            rule=decision.rule,
            accesses=tuple(self._last_of(subject.id)),
            registry=holdings.registry.version,
        )

    def _last_of(self, subject: str) -> list[messages.AccessShown]:
        """The last accesses of somebody here, newest first."""
        shown = [
            messages.AccessShown(
                entry.wall.at,
                entry.sequence,
                event.decision.outcome,
                event.decision.reason,
            )
            for entry, event in self._accesses(subject)
            if event.decision.subject_id == subject
        ]
        return shown[:MOST_ACCESSES]

    def _accesses(self, named: str) -> list[tuple[Entry, AccessDecided]]:
        """The accesses at the journal's end that name somebody or something, newest first."""
        try:
            reader = JournalReader(self._journal, self._storage)
        except JournalError:
            return []
        try:
            entries = reader.newest(_LOOKED_BACK)
        except JournalError:
            return []
        finally:
            reader.close()
        return [*_naming(named.encode(), reversed(entries))]

    def _status(self, record: StatusRecord | None) -> Status:
        wall = self._gate.clock.wall()
        if record is not None and wall.trust is ClockTrust.UNTRUSTED:
            return record.value
        return status_at(record, wall.at)

    def _name(self, by: Session, subject: Subject) -> str:
        """A name as far as this member of staff may read it."""
        return name_for(by.role, subject.name, self._gate.policy())


def _naming(name: bytes, entries: Iterable[Entry]) -> Iterable[tuple[Entry, AccessDecided]]:
    for entry in entries:
        if entry.kind == AccessDecided.kind and name in entry.body:
            event = understood(entry)
            if isinstance(event, AccessDecided):
                yield entry, event


def _one(who: str | None, subjects: Mapping[str, Subject]) -> tuple[tuple[str, ...], int]:
    return ((who,), 1) if who is not None and who in subjects else ((), 0)


def _shown(record: StatusRecord) -> messages.StatusShown:
    return messages.StatusShown(
        record.value, record.source, record.reason, record.rule, record.since, record.until
    )
