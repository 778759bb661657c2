"""What staff ask about mistaken faces: that this one was, which are in doubt, and that one is no more."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from edge.decision import Subject
from edge.journal.format import AccessDecided, FaceDoubtEnded, FaceMistaken, understood
from edge.journal.reader import JournalReader
from edge.signing.cose import microseconds
from edge.staff.asking import AllowedRequest, AnsweringThread, Handled, Table, Then
from edge.staff.core import Right, is_unusual, name_for, within_the_hour
from edge.staff.doubts.face_doubts import FaceDoubts, access_of, ceiling_of, in_band
from edge.staff.ports import GatePorts
from edge.staff.protocol import Answer, RefusedWhy
from edge.staff.protocol import now as messages
from edge.staff.refusals import refused
from edge.staff.sessions import Session
from edge.staff.views.core import by_face, person_of
from edge.support.storage import REAL_STORAGE, Storage

MOST_AN_HOUR: Final = 20
"""Faces that one person may say were mistaken within an hour: who says it of everybody wants residents to
stand before the gate, or the doubts of others to be forgotten.
"""
DAYS: Final = 30
"""Days of accesses by which the effect of a doubt is shown."""


class DoubtRequests:
    """Answers what staff ask about mistaken faces. `journal` is the gate's file."""

    def __init__(
        self, doubts: FaceDoubts, gate: GatePorts, journal: Path, storage: Storage = REAL_STORAGE
    ) -> None:
        self._doubts = doubts
        self._gate = gate
        self._journal = journal
        self._storage = storage
        self._said: dict[str, tuple[float, ...]] = {}

    def table(self) -> Table:
        """Who may ask what of this."""
        return {
            messages.Mistaken: Handled(Right.MISTAKEN, self._mistaken),
            messages.ListDoubts: Handled(Right.MISTAKEN, self._list),
            messages.EndDoubt: Handled(Right.MANAGE_STAFF, self._end, AnsweringThread.LOOP),
        }

    # --- inside ----------------------------------------------------------------------------

    def _mistaken(self, asked: AllowedRequest) -> Answer | Then:
        """Find the access in the journal; then write down that its face was mistaken; then keep that."""
        number = asked.body.number
        with closing(self._reader()) as reader:
            spans = reader.spans()
            access = access_of(reader, spans[-1].epoch, number) if spans else None
        face = None if access is None else access.evidence.face
        if access is None or face is None or not by_face(access.evidence):
            return refused(RefusedWhy.UNKNOWN, detail="access")
        subject, ceiling = str(face.subject_id), ceiling_of(face)

        def record() -> Answer | Then:
            staff, now = asked.by.staff, self._gate.clock.monotonic()
            before = within_the_hour(self._said.get(staff, ()), now)
            if is_unusual(before, now, MOST_AN_HOUR):
                return refused(RefusedWhy.LIMIT, detail="mistaken")
            self._said[staff] = (*before, now)
            entry = self._gate.record(FaceMistaken(asked.by.staff, number, subject))
            reached = self._doubts.add(subject, ceiling, entry.wall.at)
            return Then(AnsweringThread.WORKER, lambda: self._noted(subject, reached, asked.by))

        return Then(AnsweringThread.LOOP, record)

    def _noted(self, subject: str, ceiling: float, by: Session) -> Answer:
        self._doubts.save()
        return messages.MistakenNoted(self._person(subject, by), ceiling, self._effect(subject, ceiling))

    def _person(self, subject: str, by: Session) -> messages.Person:
        """Somebody, by as much of their name as this member of staff may read."""
        person = person_of(subject, self._known()) or messages.Person(subject)
        return replace(person, name=name_for(by.role, person.name, self._gate.policy()))

    def _effect(self, subject: str, ceiling: float) -> messages.EffectOfDoubt:
        """How many of the person's accesses by face lately would have needed a code, and the thresholds'
        rates.
        """
        since = microseconds(self._gate.clock.wall().at - timedelta(days=DAYS))
        seen = affected = 0
        with closing(self._reader()) as reader:
            for entry in reader.of_kinds((AccessDecided.kind.value,), since=since, naming=subject):
                event = understood(entry)
                if not isinstance(event, AccessDecided) or event.decision.subject_id != subject:
                    continue
                if by_face(event.evidence):
                    seen += 1
                    affected += in_band(event.evidence.face, ceiling)
        held = self._gate.holdings()
        needed = None if held is None else held.thresholds
        if needed is None:
            return messages.EffectOfDoubt(DAYS, seen, affected)
        low, high = needed.false_matches_low, needed.false_matches_high
        return messages.EffectOfDoubt(DAYS, seen, affected, needed.false_matches, low, high)

    def _list(self, asked: AllowedRequest) -> Answer:
        return messages.Doubts(
            tuple(
                messages.DoubtedFace(
                    self._person(doubt.subject, asked.by),
                    doubt.since,
                    doubt.ceiling,
                )
                for doubt in self._doubts.listed()
            )
        )

    def _end(self, asked: AllowedRequest) -> Answer | Then:
        subject = asked.body.subject
        if self._doubts.limit(subject) is None:
            return refused(RefusedWhy.UNKNOWN, detail="doubt")
        self._gate.record(FaceDoubtEnded(asked.by.staff, subject))
        self._doubts.end(subject)

        def keep() -> Answer:
            self._doubts.save()
            return messages.DoubtEnded(subject)

        return Then(AnsweringThread.WORKER, keep)

    def _known(self) -> Mapping[str, Subject]:
        held = self._gate.holdings()
        return {} if held is None else held.registry.subjects

    def _reader(self) -> JournalReader:
        return JournalReader(self._journal, self._storage)
