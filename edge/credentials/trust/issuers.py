"""Keys of those who issue certificates, as values: EU document signers and SMART Health Card issuers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

CountryKey = EllipticCurvePublicKey | RSAPublicKey


class Usage(StrEnum):
    """The kinds of certificate that an EU document signer may be limited to."""

    TEST = "t"
    VACCINATION = "v"
    RECOVERY = "r"
    OTHER_DOCUMENTS = "other"


@dataclass(frozen=True)
class DocumentSigner:
    """A key that signs EU certificates.

    `key_id` is the first 8 bytes of the certificate's SHA-256. Empty `usages`: no limit. `country` None:
    the certificate names none. `problem`: what cannot be read; nothing signed by it is accepted.
    """

    key_id: bytes
    key: CountryKey | None
    country: str | None = None
    usages: frozenset[Usage] = frozenset()
    not_before: datetime | None = None
    not_after: datetime | None = None
    problem: str = ""


@dataclass(frozen=True)
class CardIssuerKey:
    """A key that signs SMART Health Cards; `issuer` is its URL, None where the key set names none."""

    key_id: str
    key: EllipticCurvePublicKey
    issuer: str | None = None


@dataclass(frozen=True)
class IssuerKeys:
    """All that is trusted. Several signers may share an 8-byte key id; all of them are tried."""

    signers: Mapping[bytes, tuple[DocumentSigner, ...]] = field(default_factory=dict)
    cards: Mapping[str, tuple[CardIssuerKey, ...]] = field(default_factory=dict)


def issuer_keys(signers: Iterable[DocumentSigner], cards: Iterable[CardIssuerKey]) -> IssuerKeys:
    by_id: dict[bytes, list[DocumentSigner]] = defaultdict(list)
    for signer in signers:
        by_id[signer.key_id].append(signer)
    by_name: dict[str, list[CardIssuerKey]] = defaultdict(list)
    for card in cards:
        by_name[card.key_id].append(card)
    return IssuerKeys(
        {key_id: tuple(found) for key_id, found in by_id.items()},
        {name: tuple(found) for name, found in by_name.items()},
    )
