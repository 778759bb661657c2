"""What a scanned text is worth at a gate: from any text at all to evidence, never an exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from edge.credentials import own_pass, sign1
from edge.credentials.own_pass import PassClaims
from edge.decision.evidence import PassEvidence, PassVerdict
from edge.decision.situation import ClockTrust, WallTime
from edge.errors import CredentialError

MOST_CHARACTERS = 4_296
"""The most that a QR code can hold (version 40-L, alphanumeric; ISO/IEC 18004)."""


@dataclass(frozen=True)
class PassTrust:
    """Whose passes count here.

    `keys` maps a key id (8 bytes) to an Ed25519 public key (32 bytes raw), `revoked` holds pass ids
    in hexadecimal. `site` None, for tools only: passes of any site.
    """

    site: str | None
    keys: Mapping[bytes, bytes] = field(default_factory=dict)
    revoked: frozenset[str] = frozenset()


def read_code(text: str, trust: PassTrust, wall: WallTime) -> PassEvidence:
    """What `text`, scanned at a gate, is. Never raises; claims are filled from signed bytes only.

    Order: length, kind, shape, issuer's key, signature, claims, site, revocation, clock, validity.
    """
    if len(text) > MOST_CHARACTERS:
        return PassEvidence(PassVerdict.TOO_LONG, f"{len(text)} characters")
    if not text.startswith(own_pass.PREFIX):
        return PassEvidence(PassVerdict.NOT_A_PASS)
    try:
        message = own_pass.take_apart(text)
        key = trust.keys.get(message.key_id)
        if key is None:
            return PassEvidence(PassVerdict.UNTRUSTED_ISSUER, f"key {message.key_id.hex()}")
        claims = own_pass.claims_of(sign1.verified(message, key))
    except sign1.SignatureRefused as error:
        return PassEvidence(PassVerdict.FORGED, error.what)
    except CredentialError as error:
        return PassEvidence(PassVerdict.UNREADABLE, error.what)
    verdict, detail = judge(claims, trust, wall)
    return evidence_of(claims, verdict, detail)


def judge(claims: PassClaims, trust: PassTrust, wall: WallTime) -> tuple[PassVerdict, str]:
    """The verdict on a pass whose signature is genuine, and why."""
    if trust.site not in {None, claims.site}:
        return PassVerdict.OTHER_SITE, f"issued by {claims.site}"
    if claims.pass_id in trust.revoked:
        return PassVerdict.REVOKED, f"pass {claims.pass_id} was withdrawn"
    return judge_window(claims.valid_from, claims.valid_until, wall)


def judge_window(
    valid_from: datetime | None, valid_until: datetime | None, wall: WallTime
) -> tuple[PassVerdict, str]:
    """Whether the clock is within the window: start inclusive, end exclusive (RFC 8392, 3.1.4 and 3.1.5)."""
    if valid_from is None and valid_until is None:
        return PassVerdict.GENUINE, ""
    if wall.trust is ClockTrust.UNTRUSTED:
        return PassVerdict.CLOCK_UNSURE, "a pass for a time, and a clock that cannot be believed"
    if valid_from is not None and wall.at < valid_from:
        return PassVerdict.NOT_YET_VALID, f"valid from {valid_from.isoformat()}"
    if valid_until is not None and wall.at >= valid_until:
        return PassVerdict.EXPIRED, f"valid until {valid_until.isoformat()}"
    return PassVerdict.GENUINE, ""


def evidence_of(claims: PassClaims, verdict: PassVerdict, detail: str = "") -> PassEvidence:
    return PassEvidence(
        verdict,
        detail,
        kind=claims.kind,
        pass_id=claims.pass_id,
        subject_id=claims.subject_id,
        gates=frozenset(claims.gates),
        valid_from=claims.valid_from,
        valid_until=claims.valid_until,
        once=claims.once,
        timed=claims.timed,
        face_bound=claims.face_commitment is not None,
        face_commitment=claims.face_commitment,
    )
