"""Registries that arrive, go stale or are withdrawn, at a gate that goes on deciding."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import pytest

from edge.admin.passes import PassRequest
from edge.admin.publication import sign_urgent_revocations
from edge.boards.files import load_board
from edge.decision import Outcome, Reason
from edge.journal.format import Entry
from edge.journal.format.kinds import EventKind
from edge.journal.reader import JournalReader
from edge.registry.format import UrgentRevocations
from edge.registry.inbox import CHANGES_NAME, URGENT_REVOCATIONS_NAME
from edge.registry.lists import ListNews
from edge.runtime.main_loop import MainLoop
from edge.runtime.people_counting import open_counter
from edge.runtime.registry_service import RegistryNews
from edge.signing.key_files import read_private_key

if TYPE_CHECKING:
    from tests.edge.runtime.conftest import Bench


def test_an_expired_registry_is_said_lets_residents_in_and_takes_no_one_time_code(bench: Bench) -> None:
    resident = bench.pass_text(PassRequest("ann"))
    once = bench.pass_text(PassRequest("bob", once=True))
    bench.clock.advance(timedelta(days=31).total_seconds())
    for _ in range(3):
        bench.registry_service.look()
    assert [item.version for item in bench.news if isinstance(item, RegistryNews) and item.expired] == [1]
    [let_in] = bench.show(resident)
    assert let_in.decision.reason is Reason.CODE_ACCEPTED
    bench.leave()
    [refused] = bench.show(once)
    assert refused.decision.reason is Reason.REGISTRY_STALE


def test_a_registry_that_ends_is_looked_at_when_it_does(bench: Bench) -> None:
    """Whoever polls it only when it is due learns of the end in time."""
    bench.clock.advance(timedelta(days=29, hours=23, minutes=59, seconds=59.5).total_seconds())
    due = bench.registry_service.poll()
    assert due == pytest.approx(bench.clock.monotonic() + 0.5)
    bench.clock.advance(1.0)
    bench.registry_service.poll()
    assert [item.version for item in bench.news if isinstance(item, RegistryNews) and item.expired] == [1]


def test_what_happens_to_the_registry_is_written_down_by_kind(bench: Bench) -> None:
    heard: SimpleQueue[Any] = SimpleQueue()
    board = load_board(bench.configuration.lane.board)
    counter = open_counter(bench.configuration, board, bench.journal, bench.registry_service.holdings)
    loop = MainLoop(bench.controller, bench.journal, bench.clock, heard, (), counter)
    for news in (
        RegistryNews(7),
        RegistryNews(None, "older", "version 6 is older"),
        RegistryNews(7, text="since yesterday", expired=True),
        RegistryNews(None, urgent_revocations=3),
    ):
        heard.put(news)
        loop.poll()
    reader = JournalReader(bench.configuration.journal.path)
    kinds = [entry.kind for entry in reader.every()][-4:]
    reader.close()
    counter.close()
    assert kinds == [
        EventKind.REGISTRY_INSTALLED,
        EventKind.REGISTRY_REFUSED,
        EventKind.REGISTRY_EXPIRED,
        EventKind.REVOCATIONS_INSTALLED,
    ]


def test_a_file_that_is_refused_again_and_again_leaves_one_event_a_minute_a_reason(bench: Bench) -> None:
    heard: SimpleQueue[Any] = SimpleQueue()
    board = load_board(bench.configuration.lane.board)
    counter = open_counter(bench.configuration, board, bench.journal, bench.registry_service.holdings)
    loop = MainLoop(bench.controller, bench.journal, bench.clock, heard, (), counter)

    def written() -> list[Entry]:
        with closing(JournalReader(bench.configuration.journal.path)) as reader:
            return list(reader.every())

    def brought(*news: RegistryNews | ListNews) -> list[tuple[str, object, object]]:
        before = len(written())
        for item in news:
            heard.put(item)
            loop.poll()
        new = written()[before:]
        return [(entry.kind, entry.content["reason"], entry.content["times"]) for entry in new]

    older, other = RegistryNews(None, "older", "version 6 is older"), RegistryNews(None, "size", "too large")
    issuers, revoked = ListNews("issuers", refusal="older"), ListNews("revocations", refusal="older")
    registry, lists = EventKind.REGISTRY_REFUSED, EventKind.LIST_REFUSED
    assert brought(*[older] * 20) == [(registry, "older", 1)]
    assert brought(*[other, older] * 3) == [(registry, "size", 1)]
    assert brought(*[issuers, revoked] * 20) == [(lists, "older", 1), (lists, "older", 1)]
    bench.clock.advance(61.0)
    assert brought(older) == [(registry, "older", 23)], "none is lost from the count"
    counter.close()


def urgent_revocations_of(bench: Bench, **taken: tuple[str, ...]) -> bytes:
    key = read_private_key(bench.admin.folder / "keys" / "registry.key")
    listed = UrgentRevocations("green-court", 1, 1, bench.clock.wall().at, **taken)  # type: ignore[arg-type]
    return sign_urgent_revocations(listed, bench.admin.keys.roots, key)


def inbox(bench: Bench, name: str) -> Path:
    return bench.configuration.registry.inbox.with_name(name)


def test_a_withdrawn_pass_and_a_removed_person_are_refused_before_any_registry_came(bench: Bench) -> None:
    lost = bench.pass_text(PassRequest("ann"))
    [issued] = bench.admin.store.passes()
    inbox(bench, URGENT_REVOCATIONS_NAME).write_bytes(
        urgent_revocations_of(bench, passes=(issued.id,), subjects=("bob",))
    )
    bench.registry_service.look()
    [passage] = bench.show(lost)
    assert passage.decision.reason is Reason.PASS_REVOKED
    bench.leave()
    removed = bench.show(faces=(2,), seconds=9.0)
    assert all(item.decision.reason is not Reason.FACE_MATCHED for item in removed)


def test_without_the_list_of_withdrawals_no_pass_opens_and_nobody_who_was_removed_comes_back(
    bench: Bench,
) -> None:
    lost = bench.pass_text(PassRequest("ann"))
    [issued] = bench.admin.store.passes()
    good = bench.pass_text(PassRequest("ann"))
    data = urgent_revocations_of(bench, passes=(issued.id,), subjects=("bob",))
    arrives = inbox(bench, URGENT_REVOCATIONS_NAME)
    arrives.write_bytes(data)
    bench.registry_service.look()
    arrives.unlink()
    (bench.configuration.registry.folder / "revoked.list").write_bytes(b"damaged")
    bench.registry_service.load()
    assert "is lost: no pass counts until it is back" in str(bench.news[-1])
    for text in (lost, good):
        [passage] = bench.show(text)
        assert passage.decision.outcome is Outcome.DENY
        bench.leave()
    removed = bench.show(faces=(2,), seconds=9.0)
    assert all(item.decision.outcome is not Outcome.GRANT for item in removed)
    bench.leave()
    arrives.write_bytes(data)
    bench.registry_service.look()
    [passage] = bench.show(good)
    assert passage.decision.reason is Reason.CODE_ACCEPTED


def test_the_gate_decides_while_the_keeper_takes_up_what_is_new(bench: Bench) -> None:
    """The holdings are swapped by one assignment: at every moment they are the old or the new, whole."""
    seen: set[tuple[int, int]] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            held = bench.registry_service.holdings()
            assert held is not None
            seen.add((held.registry.version, held.gallery.subjects))

    thread = threading.Thread(target=watch)
    thread.start()
    bench.admin.store.remove("bob")
    bench.publish()
    done.set()
    thread.join()
    assert seen <= {(1, 2), (2, 1)}
    assert (1, 2) in seen


@pytest.mark.parametrize("name", [CHANGES_NAME, URGENT_REVOCATIONS_NAME])
def test_junk_beside_the_bundle_is_said_and_changes_nothing(bench: Bench, name: str) -> None:
    inbox(bench, name).write_bytes(b"junk")
    bench.registry_service.look()
    last = bench.news[-1]
    assert isinstance(last, RegistryNews)
    assert (last.version, last.refusal) == (None, "unreadable")
    held = bench.registry_service.holdings()
    assert held is not None
    assert held.registry.version == 1
