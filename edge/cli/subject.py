"""`gatepost subject`: keep the subjects of a site."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import cyclopts
import msgspec
from cyclopts import Parameter
from msgspec.structs import replace
from rich.table import Table

from edge.admin.enrolment import enrol, flag_alike
from edge.admin.ids import checked_id
from edge.admin.imports.importing import DEFAULT_GROUPS
from edge.admin.lists import IssuerListAdmin
from edge.admin.times import check_order, end_of
from edge.cli.code import certificate_in
from edge.cli.sites import HERE, SiteFolder, Until, instant, site_admin_in
from edge.cli.terminal import console
from edge.credentials.certificates import links_of, person_named
from edge.decision import HomeIsolation, IsolationException, Status, StatusRecord, Subject
from edge.errors import RegistryError
from edge.vision.configuration import FaceEngineName

app = cyclopts.App(name="subject", help="Keep the subjects of a site.")

Engine = Annotated[FaceEngineName, Parameter(name="--engine", help="must be the gates' vision.faces")]


@app.command
def add(
    subject_id: str,
    *,
    name: str = "",
    address: Annotated[str, Parameter(help="address code: building/unit/room")] = "",
    group: Annotated[tuple[str, ...], Parameter(help="may be repeated")] = DEFAULT_GROUPS,
    status: Status | None = None,
    photo: Annotated[tuple[Path, ...], Parameter(help="a portrait; may be repeated; not kept")] = (),
    valid_from: datetime | None = None,
    valid_until: Until = None,
    language: str = "zh",
    engine: Engine = FaceEngineName.SFACE,
    site: SiteFolder = HERE,
) -> None:
    """Add a person. Times without a zone are the site's."""
    admin = site_admin_in(site)
    now = datetime.now(UTC)
    record = None
    if status is not None:
        record = StatusRecord(status, "site office", "set when added", "manual", now)
    begins, ends = instant(admin, valid_from), instant(admin, valid_until)
    check_order(begins, ends)
    subject = Subject(
        checked_id(subject_id),
        name=name,
        address=address,
        groups=frozenset(group),
        status=record,
        valid_from=begins,
        valid_until=ends,
        language=language,
    )
    enrolled = enrol(admin, photo, engine, subject_id)
    admin.store.add(subject, enrolled.vectors, enrolled.engine)
    flag_alike(admin, enrolled)
    _warn(enrolled.warnings)
    print(
        f"added {subject_id} with {len(enrolled.vectors)} templates; gatepost registry build tells the gates"
    )


@app.command
def status(
    subject_id: str,
    value: Status,
    *,
    reason: str = "",
    source: str = "site office",
    rule: str = "manual",
    since: datetime | None = None,
    until: Until = None,
    site: SiteFolder = HERE,
) -> None:
    """Set the state of somebody's health code, with its grounds: they are shown with every denial."""
    admin = site_admin_in(site)
    begins = instant(admin, since) or datetime.now(UTC)
    ends = instant(admin, until)
    check_order(begins, ends)
    record = StatusRecord(value, source, reason, rule, begins, ends)
    admin.store.change(replace(admin.store.get(subject_id), status=record))
    print(
        f"{subject_id} is {value} from {begins:%Y-%m-%d %H:%M} UTC; gatepost registry build tells the gates"
    )


@app.command
def isolate(
    subject_id: str,
    *,
    source: str = "site office",
    since: datetime | None = None,
    until: Until = None,
    exception: Annotated[
        tuple[str, ...], Parameter(help="'FROM/UNTIL reason', times in ISO 8601; may be repeated")
    ] = (),
    lift: bool = False,
    site: SiteFolder = HERE,
) -> None:
    """Order somebody to stay at home: their exit is refused and alarmed. --lift ends it."""
    admin = site_admin_in(site)
    begins = instant(admin, since) or datetime.now(UTC)
    ends = instant(admin, until)
    check_order(begins, ends)
    exceptions = tuple(_exception(text, admin.local_time) for text in exception)
    order = None if lift else HomeIsolation(source, begins, ends, exceptions)
    admin.store.change(replace(admin.store.get(subject_id), isolation=order))
    print(
        f"{subject_id}: isolation {'lifted' if lift else 'ordered'}; gatepost registry build tells the gates"
    )


@app.command
def photo(
    subject_id: str,
    *photographs: Path,
    engine: Engine = FaceEngineName.SFACE,
    site: SiteFolder = HERE,
) -> None:
    """Enrol more photographs of somebody; they are not kept."""
    admin = site_admin_in(site)
    enrolled = enrol(admin, photographs, engine, subject_id)
    admin.store.change(admin.store.get(subject_id), enrolled.vectors, enrolled.engine)
    flag_alike(admin, enrolled)
    _warn(enrolled.warnings)
    print(f"{subject_id} has {len(enrolled.vectors)} more templates")


@app.command
def link(
    subject_id: str,
    code: Annotated[Path, Parameter(help="a picture of the certificate's code, or a file with its text")],
    *,
    site: SiteFolder = HERE,
) -> None:
    """Note that a health certificate is this person's, who showed it with their papers: it opens for them."""
    admin = site_admin_in(site)
    reading = certificate_in(code, IssuerListAdmin(admin).trust(), datetime.now(UTC))
    name, born = person_named(reading)
    print(
        f"the certificate names {name or 'nobody'}, born {born or 'nobody says when'}: compare their papers"
    )
    subject = admin.store.get(subject_id)
    links = {*links_of(reading), *subject.certificates}
    admin.store.change(replace(subject, certificates=tuple(sorted(links))))
    print(f"linked to {subject_id}; gatepost registry build tells the gates")


@app.command
def remove(subject_id: str, *, site: SiteFolder = HERE) -> None:
    """Erase somebody's record and templates here; the next registry erases them at the gates."""
    site_admin_in(site).store.remove(subject_id)
    print(f"removed {subject_id}; gatepost registry build tells the gates")


@app.command
def receipt(subject_id: str, *, site: SiteFolder = HERE) -> int:
    """Look wherever this site's folder could know somebody still, and say where; exit 1 while it does."""
    places = site_admin_in(site).still_known(subject_id)
    for place in places:
        print(f"known in {place}")
    print(
        "not erased here yet" if places else f"{subject_id} is erased here; gates drop them with the registry"
    )
    return 1 if places else 0


@app.command(name="list")
def list_subjects(*, json: bool = False, site: SiteFolder = HERE) -> None:
    """Show everybody."""
    store = site_admin_in(site).store
    counts: dict[str, int] = {}
    for template in store.templates():
        counts[template.subject_id] = counts.get(template.subject_id, 0) + 1
    table = Table("id", "name", "address", "groups", "status", "templates")
    for subject in store.every():
        if json:
            print(msgspec.json.encode(subject).decode())
        else:
            shown = subject.status.value if subject.status else "absent"
            groups = ", ".join(sorted(subject.groups))
            count = str(counts.get(subject.id, 0))
            table.add_row(subject.id, subject.name, subject.address, groups, shown, count)
    if not json:
        console().print(table)


app.command("edge.cli.enrolment:import_subjects", name="import")
app.command("edge.cli.enrolment:enrol", name="enrol")
app.command("edge.cli.enrolment:withdraw", name="withdraw")
app.command("edge.cli.enrolment:consents", name="consents")
app.command("edge.cli.enrolment:near_misses", name="near-misses")
app.command("edge.cli.enrolment:second_factor", name="second-factor")


def _warn(warnings: tuple[str, ...]) -> None:
    for warning in warnings:
        print(f"warning: {warning}")


def _exception(text: str, local_time: Callable[[datetime], datetime]) -> IsolationException:
    """'2026-03-01T08:00/2026-03-01T12:00 hospital' in the site's time."""
    window, _, reason = text.partition(" ")
    since, _, until = window.partition("/")
    try:
        begins, ends = datetime.fromisoformat(since), end_of(until)
    except ValueError:
        raise RegistryError(
            f"{text!r} is not an exception", remedy="write '2026-03-01T08:00/2026-03-01T12:00 hospital'"
        ) from None
    check_order(begins, ends)
    return IsolationException(reason or "declared", local_time(begins), local_time(ends))
