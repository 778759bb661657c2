"""What a gate does between two people, with the keys that the site's own root names."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from edge.commands.configuration import PACKAGED_NEEDS, PACKAGED_UPDATE, CommandsSection
from edge.commands.core import Command, CommandKind, command_topic
from edge.errors import GatepostError
from edge.journal.end_mark import EndMarkFile
from edge.journal.format import Acknowledgement, acknowledgement_topic, file_name
from edge.journal.format.kinds import EventKind
from edge.journal.reader import JournalReader
from edge.runtime.housekeeping import GateServices, Housekeeping
from edge.signing.cose import encode_value, microseconds, seal
from edge.signing.key_files import read_private_key
from tests.edge.runtime.conftest import NOON, Bench
from tests.events import noted

DEVICE = "green-court.main"


@pytest.fixture
def housekeeping(bench: Bench, tmp_path: Path) -> Iterator[Housekeeping]:
    acks = tmp_path / "acks"
    acks.mkdir()
    bench.configuration = replace(
        bench.configuration,
        commands=CommandsSection(socket=tmp_path / "c.sock"),
        journal=replace(bench.configuration.journal, acknowledged=acks, keep=3),
    )
    housekeeping = Housekeeping(
        bench.configuration, bench.clock, bench.journal, bench.lane, bench.registry_service.holdings
    )
    housekeeping.start()
    yield housekeeping
    housekeeping.stop()


def send(path: Path, data: bytes) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(data, str(path))


def kinds(bench: Bench) -> list[str]:
    reader = JournalReader(bench.configuration.journal.path)
    found = [entry.kind for entry in reader.every()]
    reader.close()
    return found


def order(bench: Bench, key: str) -> bytes:
    now = microseconds(NOON)
    command = Command(random.randbytes(16), CommandKind.OPEN_ONCE, "Wang Fang", now, now + 60_000_000, now)
    signer = read_private_key(bench.admin.folder / "keys" / key)
    return seal(encode_value(command), command_topic(DEVICE), signer)


def test_the_key_that_the_root_names_for_commands_opens(
    bench: Bench, housekeeping: Housekeeping, tmp_path: Path
) -> None:
    send(tmp_path / "c.sock", order(bench, "command.key"))
    housekeeping.poll()
    bench.lane.pump()
    assert bench.barrier_is_open


@pytest.mark.parametrize("key", ["registry.key", "policy.key", "pass.key", "central.key"])
def test_no_other_key_of_the_site_opens(
    bench: Bench, housekeeping: Housekeeping, tmp_path: Path, key: str
) -> None:
    send(tmp_path / "c.sock", order(bench, key))
    housekeeping.poll()
    bench.lane.pump()
    assert not bench.barrier_is_open
    assert EventKind.COMMAND_REFUSED in kinds(bench)


def test_only_centrals_key_prunes(bench: Bench, housekeeping: Housekeeping, tmp_path: Path) -> None:
    entries = [bench.journal.append(noted(), bench.clock.wall()) for _ in range(10)]
    word = Acknowledgement(entries[0].epoch, 10, entries[9].hash, 0)
    for key, left in (("command.key", 11), ("central.key", 3)):
        signer = read_private_key(bench.admin.folder / "keys" / key)
        data = seal(encode_value(word), acknowledgement_topic(DEVICE), signer)
        (tmp_path / "new").write_bytes(data)
        (tmp_path / "new").replace(tmp_path / "acks" / file_name(entries[0].epoch))
        for _ in range(5):
            bench.clock.advance(3.0)
            housekeeping.poll()
        assert len(kinds(bench)) == left, key


def test_an_acknowledgement_that_is_refused_for_hours_does_not_fill_the_journal_by_itself(
    bench: Bench, housekeeping: Housekeeping, tmp_path: Path
) -> None:
    """What is written down of it goes up, is acknowledged by the same key, and that is refused again."""
    last = bench.journal.append(noted(), bench.clock.wall())
    signer = read_private_key(bench.admin.folder / "keys" / "command.key")
    for minute in range(180):
        word = Acknowledgement(last.epoch, last.sequence, last.hash, minute)
        (tmp_path / "new").write_bytes(seal(encode_value(word), acknowledgement_topic(DEVICE), signer))
        (tmp_path / "new").replace(tmp_path / "acks" / file_name(last.epoch))
        bench.clock.advance(60.0)
        housekeeping.poll()
        last = bench.journal.last() or last
    assert kinds(bench).count(EventKind.ACKNOWLEDGEMENT_REFUSED) == 3


def test_a_gate_without_a_place_for_its_socket_is_still_a_gate(bench: Bench, tmp_path: Path) -> None:
    nowhere = CommandsSection(socket=tmp_path / "nowhere" / "c.sock")
    configuration = replace(bench.configuration, commands=nowhere)
    housekeeping = Housekeeping(
        configuration, bench.clock, bench.journal, bench.lane, bench.registry_service.holdings
    )
    housekeeping.start()
    housekeeping.poll()
    housekeeping.stop()


def test_an_update_is_asked_for_where_somebody_installs(bench: Bench, tmp_path: Path) -> None:
    alone = GateServices(bench.configuration, bench.journal, bench.lane, bench.registry_service.holdings)
    with pytest.raises(GatepostError, match="no updater is configured"):
        alone.request_update("1.2.3")
    configuration = replace(bench.configuration, commands=CommandsSection(update=tmp_path / "update"))
    served = GateServices(configuration, bench.journal, bench.lane, bench.registry_service.holdings)
    assert served.request_update("1.2.3") == "1.2.3 is asked for"
    assert (tmp_path / "update").read_text() == "1.2.3\n"
    assert served.diagnostics()["registry"] == 1


def test_where_the_updater_is_not_set_up_a_version_that_is_asked_for_is_refused(
    bench: Bench, tmp_path: Path
) -> None:
    commands = CommandsSection(update=tmp_path / "update", update_needs=tmp_path / "update.toml")
    configuration = replace(bench.configuration, commands=commands)
    served = GateServices(configuration, bench.journal, bench.lane, bench.registry_service.holdings)
    with pytest.raises(GatepostError, match="this gate takes no updates"):
        served.request_update("1.2.3")
    assert not (tmp_path / "update").exists()
    (tmp_path / "update.toml").touch()
    assert served.request_update("1.2.3") == "1.2.3 is asked for"


@pytest.mark.skipif(PACKAGED_NEEDS.exists(), reason="this computer is a gate")
def test_a_gate_set_up_before_there_was_the_key_refuses_too(bench: Bench) -> None:
    configuration = replace(bench.configuration, commands=CommandsSection(update=PACKAGED_UPDATE))
    served = GateServices(configuration, bench.journal, bench.lane, bench.registry_service.holdings)
    with pytest.raises(GatepostError, match="this gate takes no updates"):
        served.request_update("1.2.3")


def test_what_is_pushed_never_makes_or_empties_the_journal(bench: Bench, housekeeping: Housekeeping) -> None:
    """FAULTS 37: no command and no file that the sync process writes names a path of the gate's."""
    before = [bench.journal.append(noted(), bench.clock.wall()) for _ in range(3)]
    assert set(CommandKind) == {
        CommandKind.OPEN_ONCE,
        CommandKind.SET_MODE,
        CommandKind.LOCK_DOWN,
        CommandKind.LIFT_LOCK_DOWN,
        CommandKind.HOLD_ENTRIES,
        CommandKind.RELEASE_ENTRIES,
        CommandKind.RESET_LANE,
        CommandKind.SEND_DIAGNOSTICS,
        CommandKind.TAKE_UPDATE,
    }, "anyone who adds one that configures has to show here that the journal is beyond its reach"
    path = bench.configuration.journal.path
    inode = path.stat().st_ino
    bench.publish()
    housekeeping.poll()
    assert path.stat().st_ino == inode
    reader = JournalReader(path)
    assert list(reader.every())[: len(before)] == before
    reader.close()


def test_where_the_journal_ends_is_marked_within_ten_seconds_and_again_where_it_goes_on(
    bench: Bench, housekeeping: Housekeeping
) -> None:
    path = bench.configuration.journal.path
    mark = path.with_name(f"{path.name}.end")
    first = bench.journal.append(noted("first"), bench.clock.wall())
    housekeeping.poll()
    assert EndMarkFile(mark).open().is_of(first)
    second = bench.journal.append(noted("second"), bench.clock.wall())
    due = housekeeping.poll()
    assert EndMarkFile(mark).open().is_of(first), "a card wears out by what is written"
    assert due <= bench.clock.monotonic() + 10.0
    bench.clock.advance(10.0)
    housekeeping.poll()
    assert EndMarkFile(mark).open().is_of(second)


# --- how an update of the software ended ----------------------------------------------------------


@pytest.fixture
def updated(bench: Bench, tmp_path: Path) -> Housekeeping:
    commands = CommandsSection(update_result=tmp_path / "standing.json")
    bench.configuration = replace(bench.configuration, commands=commands)
    return Housekeeping(
        bench.configuration, bench.clock, bench.journal, bench.lane, bench.registry_service.holdings
    )


def ends(folder: Path, number: int) -> None:
    ended = {"number": number, "version": "0.2.0", "before": "0.1.0", "how": "went_back", "why": "no probe"}
    (folder / "standing.json").write_bytes(msgspec.json.encode({"ended": ended, "floor": 1.0, "failed": {}}))


def test_how_an_update_ended_is_told_once_also_over_a_restart(
    bench: Bench, updated: Housekeeping, tmp_path: Path
) -> None:
    told = EventKind.SOFTWARE_UPDATE_ENDED.value
    updated.poll()
    ends(tmp_path, 1)
    for _ in range(3):
        bench.clock.advance(60.0)
        updated.poll()
    assert kinds(bench).count(told) == 1
    again = Housekeeping(
        bench.configuration, bench.clock, bench.journal, bench.lane, bench.registry_service.holdings
    )
    again.poll()
    assert kinds(bench).count(told) == 1
    ends(tmp_path, 2)
    bench.clock.advance(60.0)
    again.poll()
    assert kinds(bench).count(told) == 2


@pytest.mark.parametrize("noise", [b"", b"{", b'{"ended": {"number": "x"}}', b"[" * 10_000])
def test_an_updaters_file_that_says_nothing_is_no_news(
    bench: Bench, updated: Housekeeping, tmp_path: Path, noise: bytes
) -> None:
    (tmp_path / "standing.json").write_bytes(noise)
    updated.poll()
    assert EventKind.SOFTWARE_UPDATE_ENDED.value not in kinds(bench)
