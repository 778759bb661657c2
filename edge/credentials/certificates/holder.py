"""Whose is it? A certificate names a person, not a face: what ties it to the person who shows it.

An own pass with a face commitment is bound on the device. A health certificate is bound by a link in the
registry (a resident once showed it with their papers), else only by a member of staff who looks at papers.

A link is to what was compared with the papers: who signed it, its id, the name and the date of birth. Its id
alone could be put on another certificate by any trusted issuer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from edge.credentials.certificates.smart_health_card import claims_id
from edge.credentials.certificates.uvci import spelled_alike
from edge.credentials.code import CodeKind, CodeReading
from edge.decision import Binding, HolderRule, PassVerdict
from edge.signing.cose import encode_value


class Holder(NamedTuple):
    """The holder of a code, and what binds it; STAFF: compare `name` and `born` with papers."""

    binding: Binding
    subject_id: str | None = None
    name: str = ""
    born: str = ""


LINK_DIGITS = 32
"""Length of a link: half of a SHA-256, since a trusted issuer could search for a collision."""


def holder_of(reading: CodeReading, links: Mapping[str, str], rule: HolderRule) -> Holder | None:
    """The holder of a genuine code, else None. `links` maps the links that `links_of` returns to subjects."""
    if reading.verdict is not PassVerdict.GENUINE:
        return None
    holder = _bound(reading, links)
    if holder.binding in rule.accepted:
        return holder
    name, born = person_named(reading)
    return Holder(Binding.STAFF, name=name or str(reading.claims.get("subject", "")), born=born)


def _bound(reading: CodeReading, links: Mapping[str, str]) -> Holder:
    claims = reading.claims
    if reading.kind in {CodeKind.OWN_PASS, CodeKind.VISITOR_PASS}:
        binding = Binding.FACE if "face_commitment" in claims else Binding.BEARER
        return Holder(binding, claims.get("subject"))
    for link in links_of(reading):
        if link in links:
            return Holder(Binding.REGISTRY_LINK, links[link])
    return Holder(Binding.STAFF)


def links_of(reading: CodeReading) -> tuple[str, ...]:
    """The names by which a registry links a genuine certificate to a subject, one for each of its ids."""
    person = person_named(reading)
    return tuple(
        hashlib.sha256(encode_value([reading.issuer, identifier, *person])).hexdigest()[:LINK_DIGITS]
        for identifier in certificate_ids(reading)
    )


def certificate_ids(reading: CodeReading) -> tuple[str, ...]:
    """The ids by which a genuine certificate is revoked and known in the journal; empty where it has none.

    For a DCC its normalised UVCI. A SMART Health Card has no id, so it is a hash of its claims (not of its
    signature: anybody can make another valid one).
    """
    if reading.kind is CodeKind.SMART_HEALTH_CARD and reading.claims:
        return (claims_id(reading.claims),)
    if reading.certificate is None:
        return ()
    return tuple(spelled_alike(identifier) for identifier in reading.certificate.identifiers if identifier)


def person_named(reading: CodeReading) -> tuple[str, str]:
    """Name and date of birth in a genuine health certificate; empty where it has none."""
    if reading.certificate is not None:
        name = reading.certificate.nam
        return f"{name.fnt}<<{name.gnt}", str(reading.certificate.dob or "")
    if reading.kind is CodeKind.SMART_HEALTH_CARD:
        return _patient(reading.claims)
    return "", ""


def _patient(claims: Mapping[str, Any]) -> tuple[str, str]:
    """Name and date of birth of the first Patient in the bundle, whose shape is unchecked."""
    try:
        entries = claims["vc"]["credentialSubject"]["fhirBundle"]["entry"]
        patient = next(
            entry["resource"] for entry in entries if entry["resource"]["resourceType"] == "Patient"
        )
        name = patient["name"][0]
        return f"{name['family']}<<{'<'.join(name['given'])}".upper(), str(patient["birthDate"])
    except (KeyError, IndexError, TypeError, StopIteration):
        return "", ""
