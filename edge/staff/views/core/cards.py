"""What the page shows of an access: of one that was just decided, and of one that is in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from edge.decision import Decision, Evidence, FaceFinding, Outcome, Status, Subject, is_visitor
from edge.journal.format import (
    AccessDecided,
    Event,
    LaneDuress,
    LaneOverride,
    LaneOverrideAbuse,
    StaffActTaken,
    is_shown_press,
)
from edge.ports import AccessEvent
from edge.staff.protocol.now import Card, HealthCode, Means, Person, Row, Seen, Stage

LET_IN = "let_in"
"""The act by which staff let one person in."""


def person_of(subject_id: str | None, known: Mapping[str, Subject]) -> Person | None:
    """Somebody by id, with what the registry says of them now."""
    if subject_id is None:
        return None
    subject = known.get(subject_id)
    if subject is None:
        return Person(subject_id, visitor=is_visitor(subject_id))
    return Person(subject_id, subject.name, subject.address)


def means_of(evidence: Evidence) -> Means:
    """By what somebody showed who they are, or tried to."""
    face, code = evidence.face, evidence.code
    if code is not None:
        return Means.BOTH if face is not None and face.confirms else Means.CODE
    return Means.NOTHING if face is None else Means.FACE


def by_face(evidence: Evidence) -> bool:
    """Whether a face told who it is: then it may have been mistaken."""
    face, code = evidence.face, evidence.code
    matched = face is not None and face.finding is FaceFinding.MATCHED
    return matched and (code is None or code.subject_id is None)


def card_of(
    event: AccessEvent,
    known: Mapping[str, Subject],
    registry: int | None,
    checked: datetime | None,
    *,
    looked_for_life: bool,
) -> Card:
    """What the page shows of an access that was just decided, by the `registry` in force. Where nobody
    `looked_for_life`, what was measured of it says nothing.
    """
    decision, evidence = event.decision, event.evidence
    face = evidence.face
    subject = None if decision.subject_id is None else known.get(decision.subject_id)
    return Card(
        encounter=0,
        stage=Stage.DECIDED,
        since=0.0,
        outcome=decision.outcome,
        reason=decision.reason.value,
        rule=decision.rule,
        registry=registry,
        number=None if event.entry is None else event.entry.sequence,
        means=means_of(evidence),
        person=person_of(decision.subject_id, known),
        health=_health(decision.status, subject, checked),
        seen=Seen(
            score=None if face is None else face.score,
            threshold=None if face is None else face.threshold,
            liveness=None if face is None or not looked_for_life else face.liveness,
            celsius=None if evidence.temperature is None else evidence.temperature.celsius,
            took=event.latency_ms.get("total"),
        ),
        by_face=by_face(evidence),
    )


def row_of_access(decision: Decision, evidence: Evidence, number: int, at: datetime) -> Row:
    """The row of a decided encounter."""
    person = None if decision.subject_id is None else Person(decision.subject_id)
    return Row(number, at, decision.outcome, decision.reason.value, means_of(evidence), person)


def row_of(event: Event, number: int, at: datetime) -> Row | None:
    """The row of an access in the journal, by the ids in it; None: the event is no access."""
    match event:
        case AccessDecided(decision=decision, evidence=evidence):
            return row_of_access(decision, evidence, number, at)
        case StaffActTaken(act=act) if act == LET_IN:
            return Row(
                number,
                at,
                Outcome.GRANT,
                event.reason,
                Means.STAFF,
                staff=event.staff,
                text=event.text,
                about=event.about,
            )
        case LaneOverride() | LaneOverrideAbuse() | LaneDuress() if is_shown_press(event):
            return Row(number, at, Outcome.GRANT, "", Means.BUTTON, staff=event.shift)
        case _:
            return None


def _health(status: Status | None, subject: Subject | None, checked: datetime | None) -> HealthCode | None:
    if status is None:
        return None
    record = None if subject is None else subject.status
    if record is None:
        return HealthCode(status, checked=checked)
    return HealthCode(status, record.source, record.reason, record.since, record.until, checked)
