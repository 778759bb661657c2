"""What a gate says first on a link, and what it makes of the welcome."""

from __future__ import annotations

from collections.abc import Iterable
from random import randbytes

from msgspec.structs import replace

from edge.signing.cose import Stamp
from sync.agent.core.link_stamps import LinkStamps
from sync.agent.core.question_schedule import AGAIN_AFTER
from sync.agent.core.told_times import ToldTimes
from sync.agent.hello import NO_ANSWER_AFTER, Greeting, HelloHandler
from sync.wire import (
    SCHEMA,
    SPEAKS,
    Channel,
    Held,
    Hello,
    ReceivedMessage,
    SealedMessage,
    Welcome,
    open_message,
)
from tests.sync.wire.examples import AT, DEVICE, KEY, KEYS

HELD = Held(4, 2, 3, {"issuers": 5}, bytes(32))
GREETING = Greeting(DEVICE, KEY, "0.1.0", AT - 1, lambda: HELD)


class Gate:
    """A gate's end of one link, just connected."""

    def __init__(self) -> None:
        self.stamps, self.told = LinkStamps(lambda: AT), ToldTimes()
        self.stamps.begin_link()
        handler = HelloHandler(GREETING, self.stamps, self.told, lambda: 0.5, randbytes)
        self.conversation = handler.open_conversation(0.0)

    def says(self, now: float) -> list[Hello]:
        return hellos(self.conversation.due_messages(now))

    def hears(self, nonce: bytes, epoch: int = 0, at: int = AT, speaks: tuple[int, ...] = SPEAKS) -> None:
        welcome = Welcome(nonce, at, epoch, speaks, SCHEMA)
        self.conversation.handle([ReceivedMessage(DEVICE, Channel.WELCOME, welcome, b"")], 0.0)


def hellos(out: Iterable[SealedMessage]) -> list[Hello]:
    found = [open_message(item.topic, item.data, KEYS).message for item in out]
    return [item for item in found if isinstance(item, Hello)]


def test_a_hello_says_what_the_gate_holds_and_speaks_and_counts_on_its_link() -> None:
    gate = Gate()
    [hello] = gate.says(0.0)
    expected = Hello(hello.nonce, Stamp(AT, 1), SPEAKS, SCHEMA, software="0.1.0", started=AT - 1, held=HELD)
    assert hello == expected


def test_it_silences_the_others_until_a_welcome_on_its_link_and_is_repeated_with_another_nonce() -> None:
    gate = Gate()
    [first] = gate.says(0.0)
    gate.hears(bytes(16))
    assert (gate.conversation.silences_others, gate.conversation.awaiting_since) == (True, 0.0)
    assert gate.says(NO_ANSWER_AFTER - 0.1) == []
    [second] = gate.says(NO_ANSWER_AFTER)
    assert (second.nonce != first.nonce, second.stamp) == (True, Stamp(AT, 2))
    gate.hears(first.nonce)
    assert (gate.conversation.silences_others, gate.conversation.awaiting_since) == (False, None)
    gate.hears(second.nonce, epoch=AT + 1)
    assert not gate.stamps.is_behind, "whatever else was asked is answered with it"
    assert gate.says(NO_ANSWER_AFTER + 1.0) == []
    assert len(gate.says(AGAIN_AFTER)) == 1
    assert not gate.conversation.silences_others, "once on a link"


def test_a_link_that_central_has_overtaken_is_behind() -> None:
    for epoch, behind in ((0, False), (AT, False), (AT + 1, True)):
        gate = Gate()
        [hello] = gate.says(0.0)
        gate.hears(hello.nonce, epoch)
        assert gate.stamps.is_behind is behind


def test_the_time_that_central_tells_makes_what_it_said_before_older() -> None:
    gate = Gate()
    [hello] = gate.says(0.0)
    gate.hears(hello.nonce, at=AT + 5)
    assert not gate.told.is_news(AT + 4)


def test_a_centre_that_speaks_another_version_too_is_welcome() -> None:
    gate = Gate()
    [hello] = gate.says(0.0)
    welcome = replace(Welcome(hello.nonce, AT, 0, SPEAKS, SCHEMA), speaks=(1, 2), schema=9)
    gate.conversation.handle([ReceivedMessage(DEVICE, Channel.WELCOME, welcome, b"")], 0.0)
    assert not gate.conversation.silences_others


def test_a_gate_says_nothing_but_its_hello_to_a_centre_of_other_versions_until_that_speaks_its_own() -> None:
    gate = Gate()
    [hello] = gate.says(0.0)
    gate.hears(hello.nonce, speaks=(200, 201))
    assert gate.conversation.silences_others
    assert gate.conversation.awaiting_since is None, "it was answered: the link stays"
    assert gate.conversation.idle_reason() == "central speaks none of this gate's versions"
    assert gate.says(NO_ANSWER_AFTER) == []
    [again] = gate.says(AGAIN_AFTER)
    gate.hears(again.nonce, speaks=(*SPEAKS, 200))
    assert not gate.conversation.silences_others
