"""Backs up a site's own administration and puts it back: keys, people, passes, rules, what was built.

A site put back must not go backwards at its gates: they hold newer numbers than it knows. So the next
registry, the next lists and the rules get numbers well above.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import msgspec
import pyrage

from edge.admin.publication import AHEAD, sign_policy_ahead
from edge.admin.publishing import publish
from edge.admin.site_admin import SIGNED_POLICY, SUBJECTS, SiteAdmin, open_site_admin
from edge.backup.errors import BackupError
from edge.backup.manifest import BackupEntry, BackupManifest
from edge.backup.placing import (
    EntryPlace,
    clear_aside,
    into_place,
    put_aside,
    refuse_full_disks,
    refuse_what_is_there,
)
from edge.backup.reading import VerifiedBackup, read_entries
from edge.backup.sqlite import check, copied
from edge.backup.writing import BackupWriter, writing_backup
from edge.registry.loose_roots import loose_roots
from edge.signing.cose import microseconds
from edge.support.decoding import Undecodable, json_of
from edge.support.files import read_bounded

NUMBERS = ("registry", "issuers list", "revocations list")
_KEPT = ("site.toml", "policy.toml", "keys", "registry", "calibrations", "gates")
_OF_A_GATE = "state"
"""What a gate keeps itself: its journal and registry are its own, and no administration's to put back."""
_MOST_FILE = 1 << 30
_MOST_FILES = 10_000
_KIND, _PLACE = "site", "site"


class SiteMarks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a site had come to when it was backed up: `numbers` by name, and how many people and passes."""

    numbers: dict[str, int]
    people: dict[str, int]
    passes: dict[str, bool]


@dataclass(frozen=True)
class MadeBackup:
    """A backup that was made: `size` is that of the file, `left_out` what is in the folder and not in it."""

    path: Path
    size: int
    entries: int
    left_out: tuple[str, ...] = ()


def back_up_site(
    admin: SiteAdmin, path: Path, recipients: list[pyrage.x25519.Recipient], now: datetime
) -> MadeBackup:
    """Write the backup of a site to `path`. Raises GatepostError, and leaves no file then."""
    roots = frozenset(loose_roots([admin.folder], admin.keys.anchor.keys))
    files = list(_files_of(admin.folder))
    left_out = [f"{each.name}: a root key, which belongs in no backup" for each in roots]
    left_out += [
        f"{each.name}: none of a site's" for each in sorted(admin.folder.iterdir()) if _is_other(each)
    ]
    with writing_backup(path, recipients) as writer:
        marks = marks_of(admin)
        with copied(admin.folder / SUBJECTS) as copy:
            writer.add_stream(f"database/{SUBJECTS}", copy.pieces())
        for file in files:
            if file not in roots:
                _add(writer, admin.folder, file)
        manifest = BackupManifest(
            _KIND,
            (admin.site.id,),
            microseconds(now),
            version("gatepost"),
            msgspec.Raw(msgspec.json.encode(marks)),
            (),
            admin.keys.roots,
        )
        whole = writer.finish(manifest, admin.keys.registry)
    return MadeBackup(path, path.stat().st_size, len(whole.entries), tuple(left_out))


def marks_of(admin: SiteAdmin) -> SiteMarks:
    """What the site has come to now."""
    store = admin.store
    return SiteMarks(
        {name: store.last_number(name) for name in NUMBERS},
        {subject.id: subject.version for subject in store.every()},
        {item.id: item.revoked for item in store.passes()},
    )


def site_marks_in(backup: VerifiedBackup) -> SiteMarks:
    """What the site had come to, by its backup. Raises BackupError where it is none of a site."""
    if backup.manifest.kind != _KIND:
        raise BackupError(
            "is the backup of a centre, and of no site's own administration",
            where=str(backup.path),
            remedy="gatepost central backup",
        )
    try:
        return json_of(bytes(backup.manifest.about), SiteMarks)
    except Undecodable as error:
        raise BackupError(f"says nothing of its site: {error}", where=str(backup.path)) from None


def lost_of_site(backup: SiteMarks, there: SiteMarks) -> Iterator[str]:
    """A line for what a site that is still there has, and its backup has not."""
    built, kept = there.numbers.get("registry", 0), backup.numbers.get("registry", 0)
    if built > kept:
        yield f"registry: version {built} was built, the backup knows {kept}"
    changed = sorted(name for name, of in there.people.items() if backup.people.get(name, of) != of)
    for what, names in (
        ("added since", sorted(there.people.keys() - backup.people.keys())),
        ("changed since", changed),
        ("removed since, would be known again", sorted(backup.people.keys() - there.people.keys())),
    ):
        if names:
            yield f"people {what}: {_some(names)}"
    issued = sorted(there.passes.keys() - backup.passes.keys())
    revoked = sorted(name for name, gone in there.passes.items() if gone and backup.passes.get(name) is False)
    if issued:
        yield f"passes issued since, which gates go on taking and nobody here can revoke: {_some(issued)}"
    if revoked:
        yield f"passes revoked since, would count again: {_some(revoked)}"


def restore_site(backup: VerifiedBackup, identities: list[pyrage.x25519.Identity], folder: Path) -> SiteAdmin:
    """Put a site back into `folder`, which is not there or empty. Raises BackupError, and leaves nothing
    then.
    """
    marks = site_marks_in(backup)
    place = EntryPlace(_PLACE, folder, is_folder=True)
    refuse_what_is_there([place])
    refuse_full_disks([place], {_PLACE: sum(entry.size for entry in backup.manifest.entries)})
    clear_aside([place])

    def take(entry: BackupEntry, pieces: Iterator[bytes]) -> None:
        if entry.name.startswith(f"database/{SUBJECTS}/"):
            put_aside(entry, pieces, place.aside / SUBJECTS, more=True)
        elif (path := place.of(entry)) is not None:
            put_aside(entry, pieces, path)

    try:
        read_entries(backup, identities, take)
        check(place.aside / SUBJECTS)
        _go_ahead(open_site_admin(place.aside), marks)
        into_place([place])
    finally:
        clear_aside([place])
    return open_site_admin(folder)


def _go_ahead(admin: SiteAdmin, marks: SiteMarks) -> None:
    """Put the next numbers of a site above all that gates can hold."""
    with closing(sqlite3.connect(admin.folder / SUBJECTS)) as connection, connection:
        for name, number in marks.numbers.items():
            if number:
                row = (name, number + AHEAD)
                connection.execute("INSERT OR REPLACE INTO number VALUES (?, ?)", row)
    path = admin.folder / "keys" / SIGNED_POLICY
    if path.is_file():
        before = read_bounded(path, _MOST_FILE)
        publish(path, sign_policy_ahead(before, admin.keys.policy, admin.keys.root, AHEAD))


def _files_of(folder: Path) -> Iterator[Path]:
    """The files of a site, without what its gates keep themselves. Raises BackupError for far too many."""
    found = 0
    for name in _KEPT:
        top = folder / name
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            inside = path.relative_to(folder).parts
            is_state = inside[0] == "gates" and _OF_A_GATE in inside[2:3]
            if not is_state and path.is_file() and not path.is_symlink() and not path.name.endswith(".new"):
                found += 1
                if found > _MOST_FILES:
                    raise BackupError(
                        f"has more than {_MOST_FILES} files", where=str(top), remedy="look there"
                    )
                yield path


def _is_other(path: Path) -> bool:
    return path.name not in {*_KEPT, "root"} and not path.name.startswith((SUBJECTS, f".{SUBJECTS}"))


def _add(writer: BackupWriter, folder: Path, file: Path) -> None:
    try:
        writer.add_file(f"{_PLACE}/{file.relative_to(folder)}", file, _MOST_FILE)
    except OSError as error:
        raise BackupError(error.strerror or str(error), where=str(file)) from None


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:10])
    return shown if len(names) <= 10 else f"{shown} and {len(names) - 10} more"
