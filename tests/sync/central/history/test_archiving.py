"""What is old moves into files: nothing is lost, nothing is there twice, and nobody answers differently."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from edge.decision import Outcome
from edge.journal.format import BEGINNING, Entry, breaks
from sync.central.accesses.accesses import AccessFilters, access_at, accesses
from sync.central.accesses.tables import access
from sync.central.explain.explaining import explain
from sync.central.exports.datasets import WantedExport, What, rows_of, spans
from sync.central.history.archiving import ABANDONED_AFTER, Archiving, Round
from sync.central.history.core.kinds import FileKind
from sync.central.history.events import events_between
from sync.central.history.files import HistoryError
from sync.central.history.parquet import read_table
from sync.central.history.tables import history_file
from sync.central.journals.findings import FindingKind, findings_of
from sync.central.journals.journals import entry_of, record_altered, store_batch
from sync.central.journals.pages import journal_page
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store, StoreError, open_store
from sync.central.tables import event
from sync.central.units import DAY
from sync.wire import batch_of
from tests.events import decided, noted
from tests.sync.central.accesses.examples import journal, sent
from tests.sync.central.history.examples import LONG_AFTER, all_accesses, archived, cuts, days, in_database
from tests.sync.wire.examples import AT, DEVICE, EPOCH

STEPS = ("begun", "written", "verified", "dropped")


class Killed(BaseException):
    """The process is gone: nothing of it tidies up."""


def killed_after(step: str) -> Callable[[str], None]:
    def kill(done: str) -> None:
        if done == step:
            raise Killed

    return kill


def everything(store: Store) -> list[Entry]:
    """Every event of the journal, wherever it lies."""
    with store.reading() as connection:
        return [entry_of(row, EPOCH, "main") for row in events_between(connection, 1, 1, 2**40, 10_000)]


def rows_and_files(store: Store, folder: Path) -> int:
    """How many events there are, counted in both: one that is in both counts twice."""
    with store.reading() as connection:
        query = sa.select(history_file.c.name).where(
            history_file.c.kind == FileKind.EVENTS.value, history_file.c.state == "kept"
        )
        names = [*connection.execute(query).scalars()]
    in_files = [len(read_table(folder / name, FileKind.EVENTS).to_pylist()) for name in names]
    return len(in_database(store)) + sum(in_files)


@pytest.mark.parametrize("step", STEPS)
def test_whatever_is_killed_when_each_event_is_there_once(store: Store, tmp_path: Path, step: str) -> None:
    entries = days(3)
    sent(store, entries)
    before = all_accesses(store)
    with pytest.raises(Killed):
        archived(store, tmp_path, step=killed_after(step))
    assert rows_and_files(store, tmp_path) == len(entries)
    assert everything(store) == entries
    assert all_accesses(store) == before
    later = LONG_AFTER + ABANDONED_AFTER + 1
    again = Archiving(store, tmp_path, cuts(LONG_AFTER), later)
    again.clean_up()
    again.move_some(100)
    assert in_database(store) == []
    assert rows_and_files(store, tmp_path) == len(entries)
    assert everything(store) == entries
    assert all_accesses(store) == before
    assert len([*tmp_path.glob("*/*/*")]) == 6, "what the killed one began is gone"


def test_two_that_move_the_same_do_it_once(store: Store, tmp_path: Path) -> None:
    """The second one begins while the first has written its file."""
    sent(store, days(1))
    others: list[Round] = []

    def meanwhile(step: str) -> None:
        if step == "written" and not others:
            others.append(archived(store, tmp_path))

    first = archived(store, tmp_path, step=meanwhile)
    assert sorted(each.kind for each in (*first.moved, *others[0].moved)) == ["accesses", "events"]
    assert rows_and_files(store, tmp_path) == 5


def test_who_was_taken_for_dead_and_is_not_drops_nothing(store: Store, tmp_path: Path) -> None:
    """It slept for two hours with its file written, and another one has moved the rows since."""
    sent(store, days(1))
    late = LONG_AFTER + 2 * ABANDONED_AFTER

    def meanwhile(step: str) -> None:
        if step == "verified" and not rows_moved:
            rows_moved.append(True)
            another = Archiving(store, tmp_path, cuts(LONG_AFTER), late)
            another.clean_up()
            another.move_some(100)

    rows_moved: list[bool] = []
    done = archived(store, tmp_path, step=meanwhile)
    assert len(done.problems) == 1
    assert rows_and_files(store, tmp_path) == 5
    assert len(everything(store)) == 5


class Cut(Store):
    """A database whose connection ends as it commits: it did, and nobody hears of it."""

    is_cut = False

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        with super().writing() as connection:
            yield connection
        if self.is_cut:
            self.is_cut = False
            raise StoreError("the connection was lost")


def test_what_was_taken_stays_though_nobody_heard_that_it_was(
    store: Store, database: str, tmp_path: Path
) -> None:
    sent(store, days(1))
    with closing(open_store(database, Cut)) as another:
        assert isinstance(another, Cut)

        def cut(step: str) -> None:
            another.is_cut = step == "verified"

        with pytest.raises(StoreError, match="lost"):
            archived(another, tmp_path, step=cut)
    Archiving(store, tmp_path, cuts(LONG_AFTER), LONG_AFTER + 2 * ABANDONED_AFTER).clean_up()
    assert in_database(store) == []
    assert rows_and_files(store, tmp_path) == 5
    assert len(everything(store)) == 5


def test_a_file_alone_shows_that_its_events_are_the_gates(store: Store, tmp_path: Path) -> None:
    entries = days(2)
    sent(store, entries)
    archived(store, tmp_path)
    found = []
    for file in sorted(tmp_path.glob("events/*/*")):
        for row in read_table(file, FileKind.EVENTS).to_pylist():
            own = [row[name] for name in Entry.__struct_fields__[2:]]
            found.append(Entry(row["epoch"], row["gate"], *own))
    assert found == entries
    assert [*breaks(entries, from_start=True, pruned={EPOCH: BEGINNING})] == []


def test_what_comes_late_for_a_day_goes_to_a_further_file(store: Store, tmp_path: Path) -> None:
    entries = days(3)
    sent(store, entries[:4])
    # The gate declares the rest of the day lost; it comes after the first day was moved.
    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of(entries[10:], 4), AT)
    archived(store, tmp_path, AT + 3 * DAY)
    with store.writing() as connection:
        assert store_batch(connection, DEVICE, batch_of(entries[4:10], 4), LONG_AFTER - DAY).stored == 6
    assert everything(store) == entries
    archived(store, tmp_path)
    assert everything(store) == entries
    first_day = [file.name.split(".")[0] for file in tmp_path.glob("events/*/*")]
    assert len(first_day) == len(set(first_day)) + 1


def test_what_is_not_yet_whole_stays(store: Store, tmp_path: Path) -> None:
    """Behind a gap a fork may still take events back."""
    entries = days(2)
    sent(store, entries[:3])
    sent(store, entries[5:])
    archived(store, tmp_path)
    assert [sequence for _, sequence in in_database(store)] == [6, 7, 8, 9, 10]
    sent(store, entries[3:5])
    assert everything(store) == entries


def test_what_arrives_again_is_not_stored_again(store: Store, tmp_path: Path) -> None:
    entries = days(3)
    sent(store, entries)
    archived(store, tmp_path, AT + 2 * DAY)
    with store.writing() as connection:
        again = store_batch(connection, DEVICE, batch_of(entries[2:8], 2), LONG_AFTER)
    assert (again.stored, again.findings, again.acknowledgement.sequence) == (0, (), 15)
    assert rows_and_files(store, tmp_path) == 15


def test_a_fork_of_what_moved_is_seen(store: Store, tmp_path: Path) -> None:
    sent(store, days(2))
    archived(store, tmp_path)
    others = journal([decided(Outcome.GRANT, "li-na"), *(noted(n=n) for n in range(6))])
    with store.writing() as connection:
        found = store_batch(connection, DEVICE, batch_of(others, 0), LONG_AFTER)
    assert (found.stored, [(each.kind, each.first) for each in found.findings]) == (
        0,
        [(FindingKind.FORKED, 2)],
    )


def test_a_finding_about_events_of_which_some_have_moved_ends_when_all_are_here(
    store: Store, tmp_path: Path
) -> None:
    entries = days(2)
    sent(store, entries[:5])
    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of(entries[6:7], 5), AT)  # 6 is declared lost
    archived(store, tmp_path)
    with store.writing() as connection:
        record_altered(connection, DEVICE, batch_of(entries[5:8], 5), LONG_AFTER)
    for late in (entries[7:8], entries[5:6]):
        sent(store, late, now=LONG_AFTER)
    with store.reading() as connection:
        found = [(each.kind, each.first, each.needs_somebody) for each, _ in findings_of(connection)]
    assert [needs for *_, needs in found] == [False] * len(found)
    assert (FindingKind.ALTERED, 7, False) in found


def test_pages_exports_and_explanations_say_the_same(store: Store, tmp_path: Path) -> None:
    sent(store, days(4))
    before = said(store)
    archived(store, tmp_path, AT + 2 * DAY)
    assert said(store) == before
    archived(store, tmp_path)
    assert in_database(store) == []
    assert said(store) == before


def said(store: Store) -> list[object]:
    """What the pages, the exports and the explanations say."""
    filters = [
        AccessFilters(),
        AccessFilters(subject="li-na"),
        AccessFilters(outcome="deny", since=AT + DAY),
        AccessFilters(overrides_only=True, until=AT + 3 * DAY),
        AccessFilters(device=DEVICE, site="green-court"),
    ]
    with store.reading() as connection:
        pages = [
            journal_page(connection, DEVICE, before=before, count=count)
            for before, count in ((None, 50), (None, 3), (13, 4), (2, 50))
        ]
        lists = [accesses(connection, EVERYWHERE, each, count=count) for each in filters for count in (3, 50)]
        [first, *_, last] = lists[1]
        beyond = [
            accesses(connection, EVERYWHERE, before=first.key, count=4),
            accesses(connection, EVERYWHERE, after=last.key, count=4),
        ]
        one = access_at(connection, EVERYWHERE, DEVICE, EPOCH, 3)
        why = [explain(connection, EVERYWHERE, DEVICE, EPOCH, sequence) for sequence in (1, 13)]
        exported = []
        for what, since, until in (
            (What.EVENTS, None, None),
            (What.EVENTS, AT + DAY + 3_000_000, AT + 2 * DAY + 3_000_000),
            (What.ACCESSES, AT + DAY, None),
        ):
            wanted = WantedExport(what, EVERYWHERE, since, until)
            found = spans(connection, wanted)
            exported += [(span, [*rows_of(connection, span, what)]) for span in found]
    assert one is not None
    assert len(lists[1]) == 16
    assert len(exported[0][1]) == 20
    return [pages, lists, beyond, one, why, exported]


def test_an_access_that_changed_while_it_was_written_moves_later(store: Store, tmp_path: Path) -> None:
    sent(store, days(1))

    steps = []

    def meanwhile(step: str) -> None:
        steps.append(step)
        if steps.count("verified") == 2:  # of the accesses, after the events
            with store.writing() as connection:
                connection.execute(sa.update(access).values(subject=None))

    done = archived(store, tmp_path, step=meanwhile)
    assert [each.kind for each in done.moved] == [FileKind.EVENTS]
    assert ["changed while" in str(problem) for problem in done.problems] == [True]
    archived(store, tmp_path)
    assert {row["subject"] for row in all_accesses(store)} == {None}


def test_an_event_that_was_changed_in_the_database_is_named_and_stays(store: Store, tmp_path: Path) -> None:
    sent(store, days(1))
    with store.writing() as connection:
        connection.execute(sa.update(event).where(event.c.sequence == 3).values(body=b"\xa0"))
    done = archived(store, tmp_path)
    assert ["event 3 of gp-0001: was changed" in str(problem) for problem in done.problems] == [True]
    assert len(in_database(store)) == 5


def test_a_file_that_was_changed_is_named_by_whoever_needs_it(store: Store, tmp_path: Path) -> None:
    sent(store, days(1))
    archived(store, tmp_path)
    [file] = tmp_path.glob("events/*/*")
    data = bytearray(file.read_bytes())
    data[100] ^= 1
    file.write_bytes(data)
    with store.reading() as connection, pytest.raises(HistoryError, match=file.name):
        journal_page(connection, DEVICE)


def test_a_folder_that_cannot_be_written_loses_nothing(store: Store, tmp_path: Path) -> None:
    sent(store, days(1))
    (tmp_path / "events").write_text("in the way")
    done = archived(store, tmp_path)
    assert ["could not be written" in str(problem) for problem in done.problems] == [True]
    assert len(in_database(store)) == 5
