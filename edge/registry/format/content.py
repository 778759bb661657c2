"""What a publisher puts into a registry, as records, and the policy that a key of its own signs. PURE."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from edge.calibration.format import Calibration
from edge.credentials.known import Rights
from edge.decision import VISITOR_IDS, Policy, Subject, is_visitor
from edge.errors import CredentialError, RegistryError
from edge.registry.format.manifest import signed_payload
from edge.registry.format.numbers import number_records
from edge.registry.format.records import RecordKind, Records, key_of, subject_record, template_record
from edge.registry.format.refusal import BundleRefusal, BundleRefused
from edge.registry.format.removals import Removal, removal_record
from edge.registry.format.root import Root
from edge.registry.format.templates import SealedTemplate
from edge.signing.cose import CborLimits, Name, Version, decode_value, encode_value, key_id_of, sign1
from edge.support.decoding import Undecodable
from edge.support.toml_words import in_words

POLICY_CONTEXT = b"gatepost policy 1"
MOST_POLICY_BYTES = 256 * 1024
_LIMITS = CborLimits(MOST_POLICY_BYTES, depth=10, items=1 << 16)


class Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a publisher puts into a registry. `pass_keys` and `list_keys` (who may sign lists of certificate
    issuers and revocations) are raw Ed25519 public keys, `revoked_passes` ids in hexadecimal. `calibrations`
    are the site's own, one for each engine; without one that which comes with Gatepost holds. `probe_pass` is
    the test code that its gates show to themselves; empty: they show none. `removals` are those that not
    every gate has confirmed. `numbers` are what the numbers open that people type, by their kept digests
    under `number_salt`.
    """

    policy: Policy
    subjects: tuple[Subject, ...] = ()
    templates: tuple[SealedTemplate, ...] = ()
    pass_keys: tuple[bytes, ...] = ()
    revoked_passes: frozenset[str] = frozenset()
    list_keys: tuple[bytes, ...] = ()
    calibrations: tuple[Calibration, ...] = ()
    probe_pass: str = ""
    removals: tuple[Removal, ...] = ()
    numbers: Rights = {}
    number_salt: bytes = b""


class SignedPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of `site` as a policy key signs them, with the calibrations that they rely on.

    `number` rises with every change of them.
    """

    site: Name
    number: Version
    policy: Policy
    calibrations: Annotated[tuple[Calibration, ...], Meta(max_length=16)] = ()


def records_of(content: Content, policy: bytes) -> Records:
    """The records of `content`, with the policy as it was signed (`encode_policy`).

    Raises RegistryError for a subject with a visitor's id: a pass of theirs would outlive their record.
    """
    for subject in content.subjects:
        if is_visitor(subject.id):
            raise RegistryError(
                f"{subject.id!r} is a visitor's id",
                where="subjects",
                remedy=f"give them an id that does not begin with {VISITOR_IDS}",
            )
    records = {key_of(RecordKind.POLICY): policy}
    records.update(subject_record(_bounded(subject)) for subject in content.subjects)
    counted: dict[str, int] = {}
    for template in content.templates:
        number = counted.get(template.subject_id, 0)
        counted[template.subject_id] = number + 1
        records.update([template_record(template, number)])
    records.update((key_of(RecordKind.PASS_KEY, key_id_of(key)), key) for key in content.pass_keys)
    records.update((key_of(RecordKind.LIST_KEY, key_id_of(key)), key) for key in content.list_keys)
    records.update((key_of(RecordKind.REVOKED_PASS, name.encode()), b"") for name in content.revoked_passes)
    if content.probe_pass:
        records[key_of(RecordKind.PROBE_PASS)] = content.probe_pass.encode()
    records.update(map(removal_record, content.removals))
    records.update(number_records(content.numbers, content.number_salt))
    return records


def _bounded(subject: Subject) -> Subject:
    """`subject`; raises RegistryError where a gate would refuse the record of it."""
    try:
        msgspec.convert(msgspec.to_builtins(subject), Subject)
    except msgspec.ValidationError as error:
        raise RegistryError(
            f"cannot be written: {in_words(error, Subject)}",
            where=f"subject {subject.id!r}",
            remedy="correct it",
        ) from None
    return subject


def encode_policy(policy: SignedPolicy) -> bytes:
    """The payload that a policy key signs (context `POLICY_CONTEXT`)."""
    return encode_value(policy)


def decode_policy(signed: bytes, root: Root) -> tuple[SignedPolicy, bytes]:
    """The policy in a message signed by a policy key of `root`, and that key's id; raises BundleRefused."""
    payload, key_id = signed_payload(signed, root.policy_keys, POLICY_CONTEXT, "policy", MOST_POLICY_BYTES)
    try:
        return decode_value(payload, SignedPolicy, _LIMITS), key_id
    except Undecodable as error:
        raise BundleRefused(BundleRefusal.INVALID, f"invalid policy: {error}") from None


def policy_in(signed: bytes) -> SignedPolicy:
    """The policy in a message that was verified when it was published: whose keys count has changed since.

    Raises BundleRefused where this version cannot read it.
    """
    try:
        payload = sign1.parse(signed, most_payload_bytes=MOST_POLICY_BYTES).payload
        policy: SignedPolicy = decode_value(payload, SignedPolicy, _LIMITS)
    except (CredentialError, Undecodable) as error:
        raise BundleRefused(BundleRefusal.INVALID, f"invalid policy: {error}") from None
    return policy
