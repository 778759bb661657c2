"""Publishing never reverts what gates were given without a person's consent, and uses the newest keys."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from edge.admin.publication import Edition
from edge.decision import Status, StatusRecord, Subject
from edge.errors import RegistryError
from edge.registry.format import Content, Manifest, subject_key
from sync.central.accounts.actor import command_line_actor
from sync.central.changes.core.change import EraseSubject, SetStatus
from sync.central.changes.submitting import submit
from sync.central.changes.waiting import examined
from sync.central.configuration import ChangesSection
from sync.central.devices.devices import note_health
from sync.central.people.erasing import tables_knowing
from sync.central.people.subjects import put_subject, remove_subject, status_history, subject_at
from sync.central.registry.archive import ArchivedContent, content_at
from sync.central.registry.published import SitePublished
from sync.central.registry.publisher import Publisher
from sync.central.registry.publishing import Acceptance, WouldRevert, publish_site
from sync.central.registry.section_keys import keys_of, publisher_of
from sync.central.registry.urgent import revoke_urgently
from sync.central.store import StoreError
from sync.wire import DeviceState, Health, Held
from tests.edge.registry.repository import new_key
from tests.sync.centre import NOW, SITE, Centre, held_subjects
from tests.sync.services import Mosquitto
from tests.sync.statuses import set_status
from tests.sync.wire.examples import DEVICE

RED = StatusRecord(Status.RED, "lab", "positive", "pcr", NOW)


@pytest.fixture
def centre(tmp_path: Path, broker: Mosquitto) -> Iterator[Centre]:
    made = Centre(tmp_path, broker)
    made.people(3)
    yield made
    made.store.close()


def copy(source: Path, target: Path) -> None:
    """A database as a backup takes it, or puts it back."""
    with closing(sqlite3.connect(source)) as there, closing(sqlite3.connect(target)) as here:
        there.backup(here)


def database(centre: Centre) -> Path:
    return centre.folder / "central.sqlite"


def versions(centre: Centre) -> tuple[int, ...]:
    return SitePublished(centre.section.folder / SITE).versions()


def set_red(centre: Centre, identity: str) -> None:
    with centre.store.writing() as connection:
        set_status(connection, SITE, identity, RED, "wang", 1)


def refused(centre: Centre) -> WouldRevert:
    before = versions(centre)
    with pytest.raises(WouldRevert) as error:
        centre.publish()
    assert versions(centre) == before, "nothing was published"
    return error.value


def accept(centre: Centre, code: str) -> int:
    accepted = Acceptance(code, "chen")
    publisher = publisher_of(centre.section)
    return publish_site(centre.store, centre.section, publisher, SITE, NOW, accepted).version


def test_after_a_restore_from_a_backup_nothing_is_reverted_silently(centre: Centre) -> None:
    centre.publish()
    copy(database(centre), centre.folder / "backup")
    set_red(centre, "subject-1")
    centre.publish()
    copy(centre.folder / "backup", database(centre))
    error = refused(centre)
    assert [line[:29] for line in error.lines] == ["subject-1: status red since 2"]
    with pytest.raises(WouldRevert):
        accept(centre, "00000000")
    set_red(centre, "subject-1")
    assert centre.publish().version == 2, "set again, the database says what was published"
    assert centre.publish().version == 2


def test_what_is_reverted_with_consent_is_reverted(centre: Centre) -> None:
    centre.publish()
    copy(database(centre), centre.folder / "backup")
    set_red(centre, "subject-1")
    centre.publish()
    copy(centre.folder / "backup", database(centre))
    assert accept(centre, refused(centre).code) == 3
    assert centre.publish().version == 3, "and is not asked about again"


def test_an_older_import_that_undid_a_status_is_found_by_the_history(centre: Centre) -> None:
    set_red(centre, "subject-1")
    centre.publish()
    with centre.store.writing() as connection:
        person = subject_at(connection, SITE, "subject-1")
        green = StatusRecord(Status.GREEN, "office", "", "manual", NOW)
        put_subject(connection, SITE, Subject(person.id, status=green), 2)
    assert accept(centre, refused(centre).code) == 2
    with centre.store.reading() as connection:
        assert status_history(connection, SITE, "subject-1")[-1].actor == "chen"
    assert centre.publish().version == 2


def test_a_subject_that_was_revoked_does_not_come_back_silently(centre: Centre) -> None:
    centre.publish()
    publisher = publisher_of(centre.section)
    revoke_urgently(centre.store, publisher, SITE, NOW, subjects=("subject-1",))
    with centre.store.writing() as connection:
        put_subject(connection, SITE, Subject("subject-1"), 2)
    error = refused(centre)
    assert error.lines == ("subject-1: was revoked (list 1), would be known again",)
    assert accept(centre, error.code) == 2
    assert centre.publish().version == 2


def test_a_subject_that_was_revoked_is_in_nothing_that_waits(centre: Centre) -> None:
    """Or the second person's approval would let them in again."""
    centre.publish()
    reds = [SetStatus(SITE, f"subject-{number}", RED) for number in range(1, 3)]
    with centre.store.writing() as connection:
        why, limits = "a list", ChangesSection(people=0)
        made = submit(connection, command_line_actor("wang"), reds, why=why, now=1, limits=limits)
    revoke_urgently(centre.store, publisher_of(centre.section), SITE, NOW, subjects=("subject-1",))
    with centre.store.reading() as connection:
        assert examined(connection, made.number).changes == (reds[1],)


class PublishingMeanwhile(Publisher):
    """A publisher that takes so long that something else happens in the database."""

    meanwhile: Callable[[], object]

    def publish_locked(self, content: Content, edition: Edition, held: Collection[int] = ()) -> Manifest:
        self.meanwhile()
        return super().publish_locked(content, edition, held)


def test_who_is_erased_while_a_version_is_published_is_not_in_its_archive(centre: Centre) -> None:
    def erase() -> None:
        with centre.store.writing() as connection:
            change, why = EraseSubject(SITE, "subject-1"), "asked for it"
            submit(connection, command_line_actor("wang"), [change], why=why, now=1, limits=ChangesSection())

    publisher = PublishingMeanwhile(centre.section.folder, keys_of(centre.section))
    publisher.meanwhile = erase
    version = publish_site(centre.store, centre.section, publisher, SITE, NOW).version
    with centre.store.reading() as connection:
        assert tables_knowing(connection, SITE, "subject-1") == ()
        content = content_at(connection, SITE, version)
        assert isinstance(content, ArchivedContent)
        assert subject_key("subject-1") not in content.records
        assert subject_key("subject-2") in content.records
    assert centre.publish().version == version + 1


def test_a_revocation_that_cannot_be_published_erases_no_subject(centre: Centre) -> None:
    centre.publish()
    (centre.section.folder / SITE / "revocations").mkdir()
    with pytest.raises(RegistryError):
        revoke_urgently(centre.store, publisher_of(centre.section), SITE, NOW, subjects=("subject-1",))
    with centre.store.reading() as connection:
        assert subject_at(connection, SITE, "subject-1").id == "subject-1"


def test_a_gate_that_holds_a_newer_version_stops_one_that_it_would_refuse(centre: Centre) -> None:
    """All of the centre was restored; only the gates know of version 6."""
    centre.publish()
    with centre.store.writing() as connection:
        note_health(connection, DEVICE, Health(DeviceState.ONLINE, 1, held=Held(6)), 1)
    error = refused(centre)
    assert error.lines[0].startswith(f"gate {DEVICE} holds version 6, the newest here is 1")
    assert accept(centre, error.code) == 7


def test_a_subject_that_a_restored_database_does_not_know_can_be_revoked(centre: Centre) -> None:
    centre.publish()
    with centre.store.writing() as connection:
        remove_subject(connection, SITE, "subject-1")
    publisher = publisher_of(centre.section)
    listed = revoke_urgently(centre.store, publisher, SITE, NOW, subjects=("subject-1",))
    assert listed.subjects == ("subject-1",)
    with pytest.raises(StoreError, match="no subject 'nobody'"):
        revoke_urgently(centre.store, publisher, SITE, NOW, subjects=("nobody",))


def test_what_is_revoked_counts_at_a_gate_that_is_ahead_too(centre: Centre) -> None:
    centre.publish()
    with centre.store.writing() as connection:
        note_health(connection, DEVICE, Health(DeviceState.ONLINE, 1, held=Held(6)), 1)
    publisher = publisher_of(centre.section)
    assert revoke_urgently(centre.store, publisher, SITE, NOW, subjects=("subject-1",)).base == 6


# --- whose keys ------------------------------------------------------------------------------


def replace_registry_key(centre: Centre, *, keep_old: bool = False) -> None:
    """As after `gatepost root adopt`, while central runs."""
    repository = centre.site.repository
    repository.registry_key = new_key()
    repository.rotate(expires=NOW + timedelta(days=900))
    (centre.folder / "roots").write_bytes(repository.roots)
    if not keep_old:
        (centre.folder / "registry.key").unlink()
        centre._secret("registry.key", repository.registry_key)


def test_a_key_that_is_replaced_while_central_runs_is_followed_by_the_gates(centre: Centre) -> None:
    """Version 8 was published, exit 0, and all gates stayed on the old key."""
    centre.publish()
    with centre.central(), centre.agent() as agent:
        centre.until(agent, lambda: centre.site.version == 1)
        replace_registry_key(centre)
        centre.people(3, named="another")
        assert centre.publish().version == 2
        centre.until(agent, lambda: centre.site.version == 2)
    held = centre.site.registry_service.holdings()
    assert held is not None
    assert held.registry.root.version == len(centre.site.repository.documents)


def test_a_revocation_under_a_new_key_is_followed_before_any_version(centre: Centre) -> None:
    centre.publish()
    with centre.central(), centre.agent() as agent:
        centre.until(agent, lambda: centre.site.version == 1)
        replace_registry_key(centre)
        revoke_urgently(centre.store, publisher_of(centre.section), SITE, NOW, subjects=("subject-1",))
        centre.until(agent, lambda: "subject-1" not in held_subjects(centre))


def test_a_key_that_the_newest_root_does_not_name_publishes_nothing(centre: Centre) -> None:
    centre.publish()
    replace_registry_key(centre, keep_old=True)
    for attempt in (
        centre.publish,
        lambda: revoke_urgently(centre.store, publisher_of(centre.section), SITE, NOW, passes=("a1" * 8,)),
    ):
        with pytest.raises(RegistryError, match="gates would refuse it"):
            attempt()
    assert versions(centre) == (1,)
    assert SitePublished(centre.section.folder / SITE).urgent_revocations() is None


def test_a_root_that_has_expired_publishes_nothing(centre: Centre) -> None:
    centre.site.repository.rotate(expires=NOW - timedelta(days=1))
    (centre.folder / "roots").write_bytes(centre.site.repository.roots)
    with pytest.raises(RegistryError, match="gates would refuse it"):
        centre.publish()
    assert versions(centre) == ()
