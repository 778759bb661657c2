"""registry.json: roots, a registry whole and by changes, urgent revocations, and files that are refused.

What a gate `gate` of site `site` takes that was installed with `anchor` and holds `template_key`. `roots` 1
to 3: a second and third root key come with root 2, another registry key with root 3. `versions`: 1 whole, 2
by changes. `urgent`: a list that takes a person and a pass away. `refused`: files that a gate refuses that
holds version `held` (0: none), each with its code.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from functools import cache
from typing import Any

import cbor2
from msgspec.structs import replace

from edge.admin.publication import sign_root
from edge.credentials.known.numbers import kept_digest, kept_of_slow, slow_digest
from edge.credentials.known.rights import KnownRight
from edge.decision import Status, Subject
from edge.decision.status import StatusRecord
from edge.registry.format import (
    Content,
    assemble,
    assemble_urgent_revocations,
    blob_of,
    encode_records,
    join_chain,
    signed_part,
)
from edge.registry.format.changes import Changes
from edge.registry.format.records import RecordKind, digest_of, key_of
from edge.registry.format.sealing import ObjectKind, seal_key_of, seal_object
from edge.signing.cose import encode_value, microseconds
from tests.edge.registry.repository import (
    ISSUED,
    POLICY,
    SITE,
    TEMPLATE_KEY,
    Repository,
    sealed,
    unit_vector,
)
from tests.protocol.vectors.notation import about, decoded, key, public, secret

_ROOTS, _REGISTRY, _NEW_REGISTRY, _POLICY, _PASS, _STRANGER = (10, 11, 12), 13, 14, 15, 8, 16
_LI = Subject("li-na", "Li Na", "3/2/1201", groups=frozenset({"residents", "committee"}))
_WANG = Subject("wang-wei", "Wang Wei", "3/2/1202", valid_until=ISSUED + timedelta(days=400))
_NUMBER, _SALT = "40712296", bytes(range(16))
_OPENS = KnownRight("visitor:3f9c", "ab" * 8, ISSUED, ISSUED + timedelta(days=2), 2, frozenset({"main"}))
_GREEN = StatusRecord(Status.GREEN, "district", "test", "rule-1", ISSUED)


def vectors() -> dict[str, Any]:
    made = _made()
    return {
        "about": about(sys.modules[__name__]),
        "site": SITE,
        "gate": "main",
        "now": microseconds(ISSUED + timedelta(days=1)),
        "secrets": {
            "root": [secret(number) for number in _ROOTS],
            "registry": [secret(_REGISTRY), secret(_NEW_REGISTRY)],
            "policy": secret(_POLICY),
        },
        "template_key": TEMPLATE_KEY.hex(),
        "seal_key": seal_key_of(TEMPLATE_KEY).hex(),
        "sealed_for": {
            kind.value: [part.hex() for part in (b"gatepost registry object 1", SITE.encode(), kind.encode())]
            for kind in ObjectKind
        },
        "anchor": {"keys": [public(_ROOTS[0]).hex()], "threshold": 1},
        "roots": [_root(document) for document in made.repository.documents],
        "chain": made.repository.roots.hex(),
        "versions": [_version(made, 1), _version(made, 2)],
        "urgent": _urgent(made.urgent),
        "numbers": [_number(_NUMBER, _OPENS), _number("40712297", None)],
        "refused": _refused(made),
    }


class _Made:
    """The registry of these vectors, published twice."""

    def __init__(self) -> None:
        content = Content(
            policy=POLICY,
            subjects=(_LI, _WANG),
            templates=(sealed(_LI, unit_vector(1, 8)),),
            pass_keys=(public(_PASS),),
            revoked_passes=frozenset({"ab" * 8}),
            numbers={kept_digest(_NUMBER, _SALT): _OPENS},
            number_salt=_SALT,
        )
        self.first_content = content
        repository = Repository(
            root_keys=[key(_ROOTS[0])], registry_key=key(_REGISTRY), policy_key=key(_POLICY), content=content
        )
        repository.rotate(root_keys=[key(number) for number in _ROOTS])
        repository.registry_key = key(_NEW_REGISTRY)
        repository.rotate()
        repository.publish()
        repository.publish(replace(content, subjects=(replace(_LI, status=_GREEN, version=2),)))
        self.repository = repository
        self.urgent = repository.revoke(1, 2, passes=("cd" * 8,), subjects=("li-na",))


@cache
def _made() -> _Made:
    return _Made()


def _root(document: bytes) -> dict[str, Any]:
    _, _, payload, signatures = cbor2.loads(document).value
    return {
        "signed": document.hex(),
        "payload": payload.hex(),
        "value": decoded(payload),
        "signers": [cbor2.loads(protected)[4].hex() for protected, _, _ in signatures],
    }


def _version(made: _Made, version: int) -> dict[str, Any]:
    repository, publication = made.repository, made.repository.published[version - 1]
    base, payload = repository.history[version], cbor2.loads(publication.signed).value[2]
    told = {
        "version": version,
        "manifest": {"signed": publication.signed.hex(), "payload": payload.hex(), "value": decoded(payload)},
        "records": [_record(name, value) for name, value in sorted(base.records.items())],
        "records_encoded": encode_records(base.records).hex(),
        "set_sha256": base.set_sha256.hex(),
        "snapshot": publication.snapshot.hex(),
        "bundle": publication.bundle.hex(),
    }
    if version > 1:
        before = repository.history[version - 1]
        changed = {name: value for name, value in base.records.items() if before.records.get(name) != value}
        removed = tuple(sorted(before.records.keys() - base.records.keys()))
        plain = Changes(SITE, version - 1, before.set_sha256, version, encode_records(changed), removed)
        told["changes"] = {
            "base": version - 1,
            "value": decoded(encode_value(plain)),
            "encoded": encode_value(plain).hex(),
            "object": publication.changes[version - 1].hex(),
            "file": publication.file_of_changes(version - 1).hex(),
        }
    return told


def _number(typed: str, opens: KnownRight | None) -> dict[str, Any]:
    """A number as somebody types it, its digests, and what it opens (null: nothing)."""
    slow = slow_digest(typed, _SALT)
    right = None if opens is None else decoded(encode_value(opens))
    return {"typed": typed, "slow": slow.hex(), "kept": kept_of_slow(slow).hex(), "opens": right}


def _record(name: bytes, value: bytes) -> dict[str, Any]:
    plain = RecordKind(name[0]) in {RecordKind.SUBJECT, RecordKind.TEMPLATE, RecordKind.NUMBER}
    told: dict[str, Any] = {"key": name.hex(), "value": value.hex(), "sha256": digest_of(name, value).hex()}
    if plain:
        told["decoded"] = decoded(value)
    elif name[0] == RecordKind.POLICY:
        told["decoded"] = decoded(cbor2.loads(value).value[2])
    return told


def _urgent(file: bytes) -> dict[str, Any]:
    payload = cbor2.loads(signed_part(file)).value[2]
    return {
        "signed": signed_part(file).hex(),
        "payload": payload.hex(),
        "value": decoded(payload),
        "file": file.hex(),
    }


def _refused(made: _Made) -> list[dict[str, Any]]:
    repository, first = made.repository, made.repository.published[0]
    flipped = bytearray(first.bundle)
    flipped[-1] ^= 1
    stranger = Repository(
        root_keys=[key(_STRANGER)],
        registry_key=key(_STRANGER + 1),
        policy_key=key(_POLICY),
        content=repository.content,
    )

    def case(name: str, kind: str, data: bytes, expect: str, *, held: int = 0) -> dict[str, Any]:
        return {"name": name, "kind": kind, "held": held, "file": data.hex(), "expect": expect}

    other_way = _again(made)
    other_way.publish()
    of_one = _again(made)
    return [
        case("nothing", "bundle", b"", "unreadable"),
        case("cut off", "bundle", first.bundle[:-1], "unreadable"),
        case("a byte after its end", "bundle", first.bundle + b"\0", "unreadable"),
        case("a bit of the snapshot turned", "bundle", bytes(flipped), "forged"),
        case("another's roots", "bundle", stranger.bundle(), "unsigned"),
        case("a root is left out", "bundle", _with_roots(made, 0, 2), "older"),
        case("a root is there twice", "bundle", _with_roots(made, 0, 0, 1, 2), "older"),
        case("a root that the one before it did not sign", "bundle", _with_foreign_root(made), "unsigned"),
        case("the registry key that root 3 took away", "bundle", _by_old_key(made), "unsigned"),
        case("for another site", "bundle", _again(made, site="red-court").bundle(), "other_site"),
        case("for another gate", "bundle", of_one.publish(gates=("rear",)).bundle, "other_gate"),
        case("expired", "bundle", _again(made).bundle(lifetime=timedelta(hours=1)), "expired"),
        case("an older version", "bundle", first.bundle, "older", held=2),
        case(
            "the version that is held, with other content",
            "bundle",
            other_way.publish(replace(made.repository.content, revoked_passes=frozenset())).bundle,
            "changed",
            held=2,
        ),
        case("without a policy", "bundle", _without_policy(made), "invalid"),
        case("sealed with another key", "bundle", _sealed_otherwise(made), "other_key"),
        case(
            "changes to a version that is not held",
            "changes",
            repository.published[1].file_of_changes(1),
            "other_base",
            held=2,
        ),
        case(
            "urgent revocations by another's key",
            "revocations",
            assemble_urgent_revocations(repository.roots, signed_part(stranger.revoke(1, 2))),
            "unsigned",
        ),
        case(
            "urgent revocations for another site",
            "revocations",
            repository.revoke(1, 2, site="red-court"),
            "other_site",
        ),
    ]


def _again(made: _Made, site: str = SITE) -> Repository:
    """A publisher with the same keys and content, that has published nothing yet."""
    again = Repository(
        site=site,
        root_keys=[key(_ROOTS[0])],
        registry_key=key(_REGISTRY),
        policy_key=key(_POLICY),
        content=made.first_content,
    )
    again.documents[:] = made.repository.documents
    again.registry_key = made.repository.registry_key
    if site != SITE:
        again.documents.clear()
        again.rotate(sites=())
    return again


def _with_roots(made: _Made, *places: int) -> bytes:
    first, documents = made.repository.published[0], made.repository.documents
    return assemble(join_chain(documents[place] for place in places), first.signed, first.snapshot)


def _with_foreign_root(made: _Made) -> bytes:
    first, documents = made.repository.published[0], made.repository.documents
    value = made.repository.next_root(version=2)
    foreign = sign_root(value, [key(_STRANGER), key(_STRANGER + 1)])
    return assemble(join_chain([documents[0], foreign]), first.signed, first.snapshot)


def _by_old_key(made: _Made) -> bytes:
    return _again(made).publish(key=key(_REGISTRY)).bundle


def _without_policy(made: _Made) -> bytes:
    again = _again(made)
    records = {name: value for name, value in again.records().items() if name != key_of(RecordKind.POLICY)}
    return again.publish(records=records).bundle


def _sealed_otherwise(made: _Made) -> bytes:
    plain = encode_records(made.repository.history[1].records)
    snapshot = seal_object(plain, ObjectKind.SNAPSHOT, SITE, bytes(64))
    again = _again(made)
    return again.bundle_with(again.publish(), snapshot, blob_of(snapshot))
