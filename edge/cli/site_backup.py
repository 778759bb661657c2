"""`gatepost site backup`: a site's own administration in one encrypted file, and back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter
from cyclopts.validators import Number

from edge.admin.publication import AHEAD
from edge.admin.site_admin import open_site_admin
from edge.admin.site_backup import back_up_site, lost_of_site, marks_of, restore_site, site_marks_in
from edge.backup.keeping import keep_newest, name_of
from edge.backup.keys import read_identities, recipients_of, trusted_signers
from edge.backup.reading import VerifiedBackup, verify_backup
from edge.cli.answers import Json, answer
from edge.cli.backup_arguments import Backup, Identity, Recipients, SignedBy
from edge.cli.files_to_read import ToRead
from edge.cli.sites import HERE, SiteFolder, site_admin_in
from edge.signing.cose import instant
from edge.support.counted import counted

backup_app = cyclopts.App(name="backup", help="The site's folder in one encrypted file, and back.")


@backup_app.command
def create(
    out: Annotated[Path, Parameter(name="OUT", help="The folder, on another disk, that the backup goes to.")],
    /,
    *,
    to: Recipients,
    keep: Annotated[
        int | None,
        Parameter(help="Remove all but so many of the newest there.", validator=Number(gte=1, lte=10**6)),
    ] = None,
    folder: SiteFolder = HERE,
    json: Json = False,
) -> None:
    """Back up a site's folder: keys, people, passes, rules, what was built. No root key and no gate's
    journal.

    Example: gatepost site backup create /media/backups --to age1…
    """
    admin, now = site_admin_in(folder), datetime.now(UTC)
    made = back_up_site(admin, out / name_of(admin.site.id, now), recipients_of(to, "--to"), now)
    gone = [] if keep is None else keep_newest(out, admin.site.id, keep)
    answer(
        {
            "file": str(made.path),
            "size": made.size,
            "count": made.entries,
            "left_out": list(made.left_out),
            "removed": [str(path) for path in gone],
        },
        f"{made.path}: {counted(made.entries, 'entry', 'entries')}, {counted(made.size, 'byte')}",
        *(f"left out: {line}" for line in made.left_out),
        *(f"removed: {path}" for path in gone),
        json=json,
    )


@backup_app.command
def verify(
    file: Backup, /, *, identity: Identity, signed_by: SignedBy | None = None, json: Json = False
) -> None:
    """Read a backup to its end, and say what is in it; exit 1 where a byte is not what was signed.

    Example: gatepost site backup verify green-court-20261127T020000Z.age --identity backup.key
    """
    trusted = None if signed_by is None else trusted_signers(signed_by)
    backup = verify_backup(file, read_identities(identity), trusted)
    marks = site_marks_in(backup)
    answer(
        {**fields_of(backup, checked=trusted is not None), "version": marks.numbers.get("registry", 0)},
        *lines_of(backup, checked=trusted is not None),
        f"registry version {marks.numbers.get('registry', 0)}, "
        f"{counted(len(marks.people), 'person', 'people')}",
        json=json,
    )


@backup_app.command
def restore(
    file: Backup,
    folder: Annotated[Path, Parameter(name="FOLDER", help="Where the site is put; not there, or empty.")],
    /,
    *,
    identity: Identity,
    signed_by: SignedBy,
    against: Annotated[
        Path | None,
        ToRead,
        Parameter(help="The site's folder as it is, if it is: what would be lost is listed."),
    ] = None,
    dry_run: Annotated[
        bool, Parameter(negative="", help="Say what would be lost, and put nothing back.")
    ] = False,
    json: Json = False,
) -> None:
    """Put a site back. What was set after the backup is not in it, and is listed where --against shows it.

    The next versions are numbered far above all that gates can hold, so that they are not refused as older.

    Example: gatepost site backup restore FILE green-court --identity backup.key --signed-by root.pub
    """
    identities = read_identities(identity)
    backup = verify_backup(file, identities, trusted_signers(signed_by))
    marks = site_marks_in(backup)
    lost = [] if against is None else list(lost_of_site(marks, marks_of(open_site_admin(against))))
    following = marks.numbers.get("registry", 0) + AHEAD + 1
    if not dry_run:
        restore_site(backup, identities, folder)
    answer(
        {**fields_of(backup, checked=True), "folder": str(folder), "lost": lost, "restored": not dry_run},
        *lines_of(backup, checked=True),
        *lost_lines(lost, compared=against is not None),
        *(
            ["nothing was put back: --dry-run"]
            if dry_run
            else [
                f"restored to {folder}; the next registry is version {following}, above all that gates hold",
                "look at people and passes, then: gatepost registry build",
            ]
        ),
        json=json,
    )


def fields_of(backup: VerifiedBackup, *, checked: bool) -> dict[str, object]:
    """What a verified backup is, for programs."""
    manifest = backup.manifest
    return {
        "file": str(backup.path),
        "at": instant(manifest.made_at),
        "sites": list(manifest.of),
        "software": manifest.software,
        "count": len(manifest.entries),
        "size": backup.size,
        "key": backup.signer.hex(),
        "believed": checked,
    }


def lines_of(backup: VerifiedBackup, *, checked: bool) -> list[str]:
    """The same for people."""
    manifest = backup.manifest
    at = f"{instant(manifest.made_at):%Y-%m-%d %H:%M:%S} UTC"
    by = "as gates know it" if checked else "which nobody compared: name --signed-by"
    return [
        f"{backup.path}: every byte is what was signed, {counted(len(manifest.entries), 'entry', 'entries')}",
        f"of {', '.join(manifest.of) or 'no site'}, {at}, by Gatepost {manifest.software}",
        f"signed by key {backup.signer.hex()}, {by}",
    ]


def lost_lines(lost: list[str], *, compared: bool) -> list[str]:
    """What would be lost, for people."""
    if not compared:
        return ["nothing is here to compare it with: whatever was set after that time is not in it"]
    return [f"lost: {line}" for line in lost] or ["compared with what is there: nothing would be lost"]
