"""The journal over the gate's socket: what was appended, in order, and no client ends the service."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.decision import ClockTrust, WallTime
from edge.errors import JournalError
from edge.journal.factory import open_journal
from edge.journal.feed.channel import SocketChannel
from edge.journal.feed.client import GateNotRunning, JournalClient
from edge.journal.feed.server import FEED_LIMITS, journal_server
from edge.journal.format import (
    Entry,
    FeedRequest,
    Page,
    Span,
)
from edge.journal.format.feed import MOST_EVENTS
from edge.journal.store import Journal
from edge.journal.tables import connected
from edge.support.packet_server import PacketServer
from tests.events import noted

WALL = WallTime(datetime(2026, 3, 3, tzinfo=UTC), ClockTrust.TRUSTED)


class Gate:
    def __init__(self, folder: Path) -> None:
        self.path, self.place = folder / "journal.sqlite", folder / "journal.sock"

    def journal(self) -> Journal:
        return open_journal(self.path, "main", WALL)

    def feed(self) -> PacketServer:
        return journal_server(self.path, self.place, replace(FEED_LIMITS, asks_a_second=0.0))


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


@pytest.fixture
def client(gate: Gate) -> Iterator[JournalClient]:
    with closing(JournalClient(SocketChannel(gate.place))) as made:
        yield made


def everything(client: JournalClient) -> list[Entry]:
    found: list[Entry] = []
    while True:
        last = found[-1] if found else None
        ask = (
            FeedRequest(None, 0, MOST_EVENTS)
            if last is None
            else FeedRequest(last.epoch, last.sequence, MOST_EVENTS)
        )
        page = client.ask(ask)
        if not page.entries:
            return found
        found += page.entries


# --- what is said ------------------------------------------------------------------------------------


# --- what is served ----------------------------------------------------------------------------------


def test_it_is_what_was_appended_in_order_whatever_its_size(gate: Gate, client: JournalClient) -> None:
    with gate.journal() as journal, gate.feed():
        told = [journal.append(noted("x" * size), WALL) for size in (1, 16_000, 50, 9_000) * 60]
        assert everything(client) == told
        page = client.ask(FeedRequest())
        assert page == Page((Span(journal.epoch, "main", 1, 240),))
        told.append(journal.append(noted(), WALL))
        assert client.ask(FeedRequest(journal.epoch, 240, 5)).entries == (told[-1],), "at once"


def test_of_an_epoch_that_is_not_here_it_begins_with_what_is(gate: Gate, client: JournalClient) -> None:
    with gate.journal() as journal, gate.feed():
        told = [journal.append(noted(), WALL) for _ in range(3)]
        assert client.ask(FeedRequest(bytes(16), 2, 10)).entries == tuple(told)
        assert client.ask(FeedRequest(journal.epoch, 2**63 - 1, 10)).entries == ()


def test_a_gate_that_does_not_run_or_has_no_journal_is_told_apart(gate: Gate, client: JournalClient) -> None:
    with pytest.raises(GateNotRunning, match=r"journal\.sock: the gate does not run \(start the gate"):
        client.ask(FeedRequest())
    with gate.feed():
        with pytest.raises(JournalError, match="there is no journal") as caught:
            client.ask(FeedRequest())
        assert not isinstance(caught.value, GateNotRunning)
        with gate.journal() as journal:
            journal.append(noted(), WALL)
            assert client.ask(FeedRequest()).spans
    with pytest.raises(GateNotRunning, match="does not run"):
        client.ask(FeedRequest())


def test_a_gate_that_was_restarted_or_killed_is_asked_again(gate: Gate, client: JournalClient) -> None:
    for count in (1, 2, 3):
        with gate.journal() as journal, gate.feed():
            journal.append(noted(), WALL)
            assert len(everything(client)) == count
        gate.place.touch()  # what a process that was killed leaves there is in nobody's way


def test_a_gate_that_hangs_is_not_waited_for(gate: Gate) -> None:
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as deaf:
        deaf.bind(str(gate.place))
        deaf.listen(1)
        with (
            closing(JournalClient(SocketChannel(gate.place, answers_within=0.05))) as client,
            pytest.raises(GateNotRunning, match="does not answer"),
        ):
            client.ask(FeedRequest())


def test_a_journal_that_another_took_the_place_of_is_the_one_that_is_served(
    gate: Gate, client: JournalClient
) -> None:
    with gate.feed():
        with gate.journal() as journal:
            journal.append(noted(), WALL)
            assert client.ask(FeedRequest()).spans[0].epoch == journal.epoch
        for old in gate.path.parent.glob("journal.sqlite*"):
            old.unlink()
        with gate.journal() as journal:
            journal.append(noted(), WALL)
            assert [span.epoch for span in client.ask(FeedRequest()).spans] == [journal.epoch]


@pytest.mark.parametrize("column", ["trust = 'noise'", "body = zeroblob(200000)", "at = 'noise'"])
def test_noise_in_a_journal_is_said_and_ends_no_thread(
    gate: Gate, client: JournalClient, column: str
) -> None:
    with gate.journal() as journal, gate.feed():
        told = [journal.append(noted(), WALL) for _ in range(3)]
        with closing(connected(gate.path)) as connection:
            connection.execute(f"UPDATE event SET {column} WHERE sequence = 2")  # noqa: S608
        with pytest.raises(JournalError, match=r"noise|too large|not what is expected"):
            client.ask(FeedRequest(journal.epoch, 1, 10))
        assert client.ask(FeedRequest(journal.epoch, 2, 10)).entries == (told[2],)


@pytest.mark.parametrize("where", ["journal.feed.server.ask_of", "support.packet_server._Clients._listen"])
def test_an_error_that_nobody_thought_of_ends_nothing_for_good(
    gate: Gate, client: JournalClient, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr("edge.support.packet_server._TRY_AGAIN_AFTER", 0.02)
    failing = [True]

    def fails(*_: object) -> None:
        failing.clear()
        raise RuntimeError("nobody thought of it")

    with gate.journal() as journal, monkeypatch.context() as odd:
        journal.append(noted(), WALL)
        odd.setattr(f"edge.{where}", fails)
        with gate.feed():
            while failing:
                with suppress(GateNotRunning):
                    client.ask(FeedRequest())
            odd.undo()
            ends = time.monotonic() + 30.0
            while time.monotonic() < ends:
                with suppress(GateNotRunning):
                    assert client.ask(FeedRequest()).spans
                    return
    pytest.fail("it serves no more")


def test_what_the_file_was_opened_for_is_let_go_of_and_the_socket_is_gone(
    gate: Gate, client: JournalClient
) -> None:
    before = {*threading.enumerate()}
    with gate.journal() as journal:
        journal.append(noted(), WALL)
        with gate.feed():
            client.ask(FeedRequest())
        assert not gate.place.exists()
        assert {*threading.enumerate()} <= before
    assert not gate.path.with_name("journal.sqlite-wal").exists(), "the gate was the last to close it"


def test_a_socket_whose_folder_is_not_there_yet_keeps_nothing_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.support.packet_server._TRY_AGAIN_AFTER", 0.02)
    late = tmp_path / "run"
    with (
        open_journal(tmp_path / "journal.sqlite", "main", WALL) as journal,
        journal_server(tmp_path / "journal.sqlite", late / "journal.sock"),
        closing(JournalClient(SocketChannel(late / "journal.sock"))) as client,
    ):
        journal.append(noted(), WALL)
        late.mkdir()
        while not (late / "journal.sock").exists():
            pass
        while True:
            try:
                assert client.ask(FeedRequest()).spans
                break
            except GateNotRunning:
                continue
    shutil.rmtree(late)
