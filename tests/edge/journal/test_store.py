"""The journal: durable or raised, numbered without a gap, chained, and mended when it was damaged."""

from __future__ import annotations

import csv
import io
import json
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.decision import Alarm, ClockTrust, Outcome, PassUse, Reason, WallTime
from edge.errors import JournalError
from edge.journal.factory import open_journal
from edge.journal.format import (
    ClockConfirmed,
    ClockDisagrees,
    Entry,
    Event,
    JournalRecovered,
    JournalSalvaged,
    breaks,
)
from edge.journal.reader import JournalReader
from edge.journal.salvage import open_or_salvage
from edge.journal.store import Journal
from edge.journal.tables import JournalDamaged, JournalUnavailable
from tests.command_line import Done, called
from tests.events import NOTED, decided, noted
from tests.examples import tried

WALL = WallTime(datetime(2026, 3, 3, tzinfo=UTC), ClockTrust.TRUSTED)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


def filled(path: Path, count: int, size: int = 10) -> list[Entry]:
    with open_journal(path, "main") as journal:
        return [journal.append(noted("x" * size, number), WALL) for number in range(count)]


def read_back(path: Path) -> list[Entry]:
    with closing(JournalReader(path)) as reader:
        return list(reader.every())


def test_numbers_have_no_gap_over_restarts(path: Path) -> None:
    filled(path, 3)
    filled(path, 2)
    entries = read_back(path)
    assert [entry.sequence for entry in entries] == [1, 2, 3, 4, 5]
    assert len({entry.epoch for entry in entries}) == 1
    assert list(breaks(entries, from_start=True)) == []


def test_a_reader_sees_what_is_written_while_it_reads(path: Path) -> None:
    with open_journal(path, "main") as journal, closing(JournalReader(path)) as reader:
        first = journal.append(noted(), WALL)
        assert reader.newest(5) == [first]
        second = journal.append(noted(), WALL)
        assert reader.since(first.epoch, first.sequence) == [second]
        assert reader.since(None, 0) == [first, second]


def test_an_event_that_is_too_large_is_refused_and_leaves_no_gap(path: Path) -> None:
    with open_journal(path, "main") as journal:
        with pytest.raises(JournalError, match="too large"):
            journal.append(noted("x" * 20_000), WALL)
        assert journal.append(noted(), WALL).sequence == 1


def test_an_event_that_is_not_text_is_refused_as_any_other(path: Path) -> None:
    with open_journal(path, "main") as journal:
        with pytest.raises(JournalError, match="cannot be written"):
            journal.append(noted("\udcff"), WALL)
        assert journal.append(noted(), WALL).sequence == 1


def test_a_used_pass_is_remembered_with_its_event(path: Path) -> None:
    with open_journal(path, "main") as journal:
        assert journal.use_of("p1") is PassUse.UNUSED
        journal.append(noted(), WALL, used_pass="p1")
        assert journal.use_of("p1") is PassUse.USED
    with open_journal(path, "main") as journal:
        assert journal.use_of("p1") is PassUse.USED
        assert journal.use_of("p2") is PassUse.UNUSED


FAILING: dict[str, Callable[[Journal], object]] = {
    "append": lambda journal: journal.append(noted("lost"), WALL),
    "known_of": lambda journal: journal.known_of("00", "aa"),
    "prune": lambda journal: journal.prune(),
}


@pytest.mark.parametrize("fails", ["use_of", *FAILING])
def test_after_an_error_the_store_is_opened_again(path: Path, fails: str) -> None:
    """An error may leave a connection in any state; what follows is not made to depend on it."""
    with open_journal(path, "main") as journal:
        first = journal.append(noted(), WALL)
        connection = journal._connection
        assert connection is not None
        connection.set_progress_handler(lambda: 1, 1)  # whatever is asked of this connection fails
        if fails == "use_of":
            assert journal.use_of("p1") is PassUse.UNKNOWN
        else:
            with pytest.raises(JournalUnavailable):
                FAILING[fails](journal)
        assert journal.use_of("p1") is PassUse.UNUSED
        last = journal.append(noted(), WALL)
    with closing(JournalReader(path)) as reader:
        assert list(reader.verify()) == []
        told = [entry.kind for entry in reader.every()]
    missed = [JournalRecovered.kind] if fails == "append" else []
    assert told == [NOTED, *missed, NOTED]
    assert last.sequence == first.sequence + len(missed) + 1


_DAY = timedelta(days=1)
_LATER = [
    ("an unset clock", [(noted(), 2, ClockTrust.UNTRUSTED)], 0),
    ("a clock that no time server had set", [(noted(), 2, ClockTrust.HOLDOVER)], 0),
    ("one beyond what is vouched for", [(noted(), 4, ClockTrust.TRUSTED)], 0),
    ("one up to it", [(noted(), 3, ClockTrust.TRUSTED)], 3),
    ("one that went back", [(noted(), 2, ClockTrust.TRUSTED), (noted(), 1, ClockTrust.TRUSTED)], 2),
    (
        "one that central put right",
        [(noted(), 2, ClockTrust.TRUSTED), (ClockConfirmed(0.0, WALL.at), 1, ClockTrust.TRUSTED)],
        1,
    ),
    (
        "one that central found wrong",
        [(noted(), 2, ClockTrust.TRUSTED), (ClockDisagrees(9.0, WALL.at), 2, ClockTrust.UNTRUSTED)],
        None,
    ),
]


@pytest.mark.parametrize(("events", "latest"), [row[1:] for row in _LATER], ids=[row[0] for row in _LATER])
def test_the_floor_of_the_clock_is_what_a_trusted_clock_wrote_since_central_told_the_time(
    path: Path, events: list[tuple[Event, int, ClockTrust]], latest: int | None
) -> None:
    """Days after `WALL`, of which three are vouched for."""
    expected = None if latest is None else WALL.at + latest * _DAY
    with open_journal(path, "main") as journal:
        assert journal.latest is None
        journal.append(noted(), WALL)
        journal.count_until(WALL.at + 3 * _DAY)
        for event, days, trust in events:
            journal.append(event, WallTime(WALL.at + days * _DAY, trust))
        assert journal.latest == expected
    with open_journal(path, "main") as journal:
        journal.count_until(WALL.at + 3 * _DAY)
        assert journal.latest == expected


def test_the_moment_of_an_event_is_known_to_the_process_that_wrote_it(path: Path) -> None:
    before = monotonic()
    with open_journal(path, "main") as journal:
        first, second = (journal.append(noted(), WALL) for _ in range(2))
        moments = [journal.monotonic_of(entry.epoch, entry.sequence) for entry in (first, second)]
        assert moments == [first.monotonic, second.monotonic]
        assert before <= first.monotonic <= second.monotonic <= monotonic()
        assert journal.monotonic_of(first.epoch, 3) is None
        assert journal.monotonic_of(bytes(16), 1) is None
    with open_journal(path, "main") as journal:
        third = journal.append(noted(), WALL)
        assert journal.monotonic_of(second.epoch, second.sequence) is None
        assert journal.monotonic_of(third.epoch, third.sequence) == third.monotonic


# --- tampering -----------------------------------------------------------------------------


def tamper(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)


EDITS = {
    "body": "UPDATE event SET body = '{}' WHERE sequence = ?",
    "kind": "UPDATE event SET kind = 'other' WHERE sequence = ?",
    "time": "UPDATE event SET at = at + 1 WHERE sequence = ?",
    "trust": "UPDATE event SET trust = 'untrusted' WHERE sequence = ?",
    "removed": "DELETE FROM event WHERE sequence = ?",
}


@settings(max_examples=tried(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edit=st.sampled_from(sorted(EDITS)), place=st.integers(1, 19))
def test_an_event_edited_or_removed_is_named(
    tmp_path_factory: pytest.TempPathFactory, edit: str, place: int
) -> None:
    path = tmp_path_factory.mktemp("edited") / "journal.sqlite"
    filled(path, 20)
    tamper(path, EDITS[edit], place)
    with closing(JournalReader(path)) as reader:
        assert next(reader.verify()).sequence == place
    if place > 1 or edit != "removed":  # a start looks at the newest events only: `verify` at all
        with pytest.raises(JournalDamaged, match=f"sequence {place}"):
            open_journal(path, "main")


@given(st.integers(1, 18))
@settings(max_examples=tried(20), deadline=None)
def test_swapped_and_inserted_events_are_named(first: int) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        entries = filled(Path(folder) / "j.sqlite", 20)
    swapped = [*entries]
    swapped[first], swapped[first - 1] = swapped[first - 1], swapped[first]
    doubled = [*entries[: first + 1], entries[first], *entries[first + 1 :]]
    for chain in (swapped, doubled):
        assert next(breaks(chain, from_start=True)).sequence in {first, first + 1, first + 2}
    assert list(breaks(entries, from_start=True)) == []
    assert list(breaks(entries[first:])) == [], "of what is not among them nothing can be said"


# --- damage --------------------------------------------------------------------------------


def test_noise_in_the_middle_is_found_salvaged_and_reported_by_sequence(path: Path) -> None:
    before = filled(path, 2000, size=200)
    with open_journal(path, "main") as journal:
        journal.append(decided(once="p1"), WALL, used_pass="p1")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2 // 4096 * 4096)
        file.write(random.randbytes(4096))

    journal, salvage = open_or_salvage(path, "main", WALL)
    assert salvage is not None
    with journal:
        assert salvage.damaged.exists(), "the damaged file is kept"
        assert salvage.missing, "the gap is known by its sequences"
        gone = sum(last - first + 1 for _, first, last in salvage.missing)
        assert salvage.kept == len(before) + 1 - gone
        assert gone < 100
        assert journal.epoch != before[0].epoch, "no number is used twice"
        assert journal.use_of("p1") is PassUse.USED, "a used pass stays used"
        assert journal.append(noted(), WALL).sequence == 2
    kept = {entry.sequence: entry for entry in read_back(path) if entry.epoch == before[0].epoch}
    assert all(kept[entry.sequence] == entry for entry in before if entry.sequence in kept)
    [told] = [entry for entry in read_back(path) if entry.kind == JournalSalvaged.kind]
    ranges = [[first, last] for _, first, last in salvage.missing]
    assert told.content["missing"] == {before[0].epoch.hex(): ranges}
    with closing(JournalReader(path)) as reader:
        assert list(reader.verify()) == [], "a gap that is told is no break"
    tamper(path, "DELETE FROM event WHERE sequence = 5")
    with closing(JournalReader(path)) as reader:
        assert [item.sequence for item in reader.verify()] == [5], "one that is not told is"


@pytest.mark.parametrize("junk", [b"noise" * 1000, b"SQLite format 3\x00" + bytes(5000)])
def test_a_file_that_is_no_journal_at_all_is_put_aside(path: Path, junk: bytes) -> None:
    path.write_bytes(junk)
    journal, salvage = open_or_salvage(path, "main", WALL)
    with journal:
        assert salvage is not None
        assert salvage.kept == 0
        assert salvage.damaged.read_bytes() == junk
        assert journal.append(noted(), WALL).sequence == 2


def test_a_salvage_that_a_power_cut_ended_is_begun_anew(path: Path) -> None:
    before = filled(path, 20)
    filled(path.with_name("journal.sqlite.saved"), 3)
    tamper(path, EDITS["body"], 19)
    journal, salvage = open_or_salvage(path, "main", WALL)
    with journal:
        assert salvage is not None
    whole = [entry.hash for entry in before if entry.sequence != 19]
    assert [entry.hash for entry in read_back(path)][: salvage.kept] == whole


# --- the command ---------------------------------------------------------------------------


def command(*words: str) -> Done:
    return called("journal", *words)


def test_the_command_tells_verifies_and_exports(path: Path) -> None:
    filled(path, 30)
    place = ("--journal", str(path))
    told = command("tail", *place, "-n", "3", "--json").stdout.splitlines()
    assert [json.loads(line)["sequence"] for line in told] == [28, 29, 30]
    assert command("verify", *place).returncode == 0
    exported = command("export", *place).stdout.splitlines()
    assert len(exported) == 30
    table = command("export", *place, "--format", "csv").stdout.splitlines()
    assert len(table) == 31
    tamper(path, "UPDATE event SET body = '{}' WHERE sequence = 17")
    verified = command("verify", *place)
    assert verified.returncode == 1
    assert "sequence 17" in verified.stdout
    nowhere = command("verify", "--journal", str(path) + ".gone")
    assert nowhere.returncode == 2
    assert "a gate makes it when it first runs" in nowhere.stderr


def test_the_command_tells_the_alarms_of_a_decision(path: Path) -> None:
    quiet_event = decided(Outcome.DENY, "ann")
    alarms = (Alarm(Reason.HOME_ISOLATION, "isolation_exit"),)
    with open_journal(path, "main") as journal:
        journal.append(quiet_event, WALL)
        journal.append(replace(quiet_event, decision=replace(quiet_event.decision, alarms=alarms)), WALL)
    quiet, alarmed = command("tail", "--journal", str(path), "-n", "2").stdout.splitlines()
    assert "alarm" not in quiet
    assert "alarm: home_isolation" in alarmed
    table = list(
        csv.DictReader(io.StringIO(command("export", "--journal", str(path), "--format", "csv").stdout))
    )
    assert [row["alarms"] for row in table] == ["", "home_isolation"]


def test_a_closed_journal_takes_nothing_since_another_process_may_be_writing(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "journal.sqlite", "main")
    journal.append(noted("first"), WALL)
    journal.close()
    with pytest.raises(JournalUnavailable, match="closed"):
        journal.append(noted("second"), WALL)
    assert journal.use_of("any") is PassUse.UNKNOWN, "it cannot be asked"
    with open_journal(tmp_path / "journal.sqlite", "main") as again:
        assert again.append(noted("third"), WALL).sequence == 2
