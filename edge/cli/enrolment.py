"""`gatepost subject enrol`, `import` and their kin: how faces come into the site's book, and leave it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.table import Table

from edge.admin.consent import Answer, Consent, wording_for
from edge.admin.imports.dry_run import DryRun, tried
from edge.admin.imports.import_page import write_page
from edge.admin.imports.importing import DEFAULT_GROUPS, import_file
from edge.admin.imports.photographs import ImportReport, import_folder
from edge.admin.near_misses import near_misses_in
from edge.admin.site_admin import SiteAdmin
from edge.cli.sites import HERE, SiteFolder, site_admin_in
from edge.cli.terminal import console
from edge.decision import Subject
from edge.errors import RegistryError, VisionError
from edge.journal.reader import JournalReader
from edge.support.escaping import escaped
from edge.vision.configuration import FaceEngineName, Pace, VisionConfiguration

MOST_LOOKS = 10

Engine = Annotated[FaceEngineName, Parameter(name="--engine", help="must be the gates' vision.faces")]
Staff = Annotated[str, Parameter(name="--staff", help="your name: it stands with the consent")]


def import_subjects(
    source: Annotated[Path, Parameter(help="a table (CSV, XLSX, ODS), or a folder of photographs")],
    *,
    group: Annotated[tuple[str, ...], Parameter(help="for a folder; may be repeated")] = DEFAULT_GROUPS,
    report: Annotated[Path | None, Parameter(help="write an HTML page about what was left out, here")] = None,
    dry_run: Annotated[
        bool, Parameter(negative="", help="show what would change, and change nothing")
    ] = False,
    engine: Engine = FaceEngineName.SFACE,
    site: SiteFolder = HERE,
) -> int:
    """Add everybody in a table or a folder; who cannot be is named and left out (exit 1).

    Columns: id (needed), name, address, groups, status, valid_from, valid_until, language, photos; several
    groups or photos are separated by ';' or ',', photos lie in the table's folder or below it. Folder:
    ID/any.jpg, or ID.jpg, ID_1.jpg, ID_2.jpg. Two or three photographs of each person serve best.
    """

    def bring_in(admin: SiteAdmin) -> ImportReport:
        if source.is_dir():
            return import_folder(admin, source, engine, frozenset(group))
        return import_file(admin, source, engine)

    admin = site_admin_in(site)
    trial = tried(admin, bring_in) if dry_run else DryRun(bring_in(admin), ())
    done, changes = trial.report, trial.changes
    for line in (*done.notes, *(remark.text for remark in done.remarks), *done.problems, *changes):
        print(line)
    print(
        f"{'nothing was changed; it would be: ' if dry_run else ''}"
        f"{done.added} added, {len(done.problems)} refused, {done.enlarged} with more templates"
    )
    if report is not None:
        write_page(report, done)
        print(f"{report}: shows photographs of people; delete it when you have seen to them")
    return 1 if done.problems else 0


def enrol(
    subject_id: str,
    *,
    camera: Annotated[str, Parameter(help="v4l2:0, picamera2, rtsp://…, file:PATH or folder:PATH")],
    staff: Staff,
    looks: Annotated[int, Parameter(help="how many good looks to take")] = 3,
    within: Annotated[float, Parameter(help="seconds")] = 60.0,
    renew: Annotated[bool, Parameter(negative="", help="in place of the templates that there are")] = False,
    engine: Engine = FaceEngineName.SFACE,
    site: SiteFolder = HERE,
) -> None:
    """Enrol somebody before a camera, with their consent. You watch the picture; no picture is kept."""
    # OpenCV takes half a second to load: the other commands of this group do without.
    from edge.admin.capture_session import enrol_taken  # noqa: PLC0415
    from edge.admin.enrolment import Enrolling, engine_for  # noqa: PLC0415
    from edge.cli.preview import Preview  # noqa: PLC0415
    from edge.vision.cameras.factory import camera_for  # noqa: PLC0415
    from edge.vision.faces.capture_session import CaptureSession, sit  # noqa: PLC0415

    if not 1 <= looks <= MOST_LOOKS:
        raise VisionError(f"{looks} looks", remedy=f"take 1 to {MOST_LOOKS}; 3 serve best")
    admin = site_admin_in(site)
    subject = admin.store.get(subject_id)
    source = camera_for(VisionConfiguration(camera=camera), Pace.EVERY)
    consent = _agreed(subject, staff)
    opened = engine_for(engine)
    enrolling, preview = Enrolling(admin, opened), Preview(subject.language, looks)
    taken = sit(source, CaptureSession(opened, looks, enrolling.limits.same), preview.show, within)
    if not taken:
        raise VisionError("no look was good enough", where=camera, remedy=preview.said)
    if not _yes(f"{len(taken)} looks were taken. Is this {_named(subject)}, whom you see? yes/no: "):
        raise VisionError("not confirmed: nothing was kept")
    enrolled = enrol_taken(admin, enrolling, subject, taken, renew=renew)
    admin.store.note_consent(subject_id, consent)
    for warning in enrolled.warnings:
        print(f"warning: {warning}")
    print(f"{subject_id}: {len(enrolled.vectors)} templates; gatepost registry build tells the gates")


def withdraw(subject_id: str, *, staff: Staff, site: SiteFolder = HERE) -> None:
    """Erase somebody's templates because they withdraw their consent; their code goes on working."""
    admin = site_admin_in(site)
    subject = admin.store.get(subject_id)
    admin.store.renew(subject, (), "")
    now = datetime.now(UTC)
    admin.store.note_consent(subject_id, Consent(Answer.WITHDRAWN, now, staff, language=subject.language))
    print(f"{subject_id}: templates erased; gatepost registry build erases them at the gates")


def consents(subject_id: str, *, site: SiteFolder = HERE) -> None:
    """Show what somebody agreed to, before whom, and in which words."""
    admin = site_admin_in(site)
    admin.store.get(subject_id)
    table = Table("when (UTC)", "answer", "staff", "wording")
    held = admin.store.consents(subject_id)
    for consent in held:
        table.add_row(f"{consent.at:%Y-%m-%d %H:%M}", consent.answer, consent.staff, consent.wording)
    console().print(table)
    for version, language in dict.fromkeys((item.wording, item.language) for item in held):
        print(f"{version}: {wording_for(language, version)}")


def near_misses(
    *journals: Annotated[Path, Parameter(help="journals of gates; else those in the site's folder")],
    days: int = 30,
    times: Annotated[int, Parameter(help="how often, to be listed")] = 3,
    site: SiteFolder = HERE,
) -> None:
    """List whose face was just below what the gates need, again and again: offer to enrol them anew."""
    admin = site_admin_in(site)
    files = journals or tuple(sorted(admin.folder.glob("gates/*/state/journal.sqlite")))
    if not files:
        raise RegistryError("no journal was named, and none lies under gates/", where=str(admin.folder))
    since = datetime.now(UTC) - timedelta(days=days)
    with ExitStack() as opened:
        readers = [opened.enter_context(closing(JournalReader(path))) for path in files]
        found = near_misses_in((entry for reader in readers for entry in reader.every()), since)
    known = {subject.id: subject for subject in admin.store.every()}
    table = Table("id", "name", "near misses", "last (UTC)")
    for item in found:
        if item.times >= times and item.subject_id in known:
            name = known[item.subject_id].name
            table.add_row(item.subject_id, name, str(item.times), f"{item.last:%Y-%m-%d %H:%M}")
    console().print(table)
    if table.row_count:
        print("offer them: gatepost subject enrol ID --camera … --staff … --renew; only if they agree")


def second_factor(
    subject_id: str,
    *,
    lift: Annotated[bool, Parameter(negative="", help="their face or their code is enough again")] = False,
    site: SiteFolder = HERE,
) -> None:
    """Let the gates ask somebody for face and code, since they look like somebody else."""
    site_admin_in(site).store.need_second_factor(subject_id, needed=not lift)
    print(
        f"{subject_id}: {'face or code' if lift else 'face and code'}; "
        "gatepost registry build tells the gates"
    )


def _agreed(subject: Subject, staff: str) -> Consent:
    """The consent that the person gave before `staff`; raises VisionError where they did not."""
    if not staff.strip():
        raise VisionError("nobody is named who saw the consent", remedy="--staff NAME")
    print(wording_for(subject.language))
    if not _yes(f"Has {_named(subject)} read this, or heard it, and agreed? yes/no: "):
        raise VisionError("no consent: nobody is enrolled", remedy="they pass by their code")
    return Consent(Answer.GIVEN, datetime.now(UTC), staff.strip(), language=subject.language)


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
