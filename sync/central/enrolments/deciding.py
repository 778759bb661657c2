"""What becomes of a request: a registrar accepts or refuses it; a withdrawal waits for nobody."""

from __future__ import annotations

import sqlalchemy as sa
from msgspec.structs import replace

from edge.consent import ConsentAnswer
from edge.decision import Subject
from edge.registry_requests import (
    Choice,
    RequestKind,
    RequestState,
)
from edge.support.phrases import phrase
from sync.central.accounts.actor import Actor
from sync.central.audit.audit import About, note
from sync.central.changes.core import Change, PutSubject, PutTemplates
from sync.central.changes.submitting import Applied, WaitingSet, checked_why, submit
from sync.central.configuration import ChangesSection
from sync.central.enrolments.requests import KeptRequest, request_at, settle, waiting_of
from sync.central.people.consents import ConsentRecord, consents_of, note_consent
from sync.central.people.core import ConsentForm
from sync.central.people.subjects import held_subjects
from sync.central.store import StoreError

WITHDRAWN = "withdrawn"
"""The reason of an enrolment that is refused because the person withdrew."""


def accept(
    connection: sa.Connection, actor: Actor, identity: bytes, *, now: int, limits: ChangesSection
) -> Applied | WaitingSet:
    """Put the templates of an enrolment to the record, and keep the consent. Raises StoreError.

    Of two people who look alike, each needs a second factor from then on.
    """
    kept = _waiting_one(connection, identity)
    if kept.kind is not RequestKind.ENROL or not kept.templates:
        raise StoreError(
            phrase("this request brings no templates"), remedy=phrase("look at both records, then refuse it")
        )
    people = held_subjects(connection, kept.site, {kept.subject, kept.alike} - {""})
    held = people.get(kept.subject)
    if held is None:
        raise StoreError(
            phrase("nobody is %(subject)r at %(site)r", subject=kept.subject, site=kept.site),
            remedy=phrase("refuse it, and say why"),
        )
    if held.version < kept.version:
        raise StoreError(
            phrase(
                "the templates are for version %(version)s of the record, held is %(held)s",
                version=kept.version,
                held=held.version,
            ),
            remedy=phrase("publish the newer record first, or refuse it and enrol anew"),
        )
    _refuse_after_withdrawal(connection, kept)
    note_consent(connection, kept.site, kept.subject, _consent(kept, ConsentAnswer.GIVEN, kept.asked_at))
    why = f"enrolled at gate {kept.gate} by {kept.staff}"
    result = submit(connection, actor, _changes(kept, people), why=why, now=now, limits=limits)
    settle(connection, identity, RequestState.ACCEPTED, by=actor.name, now=now, change_set=result.number)
    _note(connection, actor, "accept_enrolment", kept, now, why)
    return result


def refuse(connection: sa.Connection, actor: Actor, identity: bytes, reason: str, *, now: int) -> None:
    """Refuse a request; the gate's staff read the `reason`. Raises StoreError."""
    kept, why = _waiting_one(connection, identity), checked_why(reason)
    settle(connection, identity, RequestState.REFUSED, by=actor.name, now=now, reason=why)
    _note(connection, actor, "refuse_enrolment", kept, now, why)


def withdraw(
    connection: sa.Connection, actor: Actor, kept: KeptRequest, *, now: int, limits: ChangesSection
) -> None:
    """Take the templates of somebody who withdrew at a gate, and refuse what waits about them."""
    for other in waiting_of(connection, kept.site, kept.subject):
        if other.kind is RequestKind.ENROL and other.asked_at <= kept.asked_at:
            settle(connection, other.id, RequestState.REFUSED, by=actor.name, now=now, reason=WITHDRAWN)
    if kept.subject not in held_subjects(connection, kept.site, {kept.subject}):
        reason = "nobody has this id any more: there is nothing to take away"
        settle(connection, kept.id, RequestState.REFUSED, by=actor.name, now=now, reason=reason)
        return
    note_consent(connection, kept.site, kept.subject, _consent(kept, ConsentAnswer.WITHDRAWN, kept.asked_at))
    why = f"withdrawn at gate {kept.gate} before {kept.staff}"
    changes = (PutTemplates(kept.site, kept.subject, ()),)
    result = submit(connection, actor, changes, why=why, now=now, limits=limits)
    settle(connection, kept.id, RequestState.ACCEPTED, by=actor.name, now=now, change_set=result.number)
    _note(connection, actor, "withdraw_consent", kept, now, why)


def _changes(kept: KeptRequest, people: dict[str, Subject]) -> list[Change]:
    changes: list[Change] = []
    if kept.choice == Choice.TWO_PEOPLE:
        both = [people[name] for name in (kept.subject, kept.alike) if name in people]
        changes += [
            PutSubject(kept.site, replace(each, second_factor=True))
            for each in both
            if not each.second_factor
        ]
    return [*changes, PutTemplates(kept.site, kept.subject, kept.templates)]


def _waiting_one(connection: sa.Connection, identity: bytes) -> KeptRequest:
    kept = request_at(connection, identity)
    if kept is None:
        raise StoreError(phrase("there is no such request"), remedy=phrase("look at the list again"))
    if kept.state is not RequestState.RECEIVED:
        raise StoreError(
            phrase(
                "it is %(state)s already, by %(decided_by)s",
                state=kept.state,
                decided_by=kept.decided_by,
            ),
            remedy=phrase("look at it again"),
        )
    return kept


def _refuse_after_withdrawal(connection: sa.Connection, kept: KeptRequest) -> None:
    answers = consents_of(connection, kept.site, kept.subject)
    if answers and answers[-1].answer is ConsentAnswer.WITHDRAWN and answers[-1].at >= kept.asked_at:
        raise StoreError(
            phrase("they withdrew their consent after this was asked"),
            remedy=phrase("refuse it: they may be enrolled anew"),
        )


def _consent(kept: KeptRequest, answer: ConsentAnswer, at: int) -> ConsentRecord:
    return ConsentRecord(
        answer, kept.wording, kept.language, ConsentForm.SIGNED, f"gate {kept.gate}", kept.staff, at
    )


def _note(connection: sa.Connection, actor: Actor, what: str, kept: KeptRequest, now: int, why: str) -> None:
    about = About("subject", kept.subject, kept.site)
    detail = {"request": kept.id.hex(), "gate": kept.gate, "staff": kept.staff}
    note(connection, actor, what, about, now, why=why, detail=detail)
