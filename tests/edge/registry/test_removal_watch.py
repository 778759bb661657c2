"""Removals at a gate: confirmed once it has looked, and never before; real files, real registries."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from edge.registry.format import Content, Registry, Removal, Removed
from edge.registry.format.removals import removal_of
from edge.registry.gallery.gallery import open_gallery
from edge.registry.inbox import CHANGES_NAME, URGENT_REVOCATIONS_NAME
from edge.registry.removal_watch import (
    SAID_AFTER,
    ConfirmedRemovals,
    RemovalNews,
    RemovalWatch,
    UnfinishedRemovals,
)
from tests.edge.registry.gate_disk import Gate
from tests.edge.registry.repository import (
    ENGINE,
    SEAL_KEY,
    TEMPLATE_KEY,
    Repository,
    ordinary_content,
    sealed,
    unit_vector,
)

REFERENCE, OTHER = b"r" * 16, b"o" * 16


class WatchedGate:
    """A gate's disk, and the watch over what was removed."""

    def __init__(self, folder: Path, repository: Repository) -> None:
        self.gate = Gate(folder, repository)
        self.restart()
        self.now = 0.0

    def restart(self) -> None:
        self.watch = RemovalWatch(
            self.gate.held, self.gate.held.parent / "registry.bundle", self.gate.store.trusted
        )
        self.before: Registry | None = None

    def takes_up(self) -> None:
        """As the registry service does after each arrival."""
        held = self.gate.store.held
        assert held is not None
        self.watch.took_up(self.before, held, self.gate.store.revoked, self.now)
        self.before = self.gate.store.in_force()

    def looks(self, after: float = 0.0) -> list[RemovalNews]:
        self.now += after
        force, held = self.gate.store.in_force(), self.gate.store.held
        assert force is not None
        assert held is not None
        gallery, _ = open_gallery(force, (TEMPLATE_KEY,), ENGINE)
        return list(self.watch.due(force, gallery.names, held, self.gate.store.revoked, self.now))


@pytest.fixture
def watched(tmp_path: Path, repository: Repository) -> WatchedGate:
    made = WatchedGate(tmp_path / "gate", repository)
    made.gate.install(repository.bundle())
    made.takes_up()
    return made


def without(content: Content, name: str, *removals: Removal) -> Content:
    return replace(
        content,
        subjects=tuple(item for item in content.subjects if item.id != name),
        templates=tuple(item for item in content.templates if item.subject_id != name),
        removals=removals,
    )


def erased(name: str = "subject-1", reference: bytes = REFERENCE) -> Removal:
    return removal_of(reference, Removed.SUBJECT, name, SEAL_KEY)


def test_nothing_is_confirmed_where_nothing_was_removed(watched: WatchedGate) -> None:
    assert watched.looks() == []


@pytest.mark.parametrize("by_changes", [False, True], ids=["whole", "by changes"])
def test_an_erased_person_is_confirmed_with_the_number_of_templates(
    watched: WatchedGate, repository: Repository, by_changes: bool
) -> None:
    second = sealed(repository.content.subjects[1], unit_vector(9))
    two = replace(repository.content, templates=(*repository.content.templates, second))
    watched.gate.install(repository.bundle(content=two))
    watched.takes_up()
    content = without(repository.content, "subject-1", erased())
    if by_changes:
        made = repository.publish(content)
        watched.gate.install(made.file_of_changes(made.manifest.version - 1), CHANGES_NAME)
        (watched.gate.held.parent / CHANGES_NAME).unlink()
        (watched.gate.held.parent / "registry.bundle").unlink()
    else:
        watched.gate.install(repository.bundle(content=content))
    watched.takes_up()
    assert watched.looks() == [ConfirmedRemovals("registry", 3, ((erased(), 2),))]
    assert watched.looks(SAID_AFTER) == [], "it is said once"


def test_a_gate_that_starts_anew_looks_and_says_it_again(
    watched: WatchedGate, repository: Repository
) -> None:
    watched.gate.install(repository.bundle(content=without(repository.content, "subject-1", erased())))
    watched.takes_up()
    assert len(watched.looks()) == 1
    watched.gate.restart()
    watched.restart()
    watched.takes_up()
    assert watched.looks() == [ConfirmedRemovals("registry", 2, ((erased(), 0),))]


def test_what_a_file_still_knows_is_not_confirmed_until_it_is_gone(
    watched: WatchedGate, repository: Repository
) -> None:
    left = watched.gate.held / "previous.bundle"
    old = (watched.gate.held / "current.bundle").read_bytes()
    watched.gate.install(repository.bundle(content=without(repository.content, "subject-1", erased())))
    watched.takes_up()
    left.write_bytes(old)
    assert watched.looks() == [], "the sync process may be taking it away"
    assert watched.looks(SAID_AFTER) == [UnfinishedRemovals(2, (erased(),), ("previous.bundle",))]
    assert watched.looks(SAID_AFTER) == [], "that is said once too"
    left.unlink()
    assert watched.looks(SAID_AFTER) == [ConfirmedRemovals("registry", 2, ((erased(), 1),))]


def test_the_inbox_is_looked_at_too(watched: WatchedGate, repository: Repository) -> None:
    inbox = watched.gate.held.parent / "registry.bundle"
    old = inbox.read_bytes()
    watched.gate.install(repository.bundle(content=without(repository.content, "subject-1", erased())))
    inbox.write_bytes(old)
    watched.takes_up()
    assert watched.looks() == []
    assert watched.looks(SAID_AFTER) == [UnfinishedRemovals(2, (erased(),), ("registry.bundle",))]


def test_a_removal_whose_person_is_there_is_a_lie_and_is_not_confirmed(
    watched: WatchedGate, repository: Repository
) -> None:
    """A registry that says that somebody is removed, and has them: no gate says that they are gone."""
    watched.gate.install(repository.bundle(content=replace(repository.content, removals=(erased(),))))
    watched.takes_up()
    assert not [news for news in watched.looks(SAID_AFTER) if isinstance(news, ConfirmedRemovals)]


def test_faces_alone_may_go(watched: WatchedGate, repository: Repository) -> None:
    faces = removal_of(REFERENCE, Removed.TEMPLATES, "subject-1", SEAL_KEY)
    content = replace(
        repository.content,
        templates=tuple(item for item in repository.content.templates if item.subject_id != "subject-1"),
        removals=(faces,),
    )
    watched.gate.install(repository.bundle(content=content))
    watched.takes_up()
    assert watched.looks() == [ConfirmedRemovals("registry", 2, ((faces, 1),))]


def test_an_urgent_list_is_confirmed_at_once_and_the_registry_after_it(
    watched: WatchedGate, repository: Repository
) -> None:
    urgent, gone = erased(), removal_of(OTHER, Removed.PASS, "cd" * 8, SEAL_KEY)
    listed = repository.revoke(1, 1, subjects=("subject-1",), passes=("cd" * 8,), removals=(urgent, gone))
    watched.gate.install(listed, URGENT_REVOCATIONS_NAME)
    watched.takes_up()
    assert watched.looks() == [ConfirmedRemovals("revocations", 1, ((urgent, 1), (gone, 0)))]
    content = without(repository.content, "subject-1", urgent)
    watched.gate.install(repository.bundle(content=content))
    watched.takes_up()
    assert watched.looks() == [ConfirmedRemovals("registry", 2, ((urgent, 1),))], "no file knows them now"


def test_a_reference_names_nobody(watched: WatchedGate) -> None:  # noqa: ARG001
    """What is told of a removal does not change with the person, but for who holds the seal key."""
    other = removal_of(REFERENCE, Removed.SUBJECT, "subject-1", bytes(64))
    assert other.reference == erased().reference
    assert other.digest != erased().digest
    assert ordinary_content().removals == ()
