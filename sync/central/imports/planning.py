"""Plans an import of subjects from a site's own administration, or from a list, before anything changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from edge.admin.imports.tables import bytes_of
from edge.admin.site_admin import SiteFile, open_site_admin
from edge.consent import Consent, ConsentAnswer
from edge.registry.format import SealedTemplate
from edge.signing.cose import microseconds
from edge.support.counted import counted
from edge.support.phrases import phrase
from sync.central.devices.devices import sites
from sync.central.imports.core import Incoming, Planned, ProblemKind, Protected, SaidProblem, plan
from sync.central.imports.reading import PeopleList, read_list
from sync.central.people.consents import withdrawn
from sync.central.people.core import lacks_end
from sync.central.people.subjects import subjects_of, templates_of, time_zone_of


@dataclass(frozen=True)
class SubjectImport:
    """What an import does to the subjects of a site; `problems` names the cells that cannot be taken.

    `site` is added if central does not know it; otherwise its place is kept. `consents` are those that the
    site's administration registered, by the subject's id.
    """

    site: SiteFile
    subjects: tuple[Planned, ...]
    problems: tuple[SaidProblem, ...] = ()
    consents: tuple[tuple[str, Consent], ...] = ()
    held: int = 0

    @property
    def added(self) -> int:
        return sum(item.is_new for item in self.subjects)

    @property
    def changed(self) -> int:
        return sum(bool(item.changed) or brings_faces(item) for item in self.subjects)

    @property
    def refused(self) -> int:
        return sum(bool(item.refused) for item in self.subjects)

    @property
    def bad_rows(self) -> int:
        return len({problem.line for problem in self.problems})

    @property
    def not_named(self) -> int:
        """How many people of the site the import does not name: they stay."""
        return self.held - sum(not item.is_new for item in self.subjects)

    @property
    def statuses(self) -> int:
        """How many statuses it sets."""
        return sum(item.status_set is not None for item in self.subjects)

    def lines(self, *, newcomers: bool = True) -> Iterator[str]:
        """A line for each thing that it changes, leaves or refuses, for people."""
        for item in self.subjects:
            if item.is_new and newcomers:
                yield f"{item.record.id}: new"
            elif brings_faces(item):
                yield (
                    f"{item.record.id}: {counted(len(item.templates or ()), 'template')} in "
                    f"place of those held"
                )
            yield from map(str, (*item.changed, *item.kept, *item.refused))
        yield from map(str, self.problems)


def brings_faces(item: Planned) -> bool:
    return not item.is_new and item.templates is not None


def plan_site_import(
    connection: sa.Connection, folder: Path, take: Collection[Protected] = ()
) -> SubjectImport:
    """Plan the import of the site administration in `folder`: its subjects, with their sealed templates and
    what they consented to.
    """
    admin = open_site_admin(folder)
    by_subject: dict[str, list[SealedTemplate]] = {}
    for item in admin.store.templates():
        by_subject.setdefault(item.subject_id, []).append(item)
    consents = tuple(admin.store.every_consent())
    refusing = _refusing(connection, admin.site.id, consents)
    brought = [
        Incoming(record, templates=None if record.id in refusing else tuple(by_subject.get(record.id, ())))
        for record in admin.store.every()
    ]
    return _planned(connection, admin.site, brought, take, consents=consents)


def plan_table_import(
    connection: sa.Connection,
    site_id: str,
    file: Path,
    take: Collection[Protected] = (),
    must_end: Collection[str] = (),
) -> SubjectImport:
    """Plan the import of a list of people; a bad row is named by its line, and skipped.

    Raises RegistryError if the file is not such a list, StoreError if there is no such site.
    """
    zone = ZoneInfo(time_zone_of(connection, site_id))
    people = read_list(bytes_of(file), str(file), zone)
    return plan_list_import(connection, site_id, people, take, must_end)


def plan_list_import(
    connection: sa.Connection,
    site_id: str,
    people: PeopleList,
    take: Collection[Protected] = (),
    must_end: Collection[str] = (),
) -> SubjectImport:
    """Plan the import of a list that was read. Raises StoreError if there is no such site.

    A row that would leave somebody of a group of `must_end` without an end is wrong.
    """
    time_zone_of(connection, site_id)
    [site] = [site for site in sites(connection) if site.id == site_id]
    planned = _planned(connection, site, people.incoming, take, people.problems)
    endless = {item.record.id for item in planned.subjects if lacks_end(item.record, must_end)}
    wrong = tuple(_without_end(people, identity) for identity in sorted(endless))
    if not wrong:
        return planned
    kept = tuple(item for item in planned.subjects if item.record.id not in endless)
    problems = sorted((*planned.problems, *wrong), key=lambda problem: problem.line)
    return replace(planned, subjects=kept, problems=tuple(problems))


def _without_end(people: PeopleList, identity: str) -> SaidProblem:
    column = "valid_until"
    what = phrase(
        "column %(column)s: %(identity)r would have no end, and is in a group whose people have one",
        column=column,
        identity=identity,
    )
    letter, line = people.letters.get(column, ""), people.lines[identity]
    return SaidProblem(people.where, line, column, letter, "", ProblemKind.NO_END, str(what), said=what)


def _refusing(
    connection: sa.Connection, site: str, consents: Iterable[tuple[str, Consent]]
) -> frozenset[str]:
    """Those who withdrew at the centre, and did not consent again since: their faces are not brought back."""
    given: dict[str, int] = {}
    for subject, answer in consents:
        if answer.answer is ConsentAnswer.GIVEN:
            given[subject] = max(given.get(subject, 0), microseconds(answer.at))
    return frozenset(
        subject for subject, at in withdrawn(connection, site).items() if given.get(subject, 0) <= at
    )


def _planned(
    connection: sa.Connection,
    site: SiteFile,
    brought: Collection[Incoming],
    take: Collection[Protected],
    problems: tuple[SaidProblem, ...] = (),
    consents: tuple[tuple[str, Consent], ...] = (),
) -> SubjectImport:
    held = {subject.id: subject for subject in subjects_of(connection, site.id)}
    sealed: dict[str, tuple[SealedTemplate, ...]] = {}
    for item in templates_of(connection, site.id):
        sealed[item.subject_id] = (*sealed.get(item.subject_id, ()), item)
    return SubjectImport(site, tuple(plan(held, sealed, brought, take)), problems, consents, len(held))
