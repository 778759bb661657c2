"""Plans an import of subjects before anything changes. PURE.

Status, isolation and validity belong to central: an import sets one of them only if it is named. Nothing
older than what central holds is imported: a record is compared by its version, a status by its `since`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from msgspec.structs import replace

from edge.decision import StatusRecord, Subject
from edge.registry.format import SealedTemplate
from sync.central.people.core import shown


class Protected(StrEnum):
    """What an import keeps unless it is named."""

    STATUS = "status"
    ISOLATION = "isolation"
    VALIDITY = "validity"


_FIELDS = {
    "status": Protected.STATUS,
    "isolation": Protected.ISOLATION,
    "valid_from": Protected.VALIDITY,
    "valid_until": Protected.VALIDITY,
}
SITE_ADMIN_FIELDS = frozenset(Subject.__struct_fields__) - {"id", "version"}
"""The fields that a record of a site's administration sets: all. A table sets its columns."""


@dataclass(frozen=True)
class Incoming:
    """A record to import; it sets `fields`.

    `counted`: its version comes from the site's administration, and tells which of two records is older.
    """

    record: Subject
    fields: Collection[str] = SITE_ADMIN_FIELDS
    counted: bool = True
    templates: tuple[SealedTemplate, ...] | None = None


@dataclass(frozen=True)
class FieldDifference:
    """A field of a subject that differs; `why` says why the import does not change it, or is empty."""

    subject: str
    field: str
    held: object
    brought: object
    why: str = ""

    def __str__(self) -> str:
        text = f"{self.subject}: {self.field} {shown(self.held)} -> {shown(self.brought)}"
        return f"{text}: {self.why}" if self.why else text


@dataclass(frozen=True)
class Planned:
    """The plan for one subject: the record as it will be, and what that changes in the one that is `held`.

    `kept` was not named, `refused` is older than what is held. `templates` None: they stay.
    """

    record: Subject
    held: Subject | None = None
    changed: tuple[FieldDifference, ...] = ()
    kept: tuple[FieldDifference, ...] = ()
    refused: tuple[FieldDifference, ...] = ()
    templates: tuple[SealedTemplate, ...] | None = None

    @property
    def is_new(self) -> bool:
        return self.held is None

    @property
    def status_set(self) -> StatusRecord | None:
        """The status that the plan sets, to be recorded in the history; None: it sets none."""
        before = None if self.held is None else self.held.status
        return None if self.record.status == before else self.record.status


def plan(
    held: Mapping[str, Subject],
    templates: Mapping[str, tuple[SealedTemplate, ...]],
    incoming: Iterable[Incoming],
    take: Collection[Protected] = (),
) -> Iterator[Planned]:
    """Yield the plan for each of `incoming`; a second record of one subject is compared with the first.

    `held` and `templates` are what central has, by the subject's id. `take` names protected fields to set.
    """
    now = dict(held)
    for item in incoming:
        identity = item.record.id
        planned = _planned(now.get(identity), templates.get(identity, ()), item, take)
        now[identity] = planned.record
        yield planned


def _planned(
    held: Subject | None,
    templates: tuple[SealedTemplate, ...],
    brought: Incoming,
    take: Collection[Protected],
) -> Planned:
    if held is None:
        return Planned(brought.record, templates=brought.templates)
    changed, kept, refused = [], [], []
    for field in Subject.__struct_fields__:
        before, after = getattr(held, field), getattr(brought.record, field)
        if field not in brought.fields or _same(before, after, brought):
            continue
        protected = _FIELDS.get(field)
        if protected is not None and protected not in take:
            why = f"kept: --take {protected} imports it"
            kept.append(FieldDifference(held.id, field, before, after, why))
        elif why := _objection(held, brought, field):
            refused.append(FieldDifference(held.id, field, before, after, why))
        else:
            changed.append(FieldDifference(held.id, field, before, after))
    version = brought.record.version if brought.counted else held.version
    faces = version > held.version or (version == held.version and not templates)
    new_values: dict[str, Any] = {item.field: item.brought for item in changed}
    return Planned(
        replace(held, **new_values, version=max(version, held.version)),
        held,
        tuple(changed),
        tuple(kept),
        tuple(refused),
        brought.templates if faces and brought.templates != templates else None,
    )


def _same(before: object, after: object, brought: Incoming) -> bool:
    """Whether both are the same. A status from a table has no time of its own: only its value counts."""
    if not brought.counted and isinstance(before, StatusRecord) and isinstance(after, StatusRecord):
        return before.value is after.value
    return before == after


def _objection(held: Subject, brought: Incoming, field: str) -> str:
    """Why `field` of `brought` is older than what is held; empty if it is not."""
    version = brought.record.version
    if brought.counted and version < held.version:
        return f"older: version {version}, held is {held.version}"
    before, after = getattr(held, field), getattr(brought.record, field)
    if isinstance(before, StatusRecord):
        if not isinstance(after, StatusRecord):
            return "an import does not remove a status"
        if after.since <= before.since:
            return f"older: since {after.since:%Y-%m-%d %H:%M}, held is {before.since:%Y-%m-%d %H:%M}"
    if field not in _FIELDS and brought.counted and version == held.version:
        return f"older: central has changed it since version {version}"
    return ""
