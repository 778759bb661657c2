"""A gate's journal at central, over a real broker: once each, whatever the wire does."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import paho.mqtt.publish as mqtt_publish
import pytest
from msgspec.structs import replace
from paho.mqtt.enums import MQTTProtocolVersion

from edge.journal.format import Acknowledgement, Entry, file_name, verify_acknowledgement
from edge.journal.reader import JournalReader
from edge.signing.cose import encode_value, keys_of
from sync.agent.agent import Agent
from sync.agent.configuration import load_configuration
from sync.central.followers import FOLLOWERS
from sync.central.journals.findings import FindingKind
from sync.central.journals.ingester import Ingester
from sync.central.store import Store, open_store
from sync.transport.connection import LinkState
from sync.wire import Channel, JournalBatch, ReceivedMessage, batch_of, seal_message
from tests.one_card import ONE_CARD
from tests.sync.offline import filled_at_once
from tests.sync.proxy import Proxy
from tests.sync.services import Mosquitto
from tests.sync.wire.examples import AT, DEVICE, KEY, OTHER_KEY, chained
from tests.sync.world import CENTRAL_KEY, World, append
from tests.waiting import soon


@pytest.fixture
def world(tmp_path: Path, broker: Mosquitto) -> World:
    return World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", broker.port)


def published(port: int, topic: str, data: bytes, *, retain: bool = False) -> None:
    """A message by a client that the broker accepts and central does not."""
    mqtt_publish.single(
        topic,
        data,
        qos=1,
        retain=retain,
        hostname="127.0.0.1",
        port=port,
        protocol=MQTTProtocolVersion.MQTTv5,
    )


def is_linked(agent: Agent) -> Callable[[], bool]:
    return lambda: agent._link.state is LinkState.READY


def waits(agent: Agent) -> int:
    return agent._uploader.progress()[2]


def drained(agent: Agent) -> Callable[[], bool]:
    return lambda: waits(agent) == 0


def acknowledged(world: World, epoch: bytes, name: str = DEVICE) -> Acknowledgement | None:
    """What the gate reads before it prunes."""
    path = world.folder / f"{name}-acknowledged" / file_name(epoch)
    if not path.exists():
        return None
    return verify_acknowledgement(
        path.read_bytes(), DEVICE, keys_of([CENTRAL_KEY.public_key().public_bytes_raw()])
    )


def test_every_event_is_at_central_once_and_the_gate_holds_the_acknowledgement(world: World) -> None:
    with world.journal() as journal, world.central():
        told = append(journal, 250)
        with world.agent() as agent:
            soon(drained(agent), meanwhile=agent.poll)
            told += append(journal, 3)
            soon(drained(agent), meanwhile=agent.poll)
        word = acknowledged(world, journal.epoch)
    assert world.stored() == told
    assert word is not None
    assert (word.sequence, word.hash) == (253, told[-1].hash)


def test_health_clock_and_the_last_message_reach_central(world: World) -> None:
    with world.journal() as journal, world.central():
        append(journal, 5)
        with world.agent() as agent:
            soon(lambda: agent._clock.offset is not None, meanwhile=agent.poll)
            soon(drained(agent), meanwhile=agent.poll)
            soon(lambda: world.gates()[DEVICE].state == "online", meanwhile=agent.poll)
        soon(lambda: world.gates()[DEVICE].state == "stopped")
        gate = world.gates()[DEVICE]
    assert gate.acknowledged == 5
    assert gate.waiting == 0
    assert gate.clock_offset is not None
    assert abs(gate.clock_offset) <= (gate.clock_error or 0) + 1000, "both clocks are this computer's"


def test_a_gate_that_dies_is_said_to_be_gone_by_its_will(world: World, broker: Mosquitto) -> None:
    with Proxy(broker.port) as network, world.central():
        agent = Agent(load_configuration(world.sync_file(port=network.port)))
        soon(lambda: world.gates()[DEVICE].state == "online", meanwhile=agent.poll)
        network.cut()
        soon(lambda: world.gates()[DEVICE].state == "gone")
        agent._link.drop("the test is over")


def test_a_broker_that_forgets_everything_loses_nothing(world: World, broker: Mosquitto) -> None:
    """Killed in the middle, with batches and acknowledgements on their way."""
    with world.journal() as journal, world.central(), world.agent() as agent:
        told = append(journal, 300)
        for _ in range(5):
            soon(is_linked(agent), meanwhile=agent.poll)
            told += append(journal, 20)
            for _ in range(3):
                agent.poll()
            broker.kill()
            agent.poll()
            broker.start()
        soon(drained(agent), meanwhile=agent.poll)
    assert world.stored() == told


def test_a_centre_that_was_away_past_the_brokers_queue_gets_everything_in_order(
    world: World, broker: Mosquitto
) -> None:
    broker.kill()
    broker.set("allow_anonymous true\nmax_queued_messages 1\nmax_inflight_messages 1\n")
    broker.start()
    with world.journal() as journal, world.agent() as agent:
        told = append(journal, 900)
        for _ in range(10):
            agent.poll()
        assert waits(agent) == 900
        with world.central():
            soon(drained(agent), meanwhile=agent.poll)
    assert world.stored() == told


def test_a_gate_that_was_offline_for_long_drains_in_order_while_it_goes_on_deciding(world: World) -> None:
    before = filled_at_once(world.journal_path(), 6000, encode_value({"outcome": "grant"}))
    with world.journal() as journal, world.central(), world.agent() as agent:
        live: list[Entry] = []
        arrived: list[int] = []

        def poll() -> None:
            agent.poll()
            live.extend(append(journal))
            arrived.append(waits(agent))

        soon(lambda: bool(arrived) and arrived[-1] < 300, meanwhile=poll)
        soon(drained(agent), meanwhile=agent.poll)
    assert world.stored() == before + live
    assert len(live) > 10


def test_a_revoked_access_list_is_seen_and_the_rows_stay(world: World, broker: Mosquitto) -> None:
    rights = world.folder / "acl"
    rights.write_text("topic readwrite #\n")
    broker.kill()
    broker.set(f"allow_anonymous true\nacl_file {rights}\n")
    broker.start()
    with world.journal() as journal, world.central(), world.agent() as agent:
        told = append(journal, 10)
        soon(drained(agent), meanwhile=agent.poll)
        rights.write_text("topic read #\ntopic write dn/#\n")
        broker.reload()

        def write_one_more() -> None:
            """The broker reads its list when it comes to it: until then it takes what is sent."""
            told.extend(append(journal))
            agent.poll()

        soon(lambda: agent._dispatcher.refused["rejected"] > 0 and waits(agent) > 0, meanwhile=write_one_more)
        rights.write_text("topic readwrite #\n")
        broker.reload()
        soon(drained(agent), meanwhile=agent.poll)
    assert world.stored() == told


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("another key's", "unknown_key"),
        ("altered", "forged"),
        ("another device's", "forged"),
        ("junk", "unreadable"),
        ("nothing", "empty"),
        ("retained", "retained"),
    ],
)
def test_an_acknowledgement_that_is_not_centrals_prunes_nothing_and_is_counted(
    world: World, broker: Mosquitto, what: str, code: str
) -> None:
    if what == "retained":
        broker.start_retaining()
    with world.journal() as journal, world.agent() as agent:
        last = append(journal, 5)[-1]
        word = Acknowledgement(journal.epoch, 5, last.hash, AT)
        genuine = seal_message(word, DEVICE, CENTRAL_KEY)
        data = {
            "another key's": seal_message(word, DEVICE, OTHER_KEY).data,
            "altered": genuine.data[:-1] + bytes([genuine.data[-1] ^ 1]),
            "another device's": seal_message(word, "gp-0002", CENTRAL_KEY).data,
            "junk": b"junk" * 50,
            "nothing": b"",
            "retained": genuine.data,
        }[what]
        if what == "retained":
            published(broker.port, genuine.topic, data, retain=True)
        soon(is_linked(agent), meanwhile=agent.poll)
        if what != "retained":
            published(broker.port, genuine.topic, data)
        soon(lambda: agent._dispatcher.refused[code] > 0, meanwhile=agent.poll)
        assert waits(agent) == 5
        agent._uploader.close(0)
        assert acknowledged(world, journal.epoch) is None
        assert agent._current_health().refused == {code: 1}


def test_junk_retained_on_every_topic_keeps_nothing_from_working(world: World, broker: Mosquitto) -> None:
    broker.start_retaining()
    for channel in Channel:
        published(broker.port, channel.of(DEVICE), b"\xff" * 100, retain=True)
        published(broker.port, channel.of("nobody"), b"\xff" * 100, retain=True)
    with world.journal() as journal, world.central(), world.agent() as agent:
        told = append(journal, 10)
        soon(drained(agent), meanwhile=agent.poll)
        down = sum(not channel.goes_up for channel in Channel)
        assert agent._dispatcher.refused == {"retained": down}
    assert world.stored() == told


def test_a_folder_that_cannot_be_written_is_said_and_keeps_nothing_from_being_sent(world: World) -> None:
    (world.folder / f"{DEVICE}-acknowledged").write_text("in the way")
    with world.journal() as journal, world.central(), world.agent() as agent:
        told = append(journal, 250)
        soon(drained(agent), meanwhile=agent.poll)
        soon(lambda: agent._uploader.alarms == ("acknowledged_unwritable",), meanwhile=agent.poll)
    assert world.stored() == told


def test_a_journal_that_appears_late_is_read_once_it_is_there(world: World) -> None:
    with world.central(), world.agent() as agent:
        soon(lambda: agent._uploader.alarms == ("gate_not_running",), meanwhile=agent.poll)
        assert agent.status.endswith("the gate does not run")
        with world.served():
            soon(lambda: agent._uploader.alarms == ("journal_unreadable",), meanwhile=agent.poll)
            assert agent.status.endswith("there is no journal")
        with world.journal() as journal:
            told = append(journal, 5)
            soon(lambda: agent._uploader.alarms == () and waits(agent) == 0, meanwhile=agent.poll)
    assert world.stored() == told


def test_a_gate_that_is_restarted_again_and_again_under_a_sync_loses_nothing(world: World) -> None:
    told: list[Entry] = []
    with world.central(), world.agent() as agent:
        for _ in range(4):
            with world.journal() as journal:
                told += append(journal, 130)
                for _ in range(5):
                    agent.poll()
            soon(lambda: agent._uploader.alarms == ("gate_not_running",), meanwhile=agent.poll)
            assert agent.waiting_reason() is not None, (
                "it waits for something, and is not started anew for it"
            )
        with world.journal():
            soon(lambda: world.count() == len(told), meanwhile=agent.poll)
            soon(lambda: agent._uploader.alarms == (), meanwhile=agent.poll)
    assert world.stored() == told


def test_a_retired_device_stores_no_events(world: World) -> None:
    from sync.central.devices.devices import retire_device

    store = open_store(world.url)
    with store.writing() as connection:
        retire_device(connection, DEVICE, AT)
    store.close()
    with world.journal() as journal, world.central(), world.agent() as agent:
        append(journal, 5)
        soon(is_linked(agent), meanwhile=agent.poll)
        for _ in range(10):
            agent.poll()
        assert waits(agent) == 5
    assert world.count() == 0


# --- copies of a card ----------------------------------------------------------------------


def test_a_card_restored_from_an_old_copy_learns_it_before_it_sends_anything(world: World) -> None:
    with world.journal() as journal:
        append(journal, 5)
    shutil.copy(world.journal_path(), world.folder / "old.sqlite")
    with world.journal() as journal, world.central():
        told = append(journal, 5)
        with world.agent() as agent:
            soon(drained(agent), meanwhile=agent.poll)
    before = world.stored()
    shutil.move(world.folder / "old.sqlite", world.journal_path())
    for extra in ("-wal", "-shm"):
        Path(f"{world.journal_path()}{extra}").unlink(missing_ok=True)
    with world.served(), world.central(), world.agent() as agent:
        soon(lambda: "journal_ahead" in agent._uploader.alarms, meanwhile=agent.poll)
    word = acknowledged(world, told[0].epoch)
    assert word is not None
    assert word.sequence == 10, "by this the gate knows, and begins a new epoch"
    assert world.stored() == before
    assert world.findings() == []


def test_two_devices_from_one_card_are_seen_on_both_sides(world: World) -> None:
    """A card copied block by block, so that both are alike: the same device, two journals."""
    with world.journal(ports=ONE_CARD) as journal:
        append(journal, 5)
    shutil.copy(world.journal_path(), world.journal_path("copy"))
    with world.central():
        with world.journal(ports=ONE_CARD) as journal, world.agent() as agent:
            told = append(journal, 3)
            soon(drained(agent), meanwhile=agent.poll)
        with world.journal("copy", ports=ONE_CARD) as journal, world.agent(name="copy") as agent:
            other = append(journal, 3)
            soon(lambda: "journal_forked" in agent._uploader.alarms, meanwhile=agent.poll)
            assert waits(agent) > 0, "what the copy wrote stays in the copy"
    assert [entry.hash for entry in world.stored()][-3:] == [entry.hash for entry in told]
    assert other[-1].hash not in {entry.hash for entry in world.stored()}


def test_a_copy_under_another_name_is_named_at_central(world: World) -> None:
    world.enrol("gp-0002", OTHER_KEY)
    with world.journal() as journal:
        append(journal, 5)
    shutil.copy(world.journal_path(), world.journal_path("gp-0002"))
    with world.central():
        for device in (DEVICE, "gp-0002"):
            with world.served(device), world.agent(device) as agent:
                soon(drained(agent), meanwhile=agent.poll)
    assert [(item.device, item.kind) for item in world.findings()] == [("gp-0002", FindingKind.CLONED)]
    assert world.count() == 10


def test_a_salvaged_journal_is_followed_into_its_new_epoch_and_its_gap_is_named(world: World) -> None:
    from edge.journal.salvage import open_or_salvage
    from tests.sync.world import WALL

    with world.journal() as journal, world.central(), world.agent() as agent:
        append(journal, 10)
        soon(drained(agent), meanwhile=agent.poll)
        append(journal, 10)
        journal._connection.execute("DELETE FROM event WHERE sequence = 15")  # type: ignore[union-attr]
        journal.close()
        salvaged, salvage = open_or_salvage(world.journal_path(), "main", WALL)
        assert salvage is not None
        with salvaged:
            append(salvaged, 3)
            soon(drained(agent), meanwhile=agent.poll)
    assert [(item.kind, item.first, item.last) for item in world.findings()] == [
        (FindingKind.MISSING, 15, 15)
    ]
    with closing(JournalReader(world.journal_path())) as reader:
        kept = {(entry.epoch, entry.sequence): entry for entry in reader.every()}
    assert {(entry.epoch, entry.sequence): entry for entry in world.stored()} == kept


def test_a_centre_restored_from_a_backup_gets_again_what_it_lost(world: World) -> None:
    backup = world.folder / "backup.sqlite"
    with world.journal() as journal:
        told = append(journal, 20)
        with world.central(), world.agent() as agent:
            soon(drained(agent), meanwhile=agent.poll)
        shutil.copy(world.folder / "central.sqlite", backup)
        told += append(journal, 20)
        with world.central(), world.agent() as agent:
            soon(drained(agent), meanwhile=agent.poll)
        for old in world.folder.glob("central.sqlite*"):
            old.unlink()
        shutil.move(backup, world.folder / "central.sqlite")
        assert world.count() == 20
        with world.central(), world.agent() as agent:
            soon(lambda: world.count() == 40, meanwhile=agent.poll)
    assert world.stored() == told


# --- an ingester that dies, a network that does ----------------------------------------------


def test_an_ingester_killed_after_its_commit_gets_the_batch_again_and_stores_nothing_twice(
    store: Store,
) -> None:
    batch = batch_of(chained(10), 0)
    out = seal_message(batch, DEVICE, KEY)
    message = ReceivedMessage(DEVICE, Channel.JOURNAL, batch, out.data)
    killed = Ingester(store, CENTRAL_KEY, lambda: AT, followers=FOLLOWERS)
    killed._stored([(message, batch)])  # committed; what it would have said dies with it
    after = Ingester(store, CENTRAL_KEY, lambda: AT, followers=FOLLOWERS)
    (answer,) = after.handle([message], 0.0)
    word = verify_acknowledgement(answer.data, DEVICE, keys_of([CENTRAL_KEY.public_key().public_bytes_raw()]))
    assert (killed.stored, after.stored) == (10, 0)
    assert (word.sequence, word.hash) == (10, chained(10)[-1].hash)


def test_one_batch_that_cannot_be_keeps_no_other_out(store: Store) -> None:
    good, bad = batch_of(chained(3), 0), replace(batch_of(chained(3, epoch=bytes(16)), 0), after=9)
    ingester = Ingester(store, CENTRAL_KEY, lambda: AT, followers=FOLLOWERS)
    messages = [
        ReceivedMessage(DEVICE, Channel.JOURNAL, batch, seal_message(batch, DEVICE, KEY).data)
        for batch in (bad, good)
    ]
    assert len(list(ingester.handle(messages, 0.0))) == 1
    assert ingester.stored == 3


def test_the_upload_keeps_to_its_cap(world: World) -> None:
    import time

    with world.journal() as journal, world.central():
        append(journal, 600)
        with world.agent(upload=20_000) as agent:
            soon(is_linked(agent), meanwhile=agent.poll)
            before = time.monotonic()
            soon(drained(agent), meanwhile=agent.poll)
            took = time.monotonic() - before
    size = sum(
        len(seal_message(batch_of(world.stored()[n : n + 100], n), DEVICE, KEY).data)
        for n in range(0, 600, 100)
    )
    assert took > size / 20_000 - 3, "less what was saved up, and the last message"


def test_an_empty_question_is_answered_and_changes_nothing(world: World) -> None:
    from edge.journal.format import START

    store = open_store(world.url)
    ingester = Ingester(store, CENTRAL_KEY, lambda: AT, followers=FOLLOWERS)
    question = JournalBatch(bytes(16), "main", 1, 0, START)
    (answer,) = ingester.handle([ReceivedMessage(DEVICE, Channel.JOURNAL, question, b"")], 0.0)
    word = verify_acknowledgement(answer.data, DEVICE, keys_of([CENTRAL_KEY.public_key().public_bytes_raw()]))
    assert (word.sequence, word.hash) == (0, START)
    store.close()
