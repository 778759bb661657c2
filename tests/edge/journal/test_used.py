"""A one-time pass that was used stays used, whatever becomes of the journal or of its copy."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from edge.decision import ClockTrust, PassUse, WallTime
from edge.errors import JournalError
from edge.journal.format import (
    AcknowledgedState,
    Acknowledgement,
    CommandTaken,
    CommandUse,
    Entry,
    KnownOfCommand,
    LaneGrantRefused,
)
from edge.journal.format.kinds import EventKind
from edge.journal.reader import JournalReader
from edge.journal.salvage import open_or_salvage
from edge.journal.store import Journal
from edge.journal.used_copy import FILE_NAME, UsedCopy
from edge.signing.cose import microseconds
from tests.events import NOTED, decided, noted
from tests.examples import tried

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
WALL = WallTime(NOON, ClockTrust.TRUSTED)
ISSUED = NOON - timedelta(hours=1)
LATER = NOON + timedelta(hours=1)


ISSUER, OTHER = "aa", "bb"


def taken(
    nonce: str, counter: int, issuer: str = ISSUER, issuers: tuple[str, ...] = (ISSUER, OTHER)
) -> CommandUse:
    return CommandUse(nonce, issuer, counter, frozenset(issuers))


@dataclass(frozen=True)
class Card:
    """A gate's two folders, of which it was told nothing but where they lie."""

    folder: Path

    @property
    def journal(self) -> Path:
        return self.folder / "journal" / "journal.sqlite"

    @property
    def copy(self) -> Path:
        return self.folder / "registry" / FILE_NAME

    @contextmanager
    def running(self, wall: WallTime = WALL) -> Iterator[Journal]:
        """The gate at work, as `edge.gate` opens what it keeps."""
        with closing(UsedCopy(self.copy)) as copy:
            journal, _ = open_or_salvage(self.journal, "main", wall, copy)
            with journal:
                yield journal

    def kinds(self) -> list[str]:
        with closing(JournalReader(self.journal)) as reader:
            assert list(reader.verify()) == []
            return [entry.kind for entry in reader.every()]


@pytest.fixture
def card(tmp_path: Path) -> Card:
    """Two were used, one before `older` was copied, the other after; `p3` was not."""
    card = Card(tmp_path / "card")
    with card.running() as journal:
        journal.append(noted(), WALL, used_pass="p1", used_command=taken("n1", 10))
    shutil.copytree(card.folder, tmp_path / "older")
    with card.running() as journal:
        journal.append(noted(), WALL, used_pass="p2", used_command=taken("n2", 20))
    return card


def older(path: Path) -> Path:
    """Where the same file lies as it was before the second pass was used."""
    return path.parents[2] / "older" / path.parent.name / path.name


def files_of(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}*"))


def deleted(path: Path) -> None:
    for file in files_of(path):
        file.unlink()


def emptied(path: Path) -> None:
    deleted(path)
    path.touch()


def old_in_place(path: Path) -> None:
    """What `cp OLDER JOURNAL` does: the same file on the same card, with old words in it."""
    path.write_bytes(older(path).read_bytes())


def restored(path: Path) -> None:
    """What a backup's restore does: another file in its place."""
    deleted(path)
    shutil.copy(older(path), path)


def noise(path: Path) -> None:
    path.write_bytes(b"noise" * 2000)


def torn(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def a_folder(path: Path) -> None:
    deleted(path)
    path.mkdir()


LOST: dict[str, Callable[[Path], None]] = {
    "deleted": deleted,
    "emptied": emptied,
    "an older one in its place": old_in_place,
    "an older one restored": restored,
    "noise": noise,
    "torn": torn,
}


# Where the journal is a folder there is none, and the gate goes on without: see test_patient.
@pytest.mark.parametrize(
    ("how", "which"),
    [*((how, which) for how in LOST for which in ("journal", "copy")), ("a folder", "copy")],
)
def test_either_alone_knows_all_that_was_used(card: Card, how: str, which: str) -> None:
    (LOST | {"a folder": a_folder})[how](getattr(card, which))
    for start in ("the next", "the one after"):
        with card.running() as journal:
            uses = [journal.use_of(name, ISSUED) for name in ("p1", "p2", "p3")]
            assert uses == [PassUse.USED, PassUse.USED, PassUse.UNUSED], start
            known = [journal.known_of(nonce, ISSUER) for nonce in ("n1", "n2", "n3")]
            assert known == [KnownOfCommand(used, 20) for used in (True, True, False)], start
    assert EventKind.USED_PASSES_UNKNOWN not in card.kinds()


@pytest.mark.parametrize(("first", "then"), [*((how, "deleted") for how in LOST), *pairwise(LOST)])
def test_one_after_the_other_may_be_lost(card: Card, first: str, then: str) -> None:
    """What one lost, the other gave back: so it can be lost itself at the start after."""
    LOST[first](card.journal)
    with card.running():
        pass
    LOST[then](card.copy)
    with card.running() as journal:
        assert [journal.use_of(name, ISSUED) for name in ("p1", "p2")] == [PassUse.USED, PassUse.USED]


BOTH = {
    "deleted": deleted,
    "emptied": emptied,
    "an older one restored": restored,
    "noise": noise,
}


def lose_both(card: Card, how: str) -> None:
    (card.copy.parent / "rollback.json").touch()  # what the gate keeps there besides
    for path in (card.journal, card.copy):
        BOTH[how](path)


@pytest.mark.parametrize("how", BOTH)
def test_where_both_are_lost_no_pass_counts_that_was_issued_before(card: Card, how: str) -> None:
    lose_both(card, how)
    for start in ("the next", "the one after"):
        with card.running() as journal:
            for name in ("p1", "p2", "p3"):
                assert journal.use_of(name, ISSUED) is not PassUse.UNUSED, (start, name)
                assert journal.use_of(name) is not PassUse.UNUSED, (start, name)
            journal.append(noted(), WALL)
            assert journal.use_of(start, LATER) is PassUse.UNUSED
            journal.append(noted(), WALL, used_pass=start)
            assert journal.use_of(start, LATER) is PassUse.USED
    assert card.kinds().count(EventKind.USED_PASSES_UNKNOWN) == 1, "said once"


def test_what_is_unknown_stays_so_whichever_is_lost_next(card: Card) -> None:
    lose_both(card, "deleted")
    with card.running():
        pass
    for path in (card.journal, card.copy):
        deleted(path)
        with card.running() as journal:
            assert journal.use_of("p2", ISSUED) is PassUse.UNKNOWN


@pytest.mark.parametrize("trust", [ClockTrust.UNTRUSTED, ClockTrust.HOLDOVER])
def test_only_a_trusted_clock_tells_when_it_was(card: Card, trust: ClockTrust) -> None:
    """A clock that is behind would let a pass of yesterday count as issued after the loss."""
    lose_both(card, "deleted")
    yesterday = WallTime(NOON - timedelta(days=1), trust)
    with card.running(yesterday) as journal:
        journal.append(noted(), yesterday)
        assert journal.use_of("p2", ISSUED) is PassUse.UNKNOWN
        assert journal.use_of("new", LATER) is PassUse.UNKNOWN
    with card.running(yesterday) as journal:
        journal.append(noted(), WALL)
        assert journal.use_of("p2", ISSUED) is PassUse.UNKNOWN
        assert journal.use_of("p2", NOON + timedelta(minutes=4)) is PassUse.UNKNOWN, "a clock ahead of ours"
        assert journal.use_of("new", LATER) is PassUse.UNUSED


# --- commands: their issuers' counters ---------------------------------------------------------


@pytest.mark.parametrize("how", BOTH)
def test_where_both_are_lost_what_was_taken_until_then_is_unknown(card: Card, how: str) -> None:
    lose_both(card, how)
    for _ in range(2):
        with card.running() as journal:
            assert journal.known_of("n2", ISSUER).unknown_until >= microseconds(NOON)
            journal.append(noted(), WALL)
            assert journal.known_of("n2", ISSUER).unknown_until < microseconds(LATER), "it ends by itself"


def test_each_issuer_counts_for_itself_and_never_back(card: Card) -> None:
    with card.running() as journal:
        journal.append(noted(), WALL, used_command=taken("n3", 5, OTHER))
        journal.append(noted(), WALL, used_command=taken("n4", 3))
        assert [journal.known_of("new", issuer).counter for issuer in (ISSUER, OTHER, "cc")] == [20, 5, 0]


@pytest.mark.parametrize("then", ["nothing", "journal", "copy"])
def test_of_a_key_that_is_no_longer_named_no_counter_is_kept(card: Card, then: str) -> None:
    with card.running() as journal:
        journal.append(noted(), WALL, used_command=taken("n3", 30, OTHER, issuers=(OTHER,)))
    if then != "nothing":
        deleted(getattr(card, then))
    with card.running() as journal:
        assert [journal.known_of("new", issuer).counter for issuer in (ISSUER, OTHER)] == [0, 30]


@pytest.mark.parametrize(("table", "counter"), [(None, 10), (5, 10), (25, 25)])
def test_a_salvage_keeps_the_greater_of_what_the_table_and_the_events_say(
    tmp_path: Path, table: int | None, counter: int
) -> None:
    """Without a copy: what the chain has is under its hashes, and what was pruned is in the table."""
    path = tmp_path / "journal.sqlite"
    order = CommandTaken("n1", "lock_down", "", "Wang Fang", ISSUER, 10)
    with open_or_salvage(path, "main", WALL)[0] as journal:
        journal.append(order, WALL, used_command=taken("n1", 10))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM command_counter")
        connection.executemany("INSERT INTO command_counter VALUES ('aa', ?)", [(table,)] if table else [])
        connection.execute("INSERT INTO unknown_use VALUES ('lost', 'noise')")
    journal, salvage = open_or_salvage(path, "main", WALL)
    with journal:
        assert salvage is not None
        assert journal.known_of("n1", ISSUER) == KnownOfCommand(used=True, counter=counter)


def test_a_gate_that_is_new_knows_that_nothing_was_used(tmp_path: Path) -> None:
    with Card(tmp_path / "new").running() as journal:
        assert journal.use_of("p1", ISSUED) is PassUse.UNUSED


def test_a_card_that_was_copied_does_not_know_what_the_other_let_in(card: Card, tmp_path: Path) -> None:
    shutil.copytree(card.folder, tmp_path / "copied")
    with Card(tmp_path / "copied").running() as journal:
        assert journal.use_of("p2", ISSUED) is PassUse.USED
        assert journal.use_of("p3", ISSUED) is PassUse.UNKNOWN
    with card.running() as journal:
        assert journal.use_of("p3", ISSUED) is PassUse.UNUSED


def test_a_whole_card_put_back_is_known_by_what_central_says(card: Card) -> None:
    """The same card in the same computer: only who saw a later event can tell."""
    with card.running() as journal:
        last = journal.last()
        assert last is not None
        word = Acknowledgement(last.epoch, last.sequence + 5, b"\1" * 32, microseconds(NOON))
        assert journal.use_of("p3", ISSUED) is PassUse.UNUSED
        assert journal.acknowledge(word, b"signed", WALL) is AcknowledgedState.AHEAD
        assert journal.use_of("p3", ISSUED) is PassUse.UNKNOWN
        journal.append(noted(), WALL)
    assert card.kinds()[-2:] == [EventKind.USED_PASSES_UNKNOWN, NOTED]
    with card.running() as journal:
        assert journal.use_of("p3", ISSUED) is PassUse.UNKNOWN


def test_what_central_says_of_a_card_put_back_outlives_its_journal(card: Card) -> None:
    with card.running() as journal:
        last = journal.last()
        assert last is not None
        word = Acknowledgement(last.epoch, last.sequence + 5, b"\1" * 32, microseconds(NOON))
        assert journal.acknowledge(word, b"signed", WALL) is AcknowledgedState.AHEAD
    deleted(card.journal)
    with card.running() as journal:
        assert journal.use_of("p3", ISSUED) is PassUse.UNKNOWN


def test_a_journal_that_goes_away_while_the_gate_runs_forgets_nothing(card: Card) -> None:
    with card.running() as journal:
        connection = journal._connection
        assert connection is not None
        deleted(card.journal)
        connection.set_progress_handler(lambda: 1, 1)  # the next question fails, and it is opened anew
        assert journal.use_of("p2", ISSUED) is PassUse.UNKNOWN
        assert journal.use_of("p2", ISSUED) is PassUse.USED


def test_a_pass_is_used_with_its_event_or_not_at_all(card: Card) -> None:
    with card.running() as journal:
        connection = journal._connection
        assert connection is not None
        connection.set_progress_handler(lambda: 1, 1)
        with pytest.raises(JournalError):
            journal.append(noted(), WALL, used_pass="p3")
        assert journal.use_of("p3", ISSUED) is PassUse.UNUSED
    deleted(card.journal)
    with card.running() as journal:
        assert journal.use_of("p3", ISSUED) is PassUse.UNUSED, "the copy follows, and never goes ahead"


def test_the_copy_has_it_before_the_barrier_moves(card: Card) -> None:
    with card.running() as journal:
        journal.append(noted(), WALL, used_pass="p3")
        with closing(sqlite3.connect(card.copy)) as copy:
            assert copy.execute("SELECT 1 FROM used WHERE name = 'p3'").fetchone() is not None


def test_a_copy_that_fails_is_caught_up_with(card: Card) -> None:
    with card.running() as journal:
        with closing(sqlite3.connect(card.copy, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            journal.append(noted(), WALL, used_pass="p3")
            other.execute("ROLLBACK")
        assert journal.use_of("p3") is PassUse.USED
        journal.append(noted(), WALL, used_pass="p4")
    deleted(card.journal)
    with card.running() as journal:
        assert [journal.use_of(name, ISSUED) for name in ("p3", "p4")] == [PassUse.USED, PassUse.USED]


def test_what_a_full_journal_could_not_tell_its_copy_the_next_start_does(card: Card) -> None:
    """Cut between the two writings: the journal has it, and the copy gets it at the next start."""
    with card.running() as journal:
        before = card.copy.read_bytes()
        journal.append(noted(), WALL, used_pass="p3")
    card.copy.write_bytes(before)
    with card.running():
        pass
    deleted(card.journal)
    with card.running() as journal:
        assert journal.use_of("p3", ISSUED) is PassUse.USED


def test_a_copy_that_could_not_take_all_is_not_relied_on(tmp_path: Path) -> None:
    path = tmp_path / "registry" / FILE_NAME
    (path.parent).mkdir()
    (path.parent / "rollback.json").touch()
    with closing(UsedCopy(path)) as copy, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        copy.keep([("used_pass", "p1")], {})
        other.execute("ROLLBACK")
        copy.settle(0)
        assert not copy.complete
        copy.keep([], {})
        copy.settle(0)
        assert (copy.complete, copy.names("used_pass")) == (True, ["p1"])


def test_no_counter_of_the_copy_goes_back(tmp_path: Path) -> None:
    """A journal that is older, and could not read the copy when it began, takes nothing from it."""
    with closing(UsedCopy(tmp_path / "used" / FILE_NAME)) as copy:
        copy.keep([], {ISSUER: 20, OTHER: 3})
        copy.keep([], {ISSUER: 10, OTHER: 5})
        assert copy.counters() == {ISSUER: 20, OTHER: 5}
        copy.keep([], {OTHER: 6}, frozenset({OTHER}))
        assert copy.counters() == {OTHER: 6}


def test_a_copy_that_fails_is_caught_up_with_counters_too(card: Card) -> None:
    with card.running() as journal:
        with closing(sqlite3.connect(card.copy, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            journal.append(noted(), WALL, used_command=taken("n3", 30))
            other.execute("ROLLBACK")
        journal.append(noted(), WALL, used_command=taken("n4", 7, OTHER))
    deleted(card.journal)
    with card.running() as journal:
        assert [journal.known_of("n3", issuer).counter for issuer in (ISSUER, OTHER)] == [30, 7]


# --- given back ------------------------------------------------------------------------------------


def let_in(journal: Journal, name: str) -> Entry:
    return journal.append(decided(once=name), WALL, used_pass=name)


def refuse(journal: Journal, grant: Entry, why: str = "interlock") -> None:
    journal.append(LaneGrantRefused(str(grant.sequence), why), WALL, refused=grant)


@pytest.mark.parametrize("lost", [None, "journal", "copy"])
def test_a_pass_whose_grant_the_lane_refused_counts_again_after_every_start(
    card: Card, lost: str | None
) -> None:
    with card.running() as journal:
        refuse(journal, let_in(journal, "p3"))
        assert journal.use_of("p3", ISSUED) is PassUse.UNUSED
    if lost is not None:
        deleted(getattr(card, lost))
    with card.running() as journal:
        assert [journal.use_of(name, ISSUED) for name in ("p2", "p3")] == [PassUse.USED, PassUse.UNUSED]
        let_in(journal, "p3")
        assert journal.use_of("p3", ISSUED) is PassUse.USED
    assert card.kinds()


def test_a_refusal_gives_back_what_that_grant_used_up_and_no_later_use(card: Card) -> None:
    with card.running() as journal:
        first = let_in(journal, "p3")
        refuse(journal, first)
        let_in(journal, "p3")
        refuse(journal, first)
        assert journal.use_of("p3", ISSUED) is PassUse.USED
    deleted(card.journal)
    with card.running() as journal:
        assert journal.use_of("p3", ISSUED) is PassUse.USED


def test_a_refusal_in_another_epoch_gives_nothing_back(card: Card) -> None:
    with card.running() as journal:
        grant = let_in(journal, "p3")
        word = Acknowledgement(grant.epoch, grant.sequence + 5, b"\1" * 32, microseconds(NOON))
        assert journal.acknowledge(word, b"signed", WALL) is AcknowledgedState.AHEAD
        refuse(journal, grant)
        assert journal.use_of("p3", LATER) is PassUse.USED


def test_a_refusal_that_could_not_be_stored_gives_nothing_back(card: Card) -> None:
    with card.running() as journal:
        grant = let_in(journal, "p3")
        with pytest.raises(JournalError, match="too large"):
            journal.append(LaneGrantRefused(str(grant.sequence), "x" * 100_000), WALL, refused=grant)
        connection = journal._connection
        assert connection is not None
        connection.execute(
            "CREATE TEMP TRIGGER no BEFORE INSERT ON event BEGIN SELECT RAISE(FAIL, 'no'); END"
        )
        with pytest.raises(JournalError):
            refuse(journal, grant)
        assert journal.use_of("p3", ISSUED) is PassUse.USED
    deleted(card.journal)
    with card.running() as journal:
        assert journal.use_of("p3", ISSUED) is PassUse.USED, "the copy knows it again"


def test_cut_between_the_copy_and_the_journal_it_stays_used(card: Card) -> None:
    with card.running() as journal:
        let_in(journal, "p3")
    with closing(UsedCopy(card.copy)) as copy:
        copy.remove(("used_pass", "p3"))
    for _ in range(2):
        with card.running() as journal:
            assert journal.use_of("p3", ISSUED) is PassUse.USED
        deleted(card.journal)  # the copy has been told


def test_what_is_salvaged_is_given_back_too(card: Card) -> None:
    with card.running() as journal:
        for name in ("p3", "p4"):
            refuse(journal, let_in(journal, name))
        let_in(journal, "p4")
        refuse(journal, let_in(journal, "p5"), "locked_again")
    with closing(sqlite3.connect(card.journal, isolation_level=None)) as file:
        file.execute("UPDATE event SET hash = x'00' WHERE sequence = (SELECT max(sequence) FROM event)")
        file.execute("DELETE FROM used_pass")
    with card.running() as journal:
        used = [journal.use_of(name, ISSUED) for name in ("p3", "p4", "p5")]
    assert used == [PassUse.UNUSED, PassUse.USED, PassUse.USED]


def test_whatever_comes_in_which_order_no_pass_opens_twice(tmp_path: Path) -> None:
    """A walk: grants, refusals, starts, a file lost at a time; the model is who may be through."""
    draw = random.Random(19)
    card, opened, out = Card(tmp_path / "card"), set[str](), dict[str, Entry]()
    refused, lost = 0, False
    for _ in range(tried(60)):
        with card.running() as journal:
            out.clear()  # whom the lane had not refused when the process ended has gone through, or may have
            for _ in range(draw.randint(1, 8)):
                name = f"p{draw.randint(1, 9)}"
                use = journal.use_of(name, ISSUED)
                assert use is (PassUse.USED if name in opened else PassUse.UNUSED), name
                if use is PassUse.UNUSED:
                    out[name] = let_in(journal, name)
                    opened.add(name)
                elif name in out and draw.random() < 0.7:
                    refuse(journal, out.pop(name))
                    opened.remove(name)
                    refused += 1
        if draw.random() < 0.4:
            deleted(draw.choice([card.journal, card.copy]))
            lost = True
        if len(opened) == 9:
            card = Card(tmp_path / f"card-{draw.random()}")
            opened.clear()
    assert refused
    assert lost
