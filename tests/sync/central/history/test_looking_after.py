"""The loop moves, erases and verifies; what is wrong with a file is said, and alarmed, by name."""

from __future__ import annotations

import re
import shutil
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import pytest
import sqlalchemy as sa

from edge.decision import Subject
from sync.central.accesses.accesses import AccessFilters, accesses
from sync.central.accesses.tables import access
from sync.central.alarms.tables import alarm_cue
from sync.central.configuration import HistorySection
from sync.central.history.core.kinds import FileKind
from sync.central.history.damage import FOREIGN
from sync.central.history.forgotten import still_to_erase
from sync.central.history.loop import HistoryLoop
from sync.central.history.overview import damaged_files, history_by_site
from sync.central.history.parquet import read_table
from sync.central.history.partitions import make_partitions
from sync.central.history.reading import accesses_between
from sync.central.history.verifying import verify_files
from sync.central.history_cues import raise_damage
from sync.central.people.erasures import note_erasure
from sync.central.people.subjects import put_subject, remove_subject
from sync.central.places.sight import EVERYWHERE
from sync.central.reports.sums import SUMMING
from sync.central.store import Store, StoreError, _engine, _migrate, migrate_store, schema_in
from sync.central.tables import event
from sync.central.units import DAY, HOUR
from tests.sync.central.accesses.examples import sent
from tests.sync.central.history.examples import all_accesses, archived, days, in_database
from tests.sync.wire.examples import AT

SITE = "green-court"
NOW = AT + 100 * DAY


def loop(store: Store, folder: Path, now: int = NOW) -> HistoryLoop:
    section = HistorySection(folder, after_days=31, accesses_after_days=31)
    return HistoryLoop(store, section, lambda: now, raise_damage, SUMMING)


def cues(store: Store) -> list[tuple[str, str]]:
    """The alarms that wait to be raised: the file, and what is wrong."""
    with store.reading() as connection:
        query = sa.select(alarm_cue.c.key, alarm_cue.c["values"]).order_by(alarm_cue.c.number)
        return [(row.key, row.values["what"]) for row in connection.execute(query)]


def erased(store: Store, subject: str, now: int) -> None:
    with store.writing() as connection:
        put_subject(connection, SITE, Subject(subject, "Somebody", "3-2-301"), AT)
        gone = remove_subject(connection, SITE, subject)
        note_erasure(connection, SITE, subject, gone, actor="wang", why="asked", now=now)


def names_in(folder: Path) -> set[str | None]:
    """Whom the files name."""
    return {
        name
        for file in folder.glob("accesses/*/*")
        for name in read_table(file, FileKind.ACCESSES).column("subject").to_pylist()
    }


def test_a_round_moves_what_is_old_by_both_clocks(store: Store, tmp_path: Path) -> None:
    sent(store, days(3))
    assert loop(store, tmp_path, AT + 32 * DAY).look() is False
    assert len(in_database(store)) == 10
    with store.reading() as connection:
        found = history_by_site(connection, EVERYWHERE)
    assert [(each.kind, each.files, each.rows) for each in found] == [("accesses", 1, 4), ("events", 1, 5)]
    assert cues(store) == []


def test_who_is_erased_is_in_no_answer_at_once_and_in_no_file_after_a_round(
    store: Store, tmp_path: Path
) -> None:
    sent(store, days(3))
    archived(store, tmp_path)
    erased(store, "li-na", NOW)
    assert names_in(tmp_path) == {"li-na", "wang-wei", None}
    with store.reading() as connection:
        assert accesses(connection, EVERYWHERE, AccessFilters(subject="li-na"), count=9) == []
        named = {row.subject for row in accesses(connection, EVERYWHERE, count=50)}
        assert named == {"wang-wei", None}
        with accesses_between(connection, EVERYWHERE, 0, NOW) as found:
            assert found.query("SELECT DISTINCT subject FROM access ORDER BY 1") == [("wang-wei",), (None,)]
            assert found.query("SELECT count(*) FROM access") == [(12,)]
    loop(store, tmp_path).look()
    assert names_in(tmp_path) == {"wang-wei", None}
    assert len(all_accesses(store)) == 12
    with store.reading() as connection:
        assert still_to_erase(connection) == []
    assert verify_files(store, NOW) == []


def test_who_was_added_again_is_named_from_then_on(store: Store, tmp_path: Path) -> None:
    sent(store, days(3))
    erased(store, "li-na", AT + DAY)
    with store.writing() as connection:
        put_subject(connection, SITE, Subject("li-na", "Li Na", "3-2-301"), AT + DAY)
        # What came between, as the journals would keep it.
        later = (access.c.at > AT + DAY) & (access.c.rule == "test")
        connection.execute(sa.update(access).where(later).values(subject="li-na"))
    archived(store, tmp_path)
    loop(store, tmp_path).look()
    assert names_in(tmp_path) == {"li-na", "wang-wei", None}


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def altered(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[200] ^= 1
    file.write_bytes(data)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("harm", "says"),
    [(cut_short, "bytes, expected"), (altered, "its SHA-256 is another"), (Path.unlink, "is gone")],
)
def test_a_file_that_is_not_what_was_written_is_alarmed_by_name_until_it_is_restored(
    store: Store, tmp_path: Path, harm: object, says: str
) -> None:
    folder, backup = tmp_path / "history", tmp_path / "backup"
    sent(store, days(2))
    archived(store, folder)
    shutil.copytree(folder, backup)
    first = min(folder.glob("events/*/*"))
    assert callable(harm)
    harm(first)
    name = first.relative_to(folder).as_posix()
    loop(store, folder).look()
    assert [(key, says in what) for key, what in cues(store)] == [(name, True)]
    with store.reading() as connection:
        [found] = damaged_files(connection, EVERYWHERE)
    assert (found.name, found.site, found.rows) == (name, SITE, 5)
    shutil.copy(backup / name, first)
    loop(store, folder).look()
    assert len(cues(store)) == 1, "it is whole again"
    with store.reading() as connection:
        assert damaged_files(connection, EVERYWHERE) == []


def test_a_foreign_file_is_found(store: Store, tmp_path: Path) -> None:
    sent(store, days(1))
    archived(store, tmp_path)
    (tmp_path / "events" / "strange.parquet").write_bytes(b"PAR1")
    found = verify_files(store, NOW)
    assert [(each.name, each.what) for each in found] == [("events/strange.parquet", str(FOREIGN))]


def test_a_file_of_other_events_with_their_own_hashes_is_found(store: Store, tmp_path: Path) -> None:
    """Whoever can write the database's digest too still cannot make events that lead on in the chain."""
    sent(store, days(2))
    archived(store, tmp_path)
    first, second = sorted(tmp_path.glob("events/*/*"))
    second.write_bytes(first.read_bytes())
    with store.writing() as connection:
        connection.execute(
            sa.text(
                "UPDATE history_file SET size = (SELECT o.size FROM history_file o WHERE o.name = :one),"
                " digest = (SELECT o.digest FROM history_file o WHERE o.name = :one) WHERE name = :two"
            ),
            {"one": str(first.relative_to(tmp_path)), "two": str(second.relative_to(tmp_path))},
        )
    [found] = verify_files(store, NOW)
    assert found.name == str(second.relative_to(tmp_path))
    assert "other events" in found.what


def test_a_folder_that_cannot_be_written_stops_nothing_else(store: Store, tmp_path: Path) -> None:
    sent(store, days(2))
    (tmp_path / "history").write_text("a file")
    looked = loop(store, tmp_path / "history")
    assert looked.look() is False
    assert looked.look() is False
    assert len(in_database(store)) == 10


# --- months --------------------------------------------------------------------------------


def months(store: Store) -> set[str]:
    with store.reading() as connection:
        return {
            *connection.execute(
                sa.text(
                    "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'event'::regclass"
                )
            ).scalars()
        }


def lying(connection: sa.Connection) -> list[tuple[str, int]]:
    """In which month each event lies, by its sequence."""
    where = sa.text("SELECT left(tableoid::regclass::text, 13), sequence FROM event ORDER BY sequence")
    return [(row[0], row[1]) for row in connection.execute(where)]


on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@on_postgresql
def test_months_are_made_ahead_and_an_event_is_in_one_of_them_only(store: Store) -> None:
    now = 1_900_000_000_000_000  # 2030-03-17
    assert make_partitions(store, now) == []
    assert {"event_before", "event_other", "event_2030_03", "event_2030_06"} <= months(store)
    assert make_partitions(store, now) == []
    entries = days(1)
    sent(store, entries[:3], now=now)
    sent(store, entries[3:], now=now + 40 * DAY)
    with store.reading() as connection:
        found = lying(connection)
        again = dict(connection.execute(sa.select(event).where(event.c.sequence == 2)).mappings().one())
    assert found == [(name, n) for n, name in enumerate(["event_2030_03"] * 3 + ["event_2030_04"] * 2, 1)]
    for month in (0, 40, 70, -400):
        with pytest.raises(StoreError, match=r"another month|duplicate key"), store.writing() as connection:
            connection.execute(sa.insert(event), again | {"received_at": now + month * DAY + HOUR})


@on_postgresql
def test_an_event_of_no_month_is_kept_and_said(store: Store) -> None:
    make_partitions(store, 1_900_000_000_000_000)
    sent(store, days(1), now=4_000_000_000_000_000)
    [said] = make_partitions(store, 1_900_000_000_000_000)
    assert said.startswith("5 events lie in no month")
    assert len(in_database(store)) == 5


@on_postgresql
def test_a_month_that_nobody_made_is_made_of_the_events_that_came(store: Store) -> None:
    now = 1_900_000_000_000_000
    sent(store, days(1), now=now)
    with store.reading() as connection:
        assert {name for name, _ in lying(connection)} == {"event_other"}
    assert make_partitions(store, now + 40 * DAY) == []
    with store.reading() as connection:
        assert lying(connection) == [("event_2030_03", n) for n in range(1, 6)]


@on_postgresql
def test_a_month_that_is_over_and_empty_is_dropped_and_no_other(store: Store) -> None:
    now = 1_900_000_000_000_000
    make_partitions(store, now)
    sent(store, days(1), now=now)
    make_partitions(store, now + 150 * DAY)
    assert {"event_2030_03", "event_2030_08"} <= months(store)
    assert not {"event_2030_04", "event_2030_05"} & months(store)
    with store.writing() as connection:
        connection.execute(sa.delete(event))
    with store.reading() as reader:
        reader.execute(sa.select(event.c.chain)).all()  # somebody who reads keeps it for two seconds
        [said] = make_partitions(store, now + 150 * DAY)
        assert said.startswith("event_2030_03 is empty and could not be dropped")
    assert make_partitions(store, now + 150 * DAY) == []
    assert "event_2030_03" not in months(store)


@on_postgresql
def test_a_question_about_one_chain_reads_one_part_of_each_month(store: Store) -> None:
    make_partitions(store, 1_900_000_000_000_000)
    question = "EXPLAIN SELECT * FROM event WHERE chain = 7 AND sequence BETWEEN 100 AND 200"
    with store.reading() as connection:
        plan = "\n".join(connection.execute(sa.text(question)).scalars())
    parts = re.findall(r"event_2030_[0-9]{2}_[0-9]_pkey", plan)
    assert len(parts) == len({*parts}) == 4, plan


@on_postgresql
def test_a_migration_waits_for_those_who_read_no_longer_than_it_says(database: str) -> None:
    with closing(Store(_engine(database))) as store:
        with store.writing() as connection:
            _migrate(connection, "0042")
        with store.reading() as reader:
            reader.execute(sa.text("SELECT count(*) FROM event")).all()
            with pytest.raises(StoreError, match="lock timeout") as refused:
                migrate_store(database, patience=0.05)
        assert "stop the centre's processes" in refused.value.remedy
        with store.reading() as connection:
            assert schema_in(connection) == "0042"
    migrate_store(database)


@on_postgresql
def test_an_event_of_no_chain_is_refused(store: Store) -> None:
    sent(store, days(1))
    with store.reading() as connection:
        row = dict(connection.execute(sa.select(event).where(event.c.sequence == 2)).mappings().one())
    with pytest.raises(StoreError, match="chain 99, which there is not"), store.writing() as connection:
        connection.execute(sa.insert(event), row | {"chain": 99})


def before_months() -> str:
    """The version of the tables before events lay by month."""
    folder = files("sync.central.migrations.versions")
    [number] = [
        re.search(r'^down_revision = "([0-9]+)"', file.read_text(), re.MULTILINE)
        for file in map(Path, map(str, folder.iterdir()))
        if file.suffix == ".py" and "def _by_month" in file.read_text()
    ]
    assert number is not None
    return number[1]


@on_postgresql
def test_a_database_with_events_gets_its_months_and_no_row_moves(database: str) -> None:
    rows = (
        "site (id) VALUES ('green-court')",
        "device (id, site, gate, message_key, enrolled_at) VALUES ('g', 'green-court', 'main', '', 0)",
        "chain (number, device, epoch, gate, hash) VALUES (1, 'g', '', 'main', '')",
        "event VALUES (1, 1, 0, 'trusted', 0.0, 'gate_stopped', '', '', '', 5)",
    )
    with closing(Store(_engine(database))) as store:
        with store.writing() as connection:
            _migrate(connection, before_months())
            for row in rows:
                connection.execute(sa.text(f"INSERT INTO {row}"))
            where = sa.text("SELECT ctid::text FROM event")
            at = connection.execute(where).scalar_one()
        with store.writing() as connection:
            _migrate(connection)
            assert connection.execute(where).scalar_one() == at
        again = rows[-1].replace(", 5)", f", {4_000_000_000_000_000})")
        with pytest.raises(StoreError, match="another month"), store.writing() as connection:
            connection.execute(sa.text(f"INSERT INTO {again}"))
        make_partitions(store, 1_900_000_000_000_000)
        assert "event_2030_03" in months(store)
