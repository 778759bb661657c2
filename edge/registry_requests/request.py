"""What a gate asks of those who keep the registry, and what becomes of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.signing.cose import (
    CborLimits,
    Microseconds,
    Name,
    Nonce,
    Sequence,
    ShortText,
    Text,
    Version,
    decode_value,
)

MOST_TEMPLATES = 3
MOST_SEALED_BYTES = 12 + 4 * 2048 + 16
MOST_PAPER_BYTES = 32 * 1024
MOST_REQUEST_BYTES = 64 * 1024
MOST_REQUESTS = 64
"""Requests of one gate that wait, and answers that it keeps: more are not taken."""
MOST_FILES = 4 * MOST_REQUESTS
"""Files of requests, and of answers, that a gate has at a time: withdrawals have room beside the rest."""
REQUEST_SUFFIX, ANSWER_SUFFIX = ".request", ".answer"
"""A request's file is named by its id in hexadecimal; the answer's as well."""


class RequestKind(StrEnum):
    """What is asked."""

    ENROL = "enrol"  # put these templates to the record
    WITHDRAW = "withdraw"  # take the templates away, everywhere
    JOIN = "join"  # two records are of one person: look at them


class Choice(StrEnum):
    """What staff say of somebody in the registry who looks alike."""

    TWO_PEOPLE = "two_people"  # both need a second factor from then on
    SAME_PERSON = "same_person"  # nobody is enrolled; those who keep the registry join two records
    UNSURE = "unsure"  # nobody is enrolled; a pass meanwhile


class EnrolmentRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """A request of a gate's staff about `subject`, whose record has `version` at the gate.

    `templates` (made by `engine`) are sealed as the registry's are, and `paper`, the consent with its
    signature, under the same key: who carries them reads neither. `digest` is the SHA-256 of the paper in the
    clear, `wording` and `language` name the text that was signed, `guardian` says that somebody signed for a
    child. `alike` is a subject who looks alike, `choice` what staff say of that; `gate` asks. Unknown fields
    are ignored, and fields with their defaults left out.
    """

    id: Nonce
    kind: RequestKind
    at: Microseconds
    subject: Name
    staff: Name
    version: Version = 0
    engine: ShortText = ""
    templates: Annotated[
        tuple[Annotated[bytes, Meta(max_length=MOST_SEALED_BYTES)], ...], Meta(max_length=MOST_TEMPLATES)
    ] = ()
    wording: ShortText = ""
    language: ShortText = ""
    guardian: bool = False
    digest: Annotated[bytes, Meta(max_length=32)] = b""
    paper: Annotated[bytes, Meta(max_length=MOST_PAPER_BYTES)] = b""
    alike: ShortText = ""
    choice: ShortText = ""
    gate: ShortText = ""


_LIMITS = CborLimits(MOST_REQUEST_BYTES, depth=3, items=128)


def receipt_of(identity: str) -> str:
    """How people name the request with this id (hexadecimal): its first eight digits."""
    return f"R-{identity[:4]}-{identity[4:8]}".upper()


def read_request(data: bytes) -> EnrolmentRequest:
    """The request in a file of the outbox (deterministic CBOR); raises Undecodable."""
    request: EnrolmentRequest = decode_value(data, EnrolmentRequest, _LIMITS)
    return request


def bare(request: EnrolmentRequest) -> EnrolmentRequest:
    """`request` as it stands once it was received: what it carried is gone here, and it only asks on."""
    return msgspec.structs.replace(request, templates=(), paper=b"")


class RequestState(StrEnum):
    """What became of a request."""

    RECEIVED = "received"  # it waits for somebody who keeps the registry
    ACCEPTED = "accepted"
    REFUSED = "refused"


class EnrolmentAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of the request `id`, since `at`: accepted into registry `version`, or refused and why.

    Unknown fields are ignored, and fields with their defaults left out.
    """

    id: Nonce
    state: RequestState
    at: Microseconds
    version: Sequence = 0
    reason: Text = ""
