"""What an import would change: it is done on a copy of the site, and the copy is compared with the site."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from edge.admin.imports.photographs import ImportReport
from edge.admin.site_admin import SUBJECTS, SiteAdmin
from edge.admin.subject_store import SubjectStore
from edge.decision import Subject


@dataclass(frozen=True)
class DryRun:
    """The report of an import, and what it would change in the list of subjects, one line per person."""

    report: ImportReport
    changes: tuple[str, ...]


def tried(admin: SiteAdmin, do: Callable[[SiteAdmin], ImportReport]) -> DryRun:
    """What `do` would change at the site of `admin`, which stays as it is; raises what `do` raises."""
    with _copied(admin) as copy:
        report = do(copy)
        return DryRun(report, tuple(_changes(admin, copy)))


@contextmanager
def _copied(admin: SiteAdmin) -> Iterator[SiteAdmin]:
    """The site with a copy of its list of subjects; everything else is the site's own."""
    with tempfile.TemporaryDirectory(prefix="gatepost-dry-run-") as name:
        folder = Path(name)
        for path in admin.folder.resolve().iterdir():
            if not path.name.startswith(SUBJECTS):
                (folder / path.name).symlink_to(path)
        held = admin.folder / SUBJECTS
        if held.exists():
            with (
                closing(sqlite3.connect(held)) as source,
                closing(sqlite3.connect(folder / SUBJECTS)) as target,
            ):
                source.backup(target)
            shutil.copymode(held, folder / SUBJECTS)
        store = SubjectStore(folder / SUBJECTS, admin.site.id, admin.keys.templates.every)
        yield replace(admin, folder=folder, store=store)


def _changes(admin: SiteAdmin, copy: SiteAdmin) -> Iterator[str]:
    before = {subject.id: subject for subject in admin.store.every()}
    templates_before, templates_after = _templates(admin), _templates(copy)
    for subject in copy.store.every():
        added = templates_after.get(subject.id, 0) - templates_before.get(subject.id, 0)
        faces = f"{added:+d} templates" if added else ""
        known = before.get(subject.id)
        if known is None:
            yield _line("new", subject, [*_differing(Subject(subject.id), subject), faces])
        elif known != subject or added:
            yield _line("changed", subject, [*_differing(known, subject), faces])


def _templates(admin: SiteAdmin) -> dict[str, int]:
    counts: dict[str, int] = {}
    for template in admin.store.templates():
        counts[template.subject_id] = counts.get(template.subject_id, 0) + 1
    return counts


def _line(what: str, subject: Subject, differences: list[str]) -> str:
    return f"{what}: {subject.id} {'; '.join(filter(None, differences))}".rstrip()


def _differing(old: Subject, new: Subject) -> list[str]:
    """Each field that differs, with its old value if it had one."""
    before, after = msgspec.to_builtins(old), msgspec.to_builtins(new)
    return [
        f"{name} {_shown(before[name])}{' → ' if before[name] else ''}{_shown(after[name])}"
        for name in after
        if name != "version" and before[name] != after[name]
    ]


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return str(value.get("value", value))
    if isinstance(value, list):
        return ", ".join(sorted(map(str, value)))
    return "" if value is None else str(value)
