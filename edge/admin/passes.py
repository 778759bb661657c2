"""Issuing passes: what is checked before signing, and what it notes of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes, token_hex

from edge.admin.site_admin import SiteAdmin
from edge.admin.subject_store import IssuedPass
from edge.credentials.own_pass import PASS_ID_BYTES, PassClaims, issue
from edge.decision import VISITOR_IDS, PassKind, is_visitor
from edge.errors import ConfigurationError, RegistryError
from edge.registry.format import commitment_of_plain


@dataclass(frozen=True)
class PassRequest:
    """What a pass shall say. Times are UTC; `subject_id` None: a visitor without a name gets one.

    A visitor's id begins with `visitor:`, which is put before one that does not.

    `holder_key` (33 bytes, compressed P-256) makes a pass that lives on a phone.
    """

    subject_id: str | None = None
    visitor: bool = False
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    gates: frozenset[str] = frozenset()
    once: bool = False
    face_bound: bool = False
    holder_key: bytes | None = None


@dataclass(frozen=True)
class SignedPass:
    """A signed pass: what it says, and its text for the code."""

    claims: PassClaims
    text: str


def issue_pass(admin: SiteAdmin, request: PassRequest, now: datetime) -> SignedPass:
    """Sign a pass and record it.

    Raises RegistryError for a subject that does not fit, ConfigurationError for a gate that is not in
    the policy, CredentialError for claims that a pass may not make.
    """
    subject_id = _subject_id(admin, request)
    unknown = request.gates - admin.policy().gates.keys()
    if unknown:
        raise ConfigurationError(
            f"there is no gate {', '.join(sorted(unknown))}", remedy="policy.toml names the site's gates"
        )
    claims = PassClaims(
        site=admin.site.id,
        subject_id=subject_id,
        pass_id=token_bytes(PASS_ID_BYTES).hex(),
        issued=now.replace(microsecond=0),
        kind=PassKind.VISITOR if request.visitor else PassKind.RESIDENT,
        valid_from=_whole_second(request.valid_from),
        valid_until=_whole_second(request.valid_until),
        gates=tuple(sorted(request.gates)),
        once=request.once,
        face_commitment=_commitment(admin, subject_id) if request.face_bound else None,
        holder_key=request.holder_key,
    )
    text = issue(claims, admin.keys.passes)
    until = claims.valid_until.isoformat() if claims.valid_until else None
    admin.store.note_pass(
        IssuedPass(claims.pass_id, subject_id, claims.issued.isoformat(), until, revoked=False)
    )
    return SignedPass(claims, text)


def _subject_id(admin: SiteAdmin, request: PassRequest) -> str:
    if not request.visitor:
        if request.subject_id is None:
            raise RegistryError("a resident's pass names its subject", remedy="give the subject's id")
        return admin.store.get(request.subject_id).id
    name = request.subject_id or token_hex(4)
    if any(subject.id == name for subject in admin.store.every()):
        raise RegistryError(
            f"{name!r} is in the registry",
            remedy="give visitors ids of their own, or leave out --visitor",
        )
    return name if is_visitor(name) else VISITOR_IDS + name


def _commitment(admin: SiteAdmin, subject_id: str) -> bytes:
    """Of the face enrolled last."""
    templates = admin.store.opened_templates().get(subject_id)
    if not templates:
        raise RegistryError(
            f"no face of {subject_id!r} is enrolled",
            remedy="gatepost subject create --photo enrols one; or leave out --face-bound",
        )
    _, plain = templates[-1]
    return commitment_of_plain(plain)


def _whole_second(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.replace(microsecond=0)
