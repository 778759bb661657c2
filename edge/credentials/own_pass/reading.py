"""Verifies and judges an own pass: from any text to evidence, never an exception."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from edge.credentials.own_pass import dynamic_pass, own_pass
from edge.credentials.own_pass.dynamic_pass import ParsedDynamicPass
from edge.credentials.own_pass.own_pass import PassClaims
from edge.credentials.trust import PassTrust
from edge.credentials.validity import judge_window
from edge.decision import ClockTrust, PassEvidence, PassVerdict, WallTime
from edge.errors import CredentialError
from edge.signing.cose import sign1

MOST_CHARACTERS = 4_296
"""The most that a QR code can hold (version 40-L, alphanumeric; ISO/IEC 18004)."""


def verify_pass(text: str, trust: PassTrust, wall: WallTime) -> PassEvidence:
    """The evidence of `text`, scanned at a gate. Never raises; claims come from signed bytes only.

    Order: length, kind, shape, issuer's key, signature, claims, site, revocation, clock, validity; and for
    a pass with a holder's key the proof: by which key, and how fresh.
    """
    if len(text) > MOST_CHARACTERS:
        return PassEvidence(PassVerdict.TOO_LONG, f"{len(text)} characters")
    if not text.startswith((own_pass.PREFIX, dynamic_pass.PREFIX)):
        return PassEvidence(PassVerdict.NOT_A_PASS)
    try:
        claims, proof = _verified(text, trust)
    except CredentialError as error:
        return PassEvidence(_VERDICTS.get(type(error), PassVerdict.UNREADABLE), error.what)
    verdict, detail = judge(claims, trust, wall)
    if verdict is PassVerdict.GENUINE and claims.holder_key is not None:
        verdict, detail = judge_proof(proof, trust.proof_window, wall)
    return evidence_of(claims, verdict, detail)


class _UnknownKey(CredentialError):
    """A pass signed by a key that this site does not trust."""


_VERDICTS: Mapping[type[CredentialError], PassVerdict] = {
    _UnknownKey: PassVerdict.UNTRUSTED_ISSUER,
    sign1.SignatureRefused: PassVerdict.FORGED,
}


def _verified(text: str, trust: PassTrust) -> tuple[PassClaims, ParsedDynamicPass | None]:
    """The claims, all signatures verified, and the proof if there is one; raises CredentialError."""
    proof = dynamic_pass.parse_dynamic_pass(text) if text.startswith(dynamic_pass.PREFIX) else None
    message = own_pass.parse_pass(text if proof is None else proof.pass_text)
    key = trust.keys.get(message.key_id)
    if key is None:
        raise _UnknownKey(f"key {message.key_id.hex()}")
    claims = own_pass.claims_of(sign1.verified(message, key))
    if proof is not None and (claims.holder_key is None or not dynamic_pass.proves(proof, claims.holder_key)):
        raise sign1.SignatureRefused("the proof is not that of the holder's key")
    return claims, proof


def judge_proof(
    proof: ParsedDynamicPass | None, window: timedelta, wall: WallTime
) -> tuple[PassVerdict, str]:
    """The verdict on the verified proof of a pass, or on its absence where one is required; and why."""
    if proof is None:
        return PassVerdict.NOT_FRESH, "a pass on a phone, without the phone's proof"
    if wall.trust is ClockTrust.UNTRUSTED:
        return PassVerdict.CLOCK_UNSURE, "the proof depends on the time, and the clock is untrusted"
    if not dynamic_pass.fresh(proof.made, wall.at, window):
        return PassVerdict.NOT_FRESH, f"proved at {proof.made.isoformat()}"
    return PassVerdict.GENUINE, ""


def judge(claims: PassClaims, trust: PassTrust, wall: WallTime) -> tuple[PassVerdict, str]:
    """The verdict on a pass whose signature is genuine, and why."""
    if trust.site not in {None, claims.site}:
        return PassVerdict.OTHER_SITE, f"issued by {claims.site}"
    if claims.pass_id in trust.revoked:
        return PassVerdict.REVOKED, f"pass {claims.pass_id} was revoked"
    return judge_window(claims.valid_from, claims.valid_until, wall)


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
        issued=claims.issued if claims.once else None,
        timed=claims.timed or claims.holder_key is not None,
        face_bound=claims.face_commitment is not None,
        face_commitment=claims.face_commitment,
    )
