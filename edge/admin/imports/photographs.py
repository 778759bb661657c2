"""Imports subjects from a folder of photographs: bounded, and every photograph left out is named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from edge.admin.enrolment import Enrolment, Remark, engine_for
from edge.admin.ids import checked_id
from edge.admin.site_admin import SiteAdmin
from edge.decision import Subject
from edge.errors import GatepostError, VisionError
from edge.vision.configuration import FaceEngineName
from edge.vision.pictures.reading import SUFFIXES

MOST_PHOTOGRAPHS = 500_000
MOST_OF_ONE = 50
_NUMBERED = re.compile(r"(.+?)[_-]\d+")


@dataclass(frozen=True)
class ImportReport:
    """How many became subjects or got more templates, what could not be, and what to look at.

    `notes` say how the source was read, and what in it is taken but may not be meant.
    """

    added: int
    problems: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    enlarged: int = 0
    notes: tuple[str, ...] = ()


def people_in(folder: Path) -> dict[str, list[Path]]:
    """The photographs of each subject id: of sub-folder ID, or of files ID.jpg, ID_1.jpg, ID_2.jpg.

    Raises VisionError where the folder cannot be read, holds none, or more than can be.
    """
    people: dict[str, list[Path]] = {}
    try:
        for path in sorted(folder.iterdir()):
            if path.name.startswith("."):
                continue
            if path.is_dir():
                own = [item for item in sorted(path.iterdir()) if _is_picture(item)]
                if own:
                    people.setdefault(path.name, []).extend(own)
            elif _is_picture(path):
                numbered = _NUMBERED.fullmatch(path.stem)
                people.setdefault(numbered[1] if numbered else path.stem, []).append(path)
    except OSError as error:
        raise VisionError(error.strerror or str(error), where=str(folder)) from None
    if not people:
        raise VisionError(
            "there are no photographs in it",
            where=str(folder),
            remedy="put them into ID/ or name them ID_1.jpg",
        )
    if sum(map(len, people.values())) > MOST_PHOTOGRAPHS:
        raise VisionError(f"has more than {MOST_PHOTOGRAPHS} photographs", where=str(folder))
    return people


def import_folder(
    admin: SiteAdmin,
    folder: Path,
    engine_name: FaceEngineName,
    groups: frozenset[str],
    *,
    as_they_are: bool = False,
) -> ImportReport:
    """Enrol everybody in `folder`; anyone who is a subject already gets more templates, others become one.

    A person without a usable photograph is left out and named in the report; no problem is fatal.
    """
    people = people_in(folder)
    enrolling = Enrolment(admin, engine_for(engine_name), as_they_are=as_they_are)
    ids = {subject.id for subject in admin.store.every()}
    added = enlarged = 0
    problems: list[str] = []
    remarks: list[Remark] = []
    for subject_id, photographs in people.items():
        if len(photographs) > MOST_OF_ONE:
            problems.append(f"{subject_id}: only the first {MOST_OF_ONE} of {len(photographs)} photographs")
        enrolled = enrolling.examine(subject_id, photographs[:MOST_OF_ONE])
        remarks += enrolled.remarks
        try:
            if not enrolled.vectors:
                raise VisionError("not enrolled: none of the photographs can be used")
            known = subject_id in ids
            subject = admin.store.get(subject_id) if known else Subject(checked_id(subject_id), groups=groups)
            enrolling.keep(subject, enrolled, known=known)
            added, enlarged = added + (not known), enlarged + known
        except GatepostError as error:
            problems.append(f"{subject_id}: {error}")
    return ImportReport(added, tuple(problems), tuple(remarks), enlarged)


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
