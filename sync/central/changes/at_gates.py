"""Opens the appeals that staff filed at a gate, in the transaction that stores what it wrote."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from edge.journal.format import AppealFiled, Entry, understood
from edge.staff.core import APPEALS
from sync.central.accesses.tables import access
from sync.central.accounts.actor import Actor, Via
from sync.central.changes.appeals import AppealedDecision, insert_appeal
from sync.central.changes.applying import hold_sites
from sync.central.changes.core import AppealStage
from sync.central.changes.corrections import note_step
from sync.central.changes.tables import appeal, appeal_step
from sync.central.tables import device as devices
from sync.central.tables import subject as subjects

MOST_OPEN = 500
"""Open appeals of a site: a gate that lies opens no more. The journal has them all."""
_LONGEST_NAME, _LONGEST_TEXT = 64, 200


class AppealFollower:
    """Follows the journals, and opens an appeal for each that was filed at a gate; one more about the same
    denial is a step of the first, while that is open.
    """

    kinds = frozenset({AppealFiled.kind.value})

    def arrived(
        self, connection: sa.Connection, device: str, chain: int, entries: Sequence[Entry], now: int
    ) -> None:
        site = connection.execute(sa.select(devices.c.site).where(devices.c.id == device)).scalar_one()
        hold_sites(connection, [site])
        for entry in entries:
            event = understood(entry)
            if isinstance(event, AppealFiled):
                _open(connection, site, device, chain, entry, event, now)

    def displaced(self, connection: sa.Connection, chain: int, sequences: Collection[int]) -> None:
        """What somebody asked is answered, whichever history of the gate it was in."""


# --- inside --------------------------------------------------------------------------------


def _open(
    connection: sa.Connection,
    site: str,
    device: str,
    chain: int,
    entry: Entry,
    event: AppealFiled,
    now: int,
) -> None:
    who = _clean(event.subject, _LONGEST_NAME)
    there = sa.select(subjects.c.id).where(subjects.c.site == site, subjects.c.id == who)
    # The number is what the person was given: whoever answers finds the appeal by it.
    name = f"{_clean(event.staff, _LONGEST_NAME)} @ {device} (E-{entry.sequence})"
    if connection.execute(there).first() is None or _was_asked(connection, site, name):
        return
    denial = _denial(connection, device, chain, entry, event, who)
    question = _question(event)
    first = _open_about(connection, site, who, denial)
    if first is not None:
        note_step(connection, first, AppealStage.ASKED, name, now, text=question)
    elif _open_at(connection, site) < MOST_OPEN:
        actor = Actor(None, name, (), Via.SYSTEM)
        insert_appeal(connection, actor, site, who, question, now, denial, by_person=False)


def _question(event: AppealFiled) -> str:
    """What is asked: the reason in both languages, and what was typed."""
    words = APPEALS.get(event.why)
    why = _clean(event.why, _LONGEST_NAME) if words is None else f"{words.zh} / {words.en}"
    typed = _clean(event.text, _LONGEST_TEXT).strip()
    return f"{why}: {typed}" if typed else why


def _denial(
    connection: sa.Connection, device: str, chain: int, entry: Entry, event: AppealFiled, who: str
) -> AppealedDecision | None:
    """The denial that it is about. It may arrive later; one that is there has to be theirs."""
    if event.about is None or not 0 < event.about < entry.sequence:
        return None
    known = sa.select(access.c.subject).where(access.c.chain == chain, access.c.sequence == event.about)
    row = connection.execute(known).first()
    is_anothers = row is not None and row.subject != who
    return None if is_anothers else AppealedDecision(device, entry.epoch, event.about)


def _was_asked(connection: sa.Connection, site: str, name: str) -> bool:
    """Whether that event was here before, in a history that was taken back."""
    asked = (appeal_step.c.site == site) & (appeal_step.c.actor == name)
    return connection.execute(sa.select(appeal_step.c.number).where(asked)).first() is not None


def _open_about(
    connection: sa.Connection, site: str, who: str, denial: AppealedDecision | None
) -> int | None:
    if denial is None:
        return None
    those = (
        (appeal.c.site == site)
        & (appeal.c.subject == who)
        & (appeal.c.epoch == denial.epoch)
        & (appeal.c.sequence == denial.sequence)
        & appeal.c.settled_at.is_(None)
    )
    found = connection.execute(sa.select(sa.func.min(appeal.c.number)).where(those)).scalar()
    return None if found is None else int(found)


def _open_at(connection: sa.Connection, site: str) -> int:
    those = (appeal.c.site == site) & appeal.c.settled_at.is_(None)
    return int(connection.execute(sa.select(sa.func.count()).where(those)).scalar_one())


def _clean(text: str, most: int) -> str:
    """What a gate wrote, as a database takes it: bounded, and without the NUL that PostgreSQL refuses."""
    return text[:most].replace("\0", "")
