"""The simulated card: what its processes write is there, or not, as card, kernel and power cut leave it."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from random import Random

import pytest

from edge.counting.store import open_store
from edge.errors import JournalError
from edge.journal.factory import open_journal
from edge.journal.ports import JournalPorts
from edge.journal.reader import JournalReader
from edge.support.files import Durability, make_folder, write_aside, write_synced
from tests.events import noted
from tests.examples import LONG, few
from tests.simulation.card import Card, ProcessKilled
from tests.simulation.card_gate import WALL, Gate, lying, made
from tests.simulation.card_user import descriptors


def writes_of_a_life(memory: Path) -> int:
    with closing(made(memory / "count")) as card:
        assert Gate(card).live(events=2)
        return card.writes


def test_what_is_written_is_there_for_the_next_process(card: Card) -> None:
    gate = Gate(card)
    assert gate.live()
    assert gate.live()
    assert gate.problems() == []
    assert card.writes > 100


@pytest.mark.longer
def test_a_process_that_is_killed_at_any_write_has_kept_what_it_promised(memory: Path) -> None:
    number = writes_of_a_life(memory)
    for at in few(range(1, number + 1), 30):
        with closing(made(memory / str(at))) as card:
            gate = Gate(card)
            assert not gate.live(at, events=2), f"write {at} of {number}"
            assert gate.problems() == [], f"write {at}"


@pytest.mark.longer
def test_a_cut_of_the_power_at_any_write_leaves_what_was_promised(memory: Path) -> None:
    number = writes_of_a_life(memory)
    random = Random(7)
    for at in few(range(1, number + 1), 30):
        with closing(made(memory / str(at))) as card:
            gate = Gate(card)
            assert not gate.live(at, events=2)
            card.cut_power(random)
            assert gate.problems() == [], f"write {at}"


def test_a_card_that_lives_long_keeps_its_promises_through_many_deaths(card: Card) -> None:
    gate, random = Gate(card), Random(3)
    for life in range(40):
        gate.live(random.choice((None, random.randrange(1, 150))), events=random.randrange(1, 8))
        if random.random() < 0.5:
            card.cut_power(random)
        assert gate.problems() == [], f"life {life}"
    assert len(gate.stored) > 60


@pytest.mark.parametrize("synchronous", ["FULL", "NORMAL"])
def test_cuts_lose_what_was_not_synced(memory: Path, synchronous: str) -> None:
    """The cuts are real ones: with weaker syncing events are lost."""
    lost = 0
    for seed in range(30):
        with closing(made(memory / str(seed))) as card:
            ports = JournalPorts(card.storage())
            with card.process("gate"):
                journal = open_journal(card.folder / "journal.sqlite", "main", WALL, ports=ports)
                assert journal._connection is not None
                journal._connection.execute(f"PRAGMA synchronous = {synchronous}")
                for _ in range(5):
                    journal.append(noted(), WALL)
            card.cut_power(Random(seed))
            with card.process("next"), open_journal(journal._path, "main", WALL, ports=ports) as again:
                last = again.last()
                lost += last is None or last.sequence < 5
    assert lost == 0 if synchronous == "FULL" else 5 < lost < 30


STATES = {
    "PASSING": (Durability.PASSING, {"old", "new", "torn", "gone"}),
    "WHOLE": (Durability.WHOLE, {"old", "new"}),
    "LASTING": (Durability.LASTING, {"new"}),
}


@pytest.mark.longer
@pytest.mark.parametrize("name", STATES)
def test_a_cut_leaves_of_a_file_what_its_durability_promises_and_no_more(memory: Path, name: str) -> None:
    durability, allowed = STATES[name]
    seen = set()
    for seed in range(60 if LONG else 25):
        with closing(made(memory / str(seed))) as card:
            path = card.folder / "state"
            with card.process("gate"):
                write_aside(path, b"old" * 1000, durability=Durability.LASTING)
                write_aside(path, b"new" * 1000, durability=durability)
            card.cut_power(Random(seed))
            left = path.read_bytes() if path.exists() else None
            kinds = {None: "gone", b"old" * 1000: "old", b"new" * 1000: "new"}
            seen.add(kinds.get(left, "torn"))
    assert seen == allowed - {"gone"}, "what is allowed is also met; a name that was there does not go"


def test_what_is_old_the_kernel_has_written_back(memory: Path) -> None:
    now = 0.0
    (memory / "card").mkdir()
    with closing(Card(memory / "card", 1, lambda: now)) as card:
        store = card.folder / "counts.sqlite"
        with card.process("gate"), closing(open_store(store, card.storage())):
            write_aside(card.folder / "state", b"written", durability=Durability.PASSING)
            now = 36.0
            write_aside(card.folder / "newer", b"written", durability=Durability.PASSING)
        left = [card.disk.after_cut(Random(seed)) for seed in range(30)]
    assert all(disk["state"] == b"written" for disk in left)
    assert {disk.get("newer") for disk in left} > {None, b"written"} or {
        disk.get("newer") for disk in left
    } == {None, b"", b"written"}


def test_nothing_of_a_dead_process_reaches_the_card(card: Card) -> None:
    path = card.folder / "journal.sqlite"
    ports = JournalPorts(card.storage())
    process = card.process("gate")
    with process:
        journal = open_journal(path, "main", WALL, ports=ports)
        journal.append(noted(), WALL)
        assert journal._connection is not None
        connection = journal._connection
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM event")
    process.kill()
    before = lying(card)
    journal.close()
    with suppress(sqlite3.Error, ProcessKilled):
        connection.execute("COMMIT")
    connection.close()
    assert lying(card) == before
    with pytest.raises(ProcessKilled), process:
        raise AssertionError("a dead process runs")
    with card.process("next"), open_journal(path, "main", WALL, ports=ports) as again:
        assert again.last() == journal.last()


def test_what_a_dying_process_still_tries_is_refused(card: Card) -> None:
    tried: list[str] = []

    def tries(what: str, call: Callable[[], object]) -> None:
        try:
            call()
        except ProcessKilled:
            tried.append(what)

    folder = card.folder
    process = card.process("gate")
    with process:
        write_synced(folder / "there", b"there")
        connection = card.connect(folder / "a.sqlite")
        connection.execute("CREATE TABLE a (b)")
    process.kill_at(1)
    with suppress(ProcessKilled), process:
        for what, call in (
            ("open", lambda: (folder / "new").write_bytes(b"")),
            ("replace", lambda: (folder / "there").replace(folder / "elsewhere")),
            ("unlink", (folder / "there").unlink),
            ("mkdir", (folder / "sub").mkdir),
            ("make_folder", lambda: make_folder(folder / "other")),
            ("insert", lambda: connection.execute("INSERT INTO a VALUES (1)")),
            ("connect", lambda: card.connect(folder / "b.sqlite").execute("CREATE TABLE a (b)")),
        ):
            tries(what, call)
    assert process.dead
    assert tried == ["open", "replace", "unlink", "mkdir", "make_folder", "insert", "connect"]
    assert (folder / "there").read_bytes() == b"there"
    assert not (folder / "b.sqlite").exists()
    with card.process("next"), closing(card.connect(folder / "a.sqlite")) as again:
        assert again.execute("SELECT count(*) FROM a").fetchone() == (0,)


def test_locks_and_open_files_of_a_dead_process_are_free(card: Card) -> None:
    def of_the_card(path: str) -> bool:
        """Of this process others are open that anybody may let go of meanwhile."""
        return path.startswith((f"{card.folder}/", "/memfd:card-"))

    for life in range(10):
        process = card.process("gate")
        with process:
            gate = Gate(card)
            journal = gate.journal()  # two journals at once would be refused
            journal.append(noted(str(life)), WALL)
        assert descriptors(of_the_card)
        process.kill()
    card.close()
    assert descriptors(of_the_card) == []
    card.__init__(card.folder, 1)  # type: ignore[misc]


def test_what_databases_share_in_memory_goes_with_the_last_process(card: Card) -> None:
    """A reader from outside does not keep it: the next process finds a log that nobody has read yet."""
    gate, first, second = Gate(card), card.process("gate"), card.process("tool")
    with first:
        journal = gate.journal()
        journal.append(noted("first"), WALL)
    with second:
        card.connect(gate.path, read_only=True).execute("SELECT * FROM event").fetchall()
    reader = JournalReader(gate.path, card.storage())
    for process, gone in ((first, False), (second, True)):
        before = card.let_go
        process.kill()
        assert (card.let_go > before) == gone
    with pytest.raises(JournalError):
        list(reader.every())
    with card.process("next"), gate.journal() as journal:
        assert journal.last() is not None


def test_only_processes_of_the_card_write_on_it(card: Card, memory: Path) -> None:
    with pytest.raises(RuntimeError, match="enter `card"):
        (card.folder / "state").write_bytes(b"")
    with pytest.raises(RuntimeError, match="nobody is not at work"):
        card.connect(card.folder / "a.sqlite")
    process = card.process("gate")
    with process:
        connection = card.connect(card.folder / "b.sqlite")
    with pytest.raises(RuntimeError, match="is not at work"):
        connection.execute("CREATE TABLE a (b)")
    with closing(made(memory / "other")) as other, other.process("gate"):
        write_elsewhere = pytest.raises(RuntimeError, match="writes on the card at")
        with write_elsewhere:
            (card.folder / "state").write_bytes(b"")
    (memory / "elsewhere").write_bytes(b"is nobody's affair")
    assert lying(card) == {"b.sqlite": b""}


def test_a_process_may_be_asked_while_another_is_at_work(card: Card) -> None:
    gate, sync = card.process("gate"), card.process("sync")
    with gate:
        journal = Gate(card).journal()
    with sync:
        write_synced(card.folder / "asked", b"")
        with gate:
            journal.append(noted(), WALL)
        gate.kill_at(1)
        write_synced(card.folder / "answered", b"")
        with pytest.raises(ProcessKilled), gate:
            journal.append(noted(), WALL)
        write_synced(card.folder / "lived", b"")
    assert gate.dead
    assert not sync.dead
    assert {"asked", "answered", "lived"} <= lying(card).keys()


def test_one_seed_makes_one_card_to_the_byte(memory: Path) -> None:
    def story(folder: Path, seed: int) -> str:
        digest, random = hashlib.sha256(), Random(seed)
        with closing(made(folder, seed)) as card:
            gate = Gate(card, seed)
            for _ in range(6):
                gate.live(random.randrange(20, 200))
                card.cut_power(random)
                digest.update(repr(sorted(lying(card).items())).encode())
                digest.update(f"{card.writes}".encode())
        return digest.hexdigest()

    assert story(memory / "a", 5) == story(memory / "b", 5)
    assert story(memory / "c", 5) != story(memory / "d", 6)
