"""Whatever arrives, in whatever order, at whichever of two ingesters: what central acknowledges, it has.

A gate with a journal of its own, and a copy of its card that has continued the epoch otherwise. Their batches
arrive in any order and again; some were altered, some begin where no chain can reach. The gate loses events,
and declares them lost once central has all that comes before, as a gate does.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from functools import partial
from itertools import count
from typing import cast

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from msgspec.structs import replace
from sqlalchemy import Row, select

from edge.admin.site_file import SiteFile
from edge.journal.format import Acknowledgement, Entry, is_whole, link, verify_acknowledgement
from edge.signing.cose import keys_of
from sync.central.devices.devices import enrol_device, put_site
from sync.central.followers import FOLLOWERS
from sync.central.journals.findings import FindingKind, findings_of
from sync.central.journals.ingester import Ingester
from sync.central.journals.journals import FIRST_REACH, entry_of
from sync.central.store import Store, open_store
from sync.central.tables import chain, event, forked_event
from sync.wire import Channel, JournalBatch, ReceivedMessage, batch_of
from tests.examples import tried
from tests.sync.tables import make_tables
from tests.sync.wire.examples import AT, DEVICE, KEY, chained
from tests.sync.world import CENTRAL_KEY

EVENTS = 14
KEYS = keys_of([CENTRAL_KEY.public_key().public_bytes_raw()])
_EPOCHS = count(1)

Point = tuple[int, bytes]


def otherwise(journal: Sequence[Entry], at: int) -> list[Entry]:
    """`journal` up to before sequence `at`, and other events from there on."""
    made = [*journal[: at - 1]]
    for entry in journal[at - 1 :]:
        fields = {name: getattr(entry, name) for name in Entry.__struct_fields__[:-1]}
        made.append(link(**fields | {"body": b"\xa0", "previous": made[-1].hash if made else bytes(32)}))
    return made


class AnyOrder(RuleBasedStateMachine):
    """One epoch at two ingesters of one database."""

    def __init__(self, stores: Sequence[Store]) -> None:
        super().__init__()
        self.ingesters = [
            Ingester(store, CENTRAL_KEY, self.tick, lambda _: None, followers=FOLLOWERS) for store in stores
        ]
        self.store = stores[0]
        self.now = AT
        self.words: list[Acknowledgement] = []
        self.lost: set[int] = set()

    def tick(self) -> int:
        self.now += 1
        return self.now

    @initialize(forks_at=st.integers(1, EVENTS))
    def begin(self, forks_at: int) -> None:
        self.epoch = next(_EPOCHS).to_bytes(16, "big")
        self.gate = chained(EVENTS, epoch=self.epoch)
        self.copy = otherwise(self.gate, forks_at)

    @rule(
        first=st.integers(0, EVENTS - 1),
        size=st.integers(1, 6),
        is_copy=st.sampled_from([False, False, True]),
        ingester=st.sampled_from([0, 1]),
    )
    def arrives(self, first: int, size: int, is_copy: bool, ingester: int) -> None:
        """A piece of either journal, also one that came before or was acknowledged."""
        piece = (self.copy if is_copy else self.gate)[first : first + size]
        self.take(batch_of(piece, piece[0].sequence - 1), ingester)

    @rule(
        first=st.integers(0, EVENTS - 1),
        size=st.integers(1, 6),
        place=st.integers(0, 5),
        is_copy=st.booleans(),
        ingester=st.sampled_from([0, 1]),
    )
    def arrives_altered(self, first: int, size: int, place: int, is_copy: bool, ingester: int) -> None:
        piece = (self.copy if is_copy else self.gate)[first : first + size]
        batch = batch_of(piece, piece[0].sequence - 1)
        rows = [*batch.rows]
        rows[place % len(rows)] = replace(rows[place % len(rows)], body=b"\xa1")
        before = self.held()
        assert self.take(replace(batch, rows=tuple(rows)), ingester) is None
        assert self.held() == before

    @rule(beyond=st.integers(EVENTS + 1, 2**40), ingester=st.sampled_from([0, 1]))
    def jumps(self, beyond: int, ingester: int) -> None:
        fields = {name: getattr(self.gate[0], name) for name in Entry.__struct_fields__[:-1]}
        entry = link(**fields | {"sequence": beyond + FIRST_REACH, "previous": bytes(31) + b"x"})
        assert self.take(batch_of([entry], beyond + FIRST_REACH - 1), ingester) is None

    @rule(size=st.integers(1, 5), follow=st.integers(1, 4), ingester=st.sampled_from([0, 1]))
    def loses(self, size: int, follow: int, ingester: int) -> None:
        """The gate loses the next events that central has not, and goes on behind them."""
        word = self.asked(ingester)
        if not self.is_of(word, self.gate) or word.sequence + size >= EVENTS:
            return
        self.lost |= set(range(word.sequence + 1, word.sequence + size + 1))
        piece = self.gate[word.sequence + size : word.sequence + size + follow]
        self.take(batch_of(piece, word.sequence), ingester)

    @invariant()
    def what_is_acknowledged_follows_in_one_chain(self) -> None:
        events, beside, prefix = self.held()
        assert all(is_whole(entry) for entry in (*events.values(), *beside))
        for sequence in range(1, prefix[0] + 1):
            entry, before = events.get(sequence), events.get(sequence - 1)
            if entry is None:
                assert sequence in self.lost
            elif before is not None:
                assert entry.previous == before.hash
        assert prefix[0] == 0 or events[prefix[0]].hash == prefix[1]

    @invariant()
    def no_word_is_on_what_is_not_stored_or_declared_lost(self) -> None:
        events, beside, _ = self.held()
        there = {entry.hash for entry in (*events.values(), *beside)}
        for word in self.words:
            assert word.sequence == 0 or events[word.sequence].hash == word.hash, "nothing is taken back"
            for journal in (self.gate, self.copy):
                if self.is_of(word, journal):
                    for entry in journal[: word.sequence]:
                        assert entry.hash in there or entry.sequence in self.lost

    def teardown(self) -> None:
        """Once the genuine events were sent, everything is there: those of whoever central has believed."""
        if not hasattr(self, "epoch"):
            return
        journal = self.gate
        self.send_all(self.gate)
        if not self.is_of(self.asked(0), self.gate):  # it hears that, and sends no more
            journal = self.copy
            self.send_all(self.copy)
        events, _, prefix = self.held()
        assert prefix == (EVENTS, journal[-1].hash)
        assert [*events.values()] == journal
        with self.store.reading() as connection:
            mine = [item for item, _ in findings_of(connection) if item.epoch == self.epoch]
        open_ = {item.kind for item in mine if item.ended_at is None}
        assert not open_ & {FindingKind.MISSING, FindingKind.ALTERED, FindingKind.BROKEN}

    # --- inside --------------------------------------------------------------------------------

    def send_all(self, journal: Sequence[Entry]) -> None:
        """What central has not acknowledged, and then all of it."""
        for first in [*range(self.asked(0).sequence, EVENTS, 4), *range(0, EVENTS, 4)]:
            piece = journal[first : first + 4]
            self.take(batch_of(piece, piece[0].sequence - 1), first % 2)

    def asked(self, ingester: int) -> Acknowledgement:
        word = self.take(JournalBatch(self.epoch, "main", 1, 0, bytes(32)), ingester)
        assert word is not None
        return word

    def take(self, batch: JournalBatch, ingester: int) -> Acknowledgement | None:
        message = ReceivedMessage(DEVICE, Channel.JOURNAL, batch, b"")
        answers = list(self.ingesters[ingester].handle([message], 0.0))
        words = [verify_acknowledgement(answer.data, DEVICE, KEYS) for answer in answers]
        self.words += words
        return words[0] if words else None

    def is_of(self, word: Acknowledgement, journal: Sequence[Entry]) -> bool:
        return word.sequence == 0 or journal[word.sequence - 1].hash == word.hash

    def held(self) -> tuple[dict[int, Entry], list[Entry], Point]:
        """What is stored in the chain and beside it, and how far it is acknowledged."""
        with self.store.reading() as connection:
            row = connection.execute(select(chain).where(chain.c.epoch == self.epoch)).one_or_none()
            if row is None:
                return {}, [], (0, bytes(32))

            def entries(rows: Sequence[Row[tuple[object, ...]]]) -> list[Entry]:
                return [entry_of(item, self.epoch, "main") for item in rows]

            stored, beside = (
                entries(
                    connection.execute(
                        select(table).where(table.c.chain == row.number).order_by(table.c.sequence)
                    ).all()
                )
                for table in (event, forked_event)
            )
            return {entry.sequence: entry for entry in stored}, beside, (row.prefix, row.hash)


def test_what_central_acknowledges_it_has_and_everything_comes_together(database: str) -> None:
    make_tables(database)
    with closing(open_store(database)) as one, closing(open_store(database)) as two:
        with one.writing() as connection:
            put_site(connection, SiteFile("green-court"))
            public = KEY.public_key().public_bytes_raw()
            enrol_device(connection, DEVICE, ("green-court", "main"), public, AT)
        run_state_machine_as_test(
            cast("type[AnyOrder]", partial(AnyOrder, [one, two])),
            settings=settings(
                max_examples=tried(15),
                stateful_step_count=20,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )
