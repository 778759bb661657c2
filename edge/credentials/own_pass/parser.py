"""The parser of own passes, as one kind of code."""

from __future__ import annotations

from typing import Any

import msgspec

from edge.credentials.code import CodeKind, CodeReading, CodeReason, CodeTrust
from edge.credentials.own_pass import dynamic_pass, own_pass
from edge.credentials.own_pass.reading import verify_pass
from edge.decision import PassEvidence, PassKind, PassVerdict, WallTime

_KINDS = {PassKind.VISITOR: CodeKind.VISITOR_PASS, PassKind.PROBE: CodeKind.PROBE_PASS}
_REASONS = {
    PassVerdict.GENUINE: CodeReason.NONE,
    PassVerdict.UNREADABLE: CodeReason.CLAIMS,
    PassVerdict.UNTRUSTED_ISSUER: CodeReason.UNKNOWN_KEY,
    PassVerdict.FORGED: CodeReason.SIGNATURE,
    PassVerdict.OTHER_SITE: CodeReason.OTHER_SITE,
    PassVerdict.REVOKED: CodeReason.REVOKED,
    PassVerdict.NOT_YET_VALID: CodeReason.BEFORE_ITS_TIME,
    PassVerdict.EXPIRED: CodeReason.AFTER_ITS_TIME,
    PassVerdict.CLOCK_UNSURE: CodeReason.CLOCK,
    PassVerdict.NOT_FRESH: CodeReason.NOT_FRESH,
    PassVerdict.TOO_LONG: CodeReason.TOO_LONG,
    PassVerdict.NOT_A_PASS: CodeReason.UNKNOWN_KIND,
}


class OwnPass:
    """Parses the passes that this site issues."""

    def recognises(self, text: str) -> bool:
        return text.startswith((own_pass.PREFIX, dynamic_pass.PREFIX))

    def parse(self, text: str, trust: CodeTrust, wall: WallTime) -> CodeReading:
        evidence = verify_pass(text, trust.passes, wall)
        kind = CodeKind.OWN_PASS if evidence.kind is None else _KINDS.get(evidence.kind, CodeKind.OWN_PASS)
        return CodeReading(
            kind, evidence.verdict, _REASONS[evidence.verdict], evidence.detail, _claims(evidence)
        )


def _claims(evidence: PassEvidence) -> dict[str, Any]:
    """The claims of the pass as plain JSON values; absent ones are omitted."""
    if evidence.pass_id is None:
        return {}
    said = {
        "pass": evidence.pass_id,
        "subject": evidence.subject_id,
        "gates": sorted(evidence.gates),
        "valid_from": evidence.valid_from,
        "valid_until": evidence.valid_until,
        "once": evidence.once,
        "face_commitment": evidence.face_commitment and evidence.face_commitment.hex(),
    }
    plain = msgspec.to_builtins({name: value for name, value in said.items() if value})
    return dict(plain)
