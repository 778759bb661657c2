"""Makes the backup of a centre, while it runs.

Files of history never change, so those that are there are copied first; then the database as it is at one
moment, and the files that it lists and that were not there before; then what was published, each site under
its lock, which is as new as the database or newer: publishing compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import msgspec
import pyrage
import sqlalchemy as sa

from edge.admin.site_backup import MadeBackup
from edge.backup.errors import BackupError
from edge.backup.manifest import BackupManifest
from edge.backup.sqlite import MAGIC, copied
from edge.backup.writing import BackupWriter, writing_backup
from edge.signing.cose import microseconds
from edge.signing.key_files import read_private_key
from edge.support.decoding import Undecodable, json_of
from sync.central.accounts.actor import Actor
from sync.central.audit.audit import About, note
from sync.central.backup.database import is_sqlite, snapshot
from sync.central.backup.last import MADE
from sync.central.backup.marks import CentreMarks, marks_of
from sync.central.backup.places import HISTORY, PUBLISHED, KeptPlace, places_of
from sync.central.configuration import CentralConfiguration
from sync.central.history.core import FileState
from sync.central.history.manifest import files_where
from sync.central.history.tables import history_file
from sync.central.registry.announcer import roots_of
from sync.central.registry.published import SitePublished
from sync.central.store import Store, schema_in
from sync.central.tables import site

_MOST_FILE = 7 << 30
_MOST_FILES = 1_000_000
_TRIES = 3
DATABASE = "database/main"


class AboutCentre(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup of a centre says besides: the schema of its database and which it is, where each file
    lay, how far the centre had come, and the names of entries that its database does not list.
    """

    schema: str
    database: str
    places: tuple[KeptPlace, ...]
    marks: CentreMarks
    foreign: tuple[str, ...] = ()


class _Moved(BackupError):
    """A file of history went between two looks."""


@dataclass(frozen=True)
class Centre:
    """A centre to back up: its central.toml, what that says, and its open database."""

    file: Path
    configuration: CentralConfiguration
    store: Store


def back_up_centre(
    centre: Centre, path: Path, recipients: list[pyrage.x25519.Recipient], actor: Actor, now: datetime
) -> MadeBackup:
    """Write the backup of a centre to `path`, and note it in the audit. Raises GatepostError, and leaves no
    file then.
    """
    for attempt in range(_TRIES):
        try:
            made = _made(centre, path, recipients, now)
            break
        except _Moved:
            if attempt == _TRIES - 1:
                raise
    with centre.store.writing() as connection:
        about, detail = (
            About("centre", centre.configuration.central.id),
            {"bytes": made.size, "entries": made.entries},
        )
        note(connection, actor, MADE, about, microseconds(now), detail=detail)
    return made


def _made(centre: Centre, path: Path, recipients: list[pyrage.x25519.Recipient], now: datetime) -> MadeBackup:
    configuration = centre.configuration
    key = read_private_key(configuration.central.key)
    places = places_of(configuration, centre.file)
    by_key = {place.key: place for place in places}
    with writing_backup(path, recipients) as writer:
        history = by_key.get(HISTORY)
        if history is not None:
            with centre.store.reading() as connection:
                _add_history(writer, history, _listed(connection), or_moved=False)
        with snapshot(centre.store, configuration.store.url) as seen:
            marks = marks_of(seen.connection, configuration.registry)
            sites = tuple(seen.connection.execute(sa.select(site.c.id).order_by(site.c.id)).scalars())
            listed, schema = _listed(seen.connection), schema_in(seen.connection)
            writer.add_stream(DATABASE, seen.pieces)
        foreign: tuple[str, ...] = ()
        if history is not None:
            _add_history(writer, history, listed, or_moved=True)
            known = {f"{history.name}/{name}" for name in listed}
            foreign = tuple(
                sorted(
                    name for name in writer.names if name.startswith(f"{history.name}/") and name not in known
                )
            )
        # Databases in folders of others (the authority's) are copied to where central's own keys lie.
        own = configuration.central.key.parent
        for place in places:
            if place.key not in {HISTORY, PUBLISHED}:
                _add_place(writer, place, own)
        if PUBLISHED in by_key:
            _add_published(writer, by_key[PUBLISHED], own)
        kind = "sqlite" if is_sqlite(configuration.store.url) else "postgresql"
        about = AboutCentre(schema, kind, places, marks, foreign)
        manifest = BackupManifest(
            "centre",
            sites,
            microseconds(now),
            version("gatepost"),
            msgspec.Raw(msgspec.json.encode(about)),
            (),
            b"" if configuration.registry is None else roots_of(configuration.registry),
        )
        whole = writer.finish(manifest, key)
    return MadeBackup(path, path.stat().st_size, len(whole.entries))


def about_centre(manifest: BackupManifest, where: Path) -> AboutCentre:
    """What a backup says of its centre. Raises BackupError where it is none of a centre."""
    if manifest.kind != "centre":
        raise BackupError(
            "is the backup of a site's own administration, and of no centre",
            where=str(where),
            remedy="gatepost site backup",
        )
    try:
        return json_of(bytes(manifest.about), AboutCentre)
    except Undecodable as error:
        raise BackupError(
            f"says nothing of its centre that can be read: {error}",
            where=str(where),
            remedy=f"install the Gatepost that made it ({manifest.software}), or a newer one",
        ) from None


def _listed(connection: sa.Connection) -> tuple[str, ...]:
    """The files of history that hold what is nowhere else."""
    return tuple(file.name for file in files_where(connection, history_file.c.state == FileState.KEPT))


def _add_history(writer: BackupWriter, place: KeptPlace, names: Iterable[str], *, or_moved: bool) -> None:
    for name in names:
        entry, path = f"{place.name}/{name}", Path(place.path) / name
        if entry in writer.names:
            continue
        try:
            writer.add_file(entry, path, _MOST_FILE)
        except FileNotFoundError:
            if or_moved:
                raise _Moved(
                    "is listed and is not there", where=str(path), remedy="gatepost central history verify"
                ) from None
        except OSError as error:
            raise BackupError(error.strerror or str(error), where=str(path)) from None


def _add_published(writer: BackupWriter, place: KeptPlace, own: Path) -> None:
    """What was published, site by site: nobody publishes for one while its files are read."""
    folder = Path(place.path)
    for each in sorted(folder.iterdir()):
        if each.is_dir():
            with SitePublished(each).lock():
                _add_folder(writer, f"{place.name}/{each.name}", each, own)


def _add_place(writer: BackupWriter, place: KeptPlace, own: Path) -> None:
    if place.is_folder:
        _add_folder(writer, place.name, Path(place.path), own)
    else:
        _add_file(writer, place.name, Path(place.path), own)


def _add_folder(writer: BackupWriter, name: str, folder: Path, own: Path) -> None:
    for count, path in enumerate(_files_in(folder)):
        if count >= _MOST_FILES:
            raise BackupError(f"has more than {_MOST_FILES} files", where=str(folder))
        _add_file(writer, f"{name}/{path.relative_to(folder)}", path, own)


def _files_in(folder: Path) -> Iterator[Path]:
    """The files in a folder, without what is half written and without locks."""
    for path in sorted(folder.rglob("*")):
        passing = path.name.endswith((".new", "-wal", "-shm", "-journal")) or path.name == "lock"
        if path.is_file() and not path.is_symlink() and not passing and not path.name.startswith("."):
            yield path


def _add_file(writer: BackupWriter, name: str, path: Path, own: Path) -> None:
    try:
        with path.open("rb") as file:
            is_database = file.read(len(MAGIC)) == MAGIC
        if is_database:
            with copied(path, own) as copy:
                writer.add_stream(f"{name}.parts", copy.pieces())
        else:
            writer.add_file(name, path, _MOST_FILE)
    except OSError as error:
        raise BackupError(
            error.strerror or str(error), where=str(path), remedy="run this as a user who may read it"
        ) from None
