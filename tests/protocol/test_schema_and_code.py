"""What the schema takes the code takes, and nothing else: fields left out, added, and with other values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cbor2
import pytest

from edge.decision import Subject
from edge.journal.format.body import EVENTS
from edge.registry.format import Manifest, Root, SealedTemplate, UrgentRevocations
from edge.registry.format.changes import Changes
from edge.signing.cose import CborLimits, encode_value
from edge.signing.cose.fields import EARLIEST, LATEST
from edge.signing.cose.values import decode_value
from edge.support.decoding import Undecodable
from tests.examples import LONG
from tests.protocol.page import rule_of
from tests.protocol.schema import objections
from tests.protocol.vectors.files import read
from tests.protocol.vectors.notation import meant
from tests.sync.wire.examples import MESSAGES

LIMITS = CborLimits(1 << 20, depth=8, items=4096)
OTHERS: tuple[Any, ...] = (
    None, True, 0, 1, -1, 255, 256, 2**32, 2**63 - 1, 2**63, -(2**63),
    EARLIEST - 1, EARLIEST, LATEST, LATEST + 1,
    b"", bytes(8), bytes(16), bytes(32), bytes(33), "", "x", "online", "a\tb", "a\x9bb", "李" * 64, "x" * 65,
    "x" * 1025, [], [0], ["x"], [1, 1], [[]], {}, {"x": 1},
)  # fmt: skip
REGISTRY = read("registry")
VERSION = REGISTRY["versions"][1]


def record(kind: int) -> Any:
    [found, *_] = [
        item for item in REGISTRY["versions"][0]["records"] if item["key"].startswith(f"{kind:02}")
    ]
    return meant(found["decoded"])


VALUES: dict[str, tuple[type, Any]] = {
    **{name: (type(message), cbor2.loads(encode_value(message))) for name, message in MESSAGES.items()},
    "root": (Root, meant(REGISTRY["roots"][0]["value"])),
    "manifest": (Manifest, meant(VERSION["manifest"]["value"])),
    "changes": (Changes, meant(VERSION["changes"]["value"])),
    "urgent": (UrgentRevocations, meant(REGISTRY["urgent"]["value"])),
    "subject": (Subject, record(2)),
    "template": (SealedTemplate, record(3)),
    **{
        f"event {item['name']}": (EVENTS[item["name"]], meant(item["value"]))
        for item in read("journal")["bodies"]
    },
}


APART = 1 if LONG else 4
"""Of the other values every so manieth is tried at a field, beginning at another for each field."""


def changed(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The value itself, with a field more, without each field, and with each otherwise; maps in it too."""
    yield value
    yield value | {"of_a_later_schema": 1}
    for number, (name, inner) in enumerate(value.items()):
        yield {other: item for other, item in value.items() if other != name}
        yield from (value | {name: other} for other in OTHERS[number % APART :: APART])
        if isinstance(inner, dict) and inner:
            yield from (value | {name: other} for other in changed(inner))


def is_taken(kind: type, data: bytes) -> bool:
    try:
        decode_value(data, kind, LIMITS)
    except Undecodable:
        return False
    return True


@pytest.mark.longer
@pytest.mark.parametrize("name", VALUES)
def test_schema_and_code_take_the_same(name: str) -> None:
    kind, value = VALUES[name]
    for other in changed(value):
        data = cbor2.dumps(other, canonical=True)
        found = objections(rule_of(kind), data)
        assert is_taken(kind, data) == (not found), f"{other}: {found}"
