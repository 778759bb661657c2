"""docs/protocol.md says what the code does: topics, limits, codes, numbers, and a message byte for byte."""

from __future__ import annotations

import re

import pytest

from edge.commands.core.challenges import LIFETIME
from edge.commands.core.command import TOLERANCE
from edge.commands.core.rules import LONGEST
from edge.credentials.own_pass import own_pass
from edge.registry.format import (
    CHUNK_BYTES,
    MANIFEST_CONTEXT,
    MOST_CHAIN_BYTES,
    MOST_ROOT_BYTES,
    POLICY_CONTEXT,
    ROOT_CONTEXT,
    URGENT_REVOCATIONS_CONTEXT,
    BundleRefusal,
    RecordKind,
)
from edge.signing.cose import MessageRefusal
from edge.signing.cose.envelope import MOST_OVERHEAD
from edge.signing.cose.fields import EARLIEST, LATEST
from sync.transport.mqtt import _MOST_PACKET_BYTES
from sync.wire import MOST_ROWS, RefusedDevice
from sync.wire.messages import FORMATS, MOST_BATCH_BYTES
from tests.protocol.page import rule_of
from tests.protocol.schema import FILE
from tests.protocol.vectors.files import read

DOCS = FILE.parent
PAGE = (DOCS / "protocol.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line[:1] == "|"
]


def codes(column: int = 0) -> set[str]:
    """What stands in `code` in the first column of any table."""
    return {row[column].strip("`") for row in ROWS if row[column].startswith("`")}


def test_every_topic_has_a_row_with_its_rule_and_its_limit() -> None:
    said = {row[0]: (row[2], row[3]) for row in ROWS if row[0].startswith(("`up/", "`dn/"))}
    assert said == {
        f"`{item.channel.value.format('<device>')}`": (f"`{rule_of(item.kind)}`", f"{item.limits.size:,}")
        for item in FORMATS
    }


def test_every_code_of_a_refusal_has_a_row() -> None:
    assert {code.value for code in MessageRefusal} <= codes()
    assert {why.value for why in RefusedDevice} <= codes()
    assert {code.value for code in BundleRefusal} <= codes()


def test_every_kind_of_record_has_a_row() -> None:
    said = {row[0] for row in ROWS}
    assert {f"{kind.value} {kind.name.lower().replace('_', ' ')}" for kind in RecordKind} <= said


def test_every_context_has_a_row() -> None:
    contexts = (MANIFEST_CONTEXT, POLICY_CONTEXT, ROOT_CONTEXT, URGENT_REVOCATIONS_CONTEXT)
    assert {context.decode() for context in contexts} <= codes(1)


@pytest.mark.parametrize(
    "said",
    [
        f"At most {MOST_OVERHEAD} bytes stand",
        f"{_MOST_PACKET_BYTES:,} bytes",
        f"at most {MOST_ROWS} and {MOST_BATCH_BYTES:,} bytes",
        f"each chunk of {CHUNK_BYTES:,} bytes",
        f"at most {MOST_CHAIN_BYTES:,} bytes in all and {MOST_ROOT_BYTES:,} each",
        f"−{-EARLIEST} (0001-01-02) to {LATEST}",
        f"tolerance of {TOLERANCE // 1_000_000} s",
        {300.0: "memory for five minutes"}[LIFETIME],
        {300_000_000: "at most five minutes"}[LONGEST],
        f"at most {own_pass.LIMITS.size} bytes, the text at most {own_pass.MOST_CHARACTERS:,} characters",
    ],
)
def test_the_page_says_the_number_that_the_code_has(said: str) -> None:
    assert said in " ".join(PAGE.split())


def test_the_example_is_the_message_of_the_vectors_in_every_step() -> None:
    [item] = [item for item in read("messages")["messages"] if item["name"] == "clock_question"]
    [block] = re.findall(r"^```\n(payload .+?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
    steps = re.split(r"^(payload|to be signed|signature|message)", block, flags=re.MULTILINE)[1:]
    said = {name: re.sub(r"\s", "", text) for name, text in zip(steps[::2], steps[1::2], strict=True)}
    assert said == {
        "payload": item["payload"],
        "to be signed": item["to_be_signed"],
        "signature": item["signature"],
        "message": item["message"],
    }


@pytest.mark.parametrize("name", ["protocol.md", "protocol-fields.md", "vectors/README.md"])
def test_no_sentence_of_the_protocol_points_at_source(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    assert not re.findall(r"\b(?:edge|sync|tests)[./]\w+|\w+\.py\b", text)
