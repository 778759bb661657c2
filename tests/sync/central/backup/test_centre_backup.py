"""A centre is put back from its backup: all of one moment, on SQLite and PostgreSQL, and never backwards."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from edge.admin.site_admin import REGISTRY_LIFETIME, SiteAdmin, SiteFile, init_site
from edge.backup.errors import BackupError
from edge.backup.keys import make_identity, read_identities, recipients_of, trusted_signers
from edge.backup.manifest import BackupManifest
from edge.backup.reading import read_entries, verify_backup
from edge.backup.writing import writing_backup
from edge.decision import ClockTrust, Subject, WallTime
from edge.lane.configuration import LaneDirection
from edge.registry.format import KeyRing, assemble, verify_bundle, verify_urgent_revocations
from edge.registry.gate_keys import GateKeys
from edge.registry.store import RegistryStore
from edge.signing.key_files import read_private_key
from sync.central.accounts.tables import one_time_link
from sync.central.adoption.tables import gate_invitation
from sync.central.audit.audit import verify_chain
from sync.central.backup.creating import Centre, about_centre, back_up_centre
from sync.central.backup.last import last_backup
from sync.central.backup.restoring import Target, restore_centre
from sync.central.configuration import load_configuration
from sync.central.devices.devices import enrol_device
from sync.central.people.subjects import put_subject, subjects_of
from sync.central.registry.published import SitePublished
from sync.central.registry.publishing import WouldRevert, publish_site
from sync.central.registry.section_keys import publisher_of
from sync.central.registry.urgent import revoke_urgently
from sync.central.store import Store, open_store
from sync.central.tables import subject
from tests.command_line import called
from tests.keys import ed25519
from tests.sync.migrated import MigratedCopies
from tests.sync.wire.examples import DEVICE
from tests.waiting import PATIENT

SITE = "green-court"
NOW = datetime.now(UTC).replace(microsecond=0)


on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def admin(tmp_path: Path) -> SiteAdmin:
    admin = init_site(tmp_path / "office", SiteFile(SITE), {"main": LaneDirection.ENTRY}, NOW)
    admin.store.add(Subject("li-na", groups=frozenset({"resident"})))
    admin.build(NOW, REGISTRY_LIFETIME)
    return admin


@pytest.fixture
def centre(admin: SiteAdmin, tmp_path: Path, database: str, migrated: MigratedCopies) -> Iterator[Centre]:
    """A centre that took a site over, with a gate, somebody signed in and the authority beside it."""
    folder = tmp_path / "centre"
    migrated.fill(database)
    words = ("--database", database)
    made = called("central", "init", folder, "--plain", "--take-over", admin.folder, *words)
    assert made.returncode == 0, made.stderr
    authority = tmp_path / "authority"
    called("central", "ca", "init", "--site", SITE, "--host", "127.0.0.1", "--folder", authority)
    called("central", "ca", "code", "create", "gp-0009", "--folder", authority)
    file = folder / "central.toml"
    file.write_text(
        file.read_text()
        + f'\n[backup]\nfolder = "{tmp_path}/out"\nrecipients = ["x"]\nalso = ["{authority}"]\n'
    )
    configuration = load_configuration(file)
    store = open_store(configuration.store.url)
    with store.writing() as connection:
        enrol_device(connection, DEVICE, (SITE, "main"), ed25519("gate").public_key().public_bytes_raw(), 1)
    (tmp_path / "out").mkdir()
    yield Centre(file, configuration, store)
    store.close()


def backed_up(centre: Centre, place: Path, name: str = "centre.age") -> Path:
    from sync.central.accounts.actor import command_line_actor

    key = place / "backup.key"
    if not key.exists():
        make_identity(key)
    recipients = recipients_of([key.read_text().split()[3]], "--to")
    return back_up_centre(centre, place / "out" / name, recipients, command_line_actor("wang"), NOW).path


def restored(backup: Path, target: Target) -> Path:
    from sync.central.accounts.actor import command_line_actor

    place = backup.parents[1]
    identities = read_identities(place / "backup.key")
    verified = verify_backup(backup, identities, trusted_signers(place / "office" / "keys" / "root.pub"))
    return restore_centre(verified, identities, target, command_line_actor("wang"), NOW).file


def empty_beside(centre: Centre) -> Target:
    """An empty folder, and an empty database, to put a centre into."""
    url, folder = centre.configuration.store.url, centre.file.parents[1] / "again"
    if url.startswith("sqlite"):
        return Target(folder)
    with _server(url).connect() as connection:
        connection.execute(sa.text("DROP DATABASE IF EXISTS again"))
        connection.execute(sa.text("CREATE DATABASE again"))
    return Target(folder, make_url(url).set(database="again").render_as_string(hide_password=False))


def _server(url: str) -> sa.Engine:
    return sa.create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
        poolclass=sa.NullPool,
    )


def test_a_centre_is_put_back_elsewhere_with_all_that_it_had(centre: Centre, tmp_path: Path) -> None:
    centre.file.write_text(centre.file.read_text(), encoding="utf-8-sig")  # as an editor leaves it
    with centre.store.reading() as connection:
        assert last_backup(connection) is None
    backup = backed_up(centre, tmp_path)
    with centre.store.reading() as connection:
        assert last_backup(connection) is not None
    target = empty_beside(centre)
    again = load_configuration(restored(backup, target))
    with closing(open_store(again.store.url)) as store, store.reading() as connection:
        assert [each.id for each in subjects_of(connection, SITE)] == ["li-na"]
        assert verify_chain(connection).problem == ""
    assert again.central.key.read_bytes() == centre.configuration.central.key.read_bytes()
    assert again.central.key.with_suffix(".pub").is_file()
    assert again.central.key.stat().st_mode & 0o077 == 0
    assert again.registry is not None
    assert SitePublished(again.registry.folder / SITE).versions() == (1,)
    assert again.backup is not None
    with closing(sqlite3.connect(again.backup.also[0] / "authority.sqlite")) as authority:
        assert authority.execute("SELECT count(*) FROM code").fetchone() == (0,), "a code counts once"
    assert not list(again.central.key.parent.glob(".*"))


@on_sqlite
def test_nothing_is_written_where_the_authority_keeps_its_own(centre: Centre, tmp_path: Path) -> None:
    """Its folder is another user's, and closed to what makes backups but for reading."""
    in_the_way = tmp_path / "authority" / ".authority.sqlite.backup"
    in_the_way.mkdir()
    (in_the_way / ".kept").touch()
    again = load_configuration(restored(backed_up(centre, tmp_path), empty_beside(centre)))
    assert again.backup is not None
    with closing(sqlite3.connect(again.backup.also[0] / "authority.sqlite")) as authority:
        assert authority.execute("PRAGMA quick_check").fetchone() == ("ok",)
    assert not list(centre.configuration.central.key.parent.glob(".*"))


@on_sqlite
@pytest.mark.skipif(os.geteuid() != 0, reason="LOUD SKIP: only root can give files away")
@pytest.mark.parametrize("knows", [True, False], ids=["by name", "a backup of before names were kept"])
def test_what_root_puts_back_is_whose_it_was(centre: Centre, tmp_path: Path, knows: bool) -> None:
    authority, folder = tmp_path / "authority", centre.file.parent
    for path in (authority, *authority.rglob("*")):
        shutil.chown(path, "news", "news")
    shutil.chown(centre.file, "root", "games")
    centre.file.chmod(0o640)
    folder.chmod(0o2750)
    before = owners_below(authority) | owners_below(folder)
    backup = backed_up(centre, tmp_path)
    centre.store.close()
    authority.rename(tmp_path / "lost-authority")
    folder.rename(tmp_path / "lost-centre")
    (tmp_path / "central.sqlite").unlink()
    if not knows:
        backup = without_owners(backup)
        authority.mkdir(0o700)  # the package's
        shutil.chown(authority, "news", "news")
    restored(backup, Target())
    after = owners_below(authority) | (owners_below(folder) if knows else {})
    assert after.keys() <= before.keys() | {folder / "published" / SITE / "restored"}
    assert {path: kept for path, kept in after.items() if before.get(path, kept) != kept} == {}
    assert authority / "authority.sqlite" in after


def owners_below(folder: Path) -> dict[Path, tuple[str, str, int]]:
    found = (folder, *(path for path in folder.rglob("*") if not path.name.startswith("central.sqlite")))
    return {path: (path.owner(), path.group(), path.stat().st_mode & 0o7777) for path in found}


def without_owners(backup: Path) -> Path:
    """The same backup as a Gatepost made it that kept no names."""
    place = backup.parents[1]
    identities = read_identities(place / "backup.key")
    manifest = verify_backup(backup, identities, None).manifest
    about = about_centre(manifest, backup)
    bare = tuple(msgspec.structs.replace(each, owner=None, above=None) for each in about.places)
    told = msgspec.json.encode(msgspec.structs.replace(about, places=bare))
    key = read_private_key(place / "lost-centre" / "central.key")
    path = backup.with_name("older.age")
    with writing_backup(path, [identities[0].to_public()]) as writer:
        read_entries(
            verify_backup(backup, identities, None),
            identities,
            lambda entry, pieces: writer.add(entry.name, b"".join(pieces), entry.mode),
        )
        writer.finish(msgspec.structs.replace(manifest, about=msgspec.Raw(told)), key)
    return path


@on_sqlite
def test_a_timer_makes_what_central_toml_asks_for_and_nothing_else(centre: Centre) -> None:
    def timer() -> str:
        done = called("central", "backup", "create", "--due", "--actor", "timer", "--config", centre.file)
        assert done.returncode == 0, done.stderr
        return done.stdout

    section = centre.configuration.backup
    assert section is not None
    key = str(make_identity(centre.file.with_name("backup.key")))
    centre.file.write_text(centre.file.read_text().replace('["x"]', f'["{key}"]'))
    assert "bytes" in timer()
    [made] = section.folder.glob("*.age")
    text = centre.file.read_text()
    centre.file.write_text(text[: text.index("[backup]")])
    assert "has no [backup]: nothing is backed up" in timer()
    assert list(section.folder.glob("*.age")) == [made]


@on_sqlite
def test_it_goes_nowhere_backwards_at_a_gate(centre: Centre, admin: SiteAdmin, tmp_path: Path) -> None:
    """The gate holds versions and lists, and rules, that the backup knows nothing of."""
    backup = backed_up(centre, tmp_path)
    section = centre.configuration.registry
    assert section is not None
    gate = RegistryStore(
        tmp_path / "gate", SITE, admin.keys.anchor, GateKeys(KeyRing(admin.keys.template)), "main"
    )
    clock = WallTime(NOW, ClockTrust.TRUSTED)

    def given(folder: Path) -> int:
        published = SitePublished(folder / SITE)
        version = published.versions()[-1]
        snapshot = (
            folder / SITE / "objects" / published.manifest(version).snapshot.sha256.hex()
        ).read_bytes()
        data = assemble(published.roots(), published.signed(version), snapshot)
        gate.install_bundle(data, verify_bundle(data, gate.trusted(), clock))
        return version

    policy = section.sites / SITE / "policy.toml"
    policy.write_text(policy.read_text().replace('entry = "refer"', 'entry = "deny"'))
    for number in range(3):
        with centre.store.writing() as connection:
            put_subject(connection, SITE, Subject(f"new-{number}"), 1)
        publish_site(centre.store, section, publisher_of(section), SITE, NOW)
    assert given(section.folder) == 4
    listed = revoke_urgently(centre.store, publisher_of(section), SITE, NOW, passes=("0123456789abcdef",))

    again = load_configuration(restored(backup, empty_beside(centre)))
    assert again.registry is not None
    publisher = publisher_of(again.registry)
    with closing(open_store(again.store.url)) as store:
        with pytest.raises(WouldRevert) as refused:
            publish_site(store, again.registry, publisher, SITE, NOW)
        assert "has not been heard since" in refused.value.lines[0]
        newer = revoke_urgently(store, publisher, SITE, NOW, passes=("f" * 16,))
        assert newer.number > listed.number
        assert newer.base > 4
        data = SitePublished(again.registry.folder / SITE).urgent_revocations()
        assert data is not None
        verify_urgent_revocations(data, gate.trusted())
        heard(store, int((NOW + timedelta(seconds=1)).timestamp() * 1_000_000))
        assert publish_site(store, again.registry, publisher, SITE, NOW).version > 1001
        assert given(again.registry.folder) > 1001
        assert publish_site(store, again.registry, publisher, SITE, NOW).version < 1010, "it leaps once"


def heard(store: Store, at: int) -> None:
    from sync.central.tables import device

    with store.writing() as connection:
        connection.execute(sa.update(device).values(last_seen=at))


@on_sqlite
def test_what_lets_in_once_does_not_come_back(centre: Centre, tmp_path: Path) -> None:
    at = ("--config", centre.file)
    assert called("central", "user", "create", "wang", "administrator", *at).returncode == 0
    assert called("central", "user", "link", "create", "wang", *at).returncode == 0
    invited = {"site": SITE, "gate": "main", "device": "d", "proof": b"p", "part": b"", "replaces": False}
    with centre.store.writing() as connection:
        connection.execute(
            sa.insert(gate_invitation).values(invited | {"made_at": 1, "made_by": "wang", "until": 9})
        )
    again = load_configuration(restored(backed_up(centre, tmp_path), empty_beside(centre)))
    counted = sa.select(sa.func.count()).select_from(one_time_link)
    with centre.store.reading() as connection:
        assert connection.execute(counted).scalar_one() == 1
    with closing(open_store(again.store.url)) as store, store.reading() as connection:
        assert connection.execute(counted).scalar_one() == 0
        assert connection.execute(sa.select(gate_invitation.c.withdrawn_at)).scalar_one() is not None


def test_it_is_of_one_moment_while_others_write(centre: Centre, tmp_path: Path) -> None:
    """The count in the manifest, and the rows of the database, are those of one transaction."""
    stop, written = threading.Event(), threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with centre.store.writing() as connection:
                put_subject(connection, SITE, Subject(f"person-{number}"), 1)
            written.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert written.wait(PATIENT)
        backup = backed_up(centre, tmp_path)
    finally:
        stop.set()
        writer.join()
    identities = read_identities(tmp_path / "backup.key")
    said = about_centre(verify_backup(backup, identities, None).manifest, backup).marks.people
    again = load_configuration(restored(backup, empty_beside(centre)))
    with closing(open_store(again.store.url)) as store, store.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(subject)).scalar_one() == said


@on_sqlite
def test_what_would_be_lost_is_listed_and_a_living_centre_is_not_touched(
    centre: Centre, tmp_path: Path
) -> None:
    backup = backed_up(centre, tmp_path)
    at = ("--config", centre.file)
    called("central", "subject", "status", "set", SITE, "li-na", "red", "--actor", "Wang Fang", *at)
    called("central", "gate", "retire", DEVICE, "--actor", "Wang Fang", *at)
    words = ("--identity", tmp_path / "backup.key", "--signed-by", tmp_path / "office" / "keys" / "root.pub")
    told = called(
        "central", "backup", "restore", backup, *words, "--against", centre.file, "--dry-run", "--json"
    )
    lost = json.loads(told.stdout)["lost"]
    assert any(line.startswith("li-na of green-court: status red") for line in lost), told
    assert f"device {DEVICE}: retired since, and would be in service again" in lost
    assert any("1 × set_status" in line for line in lost)
    before = sorted(path.name for path in centre.file.parent.iterdir())
    refused = called("central", "backup", "restore", backup, *words)
    assert (refused.returncode, "never put back over" in refused.stderr) == (1, True)
    assert sorted(path.name for path in centre.file.parent.iterdir()) == before


def test_a_database_with_tables_is_never_written_over(centre: Centre, tmp_path: Path) -> None:
    backup = backed_up(centre, tmp_path)
    with pytest.raises(BackupError, match="never put back over"):
        restored(backup, Target(tmp_path / "again", centre.configuration.store.url))
    assert not (tmp_path / "again").exists()


@on_sqlite
def test_a_newer_schema_is_refused_before_anything_is_put_back(centre: Centre, tmp_path: Path) -> None:
    backup = backed_up(centre, tmp_path)
    identities = read_identities(tmp_path / "backup.key")
    about = about_centre(verify_backup(backup, identities, None).manifest, backup)
    newer = msgspec.json.encode(msgspec.structs.replace(about, schema="9999"))
    path = tmp_path / "out" / "newer.age"
    with writing_backup(path, [identities[0].to_public()]) as writer:
        writer.add(about.places[0].name, centre.file.read_bytes())
        key = read_private_key(centre.configuration.central.key)
        roots = (centre.file.parent / "roots").read_bytes()
        writer.finish(BackupManifest("centre", (SITE,), 1, "9.9.9", msgspec.Raw(newer), (), roots), key)
    with pytest.raises(BackupError, match="schema version 9999, which this Gatepost does not know"):
        restored(path, Target(tmp_path / "again"))
    assert not (tmp_path / "again").exists()
