"""Keeps uploaded lists with their plans for a day, and applies one as it was shown, or plans it anew.

A plan is bound to what was held when it was made: if anything changed since, nothing is applied, and the new
plan is shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, fields
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from msgspec.structs import replace

from edge.support.decoding import Undecodable
from edge.support.phrases import Phrase, Said, phrase
from sync.central.accounts.actor import Actor
from sync.central.audit.audit import About, note
from sync.central.changes.applying import hold_sites
from sync.central.changes.core import WaitingGround
from sync.central.changes.submitting import Applied, WaitingSet, would_wait
from sync.central.configuration import ChangesSection
from sync.central.documents import document_of
from sync.central.imports.applying import apply_import, changes_of
from sync.central.imports.core import (
    MOST_PROBLEMS,
    Protected,
    ShownPlan,
    ToldPlan,
    packed,
    shown_changes,
    shown_kept,
    unpacked,
)
from sync.central.imports.planning import SubjectImport, plan_list_import
from sync.central.imports.reading import PeopleList, read_list
from sync.central.imports.tables import upload
from sync.central.newer_needed import OfNewerVersion
from sync.central.people.subjects import time_zone_of
from sync.central.places.addresses import unlisted
from sync.central.places.sight import Sight
from sync.central.store import Store, StoreError
from sync.central.tables import subject
from sync.central.units import DAY

LASTS = DAY
"""How long an upload is kept, in microseconds."""
MOST_BYTES = 32 * 1024 * 1024
_LONGEST_NAME = 120


@dataclass(frozen=True)
class UploadHead:
    """An uploaded list that is not yet over, without its plan."""

    number: int
    site: str
    actor: str
    name: str
    at: int
    lapses_at: int


@dataclass(frozen=True)
class ToldUpload(UploadHead):
    """A list that somebody uploaded, and what it would do; times are microseconds since 1970 UTC."""

    take: tuple[Protected, ...]
    fixes: frozenset[tuple[int, str]]
    plan: ToldPlan


@dataclass(frozen=True)
class Upload(ToldUpload):
    """The same, with a plan for pages in any language."""

    plan: ShownPlan

    @property
    def left_wrong(self) -> int:
        """The rows that are wrong still, if the offers that were taken hold."""
        return len({item.line for item in self.plan.problems if (item.line, item.column) not in self.fixes})

    def told(self, spoken: Callable[[Said], str]) -> ToldUpload:
        """The same for a program, in the language in which it asks."""
        values = {field.name: getattr(self, field.name) for field in fields(ToldUpload)}
        return ToldUpload(**{**values, "plan": self.plan.told(spoken)})


@dataclass(frozen=True)
class UploadDone:
    """What became of an upload: applied, or waiting for a second person, or nothing to change."""

    result: Applied | WaitingSet | None
    plan: ShownPlan


@dataclass(frozen=True)
class PlannedAnew:
    """Nothing was applied: what is held changed since the plan was shown."""

    upload: Upload


def keep_upload(
    store: Store,
    actor: Actor,
    site: str,
    name: str,
    data: bytes,
    take: Collection[Protected],
    now: int,
    limits: ChangesSection,
) -> int:
    """Plan the import of a list, and keep both; returns its number. Nothing else changes.

    Raises RegistryError if it is no list of people, StoreError if there is no such site.
    """
    people = _read(store, site, name, data, ())
    with store.writing() as connection:
        drop_lapsed(connection, now)
        planned = plan_list_import(connection, site, people, take, limits.must_end)
        values = {
            "site": site,
            "account": actor.account,
            "actor": actor.name,
            "name": name[-_LONGEST_NAME:],
            "data": data,
            "take": sorted(take),
            "fixes": [],
            "at": now,
            "lapses_at": now + LASTS,
            **_planned_values(connection, people, planned, now, limits),
        }
        number: int = connection.execute(
            sa.insert(upload).values(values).returning(upload.c.number)
        ).scalar_one()
    return number


def upload_at(connection: sa.Connection, sight: Sight, number: int, now: int) -> Upload | None:
    """The upload with this number, if it is in sight and not yet over."""
    is_kept = sight.of(upload.c.site) & (upload.c.lapses_at > now)
    row = connection.execute(_columns().where(is_kept, upload.c.number == number)).first()
    return None if row is None else _upload(row)


def uploads(connection: sa.Connection, sight: Sight, now: int, count: int = 50) -> list[UploadHead]:
    """The uploads in sight that are not yet over, newest first."""
    columns = (upload.c.number, upload.c.site, upload.c.actor, upload.c.name, upload.c.at, upload.c.lapses_at)
    query = sa.select(*columns).where(sight.of(upload.c.site), upload.c.lapses_at > now)
    return [
        UploadHead(*row) for row in connection.execute(query.order_by(upload.c.number.desc()).limit(count))
    ]


def take_offers(connection: sa.Connection, kept: Upload, taken: Collection[tuple[int, str]]) -> Upload:
    """Take what is offered in these cells, by line and column; a cell without an offer stays."""
    offers = {(item.line, item.column) for item in kept.plan.offers()}
    fixes = kept.fixes | (offers & set(taken))
    connection.execute(
        sa.update(upload).where(upload.c.number == kept.number).values(fixes=sorted(map(list, fixes)))
    )
    found = connection.execute(_columns().where(upload.c.number == kept.number)).one()
    return _upload(found)


def plan_again(store: Store, kept: Upload, now: int, limits: ChangesSection) -> Upload:
    """Plan an upload anew, with the offers that were taken, on what is held now."""
    people = _reread(store, kept)
    with store.writing() as connection:
        return _plan_again(connection, kept, people, now, limits)


def apply_upload(
    store: Store, actor: Actor, kept: Upload, now: int, limits: ChangesSection, *, only_good: bool
) -> UploadDone | PlannedAnew:
    """Import the list as its plan was shown, in one transaction; the upload goes.

    `only_good`: although rows are wrong, which are left out. Raises StoreError where some are, otherwise.
    """
    people = _reread(store, kept)
    with store.writing() as connection:
        hold_sites(connection, [kept.site])  # from here on nobody is changed, or erased, before it is done
        held = connection.execute(sa.select(upload.c.held).where(upload.c.number == kept.number)).scalar()
        if held is None:
            raise StoreError(phrase("this list was imported or dropped meanwhile"), where=kept.name)
        if held != held_digest(connection, kept.site):
            return PlannedAnew(_plan_again(connection, kept, people, now, limits))
        planned = plan_list_import(connection, kept.site, people, kept.take, limits.must_end)
        if planned.problems and not only_good:
            raise StoreError(
                _bad(planned.bad_rows),
                where=kept.name,
                remedy=phrase("correct them, or import the others only"),
            )
        result = apply_import(connection, planned, actor, now, limits, why=f"import of {kept.name}")
        shown = _shown(people, planned)
        connection.execute(sa.delete(upload).where(upload.c.number == kept.number))
        about = About("upload", str(kept.number), kept.site)
        counts = {"added": shown.added, "changed": shown.changed, "left_out": shown.bad_rows}
        note(connection, actor, "import_list", about, now, detail=counts)
    return UploadDone(result, shown)


def drop_upload(connection: sa.Connection, actor: Actor, kept: Upload, now: int) -> None:
    """Forget an upload: nothing of it was imported."""
    connection.execute(sa.delete(upload).where(upload.c.number == kept.number))
    note(connection, actor, "drop_list", About("upload", str(kept.number), kept.site), now)


def drop_lapsed(connection: sa.Connection, now: int) -> None:
    """Forget every upload whose day is over."""
    connection.execute(sa.delete(upload).where(upload.c.lapses_at <= now))


def held_digest(connection: sa.Connection, site: str) -> str:
    """A digest of every record that a site has."""
    digest = hashlib.sha256()
    query = sa.select(subject.c.record).where(subject.c.site == site).order_by(subject.c.id)
    for record in connection.execute(query).scalars():
        digest.update(hashlib.sha256(record).digest())
    return digest.hexdigest()


# --- inside ----------------------------------------------------------------------------------


def _read(store: Store, site: str, name: str, data: bytes, fixes: Collection[tuple[int, str]]) -> PeopleList:
    """The list, read outside of any transaction: it takes seconds, and others want to write."""
    with store.reading() as connection:
        zone = ZoneInfo(time_zone_of(connection, site))
    return read_list(data, name, zone, fixes)


def _reread(store: Store, kept: Upload) -> PeopleList:
    with store.reading() as connection:
        data = connection.execute(sa.select(upload.c.data).where(upload.c.number == kept.number)).scalar()
    if data is None:
        raise StoreError(phrase("this list was imported or dropped meanwhile"), where=kept.name)
    return _read(store, kept.site, kept.name, data, kept.fixes)


def _plan_again(
    connection: sa.Connection, kept: Upload, people: PeopleList, now: int, limits: ChangesSection
) -> Upload:
    planned = plan_list_import(connection, kept.site, people, kept.take, limits.must_end)
    values = _planned_values(connection, people, planned, now, limits)
    connection.execute(sa.update(upload).where(upload.c.number == kept.number).values(values))
    return _upload(connection.execute(_columns().where(upload.c.number == kept.number)).one())


def _planned_values(
    connection: sa.Connection, people: PeopleList, planned: SubjectImport, now: int, limits: ChangesSection
) -> dict[str, object]:
    changes = tuple(changes_of(planned))
    grounds = would_wait(connection, changes, now=now, limits=limits) if changes else ()
    shown = replace(_shown(people, planned, grounds), unlisted=_unlisted(connection, people, planned))
    return {"plan": packed(shown), "held": held_digest(connection, planned.site.id)}


def _unlisted(
    connection: sa.Connection, people: PeopleList, planned: SubjectImport
) -> tuple[tuple[int, str], ...]:
    """The first rows whose address no address code of the site names, where it has codes."""
    given = {item.record.id: item.record.address for item in planned.subjects}
    strange = unlisted(connection, planned.site.id, tuple(given.values()))
    rows = sorted((people.lines[name], address) for name, address in given.items() if address in strange)
    return tuple(rows[:MOST_PROBLEMS])


def _shown(people: PeopleList, planned: SubjectImport, grounds: tuple[WaitingGround, ...] = ()) -> ShownPlan:
    return ShownPlan(
        str(people.kind),
        people.rows,
        planned.bad_rows,
        planned.added,
        planned.changed,
        planned.statuses,
        planned.refused,
        planned.not_named,
        planned.problems[:MOST_PROBLEMS],
        tuple(shown_changes(planned.subjects)),
        tuple(shown_kept(planned.subjects)),
        grounds,
        said_kind=people.kind,
    )


def _columns() -> sa.Select[tuple[object, ...]]:
    return sa.select(*(column for column in upload.c if column.name != "data"))


def _upload(row: sa.Row[tuple[object, ...]]) -> Upload:
    try:
        plan, take = unpacked(row.plan), document_of(row.take, tuple[Protected, ...])
    except (Undecodable, ValueError):
        raise OfNewerVersion(phrase("the plan of list %(number)s", number=row.number)) from None
    return Upload(
        row.number,
        row.site,
        row.actor,
        row.name,
        row.at,
        row.lapses_at,
        take,
        frozenset((line, column) for line, column in row.fixes),
        plan,
    )


def _bad(rows: int) -> Phrase:
    """Why nothing was imported: so many rows are wrong."""
    if rows == 1:
        return phrase("nothing was imported: 1 row of the list is wrong")
    return phrase("nothing was imported: %(rows)s rows of the list are wrong", rows=rows)
