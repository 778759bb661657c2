"""docs/protocol.cddl says what the structs say, and what is sent is what it says."""

from __future__ import annotations

import re
from pathlib import Path

import cbor2
import msgspec
import pytest
from cddl_verifier import schema_diagnostics

from edge.signing.cose import encode_value, sign1
from sync.wire import DeviceState, seal_message
from sync.wire.messages import Health
from tests.protocol.__main__ import FILES
from tests.protocol.fields_page import meanings, structs, told
from tests.protocol.page import rule_of
from tests.protocol.schema import objections
from tests.protocol.watched import Watch, watched
from tests.sync.wire.examples import AT, DEVICE, KEY, MESSAGES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_what_is_generated_is_up_to_date_and_no_sentence_of_it_points_at_source(file: Path) -> None:
    text = FILES[file]()
    assert file.read_text(encoding="utf-8") == text, "make schema writes it anew"
    assert not re.findall(r"\b(?:edge|sync|tests)[./]\w+|\w+\.py\b", text)


def test_the_schema_is_cddl_and_every_name_in_it_is_there() -> None:
    [text] = [file.read_text(encoding="utf-8") for file in FILES if file.suffix == ".cddl"]
    assert not schema_diagnostics(text)


def test_every_field_has_a_meaning() -> None:
    missing = [
        f"{struct.__name__}.{field.encode_name}"
        for struct in structs()
        for field in msgspec.structs.fields(struct)
        if not told(struct, field.encode_name)
    ]
    assert not missing, "say it in the struct's docstring, or in tests/protocol/meanings.toml"


def test_no_meaning_is_of_a_field_that_there_is_not() -> None:
    there = {
        struct.__name__: {field.encode_name for field in msgspec.structs.fields(struct)}
        for struct in structs()
    }
    assert not [
        f"{name}.{field}"
        for name, said in meanings().items()
        for field in said
        if field not in there.get(name, said)
    ]


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_of_each_kind_is_as_the_schema_says(name: str) -> None:
    assert not objections(rule_of(type(MESSAGES[name])), encode_value(MESSAGES[name]))


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("clock-question", {}),
        ("clock-question", {"nonce": bytes(15)}),
        ("clock-question", {"nonce": bytes(16), "more": 1}),
        ("clock-answer", {"nonce": bytes(16), "at": 253_402_300_800_000_000}),
        ("clock-answer", {"nonce": bytes(16), "at": 1.5}),
        ("device-refused", {"why": "tired", "at": 0}),
        ("name", ""),
        ("name", "a\x85b"),
        ("name", "x" * 65),
    ],
)
def test_what_is_otherwise_is_refused_by_the_schema(rule: str, value: object) -> None:
    assert objections(rule, cbor2.dumps(value, canonical=True))


@pytest.mark.parametrize(
    ("rule", "part"),
    [("envelope", slice(3, None))],
)
def test_the_envelope_is_as_the_schema_says(rule: str, part: slice) -> None:
    data = seal_message(MESSAGES["clock_answer"], DEVICE, KEY).data
    assert data[:3] == b"GP\x01"
    assert not objections(rule, data[part])
    assert objections(rule, sign1.sign(b"", KEY)[:-1])


def test_a_message_of_the_suite_that_is_not_as_the_schema_says_is_noticed() -> None:
    with watched() as watch:
        seal_message(MESSAGES["clock_answer"], DEVICE, KEY)
        assert not watch.taken()
        seal_message(Health(DeviceState.ONLINE, AT, software="x" * 65), DEVICE, KEY)
        [wrong] = watch.taken()
    assert wrong.startswith("health: ")


def test_of_many_of_a_kind_the_first_and_some_later_ones_are_looked_at() -> None:
    watch = Watch()
    for _ in range(201):
        watch.look_at("clock-question", b"\xa0")
    assert len(watch.taken()) == 20 + 2
