"""What of an entry is hashed, and how.

What can name a person (the id, the reason) is hashed by itself, under a salt, and its hash goes into the
entry's: so an erasure can take it out, and the chain still holds.
"""

from __future__ import annotations

from hashlib import sha256

import msgspec

BEGIN = bytes(32)
"""The hash before the first entry."""


class Words(msgspec.Struct, frozen=True, array_like=True):
    """What of an entry can name a person: the id of what it is about, and why it was done."""

    id: str
    why: str


class AuditRecord(msgspec.Struct, frozen=True, array_like=True):
    """An entry of the audit as it is hashed. `at`: microseconds since 1970 UTC; `words`: the hash of its
    words; `detail`: JSON.
    """

    number: int
    at: int
    account: int | None
    name: str
    via: str
    act: str
    kind: str
    site: str | None
    place: int | None
    words: bytes
    detail: str


def words_hash(salt: bytes, words: Words) -> bytes:
    """The hash that stands for `words` in an entry; without the `salt` nobody can guess them."""
    return sha256(salt + msgspec.json.encode(words)).digest()


def entry_hash(previous: bytes, record: AuditRecord) -> bytes:
    """The hash of an entry that follows the one with the hash `previous`."""
    return sha256(previous + msgspec.json.encode(record)).digest()
