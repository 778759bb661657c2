"""Whose is it? A certificate names a person, not a face: what makes it that of whoever shows it.

An own pass with a face commitment is bound on the device. A health certificate is bound by a link in the
registry (a resident once showed it with their papers), else only by a member of staff who looks at papers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from edge.credentials.code import CodeKind, CodeReading
from edge.credentials.revocation import hash_of
from edge.credentials.smart_health_card import claims_id
from edge.decision.certificates import Binding, HolderRule
from edge.decision.evidence import PassVerdict


class Holder(NamedTuple):
    """Whose code it is taken to be and by what; STAFF: `name` and `born` are what to compare with papers."""

    binding: Binding
    subject_id: str | None = None
    name: str = ""
    born: str = ""


def holder_of(reading: CodeReading, links: Mapping[int, str], rule: HolderRule) -> Holder | None:
    """Whose the code is; None unless it is genuine.

    `links` maps the hash (`revocation.hash_of`) of a certificate's id to a subject.
    """
    if reading.verdict is not PassVerdict.GENUINE:
        return None
    holder = _bound(reading, links)
    if holder.binding in rule.accepted:
        return holder
    name, born = person_named(reading)
    return Holder(Binding.STAFF, name=name or str(reading.claims.get("subject", "")), born=born)


def _bound(reading: CodeReading, links: Mapping[int, str]) -> Holder:
    claims = reading.claims
    if reading.kind in {CodeKind.OWN_PASS, CodeKind.VISITOR_PASS}:
        binding = Binding.FACE if "face_commitment" in claims else Binding.BEARER
        return Holder(binding, claims.get("subject"))
    for identifier in certificate_ids(reading):
        subject = links.get(hash_of(identifier))
        if subject is not None:
            return Holder(Binding.REGISTRY_LINK, subject)
    return Holder(Binding.STAFF)


def certificate_ids(reading: CodeReading) -> tuple[str, ...]:
    """The ids by which a registry may link a certificate to a subject.

    Of a DCC its UVCI; a SMART Health Card has no id, so its claims are (not its signature: of that anybody
    can make another). Empty for what is no genuine certificate.
    """
    if reading.kind is CodeKind.SMART_HEALTH_CARD and reading.claims:
        return (claims_id(reading.claims),)
    certificate = reading.claims.get("certificate")
    if not isinstance(certificate, Mapping):
        return ()
    entries = [entry for kind in "vtr" for entry in certificate.get(kind) or ()]
    return tuple(str(entry["ci"]) for entry in entries)


def person_named(reading: CodeReading) -> tuple[str, str]:
    """Name and date of birth that a genuine health certificate gives; empty where it gives none."""
    if reading.kind is CodeKind.EU_DCC:
        certificate = reading.claims.get("certificate", {})
        name = certificate.get("nam", {})
        return f"{name.get('fnt', '')}<<{name.get('gnt', '')}", str(certificate.get("dob", ""))[:10]
    if reading.kind is CodeKind.SMART_HEALTH_CARD:
        return _patient(reading.claims)
    return "", ""


def _patient(claims: Mapping[str, Any]) -> tuple[str, str]:
    """Of the first Patient in the bundle, whose shape nobody has checked but the issuer."""
    try:
        entries = claims["vc"]["credentialSubject"]["fhirBundle"]["entry"]
        patient = next(
            entry["resource"] for entry in entries if entry["resource"]["resourceType"] == "Patient"
        )
        name = patient["name"][0]
        return f"{name['family']}<<{'<'.join(name['given'])}".upper(), str(patient["birthDate"])
    except (KeyError, IndexError, TypeError, StopIteration):
        return "", ""
