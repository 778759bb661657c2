"""The wire of `test_outbox` where central's server has a standby: it goes away, comes back, and takes over.

The standby is a copy of the database, as it was when it last had all. What the gate may delete is in it.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import cast
from unittest.mock import patch

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from edge.journal.format import Entry
from sync.agent.core import stored_notices
from sync.agent.core.outbox import MOST_IN_FLIGHT
from sync.central.confirming import Confirming, HeldAnswer
from sync.central.devices.devices import note_hello
from sync.central.followers import FOLLOWERS
from sync.central.journals.ingester import Ingester
from sync.central.journals.reading import EventReader
from sync.central.server import CommitPoint
from sync.central.store import open_store
from sync.wire import MOST_ROWS, SCHEMA, SPEAKS, Hello, SealedMessage, open_message
from tests.examples import tried
from tests.sync.agent.core.test_outbox import WireMachine
from tests.sync.wire.examples import DEVICE, KEYS, MESSAGES
from tests.sync.world import CENTRAL_KEY, CENTRAL_KEYS

MOST = 300
"""Events beyond what is acknowledged: few, so that the bound is reached."""


class Held:
    """Holds every answer back, until the test says that the standby has what it rests on."""

    def __init__(self) -> None:
        self.answers: dict[object, HeldAnswer] = {}

    holds = property(lambda self: bool(self.answers))

    def said(self, answers: Iterable[HeldAnswer]) -> Iterator[SealedMessage]:
        self.answers |= {each.key: each for each in answers}
        return iter(())

    def waiting(self, answers: Sequence[HeldAnswer]) -> list[HeldAnswer]:
        return [each for each in answers if self.answers.get(each.key) is each]

    def late(self) -> Iterator[SealedMessage]:
        return iter(())


@contextmanager
def waiting_for_a_standby() -> Iterator[None]:
    """What is committed meanwhile waits for a standby, as on a server that names one."""
    point = CommitPoint("here", waits=True)
    with patch("sync.central.journals.ingester.commit_point", lambda _: point):
        yield


class StandbyMachine(WireMachine):
    """As it, but what is stored is acknowledged only once the standby has it."""

    @initialize()
    def begin(self) -> None:
        super().begin()
        self.standby = Path(self.place.name) / "standby.sqlite"
        self.patched = patch.object(stored_notices, "MOST_UNCONFIRMED", MOST)
        self.patched.start()
        hello = cast("Hello", MESSAGES["hello"])
        assert (hello.schema, hello.speaks) == (SCHEMA, SPEAKS)
        with self.store.writing() as connection:
            note_hello(connection, DEVICE, hello, self.tick())
        self.held = Held()
        self.ingester = self.ingesting()
        self.follow()

    def ingesting(self) -> Ingester:
        held = cast("Confirming", self.held)
        return Ingester(self.store, CENTRAL_KEY, self.tick, followers=FOLLOWERS, confirming=held)

    def follow(self) -> None:
        """The standby has all."""
        self.standby.unlink(missing_ok=True)
        with (
            closing(sqlite3.connect(Path(self.place.name) / "central.sqlite")) as here,
            closing(sqlite3.connect(self.standby)) as there,
        ):
            here.backup(there)

    @rule(rounds=st.integers(2, 6))
    def all_arrives_for_a_while(self, rounds: int) -> None:
        """Else it would be rare that much is stored, and not acknowledged."""
        for _ in range(rounds):
            self.send(1.0)
            said, self.up = self.up, []
            heard = [open_message(item.topic, item.data, CENTRAL_KEYS) for item in self.answered(said)]
            assert not list(self.conversation.handle(heard, self.now))

    @rule()
    def the_standby_has_all(self) -> None:
        self.follow()
        self.down += [each.message for each in self.held.answers.values()]
        self.held.answers.clear()

    @rule(count=st.integers(0, 130))
    def the_standby_takes_over(self, count: int) -> None:
        """After `count` events that the other alone has."""
        if count:
            self.write(count)
            self.all_arrives_for_a_while(3)
        self.store.close()
        for file in Path(self.place.name).glob("central.sqlite*"):
            file.unlink()
        shutil.copy(self.standby, Path(self.place.name) / "central.sqlite")
        self.store = open_store(self.url)
        self.held.answers.clear()
        self.ingester = self.ingesting()

    @invariant()
    def what_the_gate_may_prune_is_on_the_standby(self) -> None:
        words = self.folder.read(DEVICE, CENTRAL_KEYS).values()
        acknowledged = max([word.sequence for word in words] or [0])
        if acknowledged:
            assert acknowledged <= len(self.on_the_standby())

    @invariant()
    def what_is_sent_beyond_it_is_bounded(self) -> None:
        newest, acknowledged, _ = self.uploader.progress()
        if newest is not None:
            at_central = self.conversation._outbox.sequence_at_central(newest.epoch)
            assert at_central - acknowledged <= MOST + MOST_IN_FLIGHT * MOST_ROWS

    def on_the_standby(self) -> list[Entry]:
        copy = self.standby.with_suffix(".read")
        shutil.copy(self.standby, copy)
        with closing(open_store(f"sqlite:///{copy}")) as store, store.reading() as connection:
            return [heard.entry for heard in EventReader().newest(connection, 10**9)]

    def answered(self, messages: Sequence[SealedMessage]) -> list[SealedMessage]:
        opened = [open_message(item.topic, item.data, KEYS) for item in messages]
        with waiting_for_a_standby():
            return list(self.ingester.handle(opened, 0.0))

    def fair(self) -> list[SealedMessage]:
        answers = super().fair()
        self.the_standby_has_all()
        acknowledgements, self.down = self.down, []
        return [*answers, *acknowledgements]

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            self.patched.stop()


StandbyMachine.TestCase.settings = settings(
    max_examples=tried(75),
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestStandby = StandbyMachine.TestCase
