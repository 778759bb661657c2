"""The vectors are what is written now, and the code gives the answer that each says.

What a vector says of an encoding, a signature or a hash is worked out a second time, from the bytes alone and
by other means: a CBOR of somebody else's, hashlib, and Ed25519 itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cddl_verifier import cbor
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edge.admin.site_admin import SiteFile
from edge.commands.core import Challenges, CommandOutcome, objection, order_objection, read_command
from edge.credentials.own_pass.own_pass import claims_of, parse_pass
from edge.decision import ClockTrust, WallTime
from edge.errors import CredentialError
from edge.journal.format import Acknowledgement, Event, KnownOfCommand, read_event, told
from edge.signing.cose import CborLimits, MessageRefusal, MessageRefused, encode_value, keys_of, sign1
from edge.signing.cose.fields import Microseconds
from edge.signing.cose.values import decode_value
from edge.support.decoding import Undecodable
from sync.central.devices.devices import enrol_device, put_site
from sync.central.journals.findings import Finding
from sync.central.journals.ingester import Ingester
from sync.central.journals.journals import store_batch
from sync.central.store import Store, open_store
from sync.wire import Channel, JournalBatch, open_message, parse_topic
from sync.wire.messages import FORMATS
from tests.protocol.schema import objections
from tests.protocol.vectors.files import VECTORS, path_of, read, text_of
from tests.protocol.vectors.notation import meant
from tests.sync.tables import make_tables
from tests.sync.wire.examples import AT, KEY

LIMITS = CborLimits(1 << 20, depth=8, items=4096)
DATA = {name: read(name) for name in VECTORS}


def each(name: str, part: str) -> pytest.MarkDecorator:
    """A test for each item in a part of a file."""
    items = DATA[name][part]
    return pytest.mark.parametrize(
        "item", items, ids=[str(item.get("name", at)) for at, item in enumerate(items)]
    )


@pytest.mark.parametrize("name", VECTORS)
def test_the_vectors_are_up_to_date(name: str) -> None:
    assert path_of(name).read_text(encoding="utf-8") == text_of(name), "make vectors writes them anew"


def test_there_is_a_message_of_every_kind_and_on_every_topic() -> None:
    said = {parse_topic(item["topic"])[1] for item in DATA["messages"]["messages"]}
    assert said == set(Channel) == {format_.channel for format_ in FORMATS}


def test_there_is_a_refusal_for_every_code_that_needs_no_memory() -> None:
    said = {item["expect"] for item in DATA["refusals"]["messages"]}
    remembered = {"older", "altered", "unreachable", "too_many", "failed"}
    assert said == {code.value for code in MessageRefusal} - remembered


# --- encodings -----------------------------------------------------------------------------------


@each("values", "values")
def test_a_value_has_one_encoding(item: dict[str, Any]) -> None:
    value, data = meant(item["value"]), bytes.fromhex(item["bytes"])
    assert encode_value(value) == data == cbor.encode(value, canonical=True)
    assert decode_value(data, Any, LIMITS) == value


@each("values", "reals")
def test_a_real_number_is_its_eight_bytes(item: dict[str, Any]) -> None:
    number, data = float(item["real"]), bytes.fromhex(item["bytes"])
    assert encode_value(number) == data == b"\x48" + struct.pack(">d", number + 0.0)
    assert decode_value(data, float, LIMITS) == number


@each("values", "refused")
def test_another_encoding_is_refused(item: dict[str, Any]) -> None:
    with pytest.raises(Undecodable):
        decode_value(bytes.fromhex(item["bytes"]), Any, LIMITS)


@each("values", "refused_reals")
def test_what_is_no_real_number_is_refused(item: dict[str, Any]) -> None:
    with pytest.raises(Undecodable):
        decode_value(bytes.fromhex(item["bytes"]), float, LIMITS)


@each("values", "refused_times")
def test_what_is_no_time_is_refused(item: dict[str, Any]) -> None:
    data = bytes.fromhex(item["bytes"])
    assert objections("microseconds", data)
    for kind in (datetime, Microseconds):
        with pytest.raises(Undecodable):
            decode_value(data, kind, LIMITS)


# --- messages ------------------------------------------------------------------------------------


@each("messages", "messages")
def test_a_message_is_what_its_vector_says_in_every_step(item: dict[str, Any]) -> None:
    payload, data = bytes.fromhex(item["payload"]), bytes.fromhex(item["message"])
    assert cbor.encode(meant(item["value"]), canonical=True) == payload
    assert not objections(item["rule"], payload)
    protected = cbor.encode({1: -8, 4: bytes.fromhex(DATA["messages"]["key_id"])}, canonical=True)
    to_be_signed = ["Signature1", protected, f"gatepost wire 1 {item['topic']}".encode(), payload]
    assert cbor.encode(to_be_signed, canonical=True).hex() == item["to_be_signed"]
    public, signature = bytes.fromhex(DATA["messages"]["public"]), bytes.fromhex(item["signature"])
    assert hashlib.sha256(public).hexdigest().startswith(DATA["messages"]["key_id"])
    Ed25519PublicKey.from_public_bytes(public).verify(signature, bytes.fromhex(item["to_be_signed"]))
    assert data == b"GP\x01" + b"\xd2" + cbor.encode([protected, {}, payload, signature], canonical=True)
    assert hashlib.sha256(data).hexdigest() == item["sha256"]
    opened = open_message(item["topic"], data, keys_of([public]), only=DATA["messages"]["device"])
    assert encode_value(opened.message) == payload


@each("refusals", "messages")
def test_a_message_is_refused_by_its_code(item: dict[str, Any]) -> None:
    said = DATA["refusals"]
    with pytest.raises(MessageRefused) as refused:
        open_message(
            item["topic"],
            bytes.fromhex(item["message"]),
            keys_of([bytes.fromhex(said["public"])]),
            retained=item.get("retained", False),
            only=said["device"],
        )
    assert refused.value.refusal == item["expect"]


# --- the journal -----------------------------------------------------------------------------------


@each("journal", "events")
def test_an_event_is_hashed_as_its_vector_says(item: dict[str, Any]) -> None:
    hashed, row = bytes.fromhex(item["hashed"]), meant(item["row"])
    assert hashlib.sha256(hashed).hexdigest() == item["hash"]
    assert not objections("chained", hashed)
    fields = cbor.decode(hashed)
    assert fields[4:9] == row[:5]
    assert (fields[3], fields[9].hex()) == (item["sequence"], item["previous"])


@each("journal", "bodies")
def test_a_body_is_what_its_kind_says(item: dict[str, Any]) -> None:
    body = bytes.fromhex(item["body"])
    assert not objections(item["rule"], body)
    assert cbor.encode(meant(item["value"]), canonical=True) == body
    event = read_event(item["name"], body)
    assert isinstance(event, Event)
    assert told(event) == (item["name"], body)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path}/central.db"
    make_tables(url)
    with contextlib.closing(open_store(url)) as opened:
        yield opened


class Centre:
    """Stores what arrives, and says what it answered and found."""

    def __init__(self, store: Store, device: str) -> None:
        self._store = store
        self._found: list[Finding] = []
        self._keys = keys_of([bytes.fromhex(DATA["journal"]["public"])])
        self._ingester = Ingester(store, KEY, lambda: AT, self._found.append)
        with store.writing() as connection:
            put_site(connection, SiteFile("green-court"))
            enrol_device(connection, device, ("green-court", "main"), KEY.public_key().public_bytes_raw(), 1)

    def answer(self, step: dict[str, Any]) -> dict[str, Any]:
        self._found.clear()
        received = open_message(step["topic"], bytes.fromhex(step["message"]), self._keys)
        assert isinstance(received.message, JournalBatch)
        assert encode_value(received.message) == cbor.encode(meant(step["value"]), canonical=True)
        answer: dict[str, Any] = {}
        for out in self._ingester.handle([received], 0.0):
            word = open_message(out.topic, out.data, self._keys).message
            assert isinstance(word, Acknowledgement)
            answer["acknowledgement"] = {"sequence": word.sequence, "hash": word.hash.hex()}
        if not answer:
            with pytest.raises(MessageRefused) as refused, self._store.writing() as connection:
                store_batch(connection, received.device, received.message, AT)
            answer["refusal"] = refused.value.refusal.value
        answer["findings"] = [[found.kind.value, found.first, found.last] for found in self._found]
        return answer


@each("journal", "stories")
def test_a_centre_answers_as_the_story_says(item: dict[str, Any], store: Store) -> None:
    centre = Centre(store, DATA["journal"]["device"])
    assert [centre.answer(step) for step in item["steps"]] == [step["expect"] for step in item["steps"]]


# --- commands --------------------------------------------------------------------------------------


class Gate:
    """What of a gate decides on a command, over the rules that the gate itself has."""

    def __init__(self, said: dict[str, Any]) -> None:
        self._said = said
        self._keys = keys_of(map(bytes.fromhex, said["public"]))
        self._nonces: set[bytes] = set()
        self._counters: dict[bytes, int] = {}
        self._challenges = Challenges(lambda: 0.0, lambda: bytes.fromhex(said["challenge"]))

    def answer(self, step: dict[str, Any]) -> str:
        try:
            signed = read_command(bytes.fromhex(step["message"]), self._said["device"], self._keys)
        except MessageRefused as refused:
            return refused.refusal.value
        command, wall = signed.command, _wall(step)
        known = KnownOfCommand(command.nonce in self._nonces, self._counters.get(signed.issuer, 0))
        objected = order_objection(command, known)
        if objected is None:
            echoed = None if command.challenge is None else self._challenges.use(command.challenge)
            objected = objection(command, wall, known, echoed=echoed)
        if objected is not None:
            if objected[0] is CommandOutcome.UNSURE:
                self._challenges.ask()
            return objected[0].value
        self._nonces.add(command.nonce)
        self._counters[signed.issuer] = command.counter
        return "taken"


def _wall(step: dict[str, Any]) -> WallTime:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=meant(step["at"]))
    return WallTime(at, ClockTrust(step["trust"]))


@each("commands", "stories")
def test_a_gate_takes_commands_as_the_story_says(item: dict[str, Any]) -> None:
    gate = Gate(DATA["commands"])
    assert [gate.answer(step) for step in item["steps"]] == [step["expect"] for step in item["steps"]]


# --- passes ------------------------------------------------------------------------------------------


def claims_in(text: str) -> Any:
    """The claims of a pass that the vectors' key signed; raises CredentialError."""
    message = parse_pass(text)
    return claims_of(sign1.verified(message, bytes.fromhex(DATA["passes"]["public"])))


@each("passes", "passes")
def test_a_pass_is_what_its_vector_says(item: dict[str, Any]) -> None:
    payload = bytes.fromhex(item["payload"])
    assert not objections("own-pass", payload)
    assert cbor.encode(meant(item["claims"]), canonical=True) == payload
    assert not objections("envelope", bytes.fromhex(item["message"]))
    assert claims_in(item["text"]).pass_id == meant(item["claims"])[7].hex()


@each("passes", "refused")
def test_what_is_nobodys_pass_is_refused(item: dict[str, Any]) -> None:
    with pytest.raises(CredentialError):
        claims_in(item["text"])
