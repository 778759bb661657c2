"""Registry down through real processes' parts and a real broker, which forgets, lies and dies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from edge.decision import Status, StatusRecord, Subject
from edge.errors import ConfigurationError
from sync.agent.core import FetchPace
from sync.central.registry.section_keys import publisher_of
from sync.central.registry.urgent import revoke_urgently
from sync.central.tables import subject
from sync.transport.broker import Broker
from sync.transport.core import Link, LinkState
from sync.transport.mqtt import open_mqtt_link
from sync.wire import Channel, RegistryChunk, RegistryManifest, seal_message
from tests.examples import alike
from tests.keys import ed25519
from tests.sync.centre import NOW, SITE, TOPICS, Centre, held_subjects
from tests.sync.services import Mosquitto
from tests.sync.wire.examples import DEVICE
from tests.waiting import PATIENT, soon


@pytest.fixture
def centre(tmp_path: Path, broker: Mosquitto) -> Iterator[Centre]:
    made = Centre(tmp_path, broker)
    yield made
    made.store.close()


def test_from_the_database_to_the_gate_and_back_to_who_holds_what(centre: Centre) -> None:
    centre.people(5, faces=True)
    centre.publish()
    with centre.central(), centre.agent() as agent:
        centre.until(agent, lambda: centre.site.version == 1)
        centre.until(agent, lambda: centre.reported() == 1)
        centre.people(5, named="another", faces=True)
        assert [offer.base for offer in centre.publish().changes] == [1]
        centre.until(agent, lambda: centre.site.version == 2)
        revoke_urgently(centre.store, publisher_of(centre.section), SITE, NOW, subjects=("subject-1",))
        centre.until(agent, lambda: "subject-1" not in held_subjects(centre))
        assert centre.site.version == 2, "before any version is published"
        centre.publish()
        centre.until(agent, lambda: centre.site.version == 3)
        assert "subject-1" not in held_subjects(centre)
    gallery = centre.site.registry_service.holdings()
    assert gallery is not None
    assert gallery.gallery.subjects == 4


def told_to_nobody(centre: Centre, *channels: Channel) -> Callable[[], None]:
    """Wait until the centre has announced on `channels` of the gate, which is away."""
    address = Broker("127.0.0.1", centre.broker.port, plain=True)
    link = open_mqtt_link(address, "listener", (f"dn/{DEVICE}/#",), lambda: None)
    soon(lambda: link.state is LinkState.READY, meanwhile=lambda: link.poll(0.05))
    missing = {channel.of(DEVICE) for channel in channels}

    def hear() -> None:
        link.poll(0.05)
        missing.difference_update(item.topic for item in link.fetch_arrived())

    def wait() -> None:
        soon(lambda: not missing, meanwhile=hear)
        link.abandon()

    return wait


def test_a_gate_that_was_away_asks_for_what_it_missed(centre: Centre) -> None:
    """Central has sent it to every device by then, and the broker retains nothing."""
    centre.people(5)
    centre.publish()
    with centre.central():
        with centre.agent() as agent:
            centre.until(agent, lambda: centre.site.version == 1)
            centre.until(agent, lambda: centre.reported() == 1)
        told = told_to_nobody(centre, Channel.REGISTRY_MANIFEST, Channel.REGISTRY_URGENT)
        centre.people(6)
        centre.publish()
        revoke_urgently(centre.store, publisher_of(centre.section), SITE, NOW, subjects=("subject-1",))
        told()
        with centre.agent() as agent:
            centre.until(agent, lambda: centre.site.version == 2)
            centre.until(agent, lambda: "subject-1" not in held_subjects(centre))


PERSON = Subject(
    "li-xiaohong",
    name="李小红",
    address="12/3/0401-west",
    groups=frozenset({"third-floor-tenants"}),
    status=StatusRecord(Status.RED, "health office", "tested positive", "rule-red-7", NOW),
)
WORDS = (
    "li-xiaohong",
    "李小红",
    "12/3/0401-west",
    "third-floor-tenants",
    "health office",
    "tested positive",
    "rule-red-7",
    "valid_until",
    "subject_id",
)
"""What would tell of her: her data, and how records name their fields."""


def overheard(link: Link, heard: dict[str, list[bytes]]) -> None:
    link.poll(0.01)
    for item in link.fetch_arrived():
        heard.setdefault(item.topic.rpartition("/")[2], []).append(item.data)


def test_who_reads_all_that_is_published_or_sent_learns_of_nobody(centre: Centre) -> None:
    """A client may read everything at the broker while a gate fetches a snapshot, changes and revocations."""
    address, heard = Broker("127.0.0.1", centre.broker.port, plain=True), dict[str, list[bytes]]()
    link = open_mqtt_link(address, "listener", ("dn/#", "up/#"), lambda: None)
    soon(lambda: link.state is LinkState.READY, meanwhile=lambda: link.poll(0.05))
    held: list[Subject] = []

    def reached(version: int) -> bool:
        overheard(link, heard)
        return centre.site.version == version

    centre.people(5, faces=True)
    row = {"site": SITE, "id": PERSON.id, "record": msgspec.json.encode(PERSON), "changed_at": 1}
    with centre.store.writing() as connection:
        connection.execute(sa.insert(subject).values(row))
    centre.publish()
    with centre.central(), centre.agent() as agent:
        centre.until(agent, lambda: reached(1))
        changed = msgspec.structs.replace(PERSON, version=2, address=f"{PERSON.address}-2")
        with centre.store.writing() as connection:
            record = msgspec.json.encode(changed)
            connection.execute(sa.update(subject).where(subject.c.id == PERSON.id).values(record=record))
        assert [offer.base for offer in centre.publish().changes] == [1]
        centre.until(agent, lambda: reached(2))
        revoke_urgently(centre.store, publisher_of(centre.section), SITE, NOW, passes=("ab" * 8,))
        centre.until(agent, lambda: reached(2) and "urgent" in heard)
        registry = centre.site.registry_service.holdings()
        assert registry is not None
        held.append(registry.registry.subjects[PERSON.id])
    link.abandon()
    assert held == [changed], "the gate itself knows her"
    assert {"root", "manifest", "urgent", "chunk", "want"} <= set(heard)
    files = [path for path in (centre.folder / "published").rglob("*") if path.is_file()]
    assert {path.parent.name for path in files} == {SITE, "objects"}
    carried = [path for path in centre.folder.rglob("gate/*/*") if path.suffix in {".bundle", ".changes"}]
    assert carried, "at rest it is sealed as it came"
    everything = [data for payloads in heard.values() for data in payloads]
    everything += [path.read_bytes() for path in (*files, *carried)]
    assert [word for word in WORDS if any(word.encode() in data for data in everything)] == []


@pytest.mark.parametrize("payload", alike([b"junk", b"", bytes(200_000)]))
def test_junk_that_a_broker_keeps_on_every_topic_changes_nothing(centre: Centre, payload: bytes) -> None:
    centre.broker.start_retaining()
    centre.people(3)
    centre.publish()
    with centre.central(), centre.agent() as agent:
        centre.until(agent, lambda: centre.site.version == 1)
        for topic in TOPICS:
            centre.say(topic, payload, retain=True)
        ends = time.monotonic() + 1.0
        centre.until(agent, lambda: time.monotonic() > ends)
        assert centre.site.version == 1
    with centre.agent() as agent:
        ends = time.monotonic() + 1.0
        centre.until(agent, lambda: time.monotonic() > ends)
    assert centre.site.version == 1, "nor after it was delivered as retained"
    centre.people(4)
    centre.publish()
    with centre.central(), centre.agent() as agent:
        centre.until(agent, lambda: centre.site.version == 2)


def test_another_signers_manifest_and_chunks_are_not_even_looked_at(centre: Centre) -> None:
    centre.people(3)
    centre.publish()
    stranger = ed25519()
    with centre.central(), centre.agent() as agent:
        centre.until(agent, lambda: centre.site.version == 1)
        for message in (RegistryManifest(b"x" * 500), RegistryChunk(bytes(32), 0, b"x")):
            forged = seal_message(message, DEVICE, stranger)
            centre.say(forged.topic, forged.data)
        centre.people(4)
        centre.publish()
        centre.until(agent, lambda: centre.site.version == 2)


def test_a_second_process_without_a_registry_takes_no_question_away(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They share what goes up: a question that reached the wrong one would not be asked again meanwhile."""
    monkeypatch.setattr(
        "sync.agent.registry_handler.FetchPace", partial(FetchPace, ask_again_after=10 * PATIENT)
    )
    centre.people(1_200, faces=True)
    assert centre.publish().snapshot.count > 2
    central = centre.central_file.central
    second = msgspec.structs.replace(
        centre.central_file, registry=None, central=msgspec.structs.replace(central, id="central-2")
    )
    with centre.central(), centre.central(second), centre.agent() as agent:
        centre.until(agent, lambda: centre.site.version == 1)


def test_a_broker_that_dies_in_the_middle_loses_no_chunk_that_came(centre: Centre) -> None:
    centre.people(1_200, faces=True)
    chunks = centre.publish().snapshot.count
    assert chunks > 2
    with centre.central(), centre.agent() as agent:
        part = centre.folder / "spool"
        centre.until(agent, lambda: any(part.glob("*.part")) or centre.site.version == 1)
        for _ in range(3):
            centre.broker.kill()
            agent.poll()
            centre.broker.start()
            ends = time.monotonic() + 0.7
            centre.until(agent, lambda ends=ends: time.monotonic() > ends)  # type: ignore[misc]
        centre.until(agent, lambda: centre.site.version == 1)
    assert len(held_subjects(centre)) == 1_200


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[access]]\nid = "residents"\ngroups = []\n', "groups is an empty list"),
        ('time_zone = "Mars/Olympus"\n', "there is no time zone 'Mars/Olympus'"),
    ],
)
def test_rules_that_a_site_could_not_build_are_not_published_either(
    centre: Centre, text: str, words: str
) -> None:
    (centre.folder / "sites" / SITE / "policy.toml").write_text(text)
    with pytest.raises(ConfigurationError, match=words):
        centre.publish()
