"""The contract: bytes stay as released, only genuine messages are accepted, each refusal has its code."""

from __future__ import annotations

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.commands.core import Command, command_topic, read_command
from edge.journal.format import (
    MOST_BODY_BYTES,
    AcknowledgedState,
    Acknowledgement,
    acknowledgement_topic,
    file_name,
    state_of,
    verify_acknowledgement,
)
from edge.signing.cose import MessageRefusal, MessageRefused, encode_value, envelope, keys_of, seal
from edge.signing.cose.envelope import MOST_OVERHEAD
from sync.wire import (
    MOST_MESSAGE_BYTES,
    MOST_ROWS,
    Channel,
    DeviceState,
    Health,
    RegistryChunk,
    open_message,
    seal_message,
)
from sync.wire.messages import FORMATS, MOST_CHUNK_BYTES, Message
from tests.examples import tried
from tests.sync.wire.examples import AT, DEVICE, EPOCH, KEY, KEYS, MESSAGES, OTHER_KEY, chained

each_message = pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)


def refusal(topic: str, data: bytes, **how: object) -> MessageRefusal:
    with pytest.raises(MessageRefused) as refused:
        open_message(topic, data, KEYS, **how)  # type: ignore[arg-type]
    return refused.value.refusal


# --- a message and its bytes ------------------------------------------------------------------


@each_message
def test_a_message_comes_back_as_it_was_sent_with_the_bytes_that_were_signed(message: Message) -> None:
    out = seal_message(message, DEVICE, KEY)
    back = open_message(out.topic, out.data, KEYS, only=DEVICE)
    assert (back.device, back.message, back.data) == (DEVICE, message, out.data)
    assert back.channel.goes_up == out.topic.startswith(f"up/{DEVICE}/")


# --- only genuine messages are accepted ---------------------------------------------------


@each_message
@settings(max_examples=tried(60))
@given(data=st.data())
def test_a_message_altered_in_any_bit_is_refused(message: Message, data: st.DataObject) -> None:
    out = seal_message(message, DEVICE, KEY)
    place = data.draw(st.integers(0, len(out.data) * 8 - 1))
    altered = bytearray(out.data)
    altered[place // 8] ^= 1 << place % 8
    assert refusal(out.topic, bytes(altered)) is not MessageRefusal.INVALID


@each_message
def test_a_message_cut_off_anywhere_is_refused(message: Message) -> None:
    out = seal_message(message, DEVICE, KEY)
    for end in range(len(out.data)):
        expected = {MessageRefusal.EMPTY} if end == 0 else {MessageRefusal.UNREADABLE}
        assert refusal(out.topic, out.data[:end]) in expected
    assert refusal(out.topic, out.data + b"\0") is MessageRefusal.UNREADABLE


@each_message
def test_a_message_of_another_key_device_or_use_is_refused(message: Message) -> None:
    out = seal_message(message, DEVICE, KEY)
    assert refusal(out.topic, seal_message(message, DEVICE, OTHER_KEY).data) is MessageRefusal.UNKNOWN_KEY
    assert refusal(out.topic, out.data, only="gp-0002") is MessageRefusal.OTHER_DEVICE
    elsewhere = out.topic.replace(DEVICE, "gp-0002")
    assert refusal(elsewhere, out.data) is MessageRefusal.FORGED
    for channel in Channel:
        if channel.of(DEVICE) != out.topic and len(out.data) < 512:
            assert refusal(channel.of(DEVICE), out.data) is MessageRefusal.FORGED


@each_message
def test_another_version_is_named_and_cannot_be_pretended(message: Message) -> None:
    out = seal_message(message, DEVICE, KEY)
    assert refusal(out.topic, out.data[:2] + b"\x02" + out.data[3:]) is MessageRefusal.OTHER_VERSION


def test_what_a_newer_version_signed_is_no_message_of_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    out = seal_message(MESSAGES["clock_answer"], DEVICE, KEY)
    monkeypatch.setattr(envelope, "VERSION", 2)
    newer = seal(encode_value(MESSAGES["clock_answer"]), out.topic, KEY)
    monkeypatch.undo()
    assert refusal(out.topic, newer) is MessageRefusal.FORGED


@each_message
def test_a_message_that_a_broker_kept_is_refused_on_every_topic(message: Message) -> None:
    out = seal_message(message, DEVICE, KEY)
    assert refusal(out.topic, out.data, retained=True) is MessageRefusal.RETAINED


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("retained", [False, True])
def test_junk_and_nothing_are_refused_on_every_topic(channel: Channel, *, retained: bool) -> None:
    for junk in (b"", b"\0", b"GP", b"GP\x01", b"GP\x01\xd2\x84", b'{"a":1}', bytes(1000), b"\xff" * 70_000):
        with pytest.raises(MessageRefused):
            open_message(channel.of(DEVICE), junk, KEYS, retained=retained)


@pytest.mark.parametrize("format_", FORMATS, ids=lambda format_: format_.channel.name)
def test_what_is_too_large_is_refused_before_it_is_looked_at(format_: object) -> None:
    channel, most = format_.channel, format_.limits.size  # type: ignore[attr-defined]
    assert refusal(channel.of(DEVICE), b"GP\x01" + bytes(most + MOST_OVERHEAD)) is MessageRefusal.TOO_LARGE
    assert most + MOST_OVERHEAD <= MOST_MESSAGE_BYTES


@pytest.mark.parametrize("claim", [b"\x5b" + b"\xff" * 8, b"\x9b" + b"\x7f" * 8, b"\xbb" + b"\x7f" * 8])
def test_a_claim_of_more_than_there_is_takes_no_memory(claim: bytes) -> None:
    """Anyone who has a key may still lie: 2**63 bytes, items or pairs in a signed payload of nine bytes."""
    topic = Channel.JOURNAL.of(DEVICE)
    assert refusal(topic, b"GP\x01" + claim) is MessageRefusal.UNREADABLE
    assert refusal(topic, seal(claim, topic, KEY)) is MessageRefusal.INVALID


PLAIN = cbor2.loads(encode_value(MESSAGES["journal"]))
ROW = PLAIN["rows"][0]


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        PLAIN | {"more": 1},
        PLAIN | {"epoch": bytes(15)},
        PLAIN | {"first": 0},
        PLAIN | {"first": 2**64},
        PLAIN | {"first": 1.5},
        PLAIN | {"previous": bytes(33)},
        PLAIN | {"gate": "a\0b"},
        PLAIN | {"rows": [ROW] * (MOST_ROWS + 1)},
        PLAIN | {"rows": [ROW[:-1]]},
        PLAIN | {"rows": [[*ROW, 1]]},
        PLAIN | {"rows": [[ROW[0], "believed", *ROW[2:]]]},
        PLAIN | {"rows": [[*ROW[:3], "a kind\0", *ROW[4:]]]},
        PLAIN | {"rows": [[*ROW[:4], bytes(MOST_BODY_BYTES + 1)]]},
        PLAIN | {"hash": bytes(31)},
        PLAIN | {"rows": [[[[[[ROW]]]]]]},
    ],
)
def test_a_genuine_message_that_cannot_be_is_refused(content: object) -> None:
    topic = Channel.JOURNAL.of(DEVICE)
    assert refusal(topic, seal(cbor2.dumps(content, canonical=True), topic, KEY)) is MessageRefusal.INVALID


@given(st.binary(max_size=400), st.text(max_size=40))
def test_no_bytes_and_no_topic_do_more_than_being_refused(data: bytes, topic: str) -> None:
    for where in (topic, Channel.JOURNAL.of(DEVICE)):
        with pytest.raises(MessageRefused):
            open_message(where, data, KEYS)


# --- what the gate verifies itself ---------------------------------------------------------


def test_the_gate_accepts_an_acknowledgement_with_centrals_signature_only() -> None:
    out = seal_message(MESSAGES["acknowledgement"], DEVICE, KEY)
    assert out.topic == acknowledgement_topic(DEVICE)
    assert verify_acknowledgement(out.data, DEVICE, KEYS) == MESSAGES["acknowledgement"]
    for device, keys in ((DEVICE, keys_of([bytes(32)])), ("gp-0002", KEYS)):
        with pytest.raises(MessageRefused):
            verify_acknowledgement(out.data, device, keys)
    assert file_name(EPOCH) == "000102030405060708090a0b0c0d0e0f.ack"


def test_the_gate_accepts_a_command_with_the_signature_of_a_command_key_only() -> None:
    out = seal_message(MESSAGES["command"], DEVICE, KEY)
    assert out.topic == command_topic(DEVICE)
    assert read_command(out.data, DEVICE, KEYS).command == MESSAGES["command"]
    with pytest.raises(MessageRefused):
        read_command(out.data, "gp-0002", KEYS)
    with pytest.raises(MessageRefused):
        read_command(seal(encode_value(MESSAGES["clock_answer"]), out.topic, KEY), DEVICE, KEYS)


@pytest.mark.parametrize(
    ("sequence", "newest", "held", "standing"),
    [
        (0, 5, None, AcknowledgedState.NOTHING),
        (3, 5, 3, AcknowledgedState.STORED),
        (5, 5, 5, AcknowledgedState.STORED),
        (3, 5, None, AcknowledgedState.PRUNED),
        (6, 5, None, AcknowledgedState.AHEAD),
        (1, 0, None, AcknowledgedState.AHEAD),
        (3, 5, 4, AcknowledgedState.FORKED),
    ],
)
def test_an_acknowledgement_prunes_only_the_chain_that_central_has(
    sequence: int, newest: int, held: int | None, standing: AcknowledgedState
) -> None:
    journal = chained(5)
    word = Acknowledgement(EPOCH, sequence, journal[sequence - 1].hash if 0 < sequence < 6 else bytes(32), AT)
    assert state_of(word, None if held is None else journal[held - 1], newest) is standing


def test_values_are_bounded() -> None:
    topic = Channel.HEALTH.of(DEVICE)
    many = Health(DeviceState.ONLINE, AT, refused={str(n): n for n in range(200)})
    assert refusal(topic, seal(encode_value(many), topic, KEY)) is MessageRefusal.INVALID
    topic = Channel.REGISTRY_CHUNK.of(DEVICE)
    chunk = RegistryChunk(bytes(32), 0, bytes(MOST_CHUNK_BYTES + 1))
    assert refusal(topic, seal(encode_value(chunk), topic, KEY)) is MessageRefusal.INVALID
    largest = replace(chunk, data=bytes(MOST_CHUNK_BYTES))
    assert open_message(topic, seal(encode_value(largest), topic, KEY), KEYS).message == largest
    topic = Channel.COMMAND.of(DEVICE)
    nobody = replace(MESSAGES["command"], actor="")
    assert isinstance(nobody, Command)
    assert refusal(topic, seal(encode_value(nobody), topic, KEY)) is MessageRefusal.INVALID
