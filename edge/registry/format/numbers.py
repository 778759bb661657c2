"""The numbers that people type, as records: what each opens, by the digest that is kept of it. PURE.

Gates refuse records of a kind that they do not know, so there are none of these where no number counts
(`Policy.numbers`).
"""

from __future__ import annotations

from edge.credentials.known import KEPT_BYTES, SALT_BYTES, KnownRight, Rights
from edge.errors import RegistryError
from edge.registry.format.records import RecordKind, Records, decoded, key_of
from edge.registry.format.refusal import BundleRefusal, BundleRefused
from edge.signing.cose import closed_decoder, encode_value

_MOST_BYTES = 1 << 16
_right = closed_decoder(KnownRight, _MOST_BYTES)


def number_records(numbers: Rights, salt: bytes) -> Records:
    """The records of `numbers`, and of their salt; none where there are no numbers. Raises RegistryError."""
    if not numbers:
        return {}
    if len(salt) != SALT_BYTES:
        raise RegistryError(f"the salt of the numbers has {len(salt)} bytes, expected {SALT_BYTES}")
    records = {key_of(RecordKind.NUMBER, digest): encode_value(right) for digest, right in numbers.items()}
    return records | {key_of(RecordKind.NUMBER_SALT): salt}


def decode_number(name: bytes, value: bytes | memoryview) -> KnownRight:
    """What the number with this digest opens; raises BundleRefused."""
    if len(name) != KEPT_BYTES:
        raise BundleRefused(BundleRefusal.INVALID, f"a number is stored under {len(name)} bytes")
    right: KnownRight = decoded(_right, value, "number")
    return right


def decode_salt(value: bytes | memoryview) -> bytes:
    """The salt of the site's numbers; raises BundleRefused."""
    if len(value) != SALT_BYTES:
        raise BundleRefused(BundleRefusal.INVALID, f"the salt of the numbers has {len(value)} bytes")
    return bytes(value)
