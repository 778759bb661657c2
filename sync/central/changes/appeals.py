"""Appeals: a person's question about a status or a denial, asked by staff or by the person; who has it, what
was answered, and what was corrected for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from edge.decision import StatusRecord
from edge.support.phrases import phrase
from sync.central.accesses.accesses import access_at
from sync.central.accesses.finding import find_accesses
from sync.central.accounts.actor import SYSTEM, Actor
from sync.central.audit.audit import About, note
from sync.central.changes.applying import hold_sites
from sync.central.changes.core import AppealStage, AppealState, SetStatus, reference_in
from sync.central.changes.corrections import note_step
from sync.central.changes.submitting import Applied, WaitingSet, submit
from sync.central.changes.tables import appeal, appeal_step, appeal_try
from sync.central.configuration import ChangesSection
from sync.central.history.moved import WantedAccesses
from sync.central.newer import is_known, word_of
from sync.central.newer_needed import OfNewerVersion
from sync.central.people.subjects import subject_at
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.store import StoreError
from sync.central.tables import chain
from sync.central.tables import subject as subjects

LONGEST = 1000
"""Characters of a question or an answer."""
TRIES, TRIES_WITHIN = 5, 600_000_000
"""How often somebody may ask on the public page, and within how many microseconds."""
_MOST_SO_NUMBERED = 100
_MOST_OPEN = 3
"""Open appeals of one person that the person asked; more are not taken."""


@dataclass(frozen=True)
class AppealedDecision:
    """The decision that an appeal is about: the event in the journal of a gate's device."""

    device: str
    epoch: bytes
    sequence: int


@dataclass(frozen=True)
class Appeal:
    """An appeal. `subject` is None once the person was erased; `holder` is who has it, "" nobody yet."""

    number: int
    site: str
    subject: str | None
    question: str
    state: AppealState
    by_person: bool
    at: int
    denial: AppealedDecision | None
    holder: str
    settled_at: int | None


@dataclass(frozen=True)
class AppealStep:
    """One thing that was done about an appeal."""

    kind: AppealStage
    actor: str
    text: str
    change_set: int | None
    at: int


class TooOften(StoreError):
    """Somebody asks too often on the public page."""


def open_appeal(
    connection: sa.Connection,
    actor: Actor,
    site: str,
    subject: str,
    question: str,
    now: int,
    denial: AppealedDecision | None = None,
) -> int:
    """Open an appeal for a person, by staff; returns its number. Raises StoreError; for a decision about
    somebody else, or elsewhere, as for one that is not there.
    """
    hold_sites(connection, [site])  # or the person is erased between this look and the appeal
    subject_at(connection, site, subject)
    if denial is not None and not _is_about(connection, denial, site, subject):
        raise StoreError(
            phrase(
                "there is no decision %(sequence)s of %(device)r about %(subject)r at %(site)r",
                sequence=denial.sequence,
                device=denial.device,
                subject=subject,
                site=site,
            ),
            remedy=phrase("open the appeal from the decision's page"),
        )
    return insert_appeal(connection, actor, site, subject, question, now, denial, by_person=False)


def ask_publicly(
    connection: sa.Connection, reference: str, identity: str, question: str, came_from: str, now: int
) -> None:
    """Take a person's question: `reference` is the number of the denial at the gate, `identity` their id.

    Whether both belong together is not told: an answer would say who was turned away where. Raises TooOften,
    and StoreError for a question that is empty or too long.
    """
    _count_try(connection, came_from, now)
    text = checked_text(question)
    found = _denial_of(connection, reference, identity.strip())
    if found is None:
        return
    hold_sites(connection, [found[0]])
    found = _denial_of(connection, reference, identity.strip())
    if found is None:
        return
    site, subject, denial = found
    is_open = appeal.c.settled_at.is_(None) & appeal.c.by_person
    same = sa.select(appeal.c.epoch, appeal.c.sequence).where(
        appeal.c.site == site, appeal.c.subject == subject, is_open
    )
    held = [(row.epoch, row.sequence) for row in connection.execute(same)]
    if len(held) < _MOST_OPEN and (denial.epoch, denial.sequence) not in held:
        insert_appeal(connection, SYSTEM, site, subject, text, now, denial, by_person=True)


def take(connection: sa.Connection, actor: Actor, number: int, now: int) -> None:
    """Make the actor the one who has an open appeal. Raises StoreError."""
    _open(connection, number)
    held = {"account": actor.account, "holder": actor.name}
    connection.execute(sa.update(appeal).where(appeal.c.number == number).values(**held))
    note_step(connection, number, AppealStage.TAKEN, actor.name, now)
    _note(connection, actor, "take_appeal", number, now)


def answer(connection: sa.Connection, actor: Actor, number: int, text: str, now: int) -> None:
    """Answer an open appeal, with rule and source in words; this settles it. Raises StoreError."""
    _step(connection, actor, number, AppealStage.ANSWERED, checked_text(text), now)


def forward(connection: sa.Connection, actor: Actor, number: int, text: str, now: int) -> None:
    """Note that the source of the status was asked, and what; the appeal stays open. Raises StoreError."""
    _step(connection, actor, number, AppealStage.FORWARDED, checked_text(text), now)


def correct(
    connection: sa.Connection,
    actor: Actor,
    number: int,
    record: StatusRecord,
    why: str,
    now: int,
    limits: ChangesSection,
) -> Applied | WaitingSet:
    """Set the status of the person whom an open appeal is about: at once, or when a second person approved.

    The appeal is corrected when the status is. Raises StoreError.
    """
    # The site first, as whoever approves or erases takes it before its appeals.
    hold_sites(connection, _sites(connection, number))
    row = _open(connection, number)
    if row.subject is None:
        raise StoreError(phrase("the person was erased"), where=phrase("appeal %(number)s", number=number))
    change = SetStatus(row.site, row.subject, record, appeal=number)
    made = submit(connection, actor, [change], why=why, now=now, limits=limits)
    if isinstance(made, WaitingSet):
        asked = AppealStage.CORRECTION_ASKED
        note_step(connection, number, asked, actor.name, now, text=why.strip(), change_set=made.number)
    _note(connection, actor, "correct_appeal", number, now)
    return made


def checked_text(text: str) -> str:
    """The text without blanks around it. Raises StoreError if there is none, or too much."""
    text = text.strip()
    if not text:
        raise StoreError(
            phrase("nothing is written"), remedy=phrase("write what is asked, or what the answer is")
        )
    if len(text) > LONGEST:
        raise StoreError(
            phrase("the text has %(count)s characters, at most %(longest)s", count=len(text), longest=LONGEST)
        )
    return text


def insert_appeal(
    connection: sa.Connection,
    actor: Actor,
    site: str,
    subject: str,
    question: str,
    now: int,
    denial: AppealedDecision | None,
    *,
    by_person: bool,
) -> int:
    """Keep an appeal, as the actor's or the person's; returns its number. Raises StoreError."""
    text = checked_text(question)
    values: dict[str, Any] = {"site": site, "subject": subject, "question": text, "at": now}
    about: dict[str, Any] = {}
    if denial is not None:
        about = {"device": denial.device, "epoch": denial.epoch, "sequence": denial.sequence}
    made = sa.insert(appeal).values(**values, **about, state=AppealState.OPEN.value, by_person=by_person)
    number = int(connection.execute(made.returning(appeal.c.number)).scalar_one())
    name = "" if by_person else actor.name
    note_step(connection, number, AppealStage.ASKED, name, now, text=text)
    _note(connection, actor, "open_appeal", number, now)
    return number


# --- reading ---------------------------------------------------------------------------------


def appeals(
    connection: sa.Connection,
    sight: Sight,
    *,
    is_open: bool,
    before: int | None = None,
    count: int = 50,
) -> list[Appeal]:
    """The appeals in sight that are open, or settled; newest first."""
    settled = appeal.c.settled_at.is_(None) if is_open else appeal.c.settled_at.is_not(None)
    query = sa.select(appeal).where(settled, sight.of(appeal.c.site))
    if before is not None:
        query = query.where(appeal.c.number < before)
    rows = connection.execute(query.order_by(appeal.c.number.desc()).limit(count))
    return [_read(row) for row in rows]


def appeals_of(connection: sa.Connection, site: str, subject: str, count: int = 20) -> list[Appeal]:
    """The newest appeals about a person."""
    query = sa.select(appeal).where(appeal.c.site == site, appeal.c.subject == subject)
    return [_read(row) for row in connection.execute(query.order_by(appeal.c.number.desc()).limit(count))]


def appeal_at(connection: sa.Connection, sight: Sight, number: int) -> Appeal | None:
    """The appeal with this number, if it is in sight."""
    query = sa.select(appeal).where(appeal.c.number == number, sight.of(appeal.c.site))
    row = connection.execute(query).first()
    return None if row is None else _read(row)


def steps_of(connection: sa.Connection, number: int) -> list[AppealStep]:
    """What was done about an appeal, oldest first."""
    query = sa.select(appeal_step).where(appeal_step.c.appeal == number).order_by(appeal_step.c.number)
    rows: Sequence[Any] = connection.execute(query).all()
    return [
        AppealStep(word_of(AppealStage, row.kind), row.actor, row.text, row.change_set, row.at)
        for row in rows
    ]


def open_count(connection: sa.Connection, sight: Sight) -> int:
    """How many appeals in sight are open."""
    query = sa.select(sa.func.count()).select_from(appeal)
    conditions = (appeal.c.settled_at.is_(None), sight.of(appeal.c.site))
    return int(connection.execute(query.where(*conditions)).scalar_one())


# --- inside ----------------------------------------------------------------------------------


def _is_about(connection: sa.Connection, denial: AppealedDecision, site: str, subject: str) -> bool:
    found = access_at(connection, EVERYWHERE, denial.device, denial.epoch, denial.sequence)
    return found is not None and (found.site, found.subject) == (site, subject)


def _denial_of(
    connection: sa.Connection, reference: str, identity: str
) -> tuple[str, str, AppealedDecision] | None:
    """The denial that a person names, where it was theirs: the newest with that number at that device, or
    at any where they have the number as a gate shows it.
    """
    named = reference_in(reference)
    if named is None:
        return None
    device, sequence = named
    those = {"subject": identity, "sequence": sequence} | ({} if device is None else {"device": device})
    sites = [*connection.execute(sa.select(subjects.c.site).where(subjects.c.id == identity)).scalars()]
    for row in find_accesses(connection, sites, WantedAccesses(_MOST_SO_NUMBERED, those)):
        if row["outcome"] != "grant":
            epochs = sa.select(chain.c.epoch).where(chain.c.number == row["chain"])
            epoch = bytes(connection.execute(epochs).scalar_one())
            return row["site"], row["subject"], AppealedDecision(row["device"], epoch, row["sequence"])
    return None


def _count_try(connection: sa.Connection, came_from: str, now: int) -> None:
    mark = hashlib.sha256(came_from.encode()).digest()[:16]
    connection.execute(sa.delete(appeal_try).where(appeal_try.c.at <= now - TRIES_WITHIN))
    tried = sa.select(sa.func.count()).select_from(appeal_try).where(appeal_try.c.mark == mark)
    if connection.execute(tried).scalar_one() >= TRIES:
        raise TooOften(
            phrase("asked too often from here"), remedy=phrase("wait ten minutes, or call the office")
        )
    connection.execute(sa.insert(appeal_try).values(mark=mark, at=now))


def _open(connection: sa.Connection, number: int) -> Any:
    """The row of an open appeal; until the transaction ends nobody else changes it."""
    query = sa.select(appeal).where(appeal.c.number == number).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        raise StoreError(phrase("there is no appeal %(number)s", number=number))
    if row.settled_at is not None:
        raise StoreError(
            phrase("is %(state)s already", state=word_of(AppealState, row.state)),
            where=phrase("appeal %(number)s", number=number),
            remedy=phrase("open another one"),
        )
    if not is_known(AppealState, row.state):
        raise OfNewerVersion(phrase("the state of appeal %(number)s", number=number))
    return row


def _sites(connection: sa.Connection, number: int) -> Sequence[str]:
    return connection.execute(sa.select(appeal.c.site).where(appeal.c.number == number)).scalars().all()


def _step(
    connection: sa.Connection, actor: Actor, number: int, step: AppealStage, text: str, now: int
) -> None:
    _open(connection, number)
    note_step(connection, number, step, actor.name, now, text=text)
    _note(connection, actor, f"appeal_{step.value}", number, now)


def _note(connection: sa.Connection, actor: Actor, act: str, number: int, now: int) -> None:
    site = connection.execute(sa.select(appeal.c.site).where(appeal.c.number == number)).scalar_one()
    note(connection, actor, act, About("appeal", str(number), site), now)


def _read(row: Any) -> Appeal:
    denial = None if row.device is None else AppealedDecision(row.device, bytes(row.epoch), row.sequence)
    return Appeal(
        row.number,
        row.site,
        row.subject,
        row.question,
        word_of(AppealState, row.state),
        row.by_person,
        row.at,
        denial,
        row.holder or "",
        row.settled_at,
    )
