"""Subjects from a table that somebody kept in a spreadsheet: bounded, and every bad row named."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from edge.decision.status import Status, StatusRecord
from edge.decision.subject import Subject
from edge.errors import GatepostError, RegistryError, VisionError
from edge.site.enrolment import Enrolling, Remark, engine_for
from edge.site.office import SiteOffice
from edge.site.photographs import ImportReport, checked_id
from edge.vision.configuration import FaceEngineName

COLUMNS = ("id", "name", "address", "groups", "status", "valid_from", "valid_until", "language", "photos")
DEFAULT_GROUPS = ("resident",)
"""Whose the group is that nobody names: the policy that `site init` writes lets residents in."""

_MOST_BYTES = 64 * 1024 * 1024
_MOST_ROWS = 200_000


def import_file(office: SiteOffice, file: Path, engine_name: FaceEngineName) -> ImportReport:
    """Add every good row of a CSV file (UTF-8, with or without a byte order mark).

    A row that names photographs is added with those that can be used; it is refused where none can. Raises
    RegistryError where the file is no such table at all.
    """
    added = 0
    problems: list[str] = []
    remarks: list[Remark] = []
    enrolling: Enrolling | None = None
    for line, row in read_rows(file):
        try:
            subject = subject_of(row, office.local_time)
            photographs = [file.parent / name for name in listed(row.get("photos"))]
            if not photographs:
                office.book.add(subject)
            else:
                enrolling = enrolling or Enrolling(office, engine_for(engine_name))
                enrolled = enrolling.look_at(subject.id, photographs)
                remarks += enrolled.remarks
                if not enrolled.vectors:
                    raise VisionError("no photograph of theirs can be used")
                enrolling.keep(subject, enrolled, known=False)
            added += 1
        except GatepostError as error:
            problems.append(f"{file}, line {line}: {error}")
    return ImportReport(added, tuple(problems), tuple(remarks))


def read_rows(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a table of subjects, each with its line; raises RegistryError where it is none."""
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise RegistryError(f"is larger than {_MOST_BYTES} bytes", where=str(file))
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RegistryError(error.strerror or str(error), where=str(file)) from None
    except UnicodeDecodeError as error:
        raise RegistryError(
            f"is not UTF-8: byte {error.start}", where=str(file), remedy="save it as CSV UTF-8"
        ) from None
    reader = csv.DictReader(text.splitlines(), strict=True)
    unknown = set(reader.fieldnames or ()) - set(COLUMNS)
    if "id" not in (reader.fieldnames or ()) or unknown:
        raise RegistryError(
            f"has columns {', '.join(reader.fieldnames or ())}",
            where=str(file),
            remedy=f"the first line names them: {', '.join(COLUMNS)}; id is needed",
        )
    try:
        for number, row in enumerate(reader):
            if number >= _MOST_ROWS:
                raise RegistryError(f"has more than {_MOST_ROWS} rows", where=str(file))
            yield reader.line_num, {key: (value or "").strip() for key, value in row.items() if key}
    except csv.Error as error:
        raise RegistryError(f"line {reader.line_num}: {error}", where=str(file)) from None


def subject_of(
    row: dict[str, str], local_time: Callable[[datetime], datetime], source: str = "site office"
) -> Subject:
    """The subject that a row describes; raises RegistryError. `source` is who set the status."""
    identity = checked_id(row["id"])
    status = None
    if row.get("status"):
        try:
            value = Status(row["status"].lower())
        except ValueError:
            raise RegistryError(f"there is no status {row['status']!r}", remedy=", ".join(Status)) from None
        status = StatusRecord(value, source, "imported", "manual", datetime.now(UTC))
    return Subject(
        identity,
        name=row.get("name", ""),
        address=row.get("address", ""),
        groups=frozenset(listed(row.get("groups")) or DEFAULT_GROUPS),
        status=status,
        valid_from=_time(local_time, row.get("valid_from")),
        valid_until=_time(local_time, row.get("valid_until")),
        language=row.get("language") or "zh",
    )


def listed(text: str | None) -> list[str]:
    """The parts of a cell that holds several, with semicolons between them."""
    return [part.strip() for part in (text or "").split(";") if part.strip()]


def _time(local_time: Callable[[datetime], datetime], text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return local_time(datetime.fromisoformat(text))
    except ValueError:
        raise RegistryError(f"{text!r} is no time", remedy="write 2026-03-01T08:00") from None
