"""`gatepost central backup`: the whole centre in one encrypted file, and back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter
from cyclopts.validators import Number

from edge.backup.errors import BackupError
from edge.backup.keeping import keep_newest, name_of
from edge.backup.keys import read_identities, recipients_of, trusted_signers
from edge.backup.reading import verify_backup
from edge.cli.answers import Json, answer
from edge.cli.backup_arguments import Backup, Identity, Recipients, SignedBy
from edge.cli.files_to_read import ToRead
from edge.cli.site_backup import fields_of, lines_of, lost_lines
from edge.support.counted import counted
from sync.cli.central_context import CentralFile, Whose, ago, central_file, opened, whose
from sync.transport.clock import wall

backup_app = cyclopts.App(name="backup", help="The whole centre in one encrypted file, and back.")

_STEM = "centre"


@backup_app.command
def create(
    out: Annotated[
        Path | None,
        Parameter(
            name="OUT", help="The folder, on another disk, that the backup goes to; else [backup] folder."
        ),
    ] = None,
    /,
    *,
    to: Recipients = (),
    keep: Annotated[
        int | None,
        Parameter(help="Remove all but so many of the newest there.", validator=Number(gte=1, lte=10**6)),
    ] = None,
    due: Annotated[
        bool, Parameter(negative="", help="Do nothing where central.toml has no [backup]: for a timer.")
    ] = False,
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Back up the centre while it runs: database, keys, configuration, what was published, history, the
    authority.

    Without words it does what [backup] of central.toml says, once a day by a timer. The key that opens it is
    not here: gatepost backup key create.

    Example: gatepost central backup create /media/backups --to age1…
    """
    from sync.central.backup.creating import Centre, back_up_centre
    from sync.central.backup.last import last_backup
    from sync.central.configuration import load_configuration

    file, now = central_file(config), datetime.now(UTC)
    configuration = load_configuration(file)
    section = configuration.backup
    folder = out or (None if section is None else section.folder)
    if folder is None and due:
        answer({"file": ""}, f"{file} has no [backup]: nothing is backed up", json=json)
        return
    if folder is None:
        raise BackupError(
            "where to?", where=str(file), remedy="name a folder on another disk, or write [backup]"
        )
    named = to or (() if section is None else section.recipients)
    keep = keep if keep is not None or section is None or out is not None else section.keep
    recipients = recipients_of(named, "--to" if to else f"{file}, [backup] recipients")
    stem = f"{_STEM}-{configuration.central.id}"
    with opened(config) as store:
        with store.reading() as connection:
            before = last_backup(connection)
        centre = Centre(file, configuration, store)
        made = back_up_centre(centre, folder / name_of(stem, now), recipients, whose(actor), now)
    gone = [] if keep is None else keep_newest(folder, stem, keep)
    answer(
        {
            "file": str(made.path),
            "size": made.size,
            "count": made.entries,
            "removed": [str(each) for each in gone],
        },
        f"{made.path}: {counted(made.entries, 'entry', 'entries')}, {counted(made.size, 'byte')}",
        f"the one before was made {ago(before, wall())}",
        *(f"removed: {each}" for each in gone),
        json=json,
    )


@backup_app.command
def verify(
    file: Backup, /, *, identity: Identity, signed_by: SignedBy | None = None, json: Json = False
) -> None:
    """Read a backup to its end, and say what is in it; exit 1 where a byte is not what was signed.

    Example: gatepost central backup verify FILE --identity backup.key --signed-by central.pub
    """
    from sync.central.backup.creating import about_centre

    trusted = None if signed_by is None else trusted_signers(signed_by)
    backup = verify_backup(file, read_identities(identity), trusted)
    about = about_centre(backup.manifest, file)
    marks = about.marks
    events = sum(mark.prefix for mark in marks.journals)
    answer(
        {
            **fields_of(backup, checked=trusted is not None),
            "database_version": about.schema,
            "counts": {"people": marks.people, "gates": len(marks.devices), "events": events},
            "versions": marks.versions,
        },
        *lines_of(backup, checked=trusted is not None),
        f"{about.database}, schema version {about.schema}: {counted(marks.people, 'person', 'people')}, "
        f"{counted(len(marks.devices), 'gate')}, {counted(events, 'event')}",
        *(f"{site}: version {version}" for site, version in sorted(marks.versions.items())),
        json=json,
    )


@backup_app.command
def restore(
    file: Backup,
    /,
    *,
    identity: Identity,
    signed_by: SignedBy,
    folder: Annotated[
        Path | None, Parameter(help="Put all of it into this folder; by default everything where it was.")
    ] = None,
    database: Annotated[
        str | None, Parameter(help="The URL of an empty database in place of the one that it had.")
    ] = None,
    against: Annotated[
        Path | None,
        ToRead,
        Parameter(help="central.toml of the centre as it is, if it is: what would be lost is listed."),
    ] = None,
    dry_run: Annotated[
        bool, Parameter(negative="", help="Say what would be lost, and put nothing back.")
    ] = False,
    actor: Whose = "",
    json: Json = False,
) -> None:
    """Put a centre back where nothing is. What was set after the backup is not in it: --against lists it
    first.

    Then start it and let the gates report: they send again what the backup lacks and they still have, and
    nothing is published before they said which version they hold.

    Example: gatepost central backup restore FILE --identity backup.key --signed-by central.pub
    """
    from sync.central.backup.creating import about_centre
    from sync.central.backup.restoring import Target, restore_centre

    identities = read_identities(identity)
    backup = verify_backup(file, identities, trusted_signers(signed_by))
    marks = about_centre(backup.manifest, file).marks
    lost = [] if against is None else _lost(against, marks)
    fields = {**fields_of(backup, checked=True), "lost": lost, "restored": not dry_run}
    lines = [*lines_of(backup, checked=True), *lost_lines(lost, compared=against is not None)]
    if dry_run:
        answer(fields, *lines, "nothing was put back: --dry-run", json=json)
        return
    done = restore_centre(backup, identities, Target(folder, database), whose(actor), datetime.now(UTC))
    answer(
        fields | {"config": str(done.file), "database_version": done.schema},
        *lines,
        f"restored: {done.file}, database version {done.schema}; {counted(done.sessions, 'sign-in')}, "
        f"{counted(done.messages, 'message')} that waited, and all codes for devices ended",
        "look at who may sign in, at tokens and at devices: what was taken from them since is given again",
        "start it, wait for the gates (gatepost central status), then publish: gatepost central registry",
        json=json,
    )


def _lost(against: Path, marks: object) -> list[str]:
    """What the centre that is there would lose."""
    from sync.central.backup.marks import CentreMarks, lost, marks_of
    from sync.central.configuration import load_configuration

    assert isinstance(marks, CentreMarks)  # noqa: S101 - so its module is loaded only where it is needed
    section = load_configuration(against).registry
    with opened(against) as store, store.reading() as connection:
        return list(lost(marks, marks_of(connection, section), connection))
