"""`gatepost central subject`: the people of every site."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.admin.times import check_order
from edge.cli.answers import Json, answer
from edge.cli.arguments import Actor, AsInFiles, Since, StatusWord, SubjectId, Until, aware, plain
from edge.decision import StatusRecord
from edge.errors import ConfigurationError
from sync.central.audit.audit import About, note
from sync.central.changes.core.change import EraseSubject, SetStatus
from sync.central.changes.submitting import Waiting, submit
from sync.central.people import subjects
from sync.central.people.core.import_plan import Protected
from sync.cli.central_context import CentralFile, SiteId, Whose, iso, limits_of, opened, section_of, whose
from sync.transport.clock import wall

subject_app = cyclopts.App(name="subject", help="The people of every site.")
status_app = cyclopts.App(name="status", help="The state of a health code.")
receipt_app = cyclopts.App(name="receipt", help="Where somebody is known still.")
subject_app.command(status_app)
subject_app.command(receipt_app)


@subject_app.command(name="import")
def import_subjects(
    source: Annotated[Path, Parameter(help="A CSV file, or the folder of a site.")],
    /,
    *,
    site: Annotated[str, Parameter(help="The id of their site; a folder knows its own.")] = "",
    take: Annotated[
        tuple[Protected, ...],
        AsInFiles,
        Parameter(help="A field that is taken too where one is held; may be repeated."),
    ] = (),
    actor: Annotated[str, Parameter(help="Who takes it, by name: needed with --take.")] = "",
    dry_run: Annotated[bool, Parameter(help="Show what would change, and change nothing.")] = False,
    json: Json = False,
    config: CentralFile = None,
) -> int:
    """Import subjects from a CSV file, or a whole site from its folder (templates too, sealed).

    Of people who are known here already, status, isolation and validity stay as they are unless --take names
    them, and nothing is taken that is older than what is held. Every change is listed. The columns are those
    of `gatepost subject import`, without photographs; an empty cell says nothing. Exit 1 where a row was bad
    or refused.

    Example: gatepost central subject import residents.csv --site green-court --dry-run
    """
    from sync.central.people.importing import apply_import, plan_site_import, plan_table_import

    if take and not actor.strip():
        raise ConfigurationError("whose act is it?", where="--take", remedy="name yourself: --actor NAME")
    if not source.is_dir() and not site:
        raise ConfigurationError("of which site are they?", remedy="name --site ID")
    with opened(config) as store, store.writing() as connection:
        if source.is_dir():
            planned = plan_site_import(connection, source, take)
        else:
            planned = plan_table_import(connection, site, source, take)
        if not dry_run:
            apply_import(connection, planned, actor.strip() or f"import of {source}", wall())
            about = About("site", planned.site.id, planned.site.id)
            counts = {"added": planned.added, "changed": planned.changed}
            note(connection, whose(actor), "import_subjects", about, wall(), detail=counts)
    would = "would be " if dry_run else ""
    refused = planned.refused + len(planned.problems)
    lines = [str(line) for line in planned.lines()]
    answer(
        {
            "added": planned.added,
            "changed": planned.changed,
            "refused": refused,
            "changes": lines,
            "dry_run": dry_run,
        },
        *lines,
        f"{planned.added} {would}added, {planned.changed} {would}changed, {refused} {would}refused",
        json=json,
    )
    return int(bool(refused))


@subject_app.command(name="list")
def list_subjects(site: SiteId, /, *, json: Json = False, config: CentralFile = None) -> None:
    """List the subjects of a site.

    Example: gatepost central subject list green-court
    """
    with opened(config) as store, store.reading() as connection:
        found = subjects.subjects_of(connection, site)
    for subject in found:
        status = "no status" if subject.status is None else subject.status.value.value
        fields = plain(subject)
        answer(
            {"subject": fields.pop("id"), "site": site, **fields},
            f"{subject.id}  {subject.name}  {subject.address}  {status}",
            json=json,
        )


@status_app.command(name="list")
def list_status(
    site: SiteId, subject: SubjectId, /, *, json: Json = False, config: CentralFile = None
) -> None:
    """List the states of somebody's health code, and who set which.

    Example: gatepost central subject status list green-court li-na
    """
    with opened(config) as store, store.reading() as connection:
        subjects.subject_at(connection, site, subject)
        history = subjects.status_history(connection, site, subject)
    for change in history:
        record = change.record
        fields = {"site": site, "subject": subject, "at": iso(change.at), "actor": change.actor}
        answer(
            fields | {"status": record.value, "reason": record.reason, "rule": record.rule},
            f"{iso(change.at)}  {record.value}  by {change.actor}: {record.reason} ({record.rule})",
            json=json,
        )


@status_app.command(name="set")
def set_status(
    site: SiteId,
    subject: SubjectId,
    value: Annotated[StatusWord, Parameter(name="STATUS")],
    /,
    *,
    actor: Actor,
    reason: Annotated[str, Parameter(help="Why; shown with every denial.")] = "",
    source: Annotated[str, Parameter(help="Who says so; shown with every denial.")] = "central",
    rule: Annotated[str, Parameter(help="The rule that gave it.")] = "manual",
    since: Since = None,
    until: Until = None,
    json: Json = False,
    config: CentralFile = None,
) -> int:
    """Set the state of somebody's health code, by name. Times without a zone are UTC.

    Where more people would be changed within a day than one person may change alone, it waits for a second
    person, who approves it in the console: exit 1.

    Example: gatepost central subject status set green-court li-na yellow --actor "Wang Fang"
    """
    begins, ends = aware(since) or datetime.now(UTC), aware(until)
    check_order(begins, ends)
    record = StatusRecord(value, source, reason, rule, begins, ends)
    change = SetStatus(site, subject, record)
    why = reason.strip() or f"{value} by {rule}"
    with opened(config) as store, store.writing() as connection:
        made = submit(connection, whose(actor), [change], why=why, now=wall(), limits=limits_of(config))
    if isinstance(made, Waiting):
        return _waits(made, site, subject, json=json)
    fields = {"site": site, "subject": subject, "status": value, "since": begins, "until": ends}
    answer(
        fields | {"actor": actor},
        f"{subject} of {site} is {value} from {begins:%Y-%m-%d %H:%M} UTC",
        json=json,
    )
    return 0


@subject_app.command
def remove(
    site: SiteId, subject: SubjectId, /, *, actor: Whose = "", json: Json = False, config: CentralFile = None
) -> int:
    """Remove somebody's record, templates and history here; the next registry tells the gates.

    Several erasures within a day wait for a second person: exit 1.

    Example: gatepost central subject remove green-court li-na
    """
    change = EraseSubject(site, subject)
    with opened(config) as store, store.writing() as connection:
        why, limits = "removed at the command line", limits_of(config)
        made = submit(connection, whose(actor), [change], why=why, now=wall(), limits=limits)
    if isinstance(made, Waiting):
        return _waits(made, site, subject, json=json)
    answer(
        {"site": site, "subject": subject},
        f"{subject} of {site} is erased; gatepost central subject receipt show says where still",
        json=json,
    )
    return 0


def _waits(made: Waiting, site: str, subject: str, *, json: bool) -> int:
    """Say that nothing was done yet."""
    answer(
        {"site": site, "subject": subject, "waits": made.number, "until": iso(made.lapses_at)},
        f"nothing was done: change {made.number} waits for a second person until {iso(made.lapses_at)}",
        json=json,
    )
    return 1


@receipt_app.command(name="show")
def receipt(site: SiteId, subject: SubjectId, /, *, json: Json = False, config: CentralFile = None) -> int:
    """Show where somebody could be known still; exit 1 while they are known anywhere.

    After `remove` and `gatepost central registry publish` nothing here knows them; a gate drops them with
    that version.

    Example: gatepost central subject receipt show green-court li-na
    """
    from sync.central.registry.contents import publisher_of
    from sync.central.registry.erasure import receipt_of

    section = section_of(config)
    with opened(config) as store, store.reading() as connection:
        found = receipt_of(connection, publisher_of(section), site, subject, datetime.now(UTC))
    known = ", ".join(str(version) for version in found.versions)
    gates = sorted({**found.gates, **found.clean}.items())
    answer(
        {
            "site": site,
            "subject": subject,
            "at": found.at,
            "erased": found.is_complete,
            "tables": found.tables,
            "versions": found.versions,
            "gates": [
                {"device": device, "version": version, "erased": device not in found.gates}
                for device, version in gates
            ],
        },
        f"{subject} of {site}, {found.at:%Y-%m-%d %H:%M} UTC",
        f"database: {', '.join(found.tables) or 'erased'}",
        f"published versions: {f'known in {known}' if known else 'erased'}",
        *(
            f"gate {device}: version {version}, {'not yet erased' if device in found.gates else 'erased'}"
            for device, version in gates
        ),
        "erased everywhere" if found.is_complete else "not erased everywhere yet",
        json=json,
    )
    return int(not found.is_complete)
