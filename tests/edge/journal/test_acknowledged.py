"""Pruning: only what central signed for, never more than may go, and the chain still tells what was cut."""

from __future__ import annotations

import hashlib
import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from edge.decision import ClockTrust, PassUse, WallTime
from edge.journal.factory import open_journal
from edge.journal.format import Acknowledgement, Entry, acknowledgement_topic, file_name
from edge.journal.format.kinds import EventKind
from edge.journal.pruner import JournalPruner
from edge.journal.reader import JournalReader
from edge.journal.salvage import open_or_salvage
from edge.signing.cose import Keys, encode_value, keys_of, seal
from tests.events import noted
from tests.examples import tried
from tests.keys import ed25519

WALL = WallTime(datetime(2026, 3, 3, tzinfo=UTC), ClockTrust.TRUSTED)
CENTRAL = ed25519("central")
KEYS = keys_of([CENTRAL.public_key().public_bytes_raw()])
DEVICE = "green-court.main"


def signed(
    epoch: bytes, sequence: int, digest: bytes, *, device: str = DEVICE, key: Ed25519PrivateKey = CENTRAL
) -> bytes:
    word = Acknowledgement(epoch, sequence, digest, 0)
    return seal(encode_value(word), acknowledgement_topic(device), key)


class Gate:
    """A journal, its pruner and the folder that the sync process writes."""

    def __init__(self, folder: Path, keep: int = 5) -> None:
        self.path = folder / "journal.sqlite"
        self.acks = folder / "acks"
        self.acks.mkdir(exist_ok=True)
        self.keep = keep
        self.keys: Keys = KEYS
        self.now = 0.0
        self.open()

    def open(self) -> None:
        self.journal, self.salvage = open_or_salvage(self.path, "main", WALL)
        self.pruner = JournalPruner(self.journal, self.acks, DEVICE, lambda: self.keys, keep=self.keep)

    def fill(self, count: int) -> list[Entry]:
        return [self.journal.append(noted(n=number), WALL) for number in range(count)]

    def bring(self, data: bytes, epoch: bytes | None = None) -> list[str]:
        """The sync process puts an acknowledgement down; what the gate refuses of it, and prunes."""
        aside = self.acks / "new"
        aside.write_bytes(data)
        aside.replace(self.acks / file_name(epoch or self.journal.epoch))
        return self.wait()

    def wait(self) -> list[str]:
        """A minute passes; what the gate refuses in it."""
        refused = []
        for _ in range(20):
            self.now += 3.0
            refused += [item.reason for item in self.pruner.poll(self.now, WALL)]
        return refused

    def held(self) -> list[int]:
        with closing(JournalReader(self.path)) as reader:
            assert list(reader.verify()) == []
            return [entry.sequence for entry in reader.every() if entry.epoch == self.journal.epoch]


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    gate = Gate(tmp_path)
    yield gate
    gate.journal.close()


def test_what_is_acknowledged_goes_but_for_the_newest_that_are_kept(gate: Gate) -> None:
    entries = gate.fill(20)
    assert gate.bring(signed(entries[0].epoch, 12, entries[11].hash)) == []
    assert gate.held() == list(range(13, 21)), "12 are acknowledged: 8 stay, more than are to be kept"
    assert gate.bring(signed(entries[0].epoch, 20, entries[19].hash)) == []
    assert gate.held() == list(range(16, 21)), "5 stay, acknowledged or not"


def test_a_pruned_journal_goes_on_after_a_restart_and_verifies(gate: Gate) -> None:
    entries = gate.fill(20)
    gate.bring(signed(entries[0].epoch, 20, entries[19].hash))
    gate.journal.close()
    gate.open()
    assert gate.fill(1)[0].previous == entries[19].hash
    assert gate.held() == list(range(16, 22))
    with closing(JournalReader(gate.path)) as reader:
        assert reader.pruned()[entries[0].epoch].hash == entries[14].hash
        place, message = reader.acknowledged()[entries[0].epoch]
    assert place.sequence == 20
    assert message == signed(entries[0].epoch, 20, entries[19].hash), "the signed word itself is kept"


def test_nothing_goes_without_a_word_of_central(gate: Gate) -> None:
    gate.fill(50)
    gate.pruner.poll(1.0, WALL)
    assert len(gate.held()) == 50


def test_a_word_that_is_not_centrals_or_not_of_this_chain_prunes_nothing(gate: Gate) -> None:
    entries = gate.fill(20)
    epoch, good = entries[0].epoch, entries[11].hash
    stranger = ed25519()
    altered = bytearray(signed(epoch, 12, good))
    altered[-1] ^= 1
    for data, reason in (
        (signed(epoch, 12, good, key=stranger), "unknown_key"),
        (signed(epoch, 12, good, device="green-court.other"), "forged"),
        (bytes(altered), "forged"),
        (b"", "empty"),
        (b"junk", "unreadable"),
        (bytes(100_000), "too_large"),
        (signed(epoch, 12, good)[:-3], "unreadable"),
        (signed(epoch, 0, bytes(32)), ""),
    ):
        assert gate.bring(data) == ([reason] if reason else []), reason
        assert len(gate.held()) == 20


def test_a_key_that_was_revoked_prunes_no_more(gate: Gate) -> None:
    entries = gate.fill(20)
    gate.keys = {}
    assert gate.bring(signed(entries[0].epoch, 12, entries[11].hash)) == ["unknown_key"]
    assert len(gate.held()) == 20


def test_a_word_by_a_key_that_a_root_names_only_later_counts_then(gate: Gate) -> None:
    """Sync believes a new root at once, the gate with the next registry: central says the same once only."""
    entries = gate.fill(10)
    gate.keys = keys_of([ed25519("earlier").public_key().public_bytes_raw()])
    assert gate.bring(signed(gate.journal.epoch, 10, entries[9].hash)) == ["unknown_key"]
    gate.keys = KEYS
    assert gate.wait() == []
    assert gate.held() == [6, 7, 8, 9, 10]
    gate.keys = {}
    assert gate.wait() == [], "what was done is not refused afterwards"


def test_a_word_is_found_by_its_name_however_many_files_lie_beside_it(gate: Gate) -> None:
    entries = gate.fill(20)
    for number in range(1000):
        (gate.acks / f"{number:032x}.ack").touch()
    assert gate.bring(signed(entries[0].epoch, 12, entries[11].hash)) == [], "nor is any of them looked at"
    assert gate.held() == list(range(13, 21))


def test_an_old_or_doubled_word_changes_nothing(gate: Gate) -> None:
    entries = gate.fill(20)
    for sequence in (12, 12, 3, 12):
        assert gate.bring(signed(entries[0].epoch, sequence, entries[sequence - 1].hash)) == []
        assert gate.held() == list(range(13, 21))


# --- copies of a store ------------------------------------------------------------------------


def test_a_word_of_an_event_that_is_not_here_begins_a_new_epoch(gate: Gate) -> None:
    """A whole card put back on the same computer: only central can tell, and says so."""
    entries = gate.fill(10)
    assert gate.bring(signed(entries[0].epoch, 11, bytes(32))) == ["ahead"]
    assert gate.journal.epoch != entries[0].epoch
    told = gate.journal.last()
    assert told is not None
    assert told.kind == EventKind.JOURNAL_EPOCH_BEGUN
    assert told.content["epoch"] == entries[0].epoch.hex()
    assert told.content["sequence"] == 10
    assert gate.held() == [1]
    assert gate.bring(signed(entries[0].epoch, 11, bytes(32)), entries[0].epoch) == ["ahead"]
    assert gate.held() == [1], "once is enough"


def test_another_event_under_our_number_begins_a_new_epoch_and_prunes_nothing(gate: Gate) -> None:
    entries = gate.fill(10)
    assert gate.bring(signed(entries[0].epoch, 8, bytes(32))) == ["forked"]
    assert gate.journal.epoch != entries[0].epoch
    with closing(JournalReader(gate.path)) as reader:
        assert len(list(reader.every())) == 11


def test_a_copy_put_back_as_a_file_counts_in_a_new_epoch(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with open_journal(path, "main", WALL) as journal:
        journal.append(noted(), WALL)
        first = journal.epoch
    shutil.copy(path, tmp_path / "backup")
    with open_journal(path, "main", WALL) as journal:
        assert journal.epoch == first, "a restart is no copy"
        journal.append(noted(), WALL)
    path.rename(tmp_path / "lost")
    shutil.copy(tmp_path / "backup", path)
    with open_journal(path, "main", WALL) as journal:
        assert journal.epoch != first
        told = journal.last()
    assert told is not None
    assert (told.content["why"], told.content["sequence"], told.wall) == ("copied", 1, WALL)
    with closing(JournalReader(path)) as reader:
        assert list(reader.verify()) == []


# --- damage -----------------------------------------------------------------------------------


def test_noise_in_a_pruned_journal_is_salvaged_with_what_was_cut_and_acknowledged(tmp_path: Path) -> None:
    gate = Gate(tmp_path, keep=1500)
    entries = [gate.journal.append(noted("x" * 177), WALL) for _ in range(3000)]
    gate.journal.append(noted(), WALL, used_pass="p1")
    gate.bring(signed(entries[0].epoch, 2000, entries[1999].hash))
    gate.journal.append(noted(), WALL)
    with closing(JournalReader(gate.path)) as reader:
        cut = reader.pruned()[entries[0].epoch]
    assert cut.sequence > 1000
    gate.journal.close()
    size = gate.path.stat().st_size
    with gate.path.open("r+b") as file:
        file.seek(size // 4 * 3 // 4096 * 4096)
        file.write(random.randbytes(4096))
    gate.open()
    assert gate.salvage is not None
    assert gate.salvage.kept > 1400
    assert all(first > cut.sequence for _, first, _ in gate.salvage.missing), "pruned is not missing"
    assert gate.journal.use_of("p1") is PassUse.USED, "a pass that was used stays used"
    with closing(JournalReader(gate.path)) as reader:
        assert reader.pruned()[entries[0].epoch] == cut
        assert reader.acknowledged()[entries[0].epoch][0].sequence == 2000
        assert list(reader.verify()) == []
    gate.journal.close()


def test_a_power_cut_between_the_two_renames_of_a_salvage_loses_nothing(gate: Gate) -> None:
    entries = gate.fill(3)
    gate.journal.close()
    gate.path.rename(gate.path.with_name("journal.sqlite.saved"))
    gate.open()
    assert gate.journal.append(noted(), WALL).previous == entries[-1].hash


def test_the_newest_end_cut_off_is_seen_once_it_was_acknowledged(gate: Gate) -> None:
    entries = gate.fill(20)
    gate.bring(signed(entries[0].epoch, 20, entries[19].hash))
    gate.journal.close()
    with closing(sqlite3.connect(gate.path)) as connection, connection:
        connection.execute("DELETE FROM event WHERE sequence > 18")
    with closing(JournalReader(gate.path)) as reader:
        assert [str(item) for item in reader.verify()] == [
            f"sequence 20 of epoch {entries[0].epoch.hex()[:8]}: is missing: central acknowledged it"
        ]
    gate.open()


# --- every order of things --------------------------------------------------------------------


class Pruning(RuleBasedStateMachine):
    """Events, words of central (good, old, of the future, forged), restarts and pruning in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.gate = Gate(Path(self.folder.name), keep=3)
        self.entries: list[Entry] = []
        self.signed = 0

    @rule(count=st.integers(1, 9))
    def event(self, count: int) -> None:
        self.entries += self.gate.fill(count)

    @precondition(lambda self: self.entries)
    @rule(data=st.data())
    def word(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(1, len(self.entries)))
        assert self.gate.bring(signed(self.entries[0].epoch, place, self.entries[place - 1].hash)) == []
        self.signed = max(self.signed, place)

    @rule(place=st.integers(1, 40), salt=st.binary(max_size=3))
    def forged(self, place: int, salt: bytes) -> None:
        digest = hashlib.sha256(salt).digest()
        data = signed(self.gate.journal.epoch, place, digest, key=ed25519())
        assert self.gate.bring(data) == ["unknown_key"]

    @rule()
    def restart(self) -> None:
        self.gate.journal.close()
        self.gate.open()

    @invariant()
    def nothing_unsigned_is_gone(self) -> None:
        held = self.gate.held()
        assert held == list(range(len(self.entries) - len(held) + 1, len(self.entries) + 1))
        assert len(self.entries) - len(held) <= self.signed
        assert len(held) >= min(3, len(self.entries))

    def teardown(self) -> None:
        self.gate.journal.close()
        self.folder.cleanup()


Pruning.TestCase.settings = settings(max_examples=tried(25), stateful_step_count=15, deadline=None)
TestPruning = Pruning.TestCase
