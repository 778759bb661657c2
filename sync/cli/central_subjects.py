"""`gatepost central subject`: the people of every site."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import cyclopts
from cyclopts import Parameter

from edge.admin.times import check_order
from edge.cli.answers import Json, answer
from edge.cli.arguments import Actor, Since, SubjectId, Until, aware, plain
from edge.cli.files_to_read import ToRead
from edge.cli.state_words import StatusWord
from edge.decision import StatusRecord
from sync.central.changes.core import EraseSubject, SetStatus
from sync.central.changes.submitting import WaitingSet, submit
from sync.central.people import subjects
from sync.cli.central_context import (
    CentralFile,
    SiteId,
    Whose,
    check_site,
    iso,
    limits_of,
    opened,
    section_of,
    whose,
)
from sync.cli.central_imports import import_subjects
from sync.transport.clock import wall

if TYPE_CHECKING:
    from sync.central.registry.erasure import Receipt

subject_app = cyclopts.App(name="subject", help="The people of every site.")
status_app = cyclopts.App(name="status", help="The state of a health code.")
receipt_app = cyclopts.App(name="receipt", help="Where somebody is known still.")
subject_app.command(import_subjects, name="import")
subject_app.command(status_app)
subject_app.command(receipt_app)


@subject_app.command(name="list")
def list_subjects(site: SiteId, /, *, json: Json = False, config: CentralFile = None) -> None:
    """List the subjects of a site.

    Example: gatepost central subject list green-court
    """
    with opened(config) as store, store.reading() as connection:
        check_site(connection, site)
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
    if isinstance(made, WaitingSet):
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
    if isinstance(made, WaitingSet):
        return _waits(made, site, subject, json=json)
    answer(
        {"site": site, "subject": subject},
        f"{subject} of {site} is erased; gatepost central subject receipt show says where still",
        json=json,
    )
    return 0


def _waits(made: WaitingSet, site: str, subject: str, *, json: bool) -> int:
    """Say that nothing was done yet."""
    answer(
        {"site": site, "subject": subject, "waits": made.number, "until": iso(made.lapses_at)},
        f"nothing was done: change {made.number} waits for a second person until {iso(made.lapses_at)}",
        json=json,
    )
    return 1


@receipt_app.command(name="show")
def receipt(site: SiteId, subject: SubjectId, /, *, json: Json = False, config: CentralFile = None) -> int:
    """Show where somebody could be known still; exit 1 while they are, or nobody was erased by that id.

    After `remove` and `gatepost central registry publish` nothing here knows them; a gate drops them with
    that version.

    Example: gatepost central subject receipt show green-court li-na
    """
    from sync.central.registry.erasure import receipt_of
    from sync.central.registry.section_keys import publisher_of

    section = section_of(config)
    with opened(config) as store, store.reading() as connection:
        check_site(connection, site)
        found = receipt_of(connection, publisher_of(section), site, subject, datetime.now(UTC))
    known = ", ".join(str(version) for version in found.versions)
    gates = sorted({**found.gates, **found.clean}.items())
    gone = "erased" if found.was_known else "nothing"
    may_know = "not yet erased" if found.was_known else "which is not kept here"
    answer(
        {
            "site": site,
            "subject": subject,
            "at": found.at,
            "erased": found.was_known and found.is_complete,
            "known": found.was_known,
            "tables": found.tables,
            "versions": found.versions,
            "gates": [
                {"device": device, "version": version, "erased": device not in found.gates}
                for device, version in gates
            ],
        },
        f"{subject} of {site}, {found.at:%Y-%m-%d %H:%M} UTC",
        f"database: {', '.join(found.tables) or gone}",
        f"published versions: {f'known in {known}' if known else gone}",
        *(
            f"gate {device}: version {version}, {may_know if device in found.gates else gone}"
            for device, version in gates
        ),
        _end_of(found),
        json=json,
    )
    return int(not (found.was_known and found.is_complete))


def _end_of(found: Receipt) -> str:
    if not found.was_known:
        return f"nothing is kept here of {found.subject}, nor that anybody was erased by that id"
    return "erased everywhere" if found.is_complete else "not erased everywhere yet"


@receipt_app.command(name="verify")
def verify_receipt(
    file: Annotated[Path, ToRead, Parameter(help="The receipt of an erasure, as the console gives it.")],
    /,
    *,
    key: Annotated[Path, ToRead, Parameter(help="The centre's public key (PEM).")] = Path("central.pub"),
    json: Json = False,
) -> int:
    """Check the receipt of an erasure, and say what it says; exit 1 while a gate has not confirmed.

    It needs no database and no network.

    Example: gatepost central subject receipt verify erasure-3f9c.receipt --key central.pub
    """
    from edge.registry.keys import read_public_keys
    from edge.signing.cose import keys_of
    from edge.support.files import read_bounded
    from sync.central.people.core import MOST_BYTES, ReceiptRefused, verified

    try:
        data = read_bounded(file, MOST_BYTES)
    except OSError as error:
        raise ReceiptRefused(error.strerror or str(error), where=str(file)) from None
    try:
        found = verified(data, keys_of(read_public_keys(key)))
    except ReceiptRefused as error:
        raise ReceiptRefused(error.what, where=error.where or str(file), remedy=error.remedy) from None
    answer(
        {"site": found.site, "subject": found.subject, "complete": found.is_complete, **plain(found)},
        f"{found.subject} of {found.site}, erased {iso(found.erased_at)} by {found.actor}: {found.reference}",
        *(f"{item.table}: {item.rows}" for item in found.erased),
        *(
            f"gate {item.device}: {'not confirmed' if item.erased_at is None else iso(item.erased_at)}"
            for item in found.gates
        ),
        *(f"remains: {text}" for text in found.remains),
        json=json,
    )
    return int(not found.is_complete)
