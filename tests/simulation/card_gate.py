"""A gate on a simulated card, as the tests of the card need it, and what it promised."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from edge.decision import ClockTrust, PassUse, WallTime
from edge.journal.factory import open_journal
from edge.journal.format import Acknowledgement, Entry
from edge.journal.ports import JournalPorts
from edge.journal.reader import JournalReader
from edge.journal.store import Journal
from edge.journal.used_copy import UsedCopy
from edge.support.files import Durability, write_aside
from tests.events import noted
from tests.simulation.card import Card, CardUser, ProcessKilled

WALL = WallTime(datetime(2026, 3, 3, tzinfo=UTC), ClockTrust.TRUSTED)


def made(folder: Path, seed: int = 1) -> Card:
    folder.mkdir()
    return Card(folder, seed)


class Gate:
    """What a gate's process does on its card: a journal, used passes, a file of state."""

    def __init__(self, card: Card, seed: int = 1) -> None:
        self.card = card
        self.ports = JournalPorts(card.storage(), lambda: 0.0, Random(seed).randbytes)
        self.stored: list[Entry] = []
        self.passes: set[str] = set()
        self.state = [b""]
        self.process: CardUser

    @property
    def path(self) -> Path:
        return self.card.folder / "journal.sqlite"

    def journal(self, copy: UsedCopy | None = None) -> Journal:
        return open_journal(self.path, "main", WALL, copy, self.ports)

    def live(self, kill_at: int | None = None, events: int = 6) -> bool:
        """One life, to its end or to its `kill_at`th write; whether it lived to its end."""
        self.process = self.card.process("gate")
        if kill_at is not None:
            self.process.kill_at(kill_at)
        try:
            with self.process:
                self._work(events)
        except ProcessKilled:
            return False
        self.process.kill()
        return True

    def _work(self, events: int) -> None:
        copy = UsedCopy(self.card.folder / "used" / "used.sqlite", self.ports.storage)
        with closing(copy), self.journal(copy) as journal:
            for number in range(events):
                used = f"p{len(self.stored)}"
                self.stored.append(journal.append(noted("x" * 700 * number), WALL, used_pass=used))
                self.passes.add(used)
                state = b"%d" % len(self.stored) * 300
                self.state.append(state)
                write_aside(self.card.folder / "state.json", state, durability=Durability.LASTING)
            last = self.stored[-1]
            journal.acknowledge(Acknowledgement(last.epoch, last.sequence, last.hash, 0), b"signed", WALL)
            journal.prune(keep=2, most=2)

    def problems(self) -> list[str]:
        """What is wrong with the card for the next life: promised events, uses, the state's file."""
        found = []
        process = self.card.process("next")
        with process, closing(self.used()) as copy, self.journal(copy) as journal:
            journal.append(noted("after"), WALL)
            unknown = [name for name in self.passes if journal.use_of(name) is not PassUse.USED]
            found += [f"{name} is not used" for name in sorted(unknown)]
        process.kill()
        with closing(JournalReader(self.path, self.ports.storage)) as reader:
            held = {(entry.epoch, entry.sequence): entry.hash for entry in reader.every()}
            pruned = {epoch: point.sequence for epoch, point in reader.pruned().items()}
            found += [str(item) for item in reader.verify()]
        for entry in self.stored:
            kept = entry.sequence > pruned.get(entry.epoch, 0)
            if kept and held.get((entry.epoch, entry.sequence)) != entry.hash:
                found.append(f"{entry.sequence} is lost")
        state = self.card.folder / "state.json"
        written = state.read_bytes() if state.exists() else b""
        if written not in self.state[-2:]:
            found.append(f"the state is {written[:20]!r}")
        return found

    def used(self) -> UsedCopy:
        return UsedCopy(self.card.folder / "used" / "used.sqlite", self.ports.storage)


def lying(card: Card) -> dict[str, bytes]:
    return card.snapshot().files
