"""Seals what a request carries under the site's template key: its carriers read neither face nor paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from edge.enrolling.paper import ConsentPaper
from edge.enrolling.session import Person
from edge.errors import RegistryError
from edge.registry.templates import Vector, seal
from edge.registry_requests import MOST_PAPER_BYTES
from edge.signing.cose import CborLimits, decode_value, encode_value

_NONCE_BYTES = 12
_CONTEXT = b"gatepost consent 1\0"
_LIMITS = CborLimits(MOST_PAPER_BYTES, depth=5, items=20_000)


def sealed_templates(
    vectors: Sequence[Vector],
    person: Person,
    engine: str,
    *,
    key: bytes,
    site: str,
    entropy: Callable[[int], bytes],
) -> tuple[bytes, ...]:
    """Each of `vectors` sealed as the registry's are, for `person` at this version of their record."""
    return tuple(
        seal(
            vector,
            key=key,
            nonce=entropy(_NONCE_BYTES),
            site=site,
            subject_id=person.subject,
            subject_version=person.version,
            engine=engine,
        ).sealed
        for vector in vectors
    )


def seal_paper(paper: ConsentPaper, request: bytes, *, key: bytes, entropy: Callable[[int], bytes]) -> bytes:
    """The signed paper of the request with this id, sealed: nonce, ciphertext and tag."""
    nonce = entropy(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, encode_value(paper), _CONTEXT + request)


def open_paper(sealed: bytes, request: bytes, *, keys: Sequence[bytes]) -> ConsentPaper:
    """The paper of a request; raises RegistryError unless one of `keys` sealed it for that request."""
    paper: ConsentPaper = decode_value(_opened_paper(sealed, request, keys)[0], ConsentPaper, _LIMITS)
    return paper


def paper_sealed_anew(sealed: bytes, request: bytes, *, keys: Sequence[bytes]) -> bytes:
    """A sealed paper under the first of `keys`, which any of them may have sealed; raises RegistryError."""
    plain, key = _opened_paper(sealed, request, keys)
    nonce = sealed[:_NONCE_BYTES]
    again = nonce + AESGCM(keys[0]).encrypt(nonce, plain, _CONTEXT + request)
    return sealed if key == keys[0] else again


def _opened_paper(sealed: bytes, request: bytes, keys: Sequence[bytes]) -> tuple[bytes, bytes]:
    nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    for key in keys:
        with suppress(InvalidTag, ValueError):
            return AESGCM(key).decrypt(nonce, rest, _CONTEXT + request), key
    raise RegistryError("the template key does not open the paper", where=request.hex())
