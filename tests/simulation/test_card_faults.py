"""What a card refuses, loses, or is turned into: full, read-only, failing, put back, copied, damaged."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from random import Random

import pytest

from edge.errors import JournalError
from edge.journal.format import JournalEpochBegun, JournalRecovered, understood
from edge.journal.reader import JournalReader
from edge.journal.salvage import open_or_salvage
from edge.journal.tables import JournalFull, JournalUnavailable
from edge.support.files import write_aside, write_synced
from tests.events import noted
from tests.examples import few
from tests.simulation.card import Card
from tests.simulation.card_gate import WALL, Gate, lying, made


def test_on_a_full_card_nothing_new_finds_room_and_the_journal_says_so(card: Card) -> None:
    gate = Gate(card)
    with card.process("gate"), gate.journal() as journal:
        first = journal.append(noted("first"), WALL)
        card.full = True
        for number in range(3):
            with pytest.raises(JournalFull):
                journal.append(noted("x" * 9000), WALL)
            with pytest.raises(OSError, match="No space left"):
                write_aside(card.folder / f"state{number}", b"x")
        assert journal.missed == 3
    with card.process("restarted"), gate.journal() as journal:
        assert journal.missed == 3, "it is counted where there was room before"
        card.full = False
        journal.append(noted("again"), WALL)
        assert journal.missed == 0
    with closing(JournalReader(gate.path, card.storage())) as reader:
        entries = list(reader.every())
    assert entries[0] == first
    told = understood(entries[1])
    assert isinstance(told, JournalRecovered)
    assert sum(told.kinds.values()) == 3
    assert lying(card).keys() == {
        "journal.sqlite",
        "journal.sqlite-wal",
        "journal.sqlite.lock",
        "journal.sqlite.missed",
        "journal.sqlite.end",
    }


def test_a_file_that_is_written_in_its_place_is_empty_after_the_card_was_full(card: Card) -> None:
    with card.process("gate"):
        (card.folder / "state").write_bytes(b"was there")
        card.full = True
        with pytest.raises(OSError, match="No space left"):
            (card.folder / "state").write_bytes(b"is new")
    assert (card.folder / "state").read_bytes() == b""


def test_a_card_that_can_only_be_read_is_read(card: Card) -> None:
    gate = Gate(card)
    with card.process("gate"), gate.journal() as journal:
        first = journal.append(noted("first"), WALL)
        write_synced(card.folder / "state", b"x")
        card.read_only = True
        with pytest.raises(JournalUnavailable):
            journal.append(noted("second"), WALL)
        for call in (
            lambda: write_synced(card.folder / "state", b"y"),
            (card.folder / "state").unlink,
            lambda: (card.folder / "state").replace(card.folder / "other"),
            lambda: (card.folder / "state").chmod(0o600),
            (card.folder / "sub").mkdir,
        ):
            with pytest.raises(OSError, match="Read-only"):
                call()
    with card.process("restarted"), pytest.raises((JournalError, OSError)):
        gate.journal()
    with closing(JournalReader(gate.path, card.storage())) as reader:
        assert list(reader.every()) == [first]
    card.read_only = False
    with card.process("next"), gate.journal() as journal:
        assert journal.append(noted("third"), WALL).sequence in {2, 3}


def test_a_sync_that_fails_stores_no_event(card: Card) -> None:
    gate = Gate(card)
    with card.process("gate"), gate.journal() as journal:
        journal.append(noted("first"), WALL)
        card.fails = True
        with pytest.raises(JournalUnavailable):
            journal.append(noted("second"), WALL)
        with pytest.raises(OSError, match="Input/output"):
            write_synced(card.folder / "state", b"y")
        card.fails = False
        journal.append(noted("third"), WALL)
        assert journal.missed == 0


def test_what_fails_at_the_end_of_a_statement_is_heard(card: Card) -> None:
    with card.process("gate"):
        connection = card.connect(card.folder / "a.sqlite")
        card.fails = True
        with pytest.raises(sqlite3.OperationalError) as raised:
            connection.execute("PRAGMA journal_mode = WAL")
    assert raised.value.sqlite_errorcode == sqlite3.SQLITE_IOERR_FSYNC


@pytest.mark.longer
@pytest.mark.parametrize("read", [False, True], ids=["nobody reads", "somebody reads"])
def test_a_sync_that_failed_takes_no_later_event_along(memory: Path, read: bool) -> None:
    """Linux forgets what it could not write: a later sync that succeeds does not bring it back."""
    for seed in few(range(40), 10):
        random = Random(seed)
        with closing(made(memory / str(seed), seed)) as card, ExitStack() as opened:
            gate, process = Gate(card), card.process("gate")
            with process:
                journal = gate.journal()
                if read:
                    opened.enter_context(closing(JournalReader(gate.path, card.storage())))
                for _ in range(random.randrange(1, 4)):
                    for card.fails in (False, True, False):
                        for _ in range(random.randrange(1, 3)):
                            with suppress(JournalError):
                                gate.stored.append(journal.append(noted("x" * random.randrange(3000)), WALL))
            if random.random() < 0.3:
                process.kill()
                with card.process("restarted"), gate.journal() as journal:
                    gate.stored.append(journal.append(noted("restarted"), WALL))
            card.cut_power(random)
            assert gate.problems() == [], f"seed {seed}"


def test_an_image_put_back_has_the_medium_that_it_had_and_a_copy_has_another(
    card: Card, memory: Path
) -> None:
    gate = Gate(card)
    gate.live()
    medium, image = card.medium(gate.path), card.snapshot()
    gate.live()
    card.restore(image, file_by_file=False)
    assert lying(card) == image.files
    assert card.medium(gate.path) == medium, "only central can tell"
    process = card.process("gate")
    with process, gate.journal() as journal:
        assert journal.epoch == gate.stored[0].epoch
    process.kill()
    card.restore(image, file_by_file=True)
    assert card.medium(gate.path) != medium
    assert begun_as(gate) == "copied"
    (memory / "clone").mkdir()
    with closing(card.clone(memory / "clone", seed=2)) as clone:
        assert lying(clone) == lying(card)
        assert clone.medium(clone.folder / "journal.sqlite") != card.medium(gate.path)
        assert begun_as(Gate(clone, seed=2)) == "copied"


def begun_as(gate: Gate) -> str:
    """Why the journal begins a new epoch now."""
    process = gate.card.process("gate")
    with process, gate.journal() as journal:
        last = journal.last()
    process.kill()
    assert last is not None
    begun = understood(last)
    assert isinstance(begun, JournalEpochBegun)
    return begun.why


def test_a_restored_card_forgets_what_was_not_synced_before(card: Card) -> None:
    gate = Gate(card)
    gate.live()
    image = card.snapshot()
    gate.live()
    card.restore(image, file_by_file=False)
    card.cut_power(Random(1))
    assert lying(card) == image.files


def test_a_card_is_not_put_back_under_a_process_that_runs(card: Card) -> None:
    image = card.snapshot()
    process = card.process("gate")
    with pytest.raises(RuntimeError, match="gate still run"):
        card.restore(image, file_by_file=False)
    process.kill()
    card.restore(image, file_by_file=False)


def test_a_damaged_journal_is_salvaged(card: Card) -> None:
    gate = Gate(card)
    for _ in range(6):
        gate.live()
    where = card.damage_journal(Random(1))
    assert where.startswith("journal.sqlite from byte")
    with card.process("gate"):
        journal, salvage = open_or_salvage(gate.path, "main", WALL, ports=gate.ports)
        journal.close()
    assert salvage is not None
    assert salvage.kept > 0


def test_a_state_file_is_damaged_and_nothing_else(card: Card) -> None:
    gate = Gate(card)
    gate.live()
    for seed in range(12):
        before = lying(card)
        assert card.damage_state_file(Random(seed), lambda name: name == "state.json") == "state.json"
        after = lying(card)
        assert {name for name in before if before[name] != after[name]} == {"state.json"}
        assert after.keys() == before.keys()
        card.restore(card.snapshot(), file_by_file=True)
        with card.process("gate"):
            write_synced(card.folder / "state.json", b"whole")
        card.cut_power(Random(0))
    assert card.damage_state_file(Random(1), lambda _: False) == ""
