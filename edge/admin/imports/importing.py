"""Imports subjects from a table kept in a spreadsheet: bounded, and every bad row named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from edge.admin.enrolment import Enrolment, Remark, engine_for
from edge.admin.ids import checked_id
from edge.admin.imports.photographs import ImportReport
from edge.admin.imports.tables import COLUMNS, PROBLEM, in_column, plain, read_table
from edge.admin.site_admin import SiteAdmin
from edge.admin.times import end_of
from edge.decision import Policy, Status, StatusRecord, Subject
from edge.errors import GatepostError, RegistryError, VisionError
from edge.vision.configuration import FaceEngineName

__all__ = ["COLUMNS", "DEFAULT_GROUPS", "import_file", "read_rows", "subject_of"]

DEFAULT_GROUPS = ("resident",)
"""The group of a row that names none: the policy that `site init` writes lets residents in."""

_SEPARATORS = re.compile(r"[;,；，、]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")

LocalTime = Callable[[datetime], datetime]


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


def read_rows(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a table of subjects, each with its line; raises RegistryError for any other file."""
    return read_table(file).rows


def subject_of(row: dict[str, str], local_time: LocalTime, source: str = "site") -> Subject:
    """The subject that a row describes; raises RegistryError. `source` is who set the status."""
    if row.get(PROBLEM):
        raise RegistryError(row[PROBLEM])
    identity = in_column("id", checked_id, row.get("id", ""))
    begins = in_column("valid_from", lambda text: _begin(text, local_time), row.get("valid_from", ""))
    ends = in_column("valid_until", lambda text: _end(text, local_time), row.get("valid_until", ""))
    if begins is not None and ends is not None and ends <= begins:
        raise RegistryError(
            f"column valid_until: {row['valid_until']!r} is not after valid_from, {row['valid_from']!r}",
            remedy="are the two exchanged?",
        )
    return Subject(
        identity,
        name=in_column("name", plain, row.get("name", "")),
        address=in_column("address", plain, row.get("address", "")),
        groups=frozenset(listed(in_column("groups", plain, row.get("groups", ""))) or DEFAULT_GROUPS),
        status=in_column("status", lambda text: _status(text, source), row.get("status", "")),
        valid_from=begins,
        valid_until=ends,
        language=in_column("language", _language, row.get("language", "")) or "zh",
    )


def photographs_of(row: dict[str, str], folder: Path) -> list[Path]:
    """The photographs that a row names, relative to `folder`; raises RegistryError for one outside it."""
    inside = folder.resolve()
    found = [folder / name for name in listed(row.get("photos"))]
    for path in found:
        if not path.resolve().is_relative_to(inside):
            raise RegistryError(
                f"column photos: {str(path)!r} is outside the table's folder",
                remedy="put the photographs beside the table and name them relative to it",
            )
    return found


def listed(text: str | None) -> list[str]:
    """The parts of a cell that holds several, with semicolons or commas between them."""
    return [part.strip() for part in _SEPARATORS.split(text or "") if part.strip()]


def unruled(groups: dict[str, int], policy: Policy, file: Path) -> Iterable[str]:
    """Remarks about groups that no rule of the policy names; `groups` maps each to its first line."""
    ruled = {group for rule in policy.access for group in rule.groups}
    for group, line in sorted(groups.items(), key=lambda item: item[1]):
        if group not in ruled:
            yield f"{file}, line {line}: column groups: no rule of policy.toml names {group!r}"


def _status(text: str, source: str) -> StatusRecord | None:
    if not text:
        return None
    try:
        value = Status(text.lower())
    except ValueError:
        raise RegistryError(f"there is no status {text!r}", remedy=", ".join(Status)) from None
    return StatusRecord(value, source, "imported", "manual", datetime.now(UTC))


def _language(text: str) -> str:
    if text and not _LANGUAGE.fullmatch(text):
        raise RegistryError(f"{text!r} is not a language", remedy="write zh, en or another tag of BCP 47")
    return text


def _begin(text: str, local_time: LocalTime) -> datetime | None:
    return _moment(text, datetime.fromisoformat, local_time)


def _end(text: str, local_time: LocalTime) -> datetime | None:
    return _moment(text, end_of, local_time)


def _moment(text: str, parse: Callable[[str], datetime], local_time: LocalTime) -> datetime | None:
    if not text:
        return None
    try:
        return local_time(parse(text))
    except (ValueError, OverflowError):
        raise RegistryError(
            f"{text!r} is not a time", remedy="write 2026-03-01 or 2026-03-01T08:00"
        ) from None
