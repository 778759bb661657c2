"""Versions: which one two ends use, and what becomes of a field that one of them does not know."""

from __future__ import annotations

import cbor2
import pytest

from edge.signing.cose import MessageRefusal, MessageRefused, encode_value, seal
from sync.wire import common_version, open_message, seal_message
from tests.sync.wire.examples import DEVICE, KEY, KEYS, MESSAGES

OPEN = ("hello", "welcome", "health", "identity_shared", "device_refused")
CLOSED = (
    "journal",
    "clock_question",
    "clock_answer",
    "registry_want",
    "acknowledgement",
    "registry_root",
    "registry_manifest",
    "registry_urgent",
    "registry_chunk",
    "command",
)


@pytest.mark.parametrize(
    ("ours", "theirs", "spoken"),
    [((1,), (1,), 1), ((1, 2), (1, 2, 3), 2), ((1,), (2,), None), ((2, 1), (1,), 1), ((1, 3), (3, 1), 3)],
)
def test_two_ends_use_the_highest_version_that_both_speak(
    ours: tuple[int, ...], theirs: tuple[int, ...], spoken: int | None
) -> None:
    assert common_version(ours, theirs) == common_version(theirs, ours) == spoken


def from_the_future(name: str) -> tuple[str, bytes]:
    """A message with fields that nobody here knows."""
    topic = seal_message(MESSAGES[name], DEVICE, KEY).topic
    more = {"zeal": 9, "weather": {"rain": [1, 2, {"mm": b"x"}]}}
    plain = cbor2.loads(encode_value(MESSAGES[name])) | more
    return topic, seal(cbor2.dumps(plain, canonical=True), topic, KEY)


@pytest.mark.parametrize("name", OPEN)
def test_an_open_message_from_the_future_is_read_as_far_as_it_is_known(name: str) -> None:
    topic, data = from_the_future(name)
    assert open_message(topic, data, KEYS).message == MESSAGES[name]


@pytest.mark.parametrize("name", CLOSED)
def test_a_closed_message_with_an_unknown_field_is_refused(name: str) -> None:
    topic, data = from_the_future(name)
    with pytest.raises(MessageRefused) as refused:
        open_message(topic, data, KEYS)
    assert refused.value.refusal is MessageRefusal.INVALID
