"""Lines that say what changes do to the people who are held: the field, what it is, what it becomes. PURE."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from edge.decision import StatusRecord, Subject
from sync.central.changes.core.change import (
    Change,
    EraseSubject,
    PutPolicy,
    PutSubject,
    PutTemplates,
    RevokeSubject,
    SetIsolation,
    SetStatus,
    subject_of,
)

_NEW, _GONE = "new", "gone"


@dataclass(frozen=True)
class ChangeLine:
    """What the change `number` (from 1, in its set) does to a field of a person at a site.

    `field` is "record" where a record comes or goes, "templates" for faces.
    """

    number: int
    site: str
    subject: str
    field: str
    before: object
    after: object


def lines_of(
    changes: Sequence[Change], held: Mapping[tuple[str, str], Subject], first: int = 1
) -> Iterator[ChangeLine]:
    """The lines of `changes`, numbered from `first`; `held` are the records by site and id.

    A record that stays as it is has no line. Policies are compared elsewhere.
    """
    for number, change in enumerate(changes, first):
        if not isinstance(change, PutPolicy):
            site, name = change.site, subject_of(change)
            for field, before, after in _differences(change, held.get((site, name))):
                yield ChangeLine(number, site, name, field, before, after)


def summary_of(lines: Iterator[ChangeLine]) -> list[tuple[str, str, str, int]]:
    """How many lines change which field from what to what (told of statuses only); the most first."""
    counted = Counter((line.field, *_told(line)) for line in lines)
    return [(*key, count) for key, count in counted.most_common()]


def _told(line: ChangeLine) -> tuple[str, str]:
    if line.field == "status":
        return _value(line.before), _value(line.after)
    return (str(line.before), str(line.after)) if line.field == "record" else ("", "")


def _value(status: object) -> str:
    return status.value.value if isinstance(status, StatusRecord) else ""


def _differences(change: Change, before: Subject | None) -> Iterator[tuple[str, object, object]]:
    match change:
        case PutSubject():
            yield from _between(before, change.record)
        case SetStatus():
            yield "status", None if before is None else before.status, change.record
        case SetIsolation():
            yield "isolation", None if before is None else before.isolation, change.isolation
        case PutTemplates():
            yield "templates", "", len(change.templates)
        case EraseSubject() | RevokeSubject():
            yield "record", "held", _GONE


def _between(before: Subject | None, after: Subject) -> Iterator[tuple[str, object, object]]:
    if before is None:
        yield "record", "", _NEW
        if after.status is not None:
            yield "status", None, after.status
        return
    for field in Subject.__struct_fields__:
        held, new = getattr(before, field), getattr(after, field)
        if held != new:
            yield field, held, new
