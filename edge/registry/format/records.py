"""The registry as a set of records: its one encoding, and its hash. PURE.

A record is a key and a value. The key begins with the kind; the set is written in the order of the keys,
each once. So a set has one encoding (the snapshot), and a gate that has applied changes holds the same
bytes that central would send it whole.

The hash of the set is SHA-256 over the records' own SHA-256 in the order of their keys: after fifty changes
fifty records are hashed anew and 32 bytes of each other one are read.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from enum import IntEnum
from typing import Any

from edge.decision import Subject
from edge.registry.format.refusal import BundleRefusal, BundleRefused
from edge.registry.format.templates import SealedTemplate
from edge.signing.cose import closed_decoder, encode_value
from edge.support.decoding import Undecodable

Records = Mapping[bytes, bytes]
Digests = Mapping[bytes, bytes]
"""The SHA-256 of each record of a set, by its key."""

_HEAD = struct.Struct(">HI")
MOST_RECORD_BYTES = 1 << 20


class RecordKind(IntEnum):
    """The first byte of a key; then follows nothing (the policy, the probe pass, the salt of the numbers), an
    id, a removal's reference, the digest that is kept of a number that people type, or (templates) a
    subject's id and a number.
    """

    POLICY = 1
    SUBJECT = 2
    TEMPLATE = 3
    PASS_KEY = 4
    LIST_KEY = 5
    REVOKED_PASS = 6
    PROBE_PASS = 7
    REMOVAL = 8
    NUMBER = 9
    NUMBER_SALT = 10


def key_of(kind: RecordKind, name: bytes = b"") -> bytes:
    return bytes([kind]) + name


def subject_key(subject_id: str) -> bytes:
    return key_of(RecordKind.SUBJECT, subject_id.encode())


def template_key(subject_id: str, number: int) -> bytes:
    """The key of a subject's template; no id contains a zero byte, so one person's templates are adjacent."""
    return key_of(RecordKind.TEMPLATE, subject_id.encode() + b"\0" + number.to_bytes(2))


def subject_record(subject: Subject) -> tuple[bytes, bytes]:
    return subject_key(subject.id), encode_value(subject)


def template_record(template: SealedTemplate, number: int) -> tuple[bytes, bytes]:
    """The key and value of a template; `number` counts one person's templates from 0."""
    return template_key(template.subject_id, number), encode_value(template)


_MOST_BYTES = 1 << 16
_subject = closed_decoder(Subject, _MOST_BYTES)
_template = closed_decoder(SealedTemplate, _MOST_BYTES)


def decode_subject(name: bytes, value: bytes | memoryview) -> Subject:
    subject: Subject = decoded(_subject, value, "subject")
    if subject.id.encode() != name or not name or b"\0" in name:
        raise BundleRefused(BundleRefusal.INVALID, f"the record of {subject.id!r} is stored under {name!r}")
    return subject


def decode_template(name: bytes, value: bytes | memoryview) -> SealedTemplate:
    template: SealedTemplate = decoded(_template, value, "template")
    if name[:-2] != template.subject_id.encode() + b"\0":
        raise BundleRefused(
            BundleRefusal.INVALID, f"a template of {template.subject_id!r} is stored under {name!r}"
        )
    return template


def forgotten(before: AbstractSet[bytes], after: AbstractSet[bytes]) -> frozenset[str]:
    """The ids of subjects in `before` and not in `after`: erased, or without any template left."""
    gone = before - after
    return frozenset(
        {key[1:].decode() for key in gone if key[0] == RecordKind.SUBJECT}
        | {key[1:-3].decode() for key in gone if key[0] == RecordKind.TEMPLATE and key[-2:] == b"\0\0"}
    )


def encode_records(records: Mapping[bytes, bytes | memoryview]) -> bytes:
    """The set in its one encoding."""
    return b"".join(_head(key, records[key]) + key + records[key] for key in sorted(records))


def each_record(data: bytes | memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """The records of an encoded set; raises BundleRefused where it is not in the one encoding."""
    view, position, end, before = memoryview(data), 0, len(data), b""
    while position < end:
        if position + _HEAD.size > end:
            raise BundleRefused(BundleRefusal.INVALID, "the records are cut off")
        key_size, value_size = _HEAD.unpack_from(view, position)
        start = position + _HEAD.size
        position = start + key_size + value_size
        if position > end or value_size > MOST_RECORD_BYTES:
            raise BundleRefused(BundleRefusal.INVALID, f"a record claims {value_size} bytes")
        key = bytes(view[start : start + key_size])
        if key <= before:
            raise BundleRefused(BundleRefusal.INVALID, "the records are not in order")
        before = key
        yield key, view[start + key_size : position]


def digest_of(key: bytes, value: bytes | memoryview) -> bytes:
    state = hashlib.sha256(_head(key, value))
    state.update(key)
    state.update(value)
    return state.digest()


def set_hash(digests: Digests) -> bytes:
    """The hash that is signed: SHA-256 over the records' digests in the order of their keys."""
    return hashlib.sha256(b"".join(digests[key] for key in sorted(digests))).digest()


def _head(key: bytes, value: bytes | memoryview) -> bytes:
    return _HEAD.pack(len(key), len(value))


def decoded(decode: Callable[[bytes | memoryview], Any], value: bytes | memoryview, name: str) -> Any:
    """The value of a record; raises BundleRefused where it is not a `name`."""
    try:
        return decode(value)
    except Undecodable as error:
        raise BundleRefused(BundleRefusal.INVALID, f"invalid {name}: {error}") from None
