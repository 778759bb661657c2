"""messages.json and refusals.json: a message of each kind in every step, and those that are refused."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import cbor2

from edge.signing.cose import MessageRefusal, encode_value, key_id_of, seal, sign1
from sync.wire import Channel, seal_message
from sync.wire.messages import FORMATS, Message
from tests.protocol.page import rule_of
from tests.protocol.vectors.notation import about, decoded, public, secret
from tests.sync.wire.examples import AT, DEVICE, KEY, MESSAGES, OTHER_KEY

_KEY, _OTHER = 0, 1


def vectors() -> dict[str, Any]:
    """messages.json.

    One message of each kind: topic, payload (its value and its encoding, by a rule of protocol.cddl), what
    is signed, and what is published. Accepted from a device or a centre whose key is `public`.
    """
    return {
        "about": about(vectors),
        "device": DEVICE,
        "secret": secret(_KEY),
        "public": public(_KEY).hex(),
        "key_id": key_id_of(public(_KEY)).hex(),
        "messages": [_message(name, message) for name, message in MESSAGES.items()],
    }


def _message(name: str, message: Message) -> dict[str, Any]:
    out, payload = seal_message(message, DEVICE, KEY), encode_value(message)
    parts = cbor2.loads(out.data[3:]).value
    context = f"gatepost wire 1 {out.topic}".encode()
    return {
        "name": name,
        "topic": out.topic,
        "rule": rule_of(type(message)),
        "value": decoded(payload),
        "payload": payload.hex(),
        "to_be_signed": cbor2.dumps(["Signature1", parts[0], context, payload], canonical=True).hex(),
        "signature": parts[3].hex(),
        "message": out.data.hex(),
        "sha256": hashlib.sha256(out.data).hexdigest(),
    }


def refusals() -> dict[str, Any]:
    """refusals.json.

    Messages that are refused, each with its code. The reader is what speaks with `device` and trusts
    `public` alone. `retained`: the broker delivered it as a retained message. What needs a memory of
    earlier messages is elsewhere: `older` in stamps.json and commands.json, `altered` and `unreachable` in
    journal.json. `too_many` and `failed` say how busy the reader is: no message has them for what it says.
    """
    return {
        "about": about(refusals),
        "device": DEVICE,
        "public": public(_KEY).hex(),
        "messages": list(_refused()),
    }


def _refused() -> Iterator[dict[str, Any]]:
    question = seal_message(MESSAGES["clock_question"], DEVICE, KEY)
    topic, good = question.topic, question.data
    limit = next(item.limits.size for item in FORMATS if item.channel is Channel.CLOCK_QUESTION)

    def case(name: str, code: MessageRefusal, data: bytes, where: str = topic, **more: Any) -> dict[str, Any]:
        return {"name": name, "topic": where, "message": data.hex(), **more, "expect": code.value}

    def of(name: str, value: object, channel: Channel = Channel.CLOCK_QUESTION) -> dict[str, Any]:
        data = seal(cbor2.dumps(value, canonical=True), channel.of(DEVICE), KEY)
        return case(name, MessageRefusal.INVALID, data, channel.of(DEVICE))

    yield case("a topic that there is not", MessageRefusal.UNKNOWN_TOPIC, good, f"up/{DEVICE}/weather")
    yield case("a topic without a device", MessageRefusal.UNKNOWN_TOPIC, good, "up//clock")
    yield case("a device's id in capitals", MessageRefusal.UNKNOWN_TOPIC, good, "up/GP-0001/clock")
    yield case("another device", MessageRefusal.OTHER_DEVICE, good, "up/gp-0002/clock")
    yield case("retained", MessageRefusal.RETAINED, good, retained=True)
    yield case("nothing", MessageRefusal.EMPTY, b"")
    yield case("a byte too large", MessageRefusal.TOO_LARGE, b"GP\x01" + bytes(limit + 192 - 2))
    yield case("another magic", MessageRefusal.UNREADABLE, b"PG" + good[2:])
    yield case("version 0", MessageRefusal.OTHER_VERSION, good[:2] + b"\x00" + good[3:])
    yield case("version 2", MessageRefusal.OTHER_VERSION, good[:2] + b"\x02" + good[3:])
    yield case("cut off", MessageRefusal.UNREADABLE, good[:-1])
    yield case("a byte after its end", MessageRefusal.UNREADABLE, good + b"\0")
    yield case("without its tag", MessageRefusal.UNREADABLE, good[:3] + good[4:])
    for name, data in _other_shapes(good).items():
        yield case(name, MessageRefusal.UNREADABLE, data)
    yield case(
        "another key",
        MessageRefusal.UNKNOWN_KEY,
        seal_message(MESSAGES["clock_question"], DEVICE, OTHER_KEY).data,
    )
    yield case("its last bit turned", MessageRefusal.FORGED, good[:-1] + bytes([good[-1] ^ 1]))
    yield case("moved to another topic", MessageRefusal.FORGED, good, f"up/{DEVICE}/health")
    payload = encode_value(MESSAGES["clock_question"])
    plain = b"GP\x01" + sign1.sign(payload, KEY)
    yield case("signed without the context", MessageRefusal.FORGED, plain)
    other = b"GP\x01" + sign1.sign(payload, KEY, context=f"gatepost wire 2 {topic}".encode())
    yield case("signed as version 2", MessageRefusal.FORGED, other)
    yield of("no map", [])
    yield of("a field is missing", {})
    yield of("a field more, in a closed message", {"nonce": bytes(16), "more": 1})
    yield of("15 bytes in place of 16", {"nonce": bytes(15)})
    yield of("text in place of bytes", {"nonce": "x" * 16})
    yield of("a time that is none", {"nonce": bytes(16), "at": 253_402_300_800_000_000}, Channel.CLOCK_ANSWER)
    yield of("a word that is not in the list", {"why": "tired", "at": AT}, Channel.DEVICE_REFUSED)
    clock = Channel.CLOCK_ANSWER.of(DEVICE)
    for name, body in (
        ("a number with a longer head", "a2626174 1b0000000000000001 656e6f6e6365 50" + "00" * 16),
        ("keys out of order", "a2656e6f6e6365 50" + "00" * 16 + "626174 01"),
        ("a floating point number", "a2626174 f93c00 656e6f6e6365 50" + "00" * 16),
    ):
        data = seal(bytes.fromhex(body.replace(" ", "")), clock, KEY)
        yield case(f"another encoding: {name}", MessageRefusal.INVALID, data, clock)


def _other_shapes(good: bytes) -> dict[str, bytes]:
    """Other COSE than the one shape, each with the genuine signature in it."""
    protected, unprotected, payload, signature = cbor2.loads(good[3:]).value
    header = cbor2.loads(protected)

    def made(*parts: Any) -> bytes:
        return b"GP\x01" + cbor2.dumps(cbor2.CBORTag(18, list(parts)), canonical=True)

    return {
        "an unprotected header": made(protected, {1: -8}, payload, signature),
        "a header with another algorithm": made(
            cbor2.dumps(header | {1: -7}, canonical=True), unprotected, payload, signature
        ),
        "a header with more in it": made(
            cbor2.dumps(header | {3: 0}, canonical=True), unprotected, payload, signature
        ),
        "a header whose keys are out of order": made(
            b"\xa2\x04\x48" + header[4] + b"\x01\x27", unprotected, payload, signature
        ),
        "a signature of 63 bytes": made(protected, unprotected, payload, signature[:-1]),
        "a payload that is not there": made(protected, unprotected, None, signature),
        "five parts": made(protected, unprotected, payload, signature, b""),
        "a head that could be shorter": good[:4] + b"\x98\x04" + good[5:],
    }
