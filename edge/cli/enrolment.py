"""`gatepost subject enrol`, `import`, `consent`, `near-miss`: how faces come to the site, and leave it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import cyclopts
from cyclopts import Parameter
from cyclopts.validators import Number
from rich.table import Table

from edge.admin.imports.dry_run import DryRun, tried
from edge.admin.imports.import_page import write_page
from edge.admin.imports.importing import import_file
from edge.admin.imports.photographs import ImportReport, import_folder
from edge.admin.imports.rows import DEFAULT_GROUPS
from edge.admin.near_misses import near_misses_in
from edge.admin.site_admin import SiteAdmin
from edge.cli.answers import Json, answer, objects, warn
from edge.cli.arguments import Actor, SubjectId
from edge.cli.files_to_read import ToRead
from edge.cli.sites import HERE, SiteFolder, site_admin_in
from edge.cli.subject import TELL
from edge.cli.terminal import console
from edge.consent import Consent, ConsentAnswer, wording_for
from edge.decision import Subject
from edge.errors import ConfigurationError, RegistryError, VisionError
from edge.journal.reader import JournalReader
from edge.support.addresses import without_password
from edge.support.counted import counted
from edge.support.escaping import escaped
from edge.vision.configuration import FaceEngineName, FrameMode, VisionConfiguration

if TYPE_CHECKING:
    from edge.admin.enrolment import Enrolled

MOST_LOOKS = 10

consent_app = cyclopts.App(name="consent", help="Who agreed to be enrolled.")
near_miss_app = cyclopts.App(name="near-miss", help="Who is just not recognised.")

Engine = Annotated[FaceEngineName, Parameter(help="Must be the gates' vision.faces.")]
AsTheyAre = Annotated[bool, Parameter(help="Take photographs on which a face seems covered.")]


def import_subjects(
    source: Annotated[Path, ToRead, Parameter(help="A table (CSV, XLSX, ODS), or a folder of photographs.")],
    /,
    *,
    group: Annotated[tuple[str, ...], Parameter(help="For a folder; may be repeated.")] = DEFAULT_GROUPS,
    report: Annotated[Path | None, Parameter(help="Where an HTML page about those left out goes.")] = None,
    dry_run: Annotated[bool, Parameter(help="Show what would change, and change nothing.")] = False,
    as_they_are: AsTheyAre = False,
    engine: Engine = FaceEngineName.SFACE,
    json: Json = False,
    folder: SiteFolder = HERE,
) -> int:
    """Import a table or a folder (`edge.cli.subject` has the help)."""

    def bring_in(admin: SiteAdmin) -> ImportReport:
        if source.is_dir():
            return import_folder(admin, source, engine, frozenset(group), as_they_are=as_they_are)
        return import_file(admin, source, engine, as_they_are=as_they_are)

    admin = site_admin_in(folder)
    trial = tried(admin, bring_in) if dry_run else DryRun(bring_in(admin), ())
    done, changes = trial.report, trial.changes
    remarks = [*map(str, done.notes), *(remark.text for remark in done.remarks)]
    if report is not None:
        write_page(report, done)
        warn([f"{report} shows photographs of people; delete it when you have seen to them"], json=json)
    answer(
        {
            "added": done.added,
            "refused": [str(problem) for problem in done.problems],
            "enlarged": done.enlarged,
            "remarks": remarks,
            "changes": [str(change) for change in changes],
            "dry_run": dry_run,
        },
        *remarks,
        *map(str, done.problems),
        *map(str, changes),
        f"{'nothing was changed; it would be: ' if dry_run else ''}"
        f"{done.added} added, {len(done.problems)} refused, {done.enlarged} with more templates",
        json=json,
    )
    return int(bool(done.problems))


def enrol_subject(
    subject_id: SubjectId,
    /,
    *photographs: Annotated[Path, ToRead, Parameter(name="PHOTOGRAPH", help="Portraits; they are not kept.")],
    camera: Annotated[
        str | None, Parameter(help="v4l2:0, picamera2, rtsp://…, file:PATH or folder:PATH.")
    ] = None,
    actor: Annotated[str, Parameter(help="Who sees the consent; needed with --camera.")] = "",
    looks: Annotated[int, Parameter(help="How many good looks to take.")] = 3,
    within: Annotated[float, Parameter(help="So many seconds.", validator=Number(gt=0, lte=3600))] = 60.0,
    renew: Annotated[bool, Parameter(help="In place of the templates that there are.")] = False,
    as_they_are: AsTheyAre = False,
    engine: Engine = FaceEngineName.SFACE,
    json: Json = False,
    folder: SiteFolder = HERE,
) -> None:
    """Enrol one person (`edge.cli.subject` has the help)."""
    from edge.admin.enrolment import enrol, flag_alike

    if bool(photographs) == (camera is not None):
        raise ConfigurationError("photographs or a camera?", remedy="name PHOTOGRAPH, or --camera")
    admin = site_admin_in(folder)
    if camera is not None:
        enrolled = _before_a_camera(admin, subject_id, camera, actor, looks, within, engine, renew=renew)
    else:
        enrolled = enrol(admin, photographs, engine, subject_id, as_they_are=as_they_are)
        held = admin.store.get(subject_id)
        (admin.store.renew if renew else admin.store.change)(held, enrolled.vectors, enrolled.engine)
        flag_alike(admin, enrolled)
    warn(enrolled.warnings, json=json)
    count = len(enrolled.vectors)
    answer(
        {"subject": subject_id, "templates": count},
        f"{subject_id}: {counted(count, 'template')} {'' if renew else 'more'}".rstrip() + f"; {TELL}",
        json=json,
    )


def _before_a_camera(
    admin: SiteAdmin,
    subject_id: str,
    camera: str,
    actor: str,
    looks: int,
    within: float,
    engine: FaceEngineName,
    *,
    renew: bool,
) -> Enrolled:
    """What was enrolled of a person who agreed before `actor`; raises VisionError where they did not."""
    from edge.admin.capture_session import enrol_captured
    from edge.admin.enrolment import Enrolment, engine_for
    from edge.cli.preview import Preview
    from edge.vision.cameras.factory import camera_for
    from edge.vision.faces.capture_session import CaptureSession, capture
    from edge.vision.faces.enrolment import open_second_look

    if not 1 <= looks <= MOST_LOOKS:
        raise VisionError(f"{looks} looks", remedy=f"take 1 to {MOST_LOOKS}; 3 serve best")
    subject = admin.store.get(subject_id)
    source = camera_for(VisionConfiguration(camera=camera), FrameMode.EVERY)
    consent = _agreed(subject, actor)
    opened = engine_for(engine)
    enrolling, preview = Enrolment(admin, opened), Preview(subject.language, looks)
    session = CaptureSession(opened, looks, enrolling.limits.same, open_second_look())
    taken = capture(source, session, preview.show, within)
    if not taken:
        raise VisionError("no look was good enough", where=without_password(camera), remedy=preview.said)
    if not _yes(f"{len(taken)} looks were taken. Is this {_named(subject)}, whom you see? yes/no: "):
        raise VisionError("not confirmed: nothing was kept")
    enrolled = enrol_captured(admin, enrolling, subject, taken, renew=renew)
    admin.store.note_consent(subject_id, consent)
    return enrolled


@consent_app.command
def withdraw(
    subject_id: SubjectId, /, *, actor: Actor, json: Json = False, folder: SiteFolder = HERE
) -> None:
    """Withdraw somebody's consent, as they ask: their templates are erased, their code goes on working.

    Example: gatepost subject consent withdraw li-na --actor "Wang Wei"
    """
    admin = site_admin_in(folder)
    subject = admin.store.get(subject_id)
    admin.store.renew(subject, (), "")
    now = datetime.now(UTC)
    admin.store.note_consent(
        subject_id, Consent(ConsentAnswer.WITHDRAWN, now, actor, language=subject.language)
    )
    answer(
        {"subject": subject_id, "templates": 0, "actor": actor},
        f"{subject_id}: templates erased; gatepost registry build erases them at the gates",
        json=json,
    )


@consent_app.command(name="list")
def list_consents(subject_id: SubjectId, /, *, json: Json = False, folder: SiteFolder = HERE) -> None:
    """List what somebody agreed to, before whom, and in which words.

    Example: gatepost subject consent list li-na
    """
    admin = site_admin_in(folder)
    admin.store.get(subject_id)
    held = admin.store.consents(subject_id)
    if json:
        objects(
            {
                "subject": subject_id,
                "at": item.at,
                "answer": item.answer,
                "actor": item.staff,
                "wording": item.wording,
                "text": wording_for(item.language, item.wording),
            }
            for item in held
        )
        return
    table = Table("when (UTC)", "answer", "actor", "wording")
    for consent in held:
        table.add_row(f"{consent.at:%Y-%m-%d %H:%M}", consent.answer, consent.staff, consent.wording)
    console().print(table)
    for version, language in dict.fromkeys((item.wording, item.language) for item in held):
        print(f"{version}: {wording_for(language, version)}")


@near_miss_app.command(name="list")
def list_near_misses(
    *journals: Annotated[
        Path,
        ToRead,
        Parameter(name="JOURNAL", help="Journals of gates; by default those in the site's folder."),
    ],
    days: Annotated[int, Parameter(help="How far back.", validator=Number(gte=1, lte=36_500))] = 30,
    times: Annotated[int, Parameter(help="How often, to be listed.", validator=Number(gte=1, lte=10**6))] = 3,
    json: Json = False,
    folder: SiteFolder = HERE,
) -> None:
    """List whose face was just below what the gates need, again and again: offer to enrol them anew.

    Example: gatepost subject near-miss list --days 7
    """
    admin = site_admin_in(folder)
    files = journals or tuple(sorted(admin.folder.glob("gates/*/state/journal.sqlite")))
    if not files:
        raise RegistryError("no journal was named, and none lies under gates/", where=str(admin.folder))
    since = datetime.now(UTC) - timedelta(days=days)
    with ExitStack() as opened:
        readers = [opened.enter_context(closing(JournalReader(path))) for path in files]
        found = near_misses_in((entry for reader in readers for entry in reader.every()), since)
    known = {subject.id: subject.name for subject in admin.store.every()}
    listed = [item for item in found if item.times >= times and item.subject_id in known]
    if json:
        objects({"subject": item.subject_id, "count": item.times, "at": item.last} for item in listed)
        return
    table = Table("subject", "name", "near misses", "last (UTC)")
    for item in listed:
        last = f"{item.last:%Y-%m-%d %H:%M}"
        table.add_row(item.subject_id, known[item.subject_id], str(item.times), last)
    console().print(table)
    if listed:
        print("offer them: gatepost subject enrol ID --camera … --actor … --renew; only if they agree")


def _agreed(subject: Subject, staff: str) -> Consent:
    """The consent that the person gave before `staff`; raises VisionError where they did not."""
    if not staff.strip():
        raise VisionError("nobody is named who saw the consent", remedy="--actor NAME")
    print(wording_for(subject.language))
    if not _yes(f"Has {_named(subject)} read this, or heard it, and agreed? yes/no: "):
        raise VisionError("no consent: nobody is enrolled", remedy="they pass by their code")
    return Consent(ConsentAnswer.GIVEN, datetime.now(UTC), staff.strip(), language=subject.language)


def _yes(question: str) -> bool:
    """Only the whole word counts; the end of input is a no."""
    try:
        # `input` writes to the terminal itself, past the streams that escape.
        return input(escaped(question)).strip().lower() == "yes"
    except EOFError:
        print()
        return False


def _named(subject: Subject) -> str:
    known: Iterable[str] = (subject.name, subject.address)
    return " ".join([*filter(None, known), f"({subject.id})"])
