"""Imports subjects from a table kept in a spreadsheet: bounded, and every bad row named."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from edge.admin.enrolment import Enrolment, Remark, engine_for
from edge.admin.imports.photographs import ImportReport
from edge.admin.imports.rows import photographs_of, subject_of
from edge.admin.imports.tables import read_table
from edge.admin.site_admin import SiteAdmin
from edge.decision import Policy
from edge.errors import GatepostError, VisionError
from edge.vision.configuration import FaceEngineName


def import_file(
    admin: SiteAdmin, file: Path, engine_name: FaceEngineName, *, as_they_are: bool = False
) -> ImportReport:
    """Add every good row of a table (CSV or a workbook).

    A row that names photographs is added with those that can be used; it is refused where none can. Raises
    RegistryError where the file is not such a table.
    """
    added = 0
    problems: list[str] = []
    remarks: list[Remark] = []
    enrolling: Enrolment | None = None
    groups: dict[str, int] = {}
    table = read_table(file)
    for line, row in table.rows:
        try:
            subject = subject_of(row, admin.local_time)
            photographs = photographs_of(row, file.parent)
            if not photographs:
                admin.store.add(subject)
            else:
                enrolling = enrolling or Enrolment(admin, engine_for(engine_name), as_they_are=as_they_are)
                enrolled = enrolling.examine(subject.id, photographs)
                remarks += enrolled.remarks
                if not enrolled.vectors:
                    raise VisionError("none of the photographs can be used")
                enrolling.keep(subject, enrolled, known=False)
            added += 1
        except GatepostError as error:
            problems.append(f"{file}, line {line}: {error}")
        else:
            for group in subject.groups:
                groups.setdefault(group, line)
    notes = (f"{file}: {table.kind}", *unruled(groups, admin.policy(), file))
    return ImportReport(added, tuple(problems), tuple(remarks), notes=notes)


def unruled(groups: dict[str, int], policy: Policy, file: Path) -> Iterable[str]:
    """Remarks about groups that no rule of the policy names; `groups` maps each to its first line."""
    ruled = {group for rule in policy.access for group in rule.groups}
    for group, line in sorted(groups.items(), key=lambda item: item[1]):
        if group not in ruled:
            yield f"{file}, line {line}: column groups: no rule of policy.toml names {group!r}"
