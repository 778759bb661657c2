"""Deletes what is too old by the rules of retention, in bounded steps, and keeps what was deleted: how much,
of when, by which rule, and a digest of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from sync.central.history.core import (
    LAYOUTS,
    FileKind,
    FileState,
    Kept,
    RetentionRule,
    Scope,
    is_held,
    rule_for,
)
from sync.central.history.holds import scopes_at
from sync.central.history.manifest import KeptFile, files_where
from sync.central.history.rewriting import Rewriting
from sync.central.history.rules import rules_of
from sync.central.history.tables import deletion, history_file
from sync.central.tables import chain, device, site

_AT_ONCE = 500
NO_SITE = ""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class AgeingTable:
    """A table whose rows grow old: by `at`, each of a site and perhaps of a person. `key` names a row.
    `hanging` are the conditions by which rows of other tables hang on those whose first key is in a list:
    they go before them, and in this order.
    """

    table: sa.TableClause
    key: tuple[str, ...]
    at: str
    site: sa.ColumnElement[bool]
    subject: str | None = None
    only: sa.ColumnElement[bool] | None = None
    hanging: tuple[tuple[sa.TableClause, Callable[[Sequence[int]], sa.ColumnElement[bool]]], ...] = ()


def delete_old(rewriting: Rewriting, most_steps: int) -> int:
    """Delete what is too old, in at most so many steps; returns how many were done. Raises GatepostError."""
    done = 0
    with rewriting.store.reading() as connection:
        rules = rules_of(connection)
        # What is of no site goes by the rule of everywhere.
        sites = {**_sites(connection), NO_SITE: []} if rules else {}
    for at_site, above in sites.items():
        for kind in Kept:
            rule = rule_for(rules, kind, above)
            if rule is None:
                continue
            while done < most_steps and _delete_one(rewriting, at_site, rule):
                done += 1
    return done


# --- inside --------------------------------------------------------------------------------

_ACCESS = sa.table("access", *map(sa.column, LAYOUTS[FileKind.ACCESSES].names))
_ALARM = sa.table("alarm", *map(sa.column, ("number", "site", "subject", "closed_at")))
_TEMPERATURE = sa.table("temperature_count", *map(sa.column, ("chain", "begin", "what")))
_TASK = sa.table("task", *map(sa.column, ("number", "site", "subject", "ended_at")))
_OFFER = sa.table("task_offer", *map(sa.column, ("number", "task")))
_TOLD = sa.table("task_act", sa.column("offer"))
_EXIT = sa.table("isolation_exit", *map(sa.column, ("chain", "sequence", "at", "site", "subject")))
_VISIT = sa.table("home_visit", *map(sa.column, ("number", "site", "subject", "ended_at")))
_FILES = {Kept.ACCESSES: FileKind.ACCESSES, Kept.EVIDENCE: FileKind.EVENTS}


def _told_of(tasks: Sequence[int]) -> sa.ColumnElement[bool]:
    return _TOLD.c.offer.in_(sa.select(_OFFER.c.number).where(_OFFER.c.task.in_(tasks)))


def _sources(kind: Kept, at_site: str) -> tuple[AgeingTable, ...]:
    """Where the database has what grows old; nowhere: it lies in files only, where it is old."""
    chains = sa.select(chain.c.number).join(device, device.c.id == chain.c.device)
    sources = {
        Kept.ACCESSES: (AgeingTable(_ACCESS, ("number",), "at", _ACCESS.c.site == at_site, "subject"),),
        Kept.ALARMS: (_ended(_ALARM, "closed_at", at_site),),
        Kept.TASKS: (
            replace(
                _ended(_TASK, "ended_at", at_site),
                hanging=((_TOLD, _told_of), (_OFFER, _OFFER.c.task.in_)),
            ),
        ),
        Kept.ISOLATIONS: (
            AgeingTable(_EXIT, ("chain", "sequence"), "at", _EXIT.c.site == at_site, "subject"),
            _ended(_VISIT, "ended_at", at_site),
        ),
        Kept.TEMPERATURES: (
            AgeingTable(
                _TEMPERATURE,
                ("chain", "begin", "what"),
                "begin",
                _TEMPERATURE.c.chain.in_(chains.where(device.c.site == at_site)),
            ),
        ),
    }
    return sources.get(kind, ())


def _ended(table: sa.TableClause, at: str, at_site: str) -> AgeingTable:
    """What is old once it has ended, `at` then; at NO_SITE what is of none."""
    site_is = table.c.site.is_(None) if at_site == NO_SITE else table.c.site == at_site
    return AgeingTable(table, ("number",), at, site_is, "subject", table.c[at].is_not(None))


_within = sa.table("place_within", sa.column("place"), sa.column("ancestor"))
_above = sa.alias(_within)


def _sites(connection: sa.Connection) -> dict[str, list[int]]:
    """Each site with the places that it lies in, the nearest first: those that lie in the most others."""
    depth = sa.select(sa.func.count()).where(_above.c.place == _within.c.ancestor).scalar_subquery()
    query = (
        sa.select(site.c.id, _within.c.ancestor)
        .outerjoin(_within, _within.c.place == site.c.place)
        .order_by(site.c.id, depth.desc())
    )
    found: dict[str, list[int]] = {}
    for name, above in connection.execute(query):
        found.setdefault(name, []).extend([] if above is None else [above])
    return found


def _delete_one(rewriting: Rewriting, at_site: str, rule: RetentionRule) -> bool:
    """One step; returns whether there was anything to delete."""
    sources = _sources(rule.kind, at_site)
    gone = any(_delete_rows(rewriting, at_site, rule, source) for source in sources)
    return gone or _delete_file(rewriting, at_site, rule)


def _delete_rows(rewriting: Rewriting, at_site: str, rule: RetentionRule, source: AgeingTable) -> bool:
    at, columns = source.table.c[source.at], [source.table.c[name] for name in source.key]
    with rewriting.store.writing() as connection:
        scopes = scopes_at(connection, at_site)
        old = source.site & (at < rule.cut(rewriting.now))
        old = old if source.only is None else old & source.only
        query = sa.select(source.table).where(old, sa.not_(_held(source, scopes))).order_by(at)
        rows = connection.execute(query.limit(_AT_ONCE).with_for_update()).mappings().all()
        if not rows:
            return False
        for table, hangs_on in source.hanging:
            connection.execute(sa.delete(table).where(hangs_on([row[source.key[0]] for row in rows])))
        keys = sa.tuple_(*columns).in_([tuple(row[name] for name in source.key) for row in rows])
        connection.execute(sa.delete(source.table).where(keys))
        held = connection.execute(
            sa.select(sa.func.count()).select_from(source.table).where(old, _held(source, scopes))
        ).scalar_one()
        _note(connection, rewriting.now, rule, (at_site, source.at), [dict(row) for row in rows], held)
    return True


def _held(source: AgeingTable, scopes: Sequence[Scope]) -> sa.ColumnElement[bool]:
    """The condition that a hold holds a row. What names nobody is held with its site only."""
    at = source.table.c[source.at]
    held: list[sa.ColumnElement[bool]] = []
    for scope in scopes:
        parts: list[sa.ColumnElement[bool]] = [sa.true()]
        if scope.subject is not None:
            # A NULL is nobody's: to a NOT it must be false, not unknown.
            of_them = (
                sa.false() if source.subject is None else source.table.c[source.subject] == scope.subject
            )
            parts.append(sa.func.coalesce(of_them, sa.false()))
        if scope.since is not None:
            parts.append(at >= scope.since)
        if scope.until is not None:
            parts.append(at < scope.until)
        held.append(sa.and_(*parts))
    return sa.or_(sa.false(), *held)


def _delete_file(rewriting: Rewriting, at_site: str, rule: RetentionRule) -> bool:
    """Delete what is old and not held of the oldest file that has some. What is of a day goes as a whole: the
    cut is at the beginning of one.
    """
    of, kind = history_file.c, _FILES.get(rule.kind)
    if kind is None:
        return False
    cut = rule.cut(rewriting.now)
    old = (of.kind == kind.value) & (of.site == at_site) & (of.last_at < cut) & (of.state == FileState.KEPT)
    with rewriting.store.reading() as connection:
        files, scopes = files_where(connection, old), scopes_at(connection, at_site)
    return any(_shrink(rewriting, file, rule, scopes) for file in files)


def _shrink(rewriting: Rewriting, file: KeptFile, rule: RetentionRule, scopes: Sequence[Scope]) -> bool:
    """Delete what is not held of a file; returns whether anything was."""
    touching = [scope for scope in scopes if scope.meets(file.first_at, file.last_at)]
    if not touching:
        return _drop(rewriting, file, rule, scopes)
    if file.kind is FileKind.EVENTS:
        return False  # events name people in their bodies, and lead on to each other: the day stays whole
    table = rewriting.table_of(file)
    who = table.select(["subject", "at"]).to_pylist()
    keep = [is_held(touching, row["subject"], row["at"]) for row in who]
    if all(keep):
        return False
    if not any(keep):
        return _drop(rewriting, file, rule, scopes)
    gone, left = table.filter(pa.array([not each for each in keep])).to_pylist(), table.filter(pa.array(keep))

    def note(connection: sa.Connection) -> None:
        _note(connection, rewriting.now, rule, (file.site, "at"), gone, left.num_rows)

    return rewriting.replace(file, left, note)


def _drop(rewriting: Rewriting, file: KeptFile, rule: RetentionRule, scopes: Sequence[Scope]) -> bool:
    with rewriting.store.writing() as connection:
        # Held since it was looked at? Then this waits for the next round.
        if scopes_at(connection, file.site) != [*scopes] or not rewriting.drop(connection, file):
            return False
        row: dict[str, object] = {"kind": rule.kind.value, "site": file.site, "days": rule.days}
        row |= {"rows": file.rows, "first_at": file.first_at, "last_at": file.last_at}
        row |= {"digest": file.written.digest, "held": 0, "at": rewriting.now}
        connection.execute(sa.insert(deletion), row)
    rewriting.remove(file)
    return True


def _note(
    connection: sa.Connection,
    now: int,
    rule: RetentionRule,
    of: tuple[str, str],
    rows: Sequence[Row],
    held: int,
) -> None:
    """Keep that `rows` were deleted, which are of a site and whose time is in a column."""
    at_site, at = of
    row = {"kind": rule.kind.value, "site": at_site, "days": rule.days, "rows": len(rows)}
    row |= {"first_at": min(each[at] for each in rows), "last_at": max(each[at] for each in rows)}
    connection.execute(sa.insert(deletion), row | {"digest": _digest(rows), "held": held, "at": now})


def _digest(rows: Iterable[Row]) -> bytes:
    """SHA-256 over the rows, each as a line of its columns in their order."""
    found = hashlib.sha256()
    for line in _lines(rows):
        found.update(line)
    return found.digest()


def _lines(rows: Iterable[Row]) -> Iterator[bytes]:
    for row in rows:
        yield "\x1f".join(f"{name}={value!r}" for name, value in row.items()).encode() + b"\n"
