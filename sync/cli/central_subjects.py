"""`gatepost central subjects`: the people of every site."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import cyclopts
import msgspec
from cyclopts import Parameter

from edge.admin.times import check_order
from edge.cli.sites import Until
from edge.decision import Status, StatusRecord
from edge.errors import ConfigurationError
from sync.central.people import subjects
from sync.central.people.core.import_plan import Protected
from sync.central.people.importing import carry_out, site_import, table_import
from sync.central.registry.contents import publisher_of
from sync.central.registry.erasure import receipt_of
from sync.central.service import wall
from sync.cli.central_context import HERE, Config, iso, opened, section_of

subjects_app = cyclopts.App(name="subjects", help="The people of every site, and their status.")


@subjects_app.command(name="import")
def import_subjects(
    source: Path,
    *,
    site: str = "",
    take: Annotated[
        tuple[Protected, ...], Parameter(help="a field that is taken too where one is held; may be repeated")
    ] = (),
    actor: Annotated[str, Parameter(help="who takes it, by name: needed with --take")] = "",
    dry_run: Annotated[
        bool, Parameter(negative="", help="say what would change, and change nothing")
    ] = False,
    config: Config = HERE,
) -> int:
    """Take subjects from a CSV file, or a whole site's office from its folder (templates too, sealed).

    Of people who are known here already, status, isolation and validity stay as they are unless --take names
    them, and nothing is taken that is older than what is held. Every change is listed. The columns are those
    of `gatepost subject import`, without photographs; an empty cell says nothing. Exit 1 where a row was bad
    or refused.
    """
    if take and not actor.strip():
        raise ConfigurationError("whose act is it?", where="--take", remedy="name yourself: --actor NAME")
    if not source.is_dir() and not site:
        raise ConfigurationError("of which site are they?", remedy="name --site ID")
    with opened(config) as store, store.writing() as connection:
        if source.is_dir():
            planned = site_import(connection, source, take)
        else:
            planned = table_import(connection, site, source, take)
        if not dry_run:
            carry_out(connection, planned, actor.strip() or f"import of {source}", wall())
    for line in planned.lines():
        print(line)
    would = "would be " if dry_run else ""
    print(
        f"{planned.added} subjects {would}added, {planned.changed} {would}changed, "
        f"{planned.refused + len(planned.problems)} {would}refused"
    )
    return 1 if planned.refused or planned.problems else 0


@subjects_app.command(name="list")
def list_subjects(site: str, *, config: Config = HERE, json: bool = False) -> None:
    """List the subjects of a site."""
    with opened(config) as store, store.reading() as connection:
        found = subjects.subjects_of(connection, site)
    for subject in found:
        if json:
            print(msgspec.json.encode(subject).decode())
        else:
            status = "no status" if subject.status is None else subject.status.value.value
            print(f"{subject.id}  {subject.name}  {subject.address}  {status}")


@subjects_app.command
def status(
    site: str,
    subject: str,
    value: Status | None = None,
    *,
    actor: str = "",
    reason: str = "",
    source: str = "central",
    rule: str = "manual",
    since: datetime | None = None,
    until: Until = None,
    config: Config = HERE,
) -> None:
    """Set the state of somebody's health code, in --actor's name; without a VALUE, show who set which.

    Times without a zone are UTC.
    """
    with opened(config) as store:
        if value is None:
            with store.reading() as connection:
                subjects.subject_at(connection, site, subject)
                history = subjects.status_history(connection, site, subject)
            for change in history:
                record = change.record
                print(f"{iso(change.at)}  {record.value}  by {change.actor}: {record.reason} ({record.rule})")
            return
        begins = _aware(since) or datetime.now(UTC)
        ends = _aware(until)
        check_order(begins, ends)
        record = StatusRecord(value, source, reason, rule, begins, ends)
        with store.writing() as connection:
            subjects.set_status(connection, site, subject, record, actor, wall())
    print(f"{subject} of {site} is {value} from {begins:%Y-%m-%d %H:%M} UTC")


@subjects_app.command
def remove(site: str, subject: str, *, config: Config = HERE) -> None:
    """Erase somebody's record, templates and history here; the next registry tells the gates."""
    with opened(config) as store, store.writing() as connection:
        subjects.remove_subject(connection, site, subject)
    print(f"{subject} of {site} is erased; gatepost central subjects receipt says where they are known still")


@subjects_app.command
def receipt(site: str, subject: str, *, config: Config = HERE) -> int:
    """Look wherever somebody could be known still, and say where; exit 1 while anybody does.

    After `remove` and `gatepost central registry publish` nothing here knows them; a gate drops them with
    that version.
    """
    section = section_of(config)
    with opened(config) as store, store.reading() as connection:
        found = receipt_of(connection, publisher_of(section), site, subject, datetime.now(UTC))
    print(f"{subject} of {site}, {found.at:%Y-%m-%d %H:%M} UTC")
    print(f"database: {', '.join(found.tables) or 'erased'}")
    known = ", ".join(str(version) for version in found.versions)
    print(f"published versions: {f'known in {known}' if known else 'erased'}")
    for device, version in sorted({**found.gates, **found.clean}.items()):
        print(f"gate {device}: version {version}, {'not yet erased' if device in found.gates else 'erased'}")
    print("erased everywhere" if found.is_complete else "not erased everywhere yet")
    return 0 if found.is_complete else 1


def _aware(instant: datetime | None) -> datetime | None:
    return instant if instant is None or instant.tzinfo is not None else instant.replace(tzinfo=UTC)
