"""The archive: of each published version what it contained, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.admin.site_admin import SiteFile
from edge.decision import Status, StatusRecord, Subject
from edge.registry.format import RecordKind
from edge.signing.cose import microseconds
from sync.central.devices.devices import put_site
from sync.central.people.subjects import put_subject, remove_subject
from sync.central.registry.archive import (
    ArchivedContent,
    MissingVersion,
    NotKept,
    content_at,
    subject_in,
    version_at,
    version_issued_by,
)
from sync.central.store import Store, StoreError, open_store
from sync.central.tables import archived_record, archived_version
from tests.edge.registry.repository import ISSUED
from tests.examples import tried
from tests.sync.central.registry.desk import DAY, SITE, START, TOML, Desk
from tests.sync.tables import make_tables

RED = StatusRecord(Status.RED, "lab", "positive", "pcr", ISSUED)


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    return Desk(tmp_path, store)


def archived(desk: Desk, version: int) -> ArchivedContent | MissingVersion:
    with desk.store.reading() as connection:
        return content_at(connection, SITE, version)


def kept(desk: Desk, version: int) -> ArchivedContent:
    found = archived(desk, version)
    assert isinstance(found, ArchivedContent), str(found)
    return found


# --- what a version contained -----------------------------------------------------------------------


def test_a_version_is_kept_as_it_was_published_whatever_comes_after(desk: Desk) -> None:
    desk.put(Subject("li-na", "Li Na"), face=True)
    desk.put(Subject("bo"))
    first = desk.publish()
    before = desk.publisher.records(SITE)
    desk.put(Subject("li-na", "Li Na", status=RED))
    desk.write_policy('[gates.main]\nmode = "code"\n')
    second = desk.publish()
    after = desk.publisher.records(SITE)
    for manifest, records in ((first, before), (second, after)):
        found = kept(desk, manifest.version)
        assert found.records == {k: v for k, v in records.items() if k[0] != RecordKind.TEMPLATE}
        assert found.version.set_sha256 == manifest.set_sha256
        assert (found.version.issued, found.version.expires) == (manifest.issued, manifest.expires)
        assert found.version.root == desk.repository.root.version
    assert [kept(desk, v).version.rules.policy.gates["main"].mode for v in (1, 2)] == ["face_or_code", "code"]
    assert [kept(desk, v).version.rules.number for v in (1, 2)] == [1, 2]
    assert [kept(desk, v).subjects()["li-na"].status for v in (1, 2)] == [None, RED]
    with desk.store.reading() as connection:
        rows = connection.execute(sa.select(sa.func.count()).select_from(archived_record)).scalar_one()
        assert subject_in(connection, SITE, 2, "li-na") == Subject("li-na", "Li Na", status=RED)
        assert subject_in(connection, SITE, 2, "nobody") is None
    assert rows == len(kept(desk, 1).records) + 2, "a version costs what it changes: the policy and Li Na"


def test_a_version_that_is_published_again_unchanged_is_one_version(desk: Desk) -> None:
    desk.put(Subject("bo"))
    assert [desk.publish(timedelta(hours=1)).version for _ in range(3)] == [1, 1, 1]
    with desk.store.reading() as connection:
        assert connection.execute(sa.select(archived_version.c.version)).scalars().all() == [1]


def test_what_was_in_force_at_a_time_is_the_newest_that_was_issued(desk: Desk) -> None:
    for name in ("a", "b"):
        desk.put(Subject(name))
        desk.publish()
    with desk.store.reading() as connection:
        found = [
            version_issued_by(connection, SITE, microseconds(START + days * DAY))
            for days in (0, 1, 1.5, 2, 900)
        ]
    assert found == [None, 1, 1, 2, 2]


# --- what is not kept, and why ----------------------------------------------------------------------


def test_what_is_not_kept_is_said_with_its_reason(desk: Desk) -> None:
    assert str(archived(desk, 3)) == "version 3 of green-court: nothing is kept of what was published"
    desk.put(Subject("a"))
    desk.publish()
    with desk.store.writing() as connection:  # a database from before has no archive
        connection.execute(sa.delete(archived_record))
        connection.execute(sa.delete(archived_version))
    desk.put(Subject("b"))
    assert desk.publish().version == 2
    assert archived(desk, 1) == MissingVersion(SITE, 1, NotKept.BEFORE, 2)
    assert str(archived(desk, 1)) == "version 1 of green-court: not kept before version 2"
    assert str(archived(desk, 3)) == "version 3 of green-court: was not published from this database"
    assert set(kept(desk, 2).subjects()) == {"a", "b"}


def test_a_version_in_an_encoding_that_nobody_reads_any_more_is_said_to_be_so(desk: Desk) -> None:
    desk.publish()
    with desk.store.writing() as connection:
        connection.execute(sa.update(archived_record).values(value=b"noise"))
        assert version_at(connection, SITE, 1) == MissingVersion(SITE, 1, NotKept.UNREADABLE, 1)


def test_an_unchanged_version_whose_archive_is_gone_is_kept_again(desk: Desk) -> None:
    """The process died between signing and recording: the next publication records it."""
    desk.put(Subject("a"))
    desk.publish()
    with desk.store.writing() as connection:
        connection.execute(sa.delete(archived_record))
        connection.execute(sa.delete(archived_version))
    assert desk.publish(timedelta(hours=1)).version == 1
    assert set(kept(desk, 1).subjects()) == {"a"}


# --- erasure ----------------------------------------------------------------------------------------


def test_an_erased_person_is_in_no_version_and_a_mark_says_that_somebody_was(desk: Desk) -> None:
    desk.put(Subject("bo"))
    desk.publish()
    desk.put(Subject("li-na", "Li Na"))
    desk.publish()
    desk.put(Subject("li-na", "Li Na", status=RED))
    desk.publish()
    desk.erase("li-na")
    for version in (1, 2, 3):
        assert set(kept(desk, version).subjects()) == {"bo"}
    desk.publish()
    assert [kept(desk, version).version.erased for version in (1, 2, 3, 4)] == [0, 1, 1, 0]
    desk.put(Subject("li-na", "another"))
    desk.publish()
    assert set(kept(desk, 5).subjects()) == {"bo", "li-na"}, "who comes again is somebody new"


def test_what_the_archive_has_of_somebody_unknown_is_erased_too(desk: Desk) -> None:
    """A database that was restored may know only from the archive whom gates still have."""
    desk.put(Subject("li-na"))
    desk.publish()
    with desk.store.writing() as connection:
        connection.execute(sa.text("DELETE FROM subject"))
        with pytest.raises(StoreError, match="no subject"):
            remove_subject(connection, SITE, "li-na")
    assert kept(desk, 1).subjects() == {}


def test_one_site_keeps_nothing_of_another(desk: Desk) -> None:
    desk.put(Subject("li-na"))
    desk.publish()
    with desk.store.writing() as connection:
        put_site(connection, SiteFile("other"))
        put_subject(connection, "other", Subject("li-na"), 1)
        remove_subject(connection, "other", "li-na")
    assert set(kept(desk, 1).subjects()) == {"li-na"}


# --- how long ---------------------------------------------------------------------------------------


def test_a_version_goes_when_its_successor_is_older_than_is_kept(store: Store, tmp_path: Path) -> None:
    desk = Desk(tmp_path, store, days=10)
    for name in ("a", "b", "c"):  # days 4, 8, 12
        desk.put(Subject(name))
        desk.publish(4 * DAY)
    desk.erase("a")
    desk.publish(10 * DAY)  # day 22: version 3 was in force 10 days ago
    assert str(archived(desk, 2)) == "version 2 of green-court: not kept before version 3"
    assert set(kept(desk, 3).subjects()) == {"b", "c"}
    assert kept(desk, 3).version.erased == 1
    with desk.store.reading() as connection:
        ends = connection.execute(sa.select(sa.func.min(archived_record.c.last))).scalar_one()
    assert ends is None or ends >= 3, "what only dropped versions contained is gone"


# --- any history ------------------------------------------------------------------------------------

NAMES = st.sampled_from(["a", "b", "c"])
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), NAMES, st.integers(0, 2)),
        st.tuples(st.just("erase"), NAMES, st.just(0)),
        st.tuples(st.just("policy"), st.just(""), st.integers(1, 3)),
        st.tuples(st.just("publish"), st.just(""), st.just(0)),
    ),
    max_size=14,
)


@pytest.fixture(scope="module")
def founded() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        path = Path(name) / "central.sqlite"
        make_tables(f"sqlite:///{path}")
        with closing(open_store(f"sqlite:///{path}")) as store, store.writing() as connection:
            put_site(connection, SiteFile(SITE))
        yield path


@settings(max_examples=tried(25))
@given(acts=ACTS)
def test_the_archive_says_of_every_version_what_its_bundle_contained(
    founded: Path, acts: list[tuple[str, str, int]]
) -> None:
    with TemporaryDirectory() as name:
        path = Path(name) / "central.sqlite"
        copy(founded, path)
        with closing(open_store(f"sqlite:///{path}")) as store:
            desk, contained = Desk(Path(name), store), dict[int, dict[bytes, bytes]]()
            for act, who, number in [*acts, ("publish", "", 0)]:
                if act == "put":
                    desk.put(Subject(who, name=str(number)), face=number == 1)
                elif act == "policy":
                    desk.write_policy(f"{TOML}[occupancy]\nstop = {number * 100}\n")
                elif act == "publish":
                    version = desk.publish().version
                    contained[version] = dict(desk.publisher.records(SITE))
                else:
                    _erase_everywhere(desk, who, contained)
            for version, records in contained.items():
                expected = {k: v for k, v in records.items() if k[0] != RecordKind.TEMPLATE}
                assert kept(desk, version).records == expected


def _erase_everywhere(desk: Desk, who: str, contained: dict[int, dict[bytes, bytes]]) -> None:
    try:
        desk.erase(who)
    except StoreError:
        return
    key = bytes([RecordKind.SUBJECT]) + who.encode()
    for records in contained.values():
        records.pop(key, None)
