"""What several changes come to at one site: a fold over the records that are held. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from msgspec.structs import replace

from edge.decision import StatusRecord, Subject
from edge.errors import GatepostError
from edge.registry.format import SealedTemplate
from edge.support.phrases import phrase
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


class ImpossibleChange(GatepostError):
    """A change is about a person whom the site does not know."""


@dataclass(frozen=True)
class ChangesOutcome:
    """What is to be written: `records` in place of those held, after `gone` were removed with all they had.

    `statuses` go into the history in this order; `revoked` are those of `gone` whom gates drop at once.
    """

    records: Mapping[str, Subject] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    revoked: tuple[str, ...] = ()
    statuses: tuple[tuple[str, StatusRecord], ...] = ()
    templates: Mapping[str, tuple[SealedTemplate, ...]] = field(default_factory=dict)
    policies: tuple[str, ...] = ()

    def after(self, name: str, held: Subject | None) -> Subject | None:
        """The record of `name` when all of it is done, where `held` is the one before."""
        return self.records.get(name, None if name in self.gone else held)


def outcome(held: Mapping[str, Subject], changes: Iterable[Change]) -> ChangesOutcome:
    """What `changes` come to, one after the other, where `held` are the records of those they are about.

    Raises ImpossibleChange.
    """
    folding = _Folding(dict(held))
    for change in changes:
        folding.apply(change)
    return ChangesOutcome(
        {
            name: record
            for name, record in folding.now.items()
            if held.get(name) != record or name in folding.gone
        },
        tuple(dict.fromkeys(folding.gone)),
        tuple(dict.fromkeys(folding.revoked)),
        tuple(folding.statuses),
        {name: sealed for name, sealed in folding.templates.items() if name in folding.now},
        tuple(folding.policies),
    )


def restricts(before: Subject | None, after: Subject | None) -> bool:
    """Whether somebody who is held may be kept out, or let in, by the difference: another status or
    isolation, other groups (a policy says who passes by them), a second factor that is asked for, a right
    that ends earlier or begins later, a record that goes. Nobody new was let in before.
    """
    if before is None:
        return False
    if after is None:
        return True
    return (
        before.status != after.status
        or before.isolation != after.isolation
        or before.groups != after.groups
        or after.second_factor > before.second_factor
        or (after.valid_until or _NEVER) < (before.valid_until or _NEVER)
        or (after.valid_from or _ALWAYS) > (before.valid_from or _ALWAYS)
    )


_NEVER, _ALWAYS = datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)


@dataclass
class _Folding:
    now: dict[str, Subject]
    gone: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    statuses: list[tuple[str, StatusRecord]] = field(default_factory=list)
    templates: dict[str, tuple[SealedTemplate, ...]] = field(default_factory=dict)
    policies: list[str] = field(default_factory=list)

    def apply(self, change: Change) -> None:
        match change:
            case PutPolicy():
                self.policies.append(change.text)
            case PutSubject():
                self._put(change.record)
            case PutTemplates():
                self._known(change)
                self.templates[change.subject] = change.templates
            case SetStatus():
                self._put(replace(self._known(change), status=change.record), again=True)
            case SetIsolation():
                self._put(replace(self._known(change), isolation=change.isolation))
            case EraseSubject():
                self._known(change)
                self._remove(change.subject)
            case RevokeSubject():  # the gates may know somebody whom a restored database does not
                self._remove(change.subject)

    def _put(self, record: Subject, *, again: bool = False) -> None:
        before = self.now.get(record.id)
        self.now[record.id] = record
        if record.status is not None and (again or before is None or before.status != record.status):
            self.statuses.append((record.id, record.status))

    def _remove(self, subject: str) -> None:
        self.now.pop(subject, None)
        self.templates.pop(subject, None)
        self.statuses = [item for item in self.statuses if item[0] != subject]
        self.gone.append(subject)
        self.revoked.append(subject)

    def _known(self, change: Change) -> Subject:
        found = self.now.get(subject_of(change))
        if found is None:
            raise ImpossibleChange(
                phrase(
                    "there is no subject %(subject)r at %(site)r",
                    subject=subject_of(change),
                    site=change.site,
                ),
                remedy=phrase("gatepost central subject list"),
            )
        return found
