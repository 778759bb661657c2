"""Every message of the suite, and all else that Gatepost signs or chains in it, is held against the schema.

Whatever the product seals, signs or puts into a journal is looked at where it is encoded. Of each kind the
first are looked at, and then some: a batch of a hundred rows takes longer to validate than to send. What a
test signs itself is not: those are the forgeries.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from edge.credentials.trust_lists import trust_list
from edge.journal.format import body
from edge.journal.format.kinds import Event
from edge.registry.format import MANIFEST_CONTEXT, POLICY_CONTEXT, ROOT_CONTEXT, URGENT_REVOCATIONS_CONTEXT
from edge.signing.cose import encode_value, envelope, multisig, sign1
from sync.wire import messages, parse_topic
from tests.protocol.page import rule_of
from tests.protocol.schema import objections

_FIRST, _EACH = 20, 100
_BY_CONTEXT = {
    MANIFEST_CONTEXT: "manifest",
    POLICY_CONTEXT: "signed-policy",
    ROOT_CONTEXT: "root",
    URGENT_REVOCATIONS_CONTEXT: "urgent-revocations",
    trust_list._TRUST_CONTEXT: "trust-list",
    trust_list._REVOCATION_CONTEXT: "signed-revocations",
    b"": "own-pass",
}
_RULES = {item.channel: rule_of(item.kind) for item in messages.FORMATS}


class Watch:
    """Notes what is not as the schema says. Several threads may sign at once: a count may then be off."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.wrong: list[str] = []

    def look_at(self, rule: str, payload: bytes) -> None:
        count = self.seen[rule]
        self.seen[rule] += 1
        if count < _FIRST or count % _EACH == 0:
            self.wrong += [f"{rule}: {item}: {payload.hex()[:400]}" for item in objections(rule, payload)]

    def taken(self) -> list[str]:
        """What was wrong since this was last asked."""
        wrong, self.wrong = self.wrong, []
        return wrong


@contextmanager
def watched() -> Iterator[Watch]:
    """Looks at what is signed until it ends."""
    watch = Watch()
    seal, sign, signed_also = envelope.seal, sign1.sign, multisig.signed_also

    def seal_watched(payload: bytes, topic: str, key: Any) -> bytes:
        watch.look_at(_RULES[parse_topic(topic)[1]], payload)
        return seal(payload, topic, key)

    def sign_watched(payload: bytes, key: Any, *, context: bytes = b"") -> bytes:
        rule = _BY_CONTEXT.get(context)
        if rule is not None and _is_product(sys._getframe(1).f_globals["__name__"]):
            watch.look_at(rule, payload)
        return sign(payload, key, context=context)

    def signed_also_watched(message: multisig.MultiSigned, key: Any, *, context: bytes) -> Any:
        if _is_product(sys._getframe(1).f_globals["__name__"]):
            watch.look_at(_BY_CONTEXT[context], message.payload)
        return signed_also(message, key, context=context)

    def encode_watched(event: Any) -> bytes:
        encoded = encode_value(event)
        if isinstance(event, Event):
            watch.look_at(rule_of(type(event)), encoded)
        return encoded

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(messages, "seal", seal_watched)
        patch.setattr(body, "encode_value", encode_watched)
        patch.setattr(sign1, "sign", sign_watched)
        patch.setattr(multisig, "signed_also", signed_also_watched)
        yield watch


def _is_product(module: str) -> bool:
    return module.split(".", maxsplit=1)[0] in {"edge", "sync"}
