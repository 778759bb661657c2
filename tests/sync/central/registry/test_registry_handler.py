"""Central tells each gate what is new, and answers a fleet that asks for more than a link takes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from sync.central.registry.registry_handler import LOOK_EVERY, PublisherHandler, RegistryTalk
from sync.central.store import StoreError
from sync.wire import Channel, Received, RegistryChunk, RegistryManifest, RegistryWant, Sealed, received
from tests.edge.registry.repository import changed
from tests.sync.agent.wire import Site
from tests.sync.wire.examples import KEY, KEYS

DEVICES = tuple(f"gp-{number:04}" for number in range(120))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.publish()
    return made


@pytest.fixture
def part(site: Site) -> PublisherHandler:
    return PublisherHandler(site.announcer, lambda: dict.fromkeys(DEVICES, "green-court"), KEY)


@pytest.fixture
def talk(part: PublisherHandler) -> RegistryTalk:
    """The part on its first link."""
    return part.linked(0.0)


def want(site: Site, device: str, *chunks: int) -> Received:
    object_ = site.publisher._site("green-court").manifest(1).snapshot.sha256
    return Received(device, Channel.REGISTRY_WANT, RegistryWant(object_, chunks or (0,)), b"")


def taken(messages: Iterable[Sealed], room: int) -> list[Sealed]:
    """As a link does that takes so many, and then no more."""
    accepted: list[Sealed] = []
    for message in messages:
        if len(accepted) == room:
            break
        accepted.append(message)
    return accepted


def told(messages: Iterable[Sealed]) -> list[tuple[str, type]]:
    opened = [received(message.topic, message.data, KEYS) for message in messages]
    return [(item.device, type(item.message)) for item in opened]


def test_every_device_is_told_once_over_some_turns(talk: RegistryTalk, site: Site) -> None:
    heard = [told(talk.due(0.0)), told(talk.due(0.1)), told(talk.due(0.2))]
    manifests = [device for turn in heard for device, kind in turn if kind is RegistryManifest]
    assert sorted(manifests) == sorted(DEVICES)
    assert [len({device for device, _ in turn}) for turn in heard] == [50, 50, 20]
    assert told(talk.due(LOOK_EVERY + 1)) == []
    site.publish(changed(site.repository.content, {"subject-1": {"name": "another"}}))
    again = told(talk.due(2 * LOOK_EVERY + 2))
    assert {kind for _, kind in again} == {RegistryManifest}, "the roots are the same as before"


def test_a_broker_that_forgot_is_told_again(part: PublisherHandler) -> None:
    first = part.linked(0.0)
    for now in (0.0, 0.1, 0.2):
        told(first.due(now))
    assert len(told(part.linked(1.0).due(1.0))) == 100


def test_a_link_that_takes_few_gets_the_rest_later_and_nobody_is_forgotten(
    talk: RegistryTalk, site: Site
) -> None:
    for now in (0.0, 0.1, 0.2):
        told(talk.due(now))
    answered = taken(talk.take([want(site, device) for device in DEVICES], 0.3), 7)
    for turn in range(100):
        answered += taken(talk.due(0.4 + turn / 1_000), 7)
    found = [device for device, kind in told(answered) if kind is RegistryChunk]
    assert sorted(found) == sorted(DEVICES)


def test_a_database_that_is_away_changes_nothing_for_those_who_were_known(site: Site) -> None:
    answers = [dict.fromkeys(DEVICES[:1], "green-court")]

    def sites() -> dict[str, str]:
        if not answers:
            raise StoreError("gone")
        return answers.pop()

    talk = PublisherHandler(site.announcer, sites, KEY).linked(0.0)
    assert len(told(talk.due(0.0))) == 2
    assert told(talk.take([want(site, DEVICES[0])], 0.1)) == [(DEVICES[0], RegistryChunk)]


def test_a_device_that_wants_without_end_waits_behind_each_other_one(talk: RegistryTalk, site: Site) -> None:
    """One first-come queue of all wants let one device's thousands go before everyone else's four."""
    for now in (0.0, 0.1, 0.2):
        told(talk.due(now))
    greedy, others = DEVICES[0], DEVICES[1:21]
    unknown = [
        Received(greedy, Channel.REGISTRY_WANT, RegistryWant(bytes([n]) * 32, tuple(range(64)), 0), b"")
        for n in range(100)
    ]
    asked = [*unknown, want(site, greedy), *(want(site, device) for device in others)]
    heard = told(talk.take(asked, 0.3))
    assert [device for device, kind in heard if kind is RegistryChunk] == list(others), "in the same turn"
    for turn in range(8):
        assert told(talk.due(0.4 + turn)) == [], "64 of what it asked for waited, and nothing is there"
    assert told(talk.take([want(site, greedy)], 9.0))[-1] == (greedy, RegistryChunk), (
        "then it is served again"
    )


def test_the_same_piece_asked_for_twice_is_sent_once_and_a_stranger_gets_nothing(
    talk: RegistryTalk, site: Site
) -> None:
    for now in (0.0, 0.1, 0.2):
        told(talk.due(now))
    asked = [want(site, DEVICES[0]), want(site, DEVICES[0], 0, 0, 5), want(site, "gp-9999")]
    assert told(talk.take(asked, 0.3)) == [(DEVICES[0], RegistryChunk)]
    assert told(talk.due(0.4)) == []
