"""Turns any code into evidence at a gate: own passes by themselves, certificates by holder and content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from edge.credentials.certificates import Holder, certificate_ids, holder_of, judged
from edge.credentials.classifier import parse_any, parse_scene
from edge.credentials.code import CodeReading, CodeReason, CodeTrust
from edge.credentials.known import evidence_of_known, is_known_code
from edge.credentials.own_pass import MOST_CHARACTERS, dynamic_pass, own_pass, verify_pass
from edge.credentials.structured_append import joined
from edge.credentials.trust import hash_of
from edge.decision import (
    Binding,
    CertificateRules,
    ClockTrust,
    HealthRules,
    HolderRule,
    PassEvidence,
    PassKind,
    PassVerdict,
    WallTime,
)

_MOST_DETAIL = 200


@dataclass(frozen=True)
class Certificates:
    """The site's rules for health certificates, and the holders that it knows.

    `links` maps the name of a certificate (`holder.links_of`) to the subject who once showed it with their
    papers.
    """

    links: Mapping[str, str] = field(default_factory=dict)
    rules: CertificateRules = field(default_factory=CertificateRules)


def evidence_at_gate(text: str, trust: CodeTrust, wall: WallTime, certificates: Certificates) -> PassEvidence:
    """The evidence that a scanned text gives at the gate; never raises.

    A health certificate opens only for the subject whom the registry links to it. Of anybody else it is
    HOLDER_UNKNOWN: genuine, and for a member of staff to compare with papers.
    """
    if len(text) > MOST_CHARACTERS or text.startswith((own_pass.PREFIX, dynamic_pass.PREFIX)):
        return _own_pass(verify_pass(text, trust.passes, wall), certificates.rules.holders)
    if is_known_code(text):
        known = evidence_of_known(text, trust.rights, trust.passes.revoked, wall)
        return _own_pass(known, certificates.rules.holders)
    return _evidence(parse_any(text, trust, wall), wall, certificates)


def _own_pass(evidence: PassEvidence, holders: HolderRule) -> PassEvidence:
    """The evidence of an own pass, unless the site refuses passes that are bound to nothing."""
    binding = Binding.FACE if evidence.face_bound else Binding.BEARER
    if evidence.kind is PassKind.PROBE:
        return evidence  # it is nobody's
    if evidence.verdict is not PassVerdict.GENUINE or binding in holders.accepted:
        return evidence
    return replace(evidence, verdict=PassVerdict.HOLDER_UNKNOWN, detail=f"bound by {binding}")


def evidence_of_parts(
    texts: Sequence[str], trust: CodeTrust, wall: WallTime, certificates: Certificates
) -> PassEvidence:
    """The evidence of several codes that make one; INCOMPLETE while one is missing. Never raises."""
    parts = joined(texts)
    if parts is not None and parts.whole is not None:
        return evidence_at_gate(parts.whole, trust, wall, certificates)
    return _evidence(parse_scene(texts, trust, wall)[-1], wall, certificates)


def _evidence(reading: CodeReading, wall: WallTime, certificates: Certificates) -> PassEvidence:
    if reading.reason is CodeReason.CHUNK_MISSING:
        return PassEvidence(PassVerdict.INCOMPLETE, _detail(reading))
    if reading.verdict is not PassVerdict.GENUINE:
        return PassEvidence(reading.verdict, _detail(reading))
    holder = holder_of(reading, certificates.links, certificates.rules.holders)
    return _shortcoming(reading, certificates.rules.health, wall) or _of_holder(reading, holder)


def _of_holder(reading: CodeReading, holder: Holder | None) -> PassEvidence:
    if holder is None or holder.binding is not Binding.REGISTRY_LINK:
        # Not the name: evidence is written to the journal.
        return PassEvidence(
            PassVerdict.HOLDER_UNKNOWN,
            f"a genuine {reading.kind.value}",
            pass_id=_pass_id(reading),
            timed=True,
        )
    return PassEvidence(
        PassVerdict.GENUINE,
        reading.kind.value,
        kind=PassKind.RESIDENT,
        pass_id=_pass_id(reading),
        subject_id=holder.subject_id,
        timed=True,
    )


def _shortcoming(reading: CodeReading, rules: HealthRules | None, wall: WallTime) -> PassEvidence | None:
    """The evidence for a certificate that breaks the site's rules; None where it meets all that apply."""
    if rules is None or reading.certificate is None:
        return None
    if wall.trust is ClockTrust.UNTRUSTED:
        return PassEvidence(
            PassVerdict.CLOCK_UNSURE, "the rules count days, and the clock is untrusted", timed=True
        )
    finding = judged(reading.certificate, rules, wall.at)
    if finding.accepted:
        return None
    return PassEvidence(PassVerdict.INSUFFICIENT, finding.rule, pass_id=_pass_id(reading))


def _pass_id(reading: CodeReading) -> str | None:
    """A name for the certificate in the journal that does not tell its id."""
    identifiers = certificate_ids(reading)
    return f"{hash_of(identifiers[0]):016x}" if identifiers else None


def _detail(reading: CodeReading) -> str:
    words = f"{reading.kind.value}: {reading.reason.value} {reading.detail}"
    return words.strip()[:_MOST_DETAIL]
