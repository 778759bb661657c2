"""Puts a centre back from its backup, where nothing is: everything beside its place first, the database in
one transaction, then all into place. What was put back does not go backwards at the gates: the next version
of each site, its next list of urgent revocations and its rules are numbered above all that they can hold,
and nothing is published before they said what they hold.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyrage
import sqlalchemy as sa
import tomlkit
from sqlalchemy.engine import make_url
from tomlkit.exceptions import TOMLKitError

from edge.backup.errors import BackupError, failed
from edge.backup.manifest import BackupEntry
from edge.backup.placing import (
    EntryPlace,
    clear_aside,
    into_place,
    make_folders_above,
    put_aside,
    refuse_full_disks,
    refuse_what_is_there,
)
from edge.backup.reading import VerifiedBackup, read_entries
from edge.backup.sqlite import check
from edge.signing.cose import microseconds
from edge.support.files import write_aside
from edge.support.owners import FileOwner, owner_by_name
from edge.support.toml import toml_in
from sync.central.accounts.actor import Actor
from sync.central.accounts.tables import challenge, one_time_link, session
from sync.central.adoption.tables import gate_invitation
from sync.central.audit.audit import About, note
from sync.central.backup.creating import DATABASE, AboutCentre, about_centre
from sync.central.backup.database import PostgresqlRestore, is_sqlite, refuse_database_in_use
from sync.central.backup.last import PUT_BACK
from sync.central.backup.places import ALSO, BESIDE, HISTORY, PUBLISHED, KeptOwner, KeptPlace
from sync.central.configuration import load_configuration
from sync.central.delivery.tables import delivery
from sync.central.history.manifest import note_folder
from sync.central.registry.restored import Restored, note_restored
from sync.central.store import Store, knows_schema, migrate_store, open_store

_PARTS = ".parts"
_AUTHORITY, _CODES = "authority.sqlite", "code"


@dataclass(frozen=True)
class Target:
    """Where a centre is put back: `folder` None is where it was; `database` another URL than it had."""

    folder: Path | None = None
    database: str | None = None


@dataclass(frozen=True)
class PutBack:
    """A centre that was put back: its central.toml, the version of its tables, and how many codes for
    devices, sign-ins and messages that waited ended with it.
    """

    file: Path
    schema: str
    sessions: int
    messages: int


@dataclass(frozen=True)
class _Plan:
    about: AboutCentre
    places: Mapping[str, EntryPlace]
    url: str
    file: Path

    def database(self) -> EntryPlace | None:
        """Where the database's file goes; None where it is no file."""
        path = make_url(self.url).database
        return EntryPlace(DATABASE, Path(path or ""), is_folder=False) if is_sqlite(self.url) else None

    def every(self) -> list[EntryPlace]:
        database = self.database()
        return [*self.places.values(), *([] if database is None else [database])]

    def at(self, key: str) -> EntryPlace | None:
        """The place that a key of central.toml names."""
        return next((self.places[kept.name] for kept in self.about.places if kept.key == key), None)


def restore_centre(
    backup: VerifiedBackup,
    identities: list[pyrage.x25519.Identity],
    target: Target,
    actor: Actor,
    now: datetime,
) -> PutBack:
    """Put a centre back. Raises GatepostError, and leaves nothing then."""
    about = about_centre(backup.manifest, backup.path)
    if not knows_schema(about.schema):
        raise BackupError(
            f"its database has schema version {about.schema}, which this Gatepost does not know",
            where=str(backup.path),
            remedy="install the Gatepost that made it, or a newer one",
        )
    text = _configuration_in(backup, identities, about)
    plan = _planned(about, text, target, backup)
    refuse_what_is_there(plan.every())
    refuse_database_in_use(plan.url)
    refuse_full_disks(plan.every(), _sizes(backup))
    clear_aside(plan.every())
    make_folders_above(plan.every())
    try:
        return _put_back(backup, identities, plan, _moved_configuration(text, plan, target), actor, now)
    except OSError as error:
        raise failed(error, "putting back", plan.file) from None
    finally:
        clear_aside(plan.every())


def _put_back(
    backup: VerifiedBackup,
    identities: list[pyrage.x25519.Identity],
    plan: _Plan,
    configuration: bytes,
    actor: Actor,
    now: datetime,
) -> PutBack:
    server = None if plan.database() is not None else PostgresqlRestore(plan.url)
    try:
        read_entries(backup, identities, _Taker(plan, server).take)
        if server is not None:
            server.end()
    finally:
        if server is not None:
            server.stop()
    file = plan.places[plan.about.places[0].name].aside
    write_aside(file, configuration, like=file)
    _check_databases(plan)
    database = plan.database()
    url = plan.url if database is None else f"sqlite:///{database.aside}"
    schema = migrate_store(url)
    store = open_store(url)
    try:
        sessions, messages = _settle(store, plan, backup, actor, now)
    finally:
        store.close()
    _note_restored(plan, microseconds(now))
    into_place(plan.every())
    load_configuration(plan.file)
    return PutBack(plan.file, schema, sessions, messages)


class _Taker:
    """Puts each entry beside its place, and the database's where it belongs."""

    def __init__(self, plan: _Plan, server: PostgresqlRestore | None) -> None:
        self._plan = plan
        self._server = server
        self._foreign = frozenset(plan.about.foreign)

    def take(self, entry: BackupEntry, pieces: Iterator[bytes]) -> None:
        if entry.name.startswith(f"{DATABASE}/"):
            if self._server is not None:
                self._server.take(pieces)
            elif (database := self._plan.database()) is not None:
                put_aside(entry, pieces, database.aside, more=True)
            return
        if entry.name in self._foreign:
            return
        for place in self._plan.places.values():
            path = place.of(entry)
            if path is not None and path.parent.name.endswith(_PARTS):
                put_aside(
                    entry, pieces, path.parent.with_name(path.parent.name.removesuffix(_PARTS)), more=True
                )
            elif path is not None:
                put_aside(entry, pieces, path)


def _planned(about: AboutCentre, text: str, target: Target, backup: VerifiedBackup) -> _Plan:
    """Where everything goes."""
    held = Path(about.places[0].path)
    places = {kept.name: _entry_place(kept, held.parent, target.folder) for kept in about.places}
    file = places[about.places[0].name].path
    url = target.database or _url_of(text, held, backup)
    if target.database is None and target.folder is not None:
        if not is_sqlite(url):
            raise BackupError(
                "its database is on a server: put into a folder, it would meet the one that is there",
                where=str(backup.path),
                remedy="name an empty one: --database postgresql://…",
            )
        url = f"sqlite:///{target.folder.resolve() / Path(make_url(url).database or '').name}"
    kind = "sqlite" if is_sqlite(url) else "postgresql"
    if kind != about.database:
        raise BackupError(
            f"is of a database of {about.database}, and cannot be put into one of {kind}",
            where=str(backup.path),
            remedy="name one of the same kind: --database URL",
        )
    return _Plan(about, places, url, file)


def _entry_place(kept: KeptPlace, held: Path, folder: Path | None) -> EntryPlace:
    """Where it was it becomes whose it was; in another folder it is of whoever has that."""
    path = _goes_to(kept, held, folder)
    if folder is not None or os.geteuid() != 0:
        return EntryPlace(kept.name, path, kept.is_folder)
    return EntryPlace(kept.name, path, kept.is_folder, _here(kept.owner), _here(kept.above))


def _here(kept: KeptOwner | None) -> FileOwner | None:
    return None if kept is None else owner_by_name(kept.user, kept.group, kept.mode)


def _goes_to(kept: KeptPlace, held: Path, folder: Path | None) -> Path:
    path = Path(kept.path)
    if folder is None:
        return path
    if path.is_relative_to(held):
        return folder.resolve() / path.relative_to(held)
    return folder.resolve() / f"{kept.name.rpartition('/')[2].partition('-')[0]}-{path.name}"


def _url_of(text: str, held: Path, backup: VerifiedBackup) -> str:
    try:
        url = str(tomlkit.parse(text)["store"]["url"])
    except (TOMLKitError, KeyError, TypeError):
        raise BackupError("its central.toml names no database", where=f"{backup.path}, {held}") from None
    return url


def _configuration_in(
    backup: VerifiedBackup, identities: list[pyrage.x25519.Identity], about: AboutCentre
) -> str:
    found: list[bytes] = []

    def take(entry: BackupEntry, pieces: Iterator[bytes]) -> None:
        if entry.name == about.places[0].name:
            found.append(b"".join(pieces))

    read_entries(backup, identities, take)
    if not found:
        raise BackupError("has no central.toml", where=str(backup.path))
    return toml_in(found[0], f"{backup.path}, central.toml").text


def _moved_configuration(text: str, plan: _Plan, target: Target) -> bytes:
    """central.toml with the paths of where everything goes now; its comments stay."""
    if target.folder is None and target.database is None:
        return text.encode()
    document = tomlkit.parse(text)
    _set(document, "store.url", plan.url)
    for kept in plan.about.places[1:] if target.folder is not None else ():
        if kept.key not in {ALSO, BESIDE}:
            _set(document, kept.key, str(plan.places[kept.name].path))
    also = [str(plan.places[kept.name].path) for kept in plan.about.places if kept.key == ALSO]
    if also and target.folder is not None:
        _set(document, "backup.also", also)
    return tomlkit.dumps(document).encode()


def _set(document: tomlkit.TOMLDocument, key: str, value: object) -> None:
    *tables, name = key.split(".")
    table = document
    for each in tables:
        table = table[each]
    table[name] = value


def _sizes(backup: VerifiedBackup) -> dict[str, int]:
    """How many bytes go to each place."""
    found: dict[str, int] = {}
    for entry in backup.manifest.entries:
        name = DATABASE if entry.name.startswith(f"{DATABASE}/") else "/".join(entry.name.split("/")[:2])
        found[name] = found.get(name, 0) + entry.size
    return found


def _check_databases(plan: _Plan) -> None:
    """Raise BackupError where a database that was put aside is not whole; codes for devices that wait end."""
    database = plan.database()
    if database is not None:
        check(database.aside)
    for place in plan.places.values():
        for path in place.aside.rglob(_AUTHORITY) if place.is_folder and place.aside.exists() else ():
            check(path)
            engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool)
            try:
                with engine.begin() as connection:
                    # A code counts once: one that was used after the backup would count again.
                    connection.execute(sa.text(f"DELETE FROM {_CODES}"))  # noqa: S608 - a name of ours
            finally:
                engine.dispose()


def _settle(
    store: Store, plan: _Plan, backup: VerifiedBackup, actor: Actor, now: datetime
) -> tuple[int, int]:
    """End what counts once, or was over: sign-ins, links, messages that were sent long ago; note the act."""
    at = microseconds(now)
    with store.writing() as connection:
        sessions = connection.execute(sa.delete(session)).rowcount
        connection.execute(sa.delete(one_time_link))
        connection.execute(sa.delete(challenge))
        # A code lets one device in: one that enrolled after the backup would leave its code open again.
        waits = gate_invitation.c.enrolled_at.is_(None) & gate_invitation.c.withdrawn_at.is_(None)
        connection.execute(sa.update(gate_invitation).where(waits).values(withdrawn_at=at))
        messages = connection.execute(sa.delete(delivery).where(delivery.c.ended_at.is_(None))).rowcount
        history = plan.at(HISTORY)
        if history is not None:
            note_folder(connection, history.path)
        detail = {"made_at": backup.manifest.made_at, "entries": len(backup.manifest.entries)}
        note(connection, actor, PUT_BACK, About("centre", backup.signer.hex()), at, detail=detail)
    return sessions, messages


def _note_restored(plan: _Plan, at: int) -> None:
    """Say beside what was published that it was put back, and how far it had come."""
    published = plan.at(PUBLISHED)
    if published is None:
        return
    marks = plan.about.marks
    for site, version in marks.versions.items():
        if version and (published.aside / site).is_dir():
            note_restored(published.aside / site, Restored(at, version, marks.lists.get(site, 0)))
