"""Files that another user writes stay readable for the daemon, or are not written."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from edge.admin.publishing import publish as publish_file
from edge.errors import RegistryError
from edge.signing.key_files import make_private_key
from edge.support.files import make_folder, write_aside
from edge.support.storage import connect
from sync.ca.certificate_authority import init_certificate_authority
from sync.ca.certificate_store import CertificateStore
from sync.ca.certificates import AuthorityError
from sync.ca.files import make_key
from sync.central.ownership import not_readable, refuse_another_user
from sync.central.registry.published import SitePublished
from sync.central.store import StoreError, migrate_store, open_store
from tests.edge.registry.repository import Repository
from tests.sync.agent.wire import Site

DAEMON, OTHER = 64_001, 64_002
"""Users of whom the system knows nothing but the number."""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="LOUD SKIP: only root can write as another user")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of the daemon's, which every user can reach."""
    with TemporaryDirectory(dir="/tmp") as name:
        made = Path(name)
        made.chmod(0o755)
        place = made / "centre"
        place.mkdir()
        os.chown(place, DAEMON, DAEMON)
        yield place


@contextmanager
def acting_as(user: int) -> Iterator[None]:
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize(
    "write",
    [
        lambda place: write_aside(place / "a" / "f", b"x"),
        lambda place: publish_file(place / "a" / "f", b"x"),
        lambda place: make_private_key(place / "a" / "f"),
        lambda place: make_key(place / "a" / "f"),
        lambda place: migrate_store(f"sqlite:///{place}/a/central.sqlite"),
        lambda place: init_certificate_authority(place / "a", "green-court", lambda: datetime.now(UTC)),
    ],
    ids=["write_aside", "publish", "a key of a site", "a key of a service", "a database", "an authority"],
)
def test_what_root_writes_belongs_to_the_owner_of_the_folder(
    folder: Path, write: Callable[[Path], object]
) -> None:
    make_folder(folder / "a")
    write(folder)
    found = list((folder / "a").rglob("*"))
    assert found
    assert {path.stat().st_uid for path in [folder / "a", *found]} == {DAEMON}


def test_root_follows_no_link_that_the_folders_owner_laid(folder: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"kept")
    (folder / "f.new").symlink_to(precious)
    write_aside(folder / "f", b"x")
    assert precious.read_bytes() == b"kept"
    assert precious.stat().st_uid == 0


@pytest.mark.parametrize("laid", ["central.sqlite", "central.sqlite-wal", "central.sqlite-journal"])
def test_root_opens_central_s_database_with_the_rights_of_the_folders_owner(
    folder: Path, tmp_path: Path, laid: str
) -> None:
    """SQLite follows links: as root it would write into whatever file the daemon's user names."""
    url = f"sqlite:///{folder}/central.sqlite"
    if laid == "central.sqlite-wal":
        migrate_store(url)
        (folder / laid).unlink(missing_ok=True)
    precious = tmp_path / "precious"
    precious.write_bytes(b"")
    (folder / laid).symlink_to(precious)
    with suppress(StoreError):
        migrate_store(url)
    with suppress(StoreError), closing(open_store(url)) as store, store.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE a (b)")
    assert precious.read_bytes() == b""


@pytest.mark.parametrize("laid", ["certificates.sqlite", "certificates.sqlite-journal"])
def test_root_opens_the_authority_s_store_with_the_rights_of_the_folders_owner(
    folder: Path, tmp_path: Path, laid: str
) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"")
    (folder / laid).symlink_to(precious)
    with suppress(AuthorityError):
        store = CertificateStore(folder / "certificates.sqlite")
        store.make()
        store.new_code("green-court-main", datetime.now(UTC))
    assert precious.read_bytes() == b""


@pytest.mark.parametrize("laid", ["journal.sqlite", "journal.sqlite-wal"])
def test_root_opens_a_gate_s_database_with_the_rights_of_the_folders_owner(
    folder: Path, tmp_path: Path, laid: str
) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"")
    (folder / laid).symlink_to(precious)
    with suppress(sqlite3.Error), closing(connect(folder / "journal.sqlite")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE a (b)")
    assert precious.read_bytes() == b""


def test_what_root_publishes_the_daemon_reads_and_goes_on_with(folder: Path) -> None:
    site = Site(folder)
    key = folder / "central.key"
    make_private_key(key)
    site.publish()
    site.publisher.revoke("green-court", site.wall.at, passes={"a1"})
    assert list(not_readable(folder / "central", key)) == []
    assert {path.stat().st_uid for path in (folder / "central").rglob("*")} == {DAEMON}
    with acting_as(DAEMON):
        assert len(site.announcer.announcements("green-court")) == 3
        assert site.publish(hours=24 * 20) == 2, "the lock too"


def test_another_user_is_refused_before_anything_is_written(folder: Path) -> None:
    site = Site(folder)
    site.publish()
    before = sorted((folder / "central").rglob("*"))
    (folder / "central" / "green-court").chmod(0o777)
    with acting_as(OTHER):
        for attempt in (
            lambda: site.publish(hours=24 * 20),
            lambda: site.publisher.revoke("green-court", site.wall.at, passes={"a1"}),
        ):
            with pytest.raises(RegistryError, match=f"belongs to {DAEMON}"):
                attempt()
    assert sorted((folder / "central").rglob("*")) == before


def test_the_owner_and_root_may(folder: Path) -> None:
    refuse_another_user(folder / "not" / "made" / "yet")
    with acting_as(DAEMON):
        refuse_another_user(folder)


def test_what_an_earlier_version_left_behind_is_named(folder: Path) -> None:
    site = Site(folder)
    key = folder / "central.key"
    make_private_key(key)
    site.publish()
    manifest = next((folder / "central" / "green-court").glob("*.manifest"))
    os.chown(manifest, 0, 0)
    assert list(not_readable(folder / "central", key)) == [(manifest, "root")]
    manifest.chmod(0o644)
    assert list(not_readable(folder / "central", key)) == []


def test_a_folder_that_cannot_be_read_is_no_empty_one(folder: Path) -> None:
    """The daemon announced the roots alone, and said nothing."""
    Repository()
    place = folder / "central" / "green-court"
    place.mkdir(parents=True)
    place.chmod(0o700)
    with acting_as(OTHER), pytest.raises(RegistryError, match="Permission denied"):
        SitePublished(place).versions()
