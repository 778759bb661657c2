"""A store that has lost its newest events says so, and gives none of their numbers away again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.decision import ClockTrust, PassUse, WallTime
from edge.journal.end_mark import EndMark, EndMarkFile
from edge.journal.factory import open_journal
from edge.journal.format import Entry
from edge.journal.reader import JournalReader
from edge.journal.slots import TwoSlots
from edge.journal.store import Journal
from tests.events import noted

WALL = WallTime(datetime(2026, 3, 3, tzinfo=UTC), ClockTrust.TRUSTED)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


def cut(path: Path) -> None:
    """Noise in the first frame of the log: SQLite takes what follows for never written."""
    with path.with_name(path.name + "-wal").open("r+b") as log:
        log.seek(32 + 24)
        log.write(bytes(range(256)) * 16)


def killed(journal: Journal, path: Path, spared: Path) -> None:
    """End the process without closing: the files as they lie on the card."""
    spared.mkdir()
    for name in (path.name, path.name + "-wal", path.name + ".end"):
        if (path.parent / name).exists():
            shutil.copy(path.parent / name, spared / name)
    journal.close()
    for file in spared.iterdir():
        target = path.parent / file.name
        with target.open("r+b" if target.exists() else "w+b") as there:  # the same inode: no copied card
            there.truncate(0)
            there.write(file.read_bytes())


def with_a_log(path: Path, *, later: int = 3, mark: bool = True, spared: Path) -> list[Entry]:
    """A journal of two events in the file and `later` in the log, at whose end the power is cut."""
    with open_journal(path, "main", WALL) as journal:
        first = [journal.append(noted(str(number)), WALL) for number in range(2)]
    journal = open_journal(path, "main", WALL)
    later_ones = [journal.append(noted(str(number)), WALL, used_pass=f"p{number}") for number in range(later)]
    if mark:
        journal.mark_end()
    killed(journal, path, spared)
    return first + later_ones


def test_lost_newest_events_are_told_by_their_last_number_in_a_new_epoch(path: Path, tmp_path: Path) -> None:
    entries = with_a_log(path, spared=tmp_path / "spared")
    cut(path)
    with open_journal(path, "main", WALL) as journal:
        told = journal.last()
        assert journal.epoch != entries[0].epoch
        assert journal.use_of("p0") is PassUse.UNKNOWN, "what the lost events used is not known"
    assert told is not None
    assert told.content == {
        "why": "end_lost",
        "epoch": entries[-1].epoch.hex(),
        "sequence": 5,
        "hash": entries[-1].hash.hex(),
    }
    with closing(JournalReader(path)) as reader:
        assert [entry.sequence for entry in reader.every()] == [1, 2, 1]
        assert list(reader.verify()) == []


@pytest.mark.parametrize("mark", [True, False])
def test_a_power_cut_that_loses_nothing_goes_on_in_its_epoch(path: Path, tmp_path: Path, mark: bool) -> None:
    entries = with_a_log(path, mark=mark, spared=tmp_path / "spared")
    with open_journal(path, "main", WALL) as journal:
        assert journal.append(noted(), WALL).sequence == len(entries) + 1
        assert journal.epoch == entries[0].epoch


def test_events_that_vanish_while_the_gate_runs_are_told_before_the_next(path: Path) -> None:
    with open_journal(path, "main", WALL) as journal:
        before = [journal.append(noted(str(number)), WALL) for number in range(3)]
        assert journal._connection is not None
        with journal._connection as connection:
            connection.execute("DELETE FROM event WHERE sequence > 1")
        journal._disconnect()
        after = journal.append(noted("after"), WALL)
        assert (after.epoch == before[0].epoch, after.sequence) == (False, 2)
    with closing(JournalReader(path)) as reader:
        assert [entry.content.get("why") for entry in reader.every()] == [None, "end_lost", None]


def test_a_new_store_beside_an_old_mark_is_a_new_epoch_and_nothing_more(path: Path) -> None:
    with open_journal(path, "main", WALL) as journal:
        journal.append(noted(), WALL)
    path.unlink()
    with open_journal(path, "main", WALL) as journal:
        assert journal.last() is None


def entry(number: int, path: Path) -> Entry:
    with open_journal(path.with_name(f"{number}.sqlite"), "main", WALL) as journal:
        return [journal.append(noted(), WALL) for _ in range(number)][-1]


def test_a_torn_mark_leaves_the_one_before(path: Path) -> None:
    file = EndMarkFile(path.with_name("end"))
    file.open()
    first, second = entry(1, path), entry(2, path)
    file.write(first)
    file.write(second)
    assert EndMarkFile(path.with_name("end")).open() == EndMark.of(second, 2)
    with path.with_name("end").open("r+b") as torn:
        torn.seek(40)  # in the slot of the even numbers
        torn.write(b"noise")
    assert EndMarkFile(path.with_name("end")).open() == EndMark.of(first, 1)


def test_without_a_place_for_it_the_mark_stays_where_it_was(tmp_path: Path) -> None:
    file = EndMarkFile(tmp_path / "no such folder" / "end")
    assert file.open() == EndMark()
    one = entry(1, tmp_path / "journal.sqlite")
    file.write(one)
    assert not file.marks(one)


@pytest.mark.parametrize("laid", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("elsewhere")])
def test_nobody_waits_at_what_lies_in_its_place_and_the_mark_is_made_anew(
    path: Path, laid: Callable[[Path], object]
) -> None:
    with closing(open_journal(path, "main", WALL)) as journal:
        entry = journal.append(noted(n=1), WALL)
    place = path.with_name(path.name + ".end")
    place.unlink()
    laid(place)
    read_as_it_lies = TwoSlots(place, EndMark())
    assert (read_as_it_lies.read(), read_as_it_lies.write(EndMark())) == (EndMark(), False)
    file = EndMarkFile(place)
    assert file.open() == EndMark()
    file.write(entry)
    assert EndMarkFile(place).open().is_of(entry)
    assert not path.with_name("elsewhere").exists()
