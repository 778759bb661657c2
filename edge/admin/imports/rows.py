"""A row of a table of people as a subject: every cell that cannot be taken is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from edge.admin.ids import checked_id
from edge.admin.imports.tables import Row, in_column, plain
from edge.admin.times import end_of
from edge.decision import Status, StatusRecord, Subject
from edge.errors import RegistryError
from edge.support.phrases import phrase

DEFAULT_GROUPS = ("resident",)
"""The group of a row that names none: the policy that `site init` writes lets residents in."""

_SEPARATORS = re.compile(r"[;,；，、]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")

LocalTime = Callable[[datetime], datetime]


def subject_of(row: Row, local_time: LocalTime, source: str = "site") -> Subject:
    """The subject that a row describes; raises RegistryError. `source` is who set the status."""
    if row.problem is not None:
        raise RegistryError(row.problem)
    identity = in_column("id", checked_id, row.get("id", ""))
    begins = in_column("valid_from", lambda text: _begin(text, local_time), row.get("valid_from", ""))
    ends = in_column("valid_until", lambda text: _end(text, local_time), row.get("valid_until", ""))
    if begins is not None and ends is not None and ends <= begins:
        raise RegistryError(
            phrase(
                "column valid_until: %(ends)r is not after valid_from, %(begins)r",
                ends=row["valid_until"],
                begins=row["valid_from"],
            ),
            remedy=phrase("are the two exchanged?"),
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


def photographs_of(row: Mapping[str, str], folder: Path) -> list[Path]:
    """The photographs that a row names, relative to `folder`; raises RegistryError for one outside it."""
    inside = folder.resolve()
    found = [folder / name for name in listed(row.get("photos"))]
    for path in found:
        if not path.resolve().is_relative_to(inside):
            raise RegistryError(
                phrase("column photos: %(path)r is outside the table's folder", path=path),
                remedy=phrase("put the photographs beside the table and name them relative to it"),
            )
    return found


def listed(text: str | None) -> list[str]:
    """The parts of a cell that holds several, with semicolons or commas between them."""
    return [part.strip() for part in _SEPARATORS.split(text or "") if part.strip()]


def _status(text: str, source: str) -> StatusRecord | None:
    if not text:
        return None
    try:
        value = Status(text.lower())
    except ValueError:
        raise RegistryError(
            phrase("there is no status %(text)r", text=text), remedy=", ".join(Status)
        ) from None
    return StatusRecord(value, source, "imported", "manual", datetime.now(UTC))


def _language(text: str) -> str:
    if text and not _LANGUAGE.fullmatch(text):
        raise RegistryError(
            phrase("%(text)r is not a language", text=text),
            remedy=phrase("write zh, en or another tag of BCP 47"),
        )
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
            phrase("%(text)r is not a time", text=text),
            remedy=phrase("write 2026-03-01 or 2026-03-01T08:00"),
        ) from None
