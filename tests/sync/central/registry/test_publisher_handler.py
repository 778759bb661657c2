"""Central tells each gate what is new, and answers a fleet that asks for more than a link takes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from edge.signing.cose import Stamp
from sync.central.registry.publisher_handler import (
    CHECK_EVERY,
    HeardHello,
    PublisherConversation,
    PublisherHandler,
)
from sync.central.store import StoreError
from sync.wire import (
    SCHEMA,
    SPEAKS,
    Channel,
    Held,
    Hello,
    ReceivedMessage,
    RegistryChunk,
    RegistryManifest,
    RegistryRoot,
    RegistryUrgent,
    RegistryWant,
    SealedMessage,
    fingerprint,
    open_message,
)
from tests.edge.registry.repository import NOW, changed
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
def conversation(part: PublisherHandler) -> PublisherConversation:
    """The part on its first link."""
    return part.open_conversation(0.0)


def want(site: Site, device: str, *chunks: int) -> ReceivedMessage:
    object_ = site.publisher._site("green-court").manifest(1).snapshot.sha256
    return ReceivedMessage(device, Channel.REGISTRY_WANT, RegistryWant(object_, chunks or (0,)), b"")


def taken(messages: Iterable[SealedMessage], room: int) -> list[SealedMessage]:
    """As a link does that takes so many, and then no more."""
    accepted: list[SealedMessage] = []
    for message in messages:
        if len(accepted) == room:
            break
        accepted.append(message)
    return accepted


def hello(device: str, known: bytes = bytes(32)) -> ReceivedMessage:
    said = Hello(bytes(16), Stamp(1, 1), SPEAKS, SCHEMA, held=Held(fingerprint=known))
    return ReceivedMessage(device, Channel.HELLO, said, b"")


def told(messages: Iterable[SealedMessage]) -> list[tuple[str, type]]:
    opened = [open_message(message.topic, message.data, KEYS) for message in messages]
    return [(item.device, type(item.message)) for item in opened]


def test_every_device_gets_the_announcements_once_over_some_polls(
    conversation: PublisherConversation, site: Site
) -> None:
    heard = [
        told(conversation.due_messages(0.0)),
        told(conversation.due_messages(0.1)),
        told(conversation.due_messages(0.2)),
    ]
    manifests = [device for turn in heard for device, kind in turn if kind is RegistryManifest]
    assert sorted(manifests) == sorted(DEVICES)
    assert [len({device for device, _ in turn}) for turn in heard] == [50, 50, 20]
    assert told(conversation.due_messages(CHECK_EVERY + 1)) == []
    site.publish(changed(site.repository.content, {"subject-1": {"name": "another"}}))
    again = told(conversation.due_messages(2 * CHECK_EVERY + 2))
    assert {kind for _, kind in again} == {RegistryManifest}, "the roots are the same as before"


def test_on_another_link_every_device_gets_them_again(part: PublisherHandler) -> None:
    first = part.open_conversation(0.0)
    for now in (0.0, 0.1, 0.2):
        told(first.due_messages(now))
    assert len(told(part.open_conversation(1.0).due_messages(1.0))) == 100


@pytest.mark.parametrize(
    ("known", "kinds"),
    [
        ((), [RegistryRoot, RegistryUrgent, RegistryManifest]),
        ((0,), [RegistryRoot, RegistryUrgent, RegistryManifest]),
        ((0, 1, 2), []),
        ((2, 1, 0), []),
    ],
)
def test_a_hello_is_answered_with_the_news_unless_the_device_has_it_all(
    conversation: PublisherConversation, site: Site, known: tuple[int, ...], kinds: list[type]
) -> None:
    site.publisher.revoke("green-court", NOW.at, subjects=("subject-1",))
    for now in (0.0, 0.1, 0.2):
        told(conversation.due_messages(now))
    news = site.announcer.announcements("green-court")
    asked = hello(DEVICES[0], fingerprint([news[place] for place in known]))
    assert told(conversation.handle([asked], 0.3)) == [(DEVICES[0], kind) for kind in kinds]
    assert told(conversation.due_messages(0.4)) == []


def test_a_device_that_says_hello_on_a_new_link_before_its_announcement_is_answered_once(
    conversation: PublisherConversation,
) -> None:
    heard = told(conversation.handle([hello(DEVICES[-1])], 0.0))
    for now in (0.1, 0.2):
        heard += told(conversation.due_messages(now))
    assert heard.count((DEVICES[-1], RegistryManifest)) == 1
    assert len(heard) == 2 * len(DEVICES)


def test_a_fleet_that_asks_at_once_is_answered_over_some_polls_and_a_greedy_device_by_turns(
    conversation: PublisherConversation,
) -> None:
    for now in (0.0, 0.1, 0.2):
        told(conversation.due_messages(now))
    greedy, others = DEVICES[0], DEVICES[1:]
    asked = [*(hello(greedy, bytes([n]) * 32) for n in range(100)), *map(hello, others)]
    turns = [asked, *([hello(greedy)] * 16 for _ in range(2))]
    heard = [told(conversation.handle(messages, 0.3)) for messages in turns]
    manifests = [[device for device, kind in turn if kind is RegistryManifest] for turn in heard]
    assert sorted(device for turn in manifests for device in turn if device != greedy) == sorted(others)
    assert max(turn.count(greedy) for turn in manifests) == 1
    assert max(map(len, manifests)) == 50


def test_a_stranger_that_asks_is_answered_once_it_is_known(site: Site) -> None:
    sites: dict[str, str] = {}
    conversation = PublisherHandler(site.announcer, lambda: sites, KEY).open_conversation(0.0)
    assert told(conversation.handle([hello(DEVICES[0])], 0.0)) == []
    sites[DEVICES[0]] = "green-court"
    assert told(conversation.due_messages(CHECK_EVERY)) == [
        (DEVICES[0], RegistryRoot),
        (DEVICES[0], RegistryManifest),
    ]


def test_a_link_that_takes_few_messages_gets_the_rest_later(
    conversation: PublisherConversation, site: Site
) -> None:
    for now in (0.0, 0.1, 0.2):
        told(conversation.due_messages(now))
    answered = taken(conversation.handle([want(site, device) for device in DEVICES], 0.3), 7)
    for turn in range(100):
        answered += taken(conversation.due_messages(0.4 + turn / 1_000), 7)
    found = [device for device, kind in told(answered) if kind is RegistryChunk]
    assert sorted(found) == sorted(DEVICES)


def test_a_database_that_is_away_changes_nothing_for_those_who_were_known(site: Site) -> None:
    answers = [dict.fromkeys(DEVICES[:1], "green-court")]

    def sites() -> dict[str, str]:
        if not answers:
            raise StoreError("gone")
        return answers.pop()

    conversation = PublisherHandler(site.announcer, sites, KEY).open_conversation(0.0)
    assert len(told(conversation.due_messages(0.0))) == 2
    assert told(conversation.handle([want(site, DEVICES[0])], 0.1)) == [(DEVICES[0], RegistryChunk)]


def test_a_device_that_wants_without_end_waits_behind_each_other_one(
    conversation: PublisherConversation, site: Site
) -> None:
    """One first-come queue of all wants let one device's thousands go before everyone else's four."""
    for now in (0.0, 0.1, 0.2):
        told(conversation.due_messages(now))
    greedy, others = DEVICES[0], DEVICES[1:21]
    unknown = [
        ReceivedMessage(
            greedy, Channel.REGISTRY_WANT, RegistryWant(bytes([n]) * 32, tuple(range(64)), 0), b""
        )
        for n in range(100)
    ]
    asked = [*unknown, want(site, greedy), *(want(site, device) for device in others)]
    heard = told(conversation.handle(asked, 0.3))
    assert [device for device, kind in heard if kind is RegistryChunk] == list(others), "in the same turn"
    for turn in range(8):
        assert told(conversation.due_messages(0.4 + turn)) == [], (
            "64 of what it asked for waited, and nothing is there"
        )
    assert told(conversation.handle([want(site, greedy)], 9.0))[-1] == (greedy, RegistryChunk), (
        "then it is served again"
    )


def test_the_same_piece_asked_for_twice_is_sent_once_and_a_stranger_gets_nothing(
    conversation: PublisherConversation, site: Site
) -> None:
    for now in (0.0, 0.1, 0.2):
        told(conversation.due_messages(now))
    asked = [want(site, DEVICES[0]), want(site, DEVICES[0], 0, 0, 5), want(site, "gp-9999")]
    assert told(conversation.handle(asked, 0.3)) == [(DEVICES[0], RegistryChunk)]
    assert told(conversation.due_messages(0.4)) == []


def test_a_hello_that_another_process_of_the_centre_heard_is_answered_once(site: Site) -> None:
    heard: dict[str, HeardHello] = {}
    handler = PublisherHandler(site.announcer, lambda: {DEVICES[0]: "green-court"}, KEY, lambda: heard)
    conversation = handler.open_conversation(0.0)
    told(conversation.due_messages(0.0))
    heard[DEVICES[0]] = HeardHello(Stamp(5, 1), bytes(32))
    assert told(conversation.due_messages(CHECK_EVERY)) == [
        (DEVICES[0], RegistryRoot),
        (DEVICES[0], RegistryManifest),
    ]
    assert told(conversation.due_messages(2 * CHECK_EVERY)) == []
    heard[DEVICES[0]] = HeardHello(Stamp(5, 2), fingerprint(site.announcer.announcements("green-court")))
    assert told(conversation.due_messages(3 * CHECK_EVERY)) == [], "it has it all"


def test_a_hello_with_a_stamp_that_no_later_one_exceeds_does_not_keep_those_from_being_answered(
    site: Site,
) -> None:
    """It was refused; the gate's own, which another process of the centre heard, are not lower for that."""
    heard = {DEVICES[0]: HeardHello(Stamp(5, 1), bytes(32))}
    handler = PublisherHandler(site.announcer, lambda: {DEVICES[0]: "green-court"}, KEY, lambda: heard)
    conversation = handler.open_conversation(0.0)
    told(conversation.due_messages(0.0))
    refused = Hello(bytes(16), Stamp(2**63 - 1, 1), SPEAKS, SCHEMA)
    told(conversation.handle([ReceivedMessage(DEVICES[0], Channel.HELLO, refused, b"")], 0.1))
    heard[DEVICES[0]] = HeardHello(Stamp(5, 2), bytes(32))
    assert told(conversation.due_messages(CHECK_EVERY)) == [
        (DEVICES[0], RegistryRoot),
        (DEVICES[0], RegistryManifest),
    ]
    assert told(conversation.due_messages(2 * CHECK_EVERY)) == []
