"""What an import of subjects would change, before anything is. PURE.

Status, isolation and validity are central's own: an import takes one of them only where it is asked to, by
name. Nothing is taken that is older than what is held: by the version of the record, a status by its `since`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from msgspec.structs import replace

from edge.decision import HomeIsolation, StatusRecord, Subject
from edge.registry.format import SealedTemplate


class Protected(StrEnum):
    """What an import leaves alone unless it is named."""

    STATUS = "status"
    ISOLATION = "isolation"
    VALIDITY = "validity"


_FIELDS = {
    "status": Protected.STATUS,
    "isolation": Protected.ISOLATION,
    "valid_from": Protected.VALIDITY,
    "valid_until": Protected.VALIDITY,
}
FIELDS_OF_A_SITE = frozenset(Subject.__struct_fields__) - {"id", "version"}
"""The fields of which a site's record speaks: all. A table speaks of its columns."""


@dataclass(frozen=True)
class Incoming:
    """A record that somebody brings. `fields` are those of which it speaks.

    `counted`: its version is the site's, and says which of two is older.
    """

    record: Subject
    fields: Collection[str] = FIELDS_OF_A_SITE
    counted: bool = True
    templates: tuple[SealedTemplate, ...] | None = None


@dataclass(frozen=True)
class Difference:
    """A field of somebody's that an import would change; `why` it does not, where it does not."""

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
    """One subject of an import: the record as it will be, and what that changes of the one that is `held`.

    `kept` was not asked for, `refused` is older than what is held. `templates` None: they stay.
    """

    record: Subject
    held: Subject | None = None
    changed: tuple[Difference, ...] = ()
    kept: tuple[Difference, ...] = ()
    refused: tuple[Difference, ...] = ()
    templates: tuple[SealedTemplate, ...] | None = None

    @property
    def is_new(self) -> bool:
        return self.held is None

    @property
    def status_set(self) -> StatusRecord | None:
        """The status that is set by it, which belongs into the history; None: it sets none."""
        before = None if self.held is None else self.held.status
        return None if self.record.status == before else self.record.status


def plan(
    held: Mapping[str, Subject],
    templates: Mapping[str, tuple[SealedTemplate, ...]],
    incoming: Iterable[Incoming],
    take: Collection[Protected] = (),
) -> Iterator[Planned]:
    """What becomes of each of `incoming`; a second record of the same person meets the first one.

    `held` and `templates` are what central has, by the subject's id.
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
            why = f"stays: --take {protected} takes it"
            kept.append(Difference(held.id, field, before, after, why))
        elif why := _objection(held, brought, field):
            refused.append(Difference(held.id, field, before, after, why))
        else:
            changed.append(Difference(held.id, field, before, after))
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
    """Whether `after` says nothing else. A table's status has no time of its own: its value alone counts."""
    if not brought.counted and isinstance(before, StatusRecord) and isinstance(after, StatusRecord):
        return before.value is after.value
    return before == after


def _objection(held: Subject, brought: Incoming, field: str) -> str:
    """Why `field` of `brought` is older than what is held; empty: it is not."""
    version = brought.record.version
    if brought.counted and version < held.version:
        return f"older: version {version}, {held.version} is held"
    before, after = getattr(held, field), getattr(brought.record, field)
    if isinstance(before, StatusRecord):
        if not isinstance(after, StatusRecord):
            return "a status that is held is not taken away by an import"
        if after.since <= before.since:
            return f"older: since {after.since:%Y-%m-%d %H:%M}, {before.since:%Y-%m-%d %H:%M} is held"
    if field not in _FIELDS and brought.counted and version == held.version:
        return f"older: it was changed at the centre since version {version} came"
    return ""


def shown(value: object) -> str:
    """A field's value for people, in few words."""
    if isinstance(value, StatusRecord):
        until = f" until {value.until:%Y-%m-%d %H:%M}" if value.until else ""
        return f"{value.value} since {value.since:%Y-%m-%d %H:%M}{until} ({value.source}: {value.reason})"
    if isinstance(value, HomeIsolation):
        until = f"{value.until:%Y-%m-%d %H:%M}" if value.until else "it is lifted"
        return f"from {value.since:%Y-%m-%d %H:%M} until {until} ({value.source})"
    if isinstance(value, frozenset | tuple):
        return ", ".join(sorted(map(str, value))) or "none"
    return "none" if value is None or value == "" else str(value)
