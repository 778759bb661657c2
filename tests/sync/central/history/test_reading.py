"""Accesses of a stretch of time are the same before and after they moved into files."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.admin.site_admin import SiteFile
from sync.central.accesses.tables import access
from sync.central.devices.devices import enrol_device, put_site
from sync.central.history.core.kinds import LAYOUTS, OF_CHAIN, FileKind
from sync.central.history.damage import NO_FILE
from sync.central.history.files import HistoryError, Written, what_is_wrong
from sync.central.history.moved import WantedAccesses, moved_accesses
from sync.central.history.reading import accesses_between
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.store import Store, open_store
from sync.central.tables import event
from sync.central.units import DAY
from tests.sync.central.accesses.examples import sent
from tests.sync.central.history.examples import LONG_AFTER, all_accesses, archived, days, in_database
from tests.sync.migrated import MigratedCopies
from tests.sync.wire.examples import AT, DEVICE, KEY

BY_OUTCOME = """
SELECT site, outcome, count(*), min("at"), count(subject) FROM access GROUP BY ALL ORDER BY ALL
"""


def by_outcome(store: Store, since: int = 0, until: int = 2**62) -> list[tuple[object, ...]]:
    with store.reading() as connection, accesses_between(connection, EVERYWHERE, since, until) as found:
        return found.query(BY_OUTCOME)


def test_a_file_has_the_columns_of_the_table() -> None:
    assert LAYOUTS[FileKind.ACCESSES].names == tuple(access.c.keys())
    assert LAYOUTS[FileKind.EVENTS].names == (*event.c.keys(), *OF_CHAIN)


def test_accesses_are_the_same_after_they_moved(store: Store, tmp_path: Path) -> None:
    sent(store, days(6))
    stretches = [(0, 2**62), (AT, AT + DAY), (AT + 2 * DAY + 3, AT + 4 * DAY), (AT - DAY, AT)]
    before = [(all_accesses(store, *each), by_outcome(store, *each)) for each in stretches]
    assert [len(found) for found, _ in before] == [24, 4, 8, 0]
    archived(store, tmp_path, AT + 3 * DAY)
    assert len(in_database(store)) < 20, "some of them are in files, some are not"
    assert [(all_accesses(store, *each), by_outcome(store, *each)) for each in stretches] == before
    archived(store, tmp_path)
    assert in_database(store) == []
    assert [(all_accesses(store, *each), by_outcome(store, *each)) for each in stretches] == before


@pytest.fixture(scope="module")
def expected(migrated: MigratedCopies, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    """The accesses of eight days that all lie in the database."""
    with founded(tmp_path_factory.mktemp("database"), migrated) as store:
        sent(store, days(8))
        return [{**row, "number": 0} for row in all_accesses(store)]


@settings(max_examples=8, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 12), max_size=4),
    order=st.permutations(range(4)),
    most_rows=st.integers(3, 12),
    since=st.integers(0, 8),
    length=st.integers(0, 8),
)
def test_whatever_moves_when_and_comes_late_the_answer_is_that_of_the_database_alone(
    migrated: MigratedCopies, tmp_path_factory: pytest.TempPathFactory, expected: list[dict[str, object]],
    cuts: list[int], order: list[int], most_rows: int, since: int, length: int,
) -> None:  # fmt: skip
    """Batches in any order and again, moved in any parts in between."""
    folder, entries, cut_after = tmp_path_factory.mktemp("history"), days(8), iter(cuts)
    with founded(folder, migrated) as store:
        for part in (*order, order[0]):
            sent(store, entries[part * 10 : part * 10 + 10])
            cut = AT + next(cut_after, 0) * DAY
            assert archived(store, folder / "files", cut, most_rows=most_rows).problems == []
        stretch = (AT + since * DAY, AT + (since + length) * DAY)
        found = [{**row, "number": 0} for row in all_accesses(store, *stretch)]
    assert found == [row for row in expected if stretch[0] <= int(str(row["at"])) < stretch[1]]


@contextmanager
def founded(folder: Path, migrated: MigratedCopies) -> Iterator[Store]:
    url = f"sqlite:///{folder}/central.sqlite"
    migrated.fill(url)
    with closing(open_store(url)) as store:
        with store.writing() as connection:
            put_site(connection, SiteFile("green-court"))
            enrol_device(connection, DEVICE, ("green-court", "main"), KEY.public_key().public_bytes_raw(), 1)
        yield store


def test_who_sees_no_site_reads_no_file(store: Store, tmp_path: Path) -> None:
    sent(store, days(2))
    archived(store, tmp_path)
    assert len(all_accesses(store)) == 8
    assert all_accesses(store, sight=Sight()) == []


def test_a_file_that_was_changed_is_left_out_and_named(store: Store, tmp_path: Path) -> None:
    sent(store, days(2))
    archived(store, tmp_path)
    first, second = sorted(tmp_path.glob("accesses/*/*.parquet"))
    first.write_bytes(first.read_bytes()[:-20])
    with store.reading() as connection, accesses_between(connection, EVERYWHERE, 0, LONG_AFTER) as found:
        [damage] = found.damaged
        assert (damage.site, damage.rows) == ("green-court", 4)
        assert damage.name == str(first.relative_to(tmp_path))
        assert "bytes" in str(damage.what)
        assert found.query("SELECT count(*) FROM access") == [(4,)]
    second.unlink()
    with store.reading() as connection, accesses_between(connection, EVERYWHERE, 0, LONG_AFTER) as found:
        assert str(found.damaged[1].what) == "is gone"
        assert found.query("SELECT count(*) FROM access") == [(0,)]


def test_a_question_reaches_no_file_beside_the_folder(store: Store, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    sent(store, days(1))
    archived(store, tmp_path / "files")
    with store.reading() as connection, accesses_between(connection, EVERYWHERE, 0, LONG_AFTER) as found:
        for sql in (
            f"SELECT * FROM '{tmp_path}/secret.csv'",  # noqa: S608
            "SELECT * FROM read_csv('/etc/passwd')",
            "INSTALL httpfs",
        ):
            with pytest.raises(Exception, match=r"Permission|disabled|Cannot"):
                found.query(sql)
        with pytest.raises(Exception, match="locked"):
            found.query("SET enable_external_access = true")


def test_only_the_columns_that_are_asked_for_are_read(store: Store, tmp_path: Path) -> None:
    sent(store, days(2))
    archived(store, tmp_path, AT + DAY)
    columns = ("at", "outcome")
    with (
        store.reading() as connection,
        accesses_between(connection, EVERYWHERE, 0, LONG_AFTER, columns) as found,
    ):
        assert found.table("SELECT * FROM access").schema.names == [*columns]


def test_a_database_that_names_no_folder_says_so(store: Store, tmp_path: Path) -> None:
    sent(store, days(1))
    archived(store, tmp_path)
    with store.writing() as connection:
        connection.execute(sa.text("DELETE FROM history_folder"))
    with pytest.raises(HistoryError, match="no folder"):
        all_accesses(store)


@pytest.mark.parametrize("at", [-4, -8], ids=["no Parquet", "no footer"])
def test_a_file_that_was_changed_and_says_it_was_not_is_an_error_in_words(
    store: Store, tmp_path: Path, at: int
) -> None:
    sent(store, days(2))
    archived(store, tmp_path)
    for path in tmp_path.rglob("accesses/*/*.parquet"):
        status, data = path.stat(), bytearray(path.read_bytes())
        data[at:] = bytes(-at)
        path.write_bytes(data)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(HistoryError, match="gatepost central history verify"):
        by_outcome(store)
    with store.reading() as connection, pytest.raises(HistoryError, match="gatepost central history verify"):
        moved_accesses(connection, None, WantedAccesses(10))


def test_a_pipe_in_place_of_a_file_is_not_what_was_written(store: Store, tmp_path: Path) -> None:
    sent(store, days(1))
    archived(store, tmp_path)
    [path] = tmp_path.rglob("accesses/*/*.parquet")
    size = path.stat().st_size
    written = Written(size, path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).digest())
    name = path.relative_to(tmp_path).as_posix()
    assert what_is_wrong(tmp_path, name, written, thorough=False) == ""
    path.unlink()
    os.mkfifo(path)
    fifo = dataclasses.replace(written, size=0)
    assert what_is_wrong(tmp_path, name, fifo, thorough=True) == NO_FILE
