"""`gatepost subject`: keep the subjects of a site."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter
from msgspec.structs import replace
from rich.table import Table

from edge.admin.ids import checked_id
from edge.admin.imports.rows import DEFAULT_GROUPS
from edge.admin.lists import IssuerListAdmin
from edge.admin.times import check_order
from edge.cli.answers import Json, answer, objects, warn
from edge.cli.arguments import SubjectId, Until, plain
from edge.cli.files_to_read import ToRead
from edge.cli.sites import HERE, SiteFolder, instant, site_admin_in
from edge.cli.state_words import StatusWord
from edge.cli.terminal import console
from edge.credentials.certificates import links_of, person_named
from edge.decision import StatusRecord, Subject
from edge.support.counted import counted
from edge.vision.configuration import FaceEngineName

_IMPORT = """Import everybody in a table or a folder; those who are refused are named and left out (exit 1).

Columns: id (needed), name, address, groups, status, valid_from, valid_until, language, photos; several
groups or photos are separated by ';' or ',', photos lie in the table's folder or below it. Folder:
ID/any.jpg, or ID.jpg, ID_1.jpg, ID_2.jpg. Two or three photographs of each person serve best.

Example: gatepost subject import people.xlsx --dry-run"""

_ENROL = """Enrol more photographs of somebody, or somebody before a camera, with their consent.

Before a camera you watch the picture; no picture is kept.

Example: gatepost subject enrol li-na --camera v4l2:0 --actor "Wang Wei"
"""

app = cyclopts.App(name="subject", help="Keep the subjects of a site.")
receipt_app = cyclopts.App(name="receipt", help="Where somebody is known still.")
app.command(receipt_app)
app.command("edge.cli.enrolment:import_subjects", name="import", help=_IMPORT)
app.command("edge.cli.enrolment:enrol_subject", name="enrol", help=_ENROL)
app.command("edge.cli.enrolment:consent_app", name="consent", help="Who agreed to be enrolled.")
app.command("edge.cli.enrolment:near_miss_app", name="near-miss", help="Who is just not recognised.")
app.command(
    "edge.cli.subject_request:request_app", name="request", help="What gates ask, where there is no centre."
)
app.command("edge.cli.subject_state:status_app", name="status", help="The state of a health code.")
app.command("edge.cli.subject_state:isolation_app", name="isolation", help="Orders to stay at home.")
app.command("edge.cli.subject_state:second_factor_app", name="second-factor", help="Face and code in one.")

TELL = "gatepost registry build tells the gates"


@app.command
def create(
    subject_id: SubjectId,
    /,
    *,
    name: Annotated[str, Parameter(help="What people call them.")] = "",
    address: Annotated[str, Parameter(help="The address code: building/unit/room.")] = "",
    group: Annotated[tuple[str, ...], Parameter(help="May be repeated.")] = DEFAULT_GROUPS,
    status: StatusWord | None = None,
    photo: Annotated[tuple[Path, ...], ToRead, Parameter(help="A portrait; may be repeated; not kept.")] = (),
    valid_from: Annotated[datetime | None, Parameter(help="The first moment.")] = None,
    valid_until: Until = None,
    language: Annotated[str, Parameter(help="The language of what they are told: zh or en.")] = "zh",
    as_they_are: Annotated[bool, Parameter(help="Take portraits on which a face seems covered.")] = False,
    engine: Annotated[
        FaceEngineName, Parameter(help="Must be the gates' vision.faces.")
    ] = FaceEngineName.SFACE,
    json: Json = False,
    folder: SiteFolder = HERE,
) -> None:
    """Create a subject. Times without a zone are the site's.

    Example: gatepost subject create li-na --name "Li Na" --group resident --status green --photo li-na.jpg
    """
    from edge.admin.enrolment import enrol, flag_alike

    admin = site_admin_in(folder)
    record = None
    if status is not None:
        record = StatusRecord(status, "site", "set when created", "manual", datetime.now(UTC))
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
    enrolled = enrol(admin, photo, engine, subject_id, as_they_are=as_they_are)
    admin.store.add(subject, enrolled.vectors, enrolled.engine)
    flag_alike(admin, enrolled)
    warn(enrolled.warnings, json=json)
    count = len(enrolled.vectors)
    answer(
        {"subject": subject_id, "templates": count},
        f"created {subject_id} with {counted(count, 'template')}; {TELL}",
        json=json,
    )


@app.command
def link(
    subject_id: SubjectId,
    code: Annotated[
        Path, ToRead, Parameter(help="A picture of the certificate's code, or a file with its text.")
    ],
    /,
    *,
    json: Json = False,
    folder: SiteFolder = HERE,
) -> None:
    """Link a health certificate to the person who showed it with their papers: it opens for them.

    Example: gatepost subject link li-na certificate.png
    """
    from edge.cli.code import certificate_in

    admin = site_admin_in(folder)
    reading = certificate_in(code, IssuerListAdmin(admin).trust(), datetime.now(UTC))
    name, born = person_named(reading)
    subject = admin.store.get(subject_id)
    links = {*links_of(reading), *subject.certificates}
    admin.store.change(replace(subject, certificates=tuple(sorted(links))))
    answer(
        {"subject": subject_id, "name": name, "born": born},
        f"the certificate names {name or 'nobody'}, born {born or 'nobody says when'}: compare their papers",
        f"linked to {subject_id}; {TELL}",
        json=json,
    )


@app.command
def remove(subject_id: SubjectId, /, *, json: Json = False, folder: SiteFolder = HERE) -> None:
    """Remove somebody's record and templates here; the next registry erases them at the gates.

    Example: gatepost subject remove li-na
    """
    site_admin_in(folder).store.remove(subject_id)
    answer({"subject": subject_id}, f"removed {subject_id}; {TELL}", json=json)


@receipt_app.command(name="show")
def receipt(subject_id: SubjectId, /, *, json: Json = False, folder: SiteFolder = HERE) -> int:
    """Show where this site's folder could know somebody still; exit 1 while it does.

    Of whom it knows nothing, it cannot tell whether they were ever here.

    Example: gatepost subject receipt show li-na
    """
    places = [str(place) for place in site_admin_in(folder).still_known(subject_id)]
    end = f"nothing here knows {subject_id} (any more, if it ever did); gates drop them with the registry"
    answer(
        {"subject": subject_id, "known": bool(places), "known_in": places},
        *(f"known in {place}" for place in places),
        "not erased here yet" if places else end,
        json=json,
    )
    return int(bool(places))


@app.command(name="list")
def list_subjects(*, json: Json = False, folder: SiteFolder = HERE) -> None:
    """List everybody.

    Example: gatepost subject list
    """
    store = site_admin_in(folder).store
    counts = Counter(template.subject_id for template in store.templates())
    if json:
        objects(fields_of(subject) | {"templates": counts[subject.id]} for subject in store.every())
        return
    table = Table("subject", "name", "address", "groups", "status", "templates")
    for subject in store.every():
        shown = subject.status.value if subject.status else "absent"
        groups = ", ".join(sorted(subject.groups))
        table.add_row(subject.id, subject.name, subject.address, groups, shown, str(counts[subject.id]))
    console().print(table)


def fields_of(subject: Subject) -> dict[str, object]:
    """A subject as a program is told of it."""
    fields = plain(subject)
    return {"subject": fields.pop("id"), **fields}
