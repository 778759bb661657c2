"""Who is told that a message of his was refused, how often, and who never is."""

from __future__ import annotations

import cbor2
import pytest

from edge.signing.cose import MessageRefusal, MessageRefused, seal
from sync.dispatch.refusals import RefusalExchange
from sync.wire import (
    ANSWERS_A_SECOND,
    ANSWERS_AT_ONCE,
    Channel,
    ReceivedMessage,
    RefusedByCentral,
    RefusedByDevice,
    RefusedMessage,
    digest_of,
    open_message,
    seal_message,
)
from tests.sync.wire.examples import AT, DEVICE, KEY, KEYS, MESSAGES

FORGED = MessageRefused(MessageRefusal.FORGED, "has a wrong\nsignature")
JOURNAL = Channel.JOURNAL.of(DEVICE)


class End:
    """Central's end, with a clock that a test turns; `told` and `heard` are what it passes on."""

    def __init__(self) -> None:
        self.now = 0.0
        self.told: list[tuple[str, str]] = []
        self.heard: list[tuple[str, str]] = []
        self.exchange = RefusalExchange(
            RefusedByCentral,
            KEY,
            lambda: AT,
            lambda: self.now,
            answers=lambda device: device != "stranger",
            heard=lambda device, refused: self.heard.append((device, refused.code)),
            told=lambda device, refused: self.told.append((device, refused.code)),
        )

    def answers(self) -> list[RefusedMessage]:
        opened = [open_message(out.topic, out.data, KEYS).message for out in self.exchange.due_messages(0.0)]
        return [message for message in opened if isinstance(message, RefusedMessage)]


def test_an_answer_names_the_channel_the_bytes_the_code_and_why() -> None:
    end = End()
    end.exchange.refuse(JOURNAL, b"bytes", FORGED)
    assert end.answers() == [
        RefusedByCentral("journal", digest_of(b"bytes"), "forged", "has a wrong signature", AT)
    ]
    assert end.answers() == [], "once"
    assert end.told == [(DEVICE, "forged")]


@pytest.mark.parametrize(
    ("topic", "named"),
    [
        (JOURNAL, "journal"),
        (f"up/{DEVICE}/registry/want", "registry/want"),
        (f"dn/{DEVICE}/of/a/newer/version", "of/a/newer/version"),
        (f"up/{DEVICE}/refusal", None),  # a refusal is never answered
        (f"dn/{DEVICE}/refusal", None),
        ("up/stranger/journal", None),  # it is told that it is refused as a device
        ("up/Not A Device/journal", None),
        (f"up/{DEVICE}/a\0b", None),
        (f"up/{DEVICE}/", None),
        (f"up/{DEVICE}/{'x' * 65}", None),
        ("junk", None),
        ("", None),
    ],
)
def test_on_which_topics_a_refused_message_is_answered(topic: str, named: str | None) -> None:
    end = End()
    end.exchange.refuse(topic, b"", FORGED)
    assert [answer.channel for answer in end.answers()] == ([] if named is None else [named])


def test_a_device_gets_a_few_answers_at_once_then_one_a_second_and_every_refusal_counts() -> None:
    end, answered = End(), []
    for _ in range(100):
        end.exchange.refuse(JOURNAL, b"", FORGED)
        end.exchange.refuse(Channel.JOURNAL.of("gp-0002"), b"", FORGED)
        answered.append(len(end.answers()))
        end.now += 0.1
    assert sum(answered[:5]) == 2 * ANSWERS_AT_ONCE
    assert sum(answered) <= 2 * (ANSWERS_AT_ONCE + 10 * ANSWERS_A_SECOND)
    assert sum(answered) >= 2 * (ANSWERS_AT_ONCE + 9 * ANSWERS_A_SECOND)
    assert len(end.told) == 200


def test_what_waits_for_the_link_is_bounded() -> None:
    end = End()
    for number in range(3_000):
        end.exchange.refuse(Channel.JOURNAL.of(f"gp-{number}"), b"", FORGED)
    assert len(end.answers()) == 1_000


def test_what_the_other_end_refused_is_passed_on() -> None:
    end = End()
    message = RefusedByDevice("ack", bytes(32), "older", "", AT)
    heard = ReceivedMessage(DEVICE, Channel.REFUSED_BY_DEVICE, message, b"")
    assert list(end.exchange.handle([heard], 0.0)) == []
    assert end.heard == [(DEVICE, "older")]
    assert end.answers() == []


def test_a_refusal_of_a_newer_version_is_understood_and_counted_as_other() -> None:
    out = seal_message(MESSAGES["refused_by_central"], DEVICE, KEY)
    fields = {"channel": "x", "digest": bytes(32), "code": "too_new", "detail": "", "at": AT, "more": 1}
    message = open_message(out.topic, seal(cbor2.dumps(fields, canonical=True), out.topic, KEY), KEYS).message
    assert isinstance(message, RefusedMessage)
    assert message.counted_as == ("other", "other")
