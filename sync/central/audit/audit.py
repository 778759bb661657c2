"""Notes who did what, lists it, and verifies that nothing of it was changed.

An entry is written in the transaction of the act that it tells of: both are there, or neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_bytes
from types import MappingProxyType
from typing import Any, Protocol

import msgspec
import sqlalchemy as sa

from edge.support.decoding import json_of
from edge.support.phrases import phrase
from sync.central.audit.core import BEGIN, AuditRecord, Words, entry_hash, words_hash
from sync.central.audit.tables import audit_entry, audit_head
from sync.central.store import StoreError

_SALT_BYTES = 16
_LONGEST_WHY = 500
_LONGEST_DETAIL = 4000
_NOTHING: Mapping[str, object] = MappingProxyType({})


class Doer(Protocol):
    """What the audit knows of an actor: who it was, and by which way."""

    @property
    def account(self) -> int | None: ...
    @property
    def name(self) -> str: ...
    @property
    def via(self) -> str: ...


class SightBounds(Protocol):
    """What the audit knows of a sight: the condition that a site, or a place, lies in it."""

    def of(self, site_column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]: ...
    def of_place(self, place_column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]: ...


@dataclass(frozen=True)
class About:
    """What an act was done to: its kind ("subject", "gate", "place", "account", "policy" …) and its id there.

    Who may read the entry depends on its `site`, or else its `place`; without either only those who see
    everything.
    """

    kind: str
    id: str
    site: str | None = None
    place: int | None = None


@dataclass(frozen=True)
class AuditEntry:
    """One act. `about.id` and `why` are empty, and `erased` is set, once an erasure took them out."""

    number: int
    at: int
    account: int | None
    name: str
    via: str
    act: str
    about: About
    why: str
    erased: bool
    detail: Mapping[str, Any]


def note(
    connection: sa.Connection,
    actor: Doer,
    act: str,
    about: About,
    now: int,
    *,
    why: str = "",
    detail: Mapping[str, object] = _NOTHING,
) -> int:
    """Write down that `actor` did `act`, in the transaction that does it; returns the entry's number.

    `detail` holds figures and codes: never names, faces or free text on a person. Raises StoreError.
    """
    encoded = msgspec.json.encode(dict(detail), order="deterministic").decode()
    if len(why) > _LONGEST_WHY:
        raise StoreError(
            phrase(
                "the reason has %(count)s characters, at most %(longest)s",
                count=len(why),
                longest=_LONGEST_WHY,
            ),
            where=act,
        )
    if len(encoded) > _LONGEST_DETAIL:
        raise StoreError(
            phrase(
                "the audit's detail has %(count)s bytes, at most %(longest)s",
                count=len(encoded),
                longest=_LONGEST_DETAIL,
            ),
            where=act,
        )
    if not actor.name:
        raise StoreError(
            phrase("no actor given: every act is recorded by name"), where=act, remedy=phrase("--actor NAME")
        )
    head = connection.execute(_HEAD).one()
    salt, words = token_bytes(_SALT_BYTES), Words(about.id, why)
    record = AuditRecord(
        head.number + 1,
        now,
        actor.account,
        actor.name,
        str(actor.via),
        act,
        about.kind,
        about.site,
        about.place,
        words_hash(salt, words),
        encoded,
    )
    row = {**msgspec.structs.asdict(record), **msgspec.structs.asdict(words), "salt": salt}
    made = entry_hash(head.hash, record)
    connection.execute(sa.insert(audit_entry).values(**row, hash=made))
    connection.execute(sa.update(audit_head).values(number=record.number, hash=made))
    return record.number


# On PostgreSQL the writers queue here; on SQLite they have queued already.
_HEAD = sa.select(audit_head.c.number, audit_head.c.hash).with_for_update()


def forget(connection: sa.Connection, about: About) -> int:
    """Take the words out of every entry about somebody who is erased; returns how many there were.

    Who did what and when stays, and so does the chain.
    """
    same = (audit_entry.c.kind == about.kind) & (audit_entry.c.id == about.id)
    where = same & (audit_entry.c.site.is_not_distinct_from(about.site))
    changed = connection.execute(sa.update(audit_entry).where(where).values(id=None, why=None, salt=None))
    return changed.rowcount


# --- reading -------------------------------------------------------------------------------------


def entries(
    connection: sa.Connection,
    sight: SightBounds,
    *,
    about: About | None = None,
    kind: str | None = None,
    actor: int | None = None,
    act: str | None = None,
    before: int | None = None,
    count: int = 50,
) -> list[AuditEntry]:
    """The newest `count` entries in sight, newest first: about one thing or one kind, by one account, of one
    act, before the number `before`.
    """
    columns = audit_entry.c
    query = sa.select(audit_entry).where(_in_sight(sight)).order_by(columns.number.desc()).limit(count)
    if about is not None:
        query = query.where(columns.kind == about.kind, columns.id == about.id)
        query = query if about.site is None else query.where(columns.site == about.site)
    for column, wanted in ((columns.kind, kind), (columns.account, actor), (columns.act, act)):
        query = query if wanted is None else query.where(column == wanted)
    query = query if before is None else query.where(columns.number < before)
    return [_entry(row) for row in connection.execute(query)]


def _in_sight(sight: SightBounds) -> sa.ColumnElement[bool]:
    by_site, by_place = sight.of(audit_entry.c.site), sight.of_place(audit_entry.c.place)
    return sa.case((audit_entry.c.site.is_not(None), by_site), else_=by_place)


def _entry(row: sa.Row[Any]) -> AuditEntry:
    about = About(row.kind, row.id or "", row.site, row.place)
    detail = json_of(row.detail.encode(), dict[str, Any])
    return AuditEntry(
        row.number,
        row.at,
        row.account,
        row.name,
        row.via,
        row.act,
        about,
        row.why or "",
        row.salt is None,
        detail,
    )


# --- verifying -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ChainVerdict:
    """What a verification found: entries `first` to `last` are as they were written, or else the first
    that is not, and how. `hash` is that of the last: whoever kept it can compare it later.
    """

    first: int
    last: int
    hash: bytes
    broken_at: int | None = None
    problem: str = ""

    @property
    def count(self) -> int:
        return self.last - self.first + 1


def verify_chain(connection: sa.Connection, newest: int | None = None) -> ChainVerdict:
    """Compute every entry's hash again, or those of the `newest`, up to the head."""
    head = connection.execute(sa.select(audit_head.c.number, audit_head.c.hash)).one()
    after = 0 if newest is None else max(0, head.number - newest)
    previous = _hash_at(connection, after)
    if previous is None:
        return ChainVerdict(after + 1, after, BEGIN, after, "is not there")
    query = sa.select(audit_entry).where(audit_entry.c.number > after).order_by(audit_entry.c.number)
    last = after
    # Closed at once where one is wrong: PostgreSQL's cursor would stay open.
    with connection.execute(query.execution_options(yield_per=1000)) as rows:
        for row in rows:
            problem = _problem(row, last + 1, previous)
            if problem:
                return ChainVerdict(after + 1, last, previous, last + 1, problem)
            last, previous = row.number, row.hash
    if last < head.number:
        return ChainVerdict(after + 1, last, previous, last + 1, "is not there")
    if last > head.number or previous != head.hash:
        return ChainVerdict(after + 1, last - 1, previous, last, "is not the one that was written last")
    return ChainVerdict(after + 1, last, previous)


def has_hash(connection: sa.Connection, number: int, wanted: bytes) -> bool:
    """Whether the entry `number` has the hash that somebody kept."""
    return _hash_at(connection, number) == wanted


def _hash_at(connection: sa.Connection, number: int) -> bytes | None:
    if number == 0:
        return BEGIN
    query = sa.select(audit_entry.c.hash).where(audit_entry.c.number == number)
    return connection.execute(query).scalar_one_or_none()


_RECORDED = tuple(field for field in AuditRecord.__struct_fields__)


def _problem(row: sa.Row[Any], expected: int, previous: bytes) -> str:
    """What is wrong with an entry that is to follow the hash `previous`; empty if it is as it was written."""
    if row.number != expected:
        return "is not there"
    if row.salt is not None and words_hash(row.salt, Words(row.id, row.why)) != row.words:
        return "tells of something else, or of another reason, than was written"
    if row.salt is None and (row.id is not None or row.why is not None):
        return "has words that nothing vouches for"
    record = AuditRecord(*(getattr(row, name) for name in _RECORDED))
    return "" if entry_hash(previous, record) == row.hash else "was changed, or the one before it"
