"""Whatever noise a card puts into a journal, or strange event another version wrote, the gate starts."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.decision import ClockTrust, PassUse, WallTime
from edge.journal.factory import check_at_start, open_journal
from edge.journal.format import (
    Entry,
    GateStarted,
    GateStopped,
    JournalEpochBegun,
    JournalSalvaged,
    event_of,
    following,
)
from edge.journal.ports import REAL_PORTS
from edge.journal.reader import JournalReader
from edge.journal.retrying import retrying_journal
from edge.journal.salvage import open_or_salvage
from edge.journal.tables import INSERT, SCHEMA_VERSION, JournalOutdated, row_of
from edge.journal.used_copy import UsedCopy
from edge.signing.cose import encode_value
from edge.support.storage import REAL_STORAGE
from tests.events import decided
from tests.examples import few

WALL = WallTime(datetime(2026, 11, 1, tzinfo=UTC), ClockTrust.TRUSTED)
STARTED = GateStarted("1", "", None)
_NO_EPOCH = encode_value({"kept": 1, "damaged": "", "missing": {"zz": [[1, 2]]}})
NOISE = ("x'ff00'", "'text'", "''", "-1", "1e308", "9223372036854775807", "CAST(x'ff' AS TEXT)")
COLUMNS = ("epoch", "sequence", "at", "trust", "monotonic", "kind", "body", "previous", "hash")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


def write(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def starts(path: Path, copy: UsedCopy | None = None) -> tuple[int, PassUse]:
    """How many events a start kept of a damaged journal (-1: it is not damaged), and what it knows of p1."""
    journal, salvage = open_or_salvage(path, "main", WALL, copy)
    with journal:
        journal.append(GateStopped(), WALL)
        known = journal.use_of("p1")
    check_at_start(path)
    return -1 if salvage is None else salvage.kept, known


@pytest.mark.longer
@pytest.mark.parametrize(("column", "noise"), few([*product(COLUMNS, NOISE)], 32))
def test_noise_in_any_column_of_an_event_loses_that_event_alone(path: Path, column: str, noise: str) -> None:
    with open_journal(path, "main", WALL) as journal:
        for _ in range(3):
            journal.append(STARTED, WALL)
    write(path, f"UPDATE event SET {column} = {noise} WHERE sequence = 2")  # noqa: S608 - of the tables above
    assert starts(path)[0] == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE epoch SET id = 'text'",
        "UPDATE epoch SET id = CAST(x'ff' AS TEXT)",
        "UPDATE epoch SET gate = x'ff00'",
        "UPDATE used_pass SET pass_id = x'00' WHERE pass_id = 'p2'",
        "INSERT INTO command_counter VALUES (x'00', 7)",
        "INSERT INTO command_counter VALUES ('aa', 'text')",
        "INSERT INTO unknown_use VALUES ('lost', 'text')",
        "INSERT INTO unknown_use VALUES ('lost', 1e300)",
        "INSERT INTO pruned VALUES (1, 'text', 'text')",
    ],
)
def test_noise_in_the_other_tables_is_salvaged_and_frees_no_pass(
    path: Path, tmp_path: Path, statement: str
) -> None:
    with closing(UsedCopy(tmp_path / "used" / "used.sqlite")) as copy:
        with open_journal(path, "main", WALL, copy) as journal:
            for name in ("p1", "p2"):
                journal.append(STARTED, WALL, used_pass=name)
        write(path, statement)
        kept, known = starts(path, copy)
        assert (kept >= 0, known) == (True, PassUse.USED)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("command_taken", encode_value({"nonce": 5})),
        ("command_taken", b"\xff\xfe"),
        ("access_decided", encode_value({"once": True})[:-1]),
        ("access_decided", encode_value({"evidence": {"code": {"once": True, "pass_id": 7}}})),
        ("access_decided", b"\xa2\x64once\xf5\x61x" + b"\x81" * 9000),
        ("journal_salvaged", encode_value({"damaged": "", "kept": 1, "missing": {"zz": [[1, 2]]}})),
        ("journal_salvaged", encode_value({"damaged": "", "missing": []})),
        ("of_a_later_version", encode_value([])),
    ],
)
def test_an_event_that_is_whole_and_strange_is_kept(path: Path, kind: str, body: bytes) -> None:
    with open_journal(path, "main", WALL) as journal:
        first = journal.append(STARTED, WALL)
    strange = following(first, (kind, body), epoch=first.epoch, gate="main", wall=WALL, monotonic=1.0)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(INSERT, row_of(strange, 1))
        connection.execute("UPDATE event SET body = x'00' WHERE sequence = 1")
    assert starts(path)[0] == 1


@pytest.mark.parametrize("body", ["x'ff'", "'text'", f"x'{_NO_EPOCH.hex()}'"])
def test_noise_in_what_a_salvage_recorded_is_a_damage_as_any_other(path: Path, body: str) -> None:
    with open_journal(path, "main", WALL) as journal:
        journal.append(STARTED, WALL)
        journal.append(JournalSalvaged("journal.sqlite.damaged-1", 1, {"00" * 16: ((1, 2),)}), WALL)
    write(path, f"UPDATE event SET body = {body} WHERE kind = 'journal_salvaged'")  # noqa: S608 - as above
    assert starts(path)[0] == 1


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO used VALUES ('used_pass', x'aabb')",
        "INSERT INTO used VALUES (x'07', 'p')",
        "INSERT INTO counter VALUES (x'07', 7)",
        "INSERT INTO counter VALUES ('aa', 'text')",
        "UPDATE state SET unknown = NULL",
        "UPDATE state SET unknown = 'text'",
        "UPDATE state SET unknown = 1e300",
    ],
)
def test_noise_in_the_copy_of_what_was_used_keeps_no_gate_from_starting(
    path: Path, tmp_path: Path, statement: str
) -> None:
    place = tmp_path / "used" / "used.sqlite"
    with closing(UsedCopy(place)) as copy, open_journal(path, "main", WALL, copy) as journal:
        journal.append(STARTED, WALL, used_pass="p1")
    write(place, statement)
    with closing(UsedCopy(place)) as copy:
        assert not copy.complete
        assert starts(path, copy) == (-1, PassUse.USED)
        assert "p1" in copy.names("used_pass"), "the copy is made anew of what the journal knows"


# --- a file of an older format -------------------------------------------------------------------------


def older(path: Path, copy: UsedCopy | None, version: int) -> Entry:
    """A journal as a version before has left it: its events are JSON, its hashes others; the newest of it."""
    with open_journal(path, "main", WALL, copy) as journal:
        journal.append(STARTED, WALL)
        newest = journal.append(decided(once="p1"), WALL, used_pass="p1")
    write(path, "UPDATE event SET body = CAST('{\"once\":true}' AS BLOB)", f"PRAGMA user_version = {version}")
    return newest


@pytest.mark.parametrize("version", [1, SCHEMA_VERSION - 1])
def test_a_journal_of_an_older_format_is_set_aside_and_frees_no_pass(
    path: Path, tmp_path: Path, version: int
) -> None:
    with closing(UsedCopy(tmp_path / "used" / "used.sqlite")) as copy:
        newest = older(path, copy, version)
        before = path.read_bytes()
        journal, salvage = open_or_salvage(path, "main", WALL, copy)
        with journal:
            journal.append(GateStopped(), WALL)
            assert journal.use_of("p1") is PassUse.USED
            assert journal.use_of("p2") is PassUse.UNUSED, "what was used is known as well as before"
    assert salvage is not None
    assert (salvage.damaged.name, salvage.kept, salvage.missing) == ("journal.sqlite.older-1", 0, ())
    assert f"is of version {version}" in salvage.why
    assert salvage.damaged.read_bytes() == before, "nothing is written into the older file"
    with closing(JournalReader(path)) as reader:
        begun, _ = events = list(reader.every())
        assert list(reader.verify()) == []
    assert event_of(begun) == JournalEpochBegun(
        "older_format", newest.epoch.hex(), newest.sequence, newest.hash.hex()
    )
    assert [entry.sequence for entry in events] == [1, 2]
    assert begun.epoch != newest.epoch


def test_what_an_older_journal_alone_knows_of_used_passes_is_taken_over(path: Path) -> None:
    older(path, None, SCHEMA_VERSION - 1)
    assert starts(path) == (0, PassUse.USED)


@pytest.mark.parametrize("noise", ["DROP TABLE event", "UPDATE event SET hash = 'text'", "DELETE FROM event"])
def test_an_older_journal_that_tells_nothing_of_its_end_is_followed_all_the_same(
    path: Path, noise: str
) -> None:
    older(path, None, SCHEMA_VERSION - 1)
    write(path, noise)
    journal, _ = open_or_salvage(path, "main", WALL)
    with journal:
        begun = journal.last()
    assert begun is not None
    assert event_of(begun) == JournalEpochBegun("older_format", "", 0, "")


def test_reading_a_journal_of_an_older_format_says_what_becomes_of_it(path: Path) -> None:
    older(path, None, SCHEMA_VERSION - 1)
    with pytest.raises(JournalOutdated, match=f"understands version {SCHEMA_VERSION}") as refused:
        JournalReader(path)
    assert "set aside when the gate starts" in refused.value.remedy


def test_the_log_says_which_journal_was_set_aside(path: Path, tmp_path: Path) -> None:
    older(path, None, SCHEMA_VERSION - 1)
    with closing(UsedCopy(tmp_path / "used" / "used.sqlite")) as copy, capture_logs() as logged:
        retrying_journal(path, "main", lambda: WALL, copy).close()
    [said] = [line for line in logged if line["event"] == "journal_set_aside"]
    assert (said["where"], said["kept"], said["missing"]) == (f"{path}.older-1", 0, 0)
    assert f"version {SCHEMA_VERSION - 1}" in said["why"]


def test_a_salvage_writes_in_one_transaction(path: Path) -> None:
    """Else each event is synced by itself, and a gate with a long journal starts after an hour."""
    with open_journal(path, "main", WALL) as journal:
        for _ in range(20):
            journal.append(STARTED, WALL)
    write(path, "UPDATE event SET body = x'00' WHERE sequence = 7")
    alone: list[str] = []
    inserted: list[str] = []

    def traced(path: Path, *, read_only: bool = False, timeout: float = 5.0) -> sqlite3.Connection:
        made = REAL_STORAGE.connect(path, read_only=read_only, timeout=timeout)

        def note(statement: str) -> None:
            if statement.startswith("INSERT"):
                (inserted if made.in_transaction else alone).append(statement)

        if path.name.endswith(".saved"):
            made.set_trace_callback(note)
        return made

    ports = replace(REAL_PORTS, storage=replace(REAL_STORAGE, connect=traced))
    journal, salvage = open_or_salvage(path, "main", WALL, None, ports)
    journal.close()
    assert salvage is not None
    assert salvage.kept == 19
    assert len(inserted) > 19
    assert alone == []
