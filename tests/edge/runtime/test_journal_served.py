"""A whole gate serves its journal: from its first event on, and also while all but its lane cannot start."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from edge.configuration import GateConfiguration
from edge.diagnostics.check import check_beside
from edge.diagnostics.check_result import Verdict
from edge.errors import JournalError
from edge.journal.feed.channel import SocketChannel
from edge.journal.feed.client import JournalClient
from edge.journal.format import Entry, FeedRequest, breaks
from edge.journal.format.feed import MOST_EVENTS
from edge.journal.format.kinds import EventKind
from tests.edge.runtime.conftest import Bench
from tests.edge.runtime.test_starts import configuration, living, opens
from tests.waiting import soon

__all__ = ["configuration"]
WITHIN = 60.0


@pytest.fixture
def served(configuration: GateConfiguration, tmp_path: Path) -> GateConfiguration:
    return replace(configuration, journal=replace(configuration.journal, socket=tmp_path / "journal.sock"))


def starts(events: list[Entry]) -> int:
    return [entry.kind for entry in events].count(EventKind.GATE_STARTED)


def asked(client: JournalClient, enough: Callable[[list[Entry]], bool]) -> list[Entry]:
    """All events, once there are `enough`."""
    found: list[Entry] = []

    def are_there() -> bool:
        with suppress(JournalError):
            found[:] = client.ask(FeedRequest(None, 0, MOST_EVENTS)).entries
        return enough(found)

    soon(are_there)
    return found


def test_what_a_gate_writes_is_served_while_it_runs(served: GateConfiguration) -> None:
    assert served.journal.socket is not None
    with closing(JournalClient(SocketChannel(served.journal.socket))) as sync:
        with living(served) as (board, pins):
            assert opens(board, pins)
            found = asked(sync, lambda events: starts(events) == 2)
        assert starts(found) == 2, "of the life before, and of this one"
        assert list(breaks(found, from_start=True)) == []
        assert not served.journal.socket.exists()


def test_the_journal_of_a_gate_that_cannot_start_is_served_all_the_same(served: GateConfiguration) -> None:
    assert served.journal.socket is not None
    served.registry.template_key.unlink()
    with (
        living(served) as (board, pins),
        closing(JournalClient(SocketChannel(served.journal.socket))) as sync,
    ):
        assert opens(board, pins)
        assert starts(asked(sync, bool)) == 1, "of its life before"


@pytest.mark.parametrize(
    ("mode", "folder", "said"),
    [
        (0o600, 0o755, []),
        (0o640, 0o700, []),  # nobody else gets as far as the file
        (0o640, 0o750, ["others may open"]),
        (0o604, 0o711, ["others may open"]),
    ],
)
def test_a_check_names_a_journal_that_others_could_lock(
    bench: Bench, mode: int, folder: int, said: list[str]
) -> None:
    path = bench.configuration.journal.path
    path.chmod(mode)
    path.parent.chmod(folder)
    assert warned(bench.configuration) == said


def test_a_check_names_a_journal_that_sync_could_not_ask_for(bench: Bench, tmp_path: Path) -> None:
    section = replace(bench.configuration.journal, acknowledged=tmp_path)
    for place, said in (
        (None, ["not served:"]),
        (tmp_path / "none" / "j.sock", [f"{tmp_path}/none/j.sock cannot"]),
        (tmp_path / "j.sock", []),
    ):
        assert warned(replace(bench.configuration, journal=replace(section, socket=place))) == said


def warned(configuration: GateConfiguration) -> list[str]:
    """How the warnings of a check about the journal begin."""
    found = [item for item in check_beside(configuration) if item.what == "journal"]
    assert all(item.verdict is Verdict.WARNING and item.remedy for item in found)
    return [" ".join(item.text.split()[: 3 if "others" in item.text else 2]) for item in found]
