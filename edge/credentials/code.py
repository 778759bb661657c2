"""The result of parsing any kind of code, and the protocol of the parsers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from edge.credentials.health import HealthCertificate
from edge.credentials.known import Rights
from edge.credentials.trust import Freshness, IssuerKeys, PassTrust, Revocations
from edge.decision import PassVerdict, WallTime
from edge.errors import CredentialError


class CodeKind(StrEnum):
    """The kind of code that a text claims to be, genuine or not."""

    OWN_PASS = "own_pass"
    VISITOR_PASS = "visitor_pass"
    PROBE_PASS = "probe_pass"
    EU_DCC = "eu_dcc"
    SMART_HEALTH_CARD = "smart_health_card"
    PLACE_CODE = "place_code"
    PAYMENT_CODE = "payment_code"
    UNKNOWN = "unknown"


HEALTH_CERTIFICATES = frozenset({CodeKind.EU_DCC, CodeKind.SMART_HEALTH_CARD})


class CodeReason(StrEnum):
    """Why a code got its verdict: stable codes that programs may rely on."""

    NONE = ""
    TOO_LONG = "too_long"
    # Its outside
    UNKNOWN_KIND = "unknown_kind"
    SHOW_YOUR_OWN_CODE = "show_your_own_code"
    OTHER_SYMBOL = "other_symbol"
    BASE45 = "base45"
    NUMERIC = "numeric"
    CHUNK_MISSING = "chunk_missing"
    COMPRESSION = "compression"
    CBOR = "cbor"
    COSE = "cose"
    JWS = "jws"
    CLAIMS = "claims"
    SCHEMA = "schema"
    # Its issuer
    UNKNOWN_KEY = "unknown_key"
    UNREADABLE_KEY = "unreadable_key"
    KEY_ALGORITHM = "key_algorithm"
    KEY_VALIDITY = "key_validity"
    KEY_USAGE = "key_usage"
    ISSUER_COUNTRY = "issuer_country"
    OTHER_ISSUER = "other_issuer"
    TRUST_LIST_STALE = "trust_list_stale"
    SIGNATURE = "signature"
    # What it says
    OTHER_SITE = "other_site"
    REVOKED = "revoked"
    BEFORE_ITS_TIME = "before_its_time"
    AFTER_ITS_TIME = "after_its_time"
    CLOCK = "clock"
    NOT_FRESH = "not_fresh"


TIME_REASONS = {
    PassVerdict.NOT_YET_VALID: CodeReason.BEFORE_ITS_TIME,
    PassVerdict.EXPIRED: CodeReason.AFTER_ITS_TIME,
    PassVerdict.CLOCK_UNSURE: CodeReason.CLOCK,
}


class CodeReading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A parsed text: its kind, its verdict and the reason, and its claims.

    `claims` are filled from signed bytes only, after the signature was found genuine; plain JSON values.
    `certificate` is what an EU certificate says, as values, and `issuer` who signed it: a country, or the
    key's id where its certificate names none. Both of genuine ones only.
    """

    kind: CodeKind
    verdict: PassVerdict
    reason: CodeReason = CodeReason.NONE
    detail: str = ""
    claims: Mapping[str, Any] = {}
    certificate: HealthCertificate | None = None
    issuer: str = ""


@dataclass(frozen=True)
class CodeTrust:
    """The trusted keys: the site's pass keys, the issuers of certificates, and what is revoked.

    `freshness` says what the lists of issuers and revocations may still do at their age. `rights` are those
    of the codes that are known by a digest only.
    """

    passes: PassTrust
    issuers: IssuerKeys = field(default_factory=IssuerKeys)
    revocations: Revocations = field(default_factory=Revocations)
    freshness: Freshness = Freshness.FRESH
    rights: tuple[Rights, ...] = ()


class CodeRefused(CredentialError):
    """Ends the parsing of a code with its verdict and the reason."""

    def __init__(self, verdict: PassVerdict, reason: CodeReason, detail: str = "") -> None:
        super().__init__(detail or reason.value)
        self.verdict = verdict
        self.reason = reason


class CodeParser(Protocol):
    """Knows one kind of code."""

    def recognises(self, text: str, /) -> bool:
        """Whether `text` claims to be of this kind; cheap, and called for every text."""
        ...

    def parse(self, text: str, trust: CodeTrust, wall: WallTime, /) -> CodeReading:
        """The reading of a recognised text; never raises."""
        ...
