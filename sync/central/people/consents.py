"""Keeps what each person consented to: which text, when, where, in which form, registered by whom.

Without consent there is no face: a withdrawal takes the templates, and the record with every other way to
pass stays. A later import does not bring them back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from edge.consent import Consent, ConsentAnswer
from edge.signing.cose import microseconds
from sync.central.newer import word_of
from sync.central.people.core import ConsentForm
from sync.central.people.tables import consent


@dataclass(frozen=True)
class ConsentRecord:
    """Somebody's answer to the text of version `wording`, at `at` (microseconds since 1970 UTC)."""

    answer: ConsentAnswer
    wording: str
    language: str
    form: ConsentForm
    place: str
    staff: str
    at: int


def note_consent(connection: sa.Connection, site: str, subject: str, record: ConsentRecord) -> None:
    """Keep an answer; one that is kept already is not kept twice."""
    if record not in consents_of(connection, site, subject):
        connection.execute(sa.insert(consent).values(site=site, subject=subject, **_row(record)))


def carry_over(
    connection: sa.Connection, site: str, answers: Iterable[tuple[str, Consent]], place: str
) -> int:
    """Keep what a site's administration registered, by the subject's id; returns how many were new."""
    query = sa.select(consent).where(consent.c.site == site)
    kept = {(row.subject, _record(row)) for row in connection.execute(query)}
    brought = [(subject, _of_site(given, place)) for subject, given in answers]
    new = [item for item in dict.fromkeys(brought) if item not in kept]
    if new:
        rows = [{"site": site, "subject": subject, **_row(record)} for subject, record in new]
        connection.execute(sa.insert(consent), rows)
    return len(new)


def consents_of(connection: sa.Connection, site: str, subject: str) -> list[ConsentRecord]:
    """A person's consents and withdrawals, oldest first."""
    query = sa.select(consent).where(consent.c.site == site, consent.c.subject == subject)
    return [_record(row) for row in connection.execute(query.order_by(consent.c.at, consent.c.number))]


def withdrawn(connection: sa.Connection, site: str) -> dict[str, int]:
    """Those of a site whose newest answer is a withdrawal, with its time."""
    newest: dict[str, tuple[int, str]] = {}
    query = sa.select(consent.c.subject, consent.c.answer, consent.c.at).where(consent.c.site == site)
    for row in connection.execute(query.order_by(consent.c.at, consent.c.number)):
        newest[row.subject] = (row.at, row.answer)
    return {subject: at for subject, (at, answer) in newest.items() if answer == ConsentAnswer.WITHDRAWN}


def _of_site(given: Consent, place: str) -> ConsentRecord:
    form, at = ConsentForm.WITNESSED, microseconds(given.at)
    return ConsentRecord(given.answer, given.wording, given.language, form, place, given.staff, at)


def _row(record: ConsentRecord) -> dict[str, object]:
    return {
        "answer": record.answer,
        "wording": record.wording,
        "language": record.language,
        "form": record.form,
        "place": record.place,
        "staff": record.staff,
        "at": record.at,
    }


def _record(row: sa.Row[tuple[object, ...]]) -> ConsentRecord:
    return ConsentRecord(
        word_of(ConsentAnswer, row.answer),
        row.wording,
        row.language,
        word_of(ConsentForm, row.form),
        row.place,
        row.staff,
        row.at,
    )
