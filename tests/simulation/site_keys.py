"""The keys of a simulated site, and the roots that say whose word counts: all of them follow from a seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha512

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.admin.publication import sign_root
from edge.admin.site_keys import ROOT_LIFETIME
from edge.registry.format import Anchor, Root, anchor_of, join_chain, seal_key_of
from edge.signing.key_files import raw_public
from tests.keys import ed25519


@dataclass(frozen=True)
class SiteKeys:
    """`documents` are the signed roots so far, oldest first, and `begins` is when the first was signed.

    `anchor` is what gates begin with; `root` signs roots, `template` seals faces, the others what they are
    named after.
    """

    seed: int
    site: str
    begins: datetime
    anchor: Anchor
    documents: tuple[bytes, ...]
    root: Ed25519PrivateKey
    registry: Ed25519PrivateKey
    policy: Ed25519PrivateKey
    command: Ed25519PrivateKey
    central: Ed25519PrivateKey
    passes: Ed25519PrivateKey
    lists: Ed25519PrivateKey
    template: bytes

    @property
    def roots(self) -> bytes:
        """The chain of roots, as it is published."""
        return join_chain(list(self.documents))

    @property
    def seal(self) -> bytes:
        """The key that seals the registry for the site's gates."""
        return seal_key_of(self.template)

    def device(self, name: str) -> Ed25519PrivateKey:
        """The key that signs what a device says."""
        return named_key(self.seed, f"device {name}")


def keys_of(seed: int, site: str, begins: datetime) -> SiteKeys:
    """The keys of a new site, with its first root."""
    names = ("root", "registry", "policy", "command", "central", "passes", "lists")
    made = {name: named_key(seed, name) for name in names}
    anchor = anchor_of((_public(made["root"]),))
    template = sha512(f"{seed} template".encode()).digest()[:32]
    keys = SiteKeys(seed, site, begins, anchor, (), **made, template=template)
    return _with_next_root(keys, keys)


def with_new_registry_key(keys: SiteKeys) -> SiteKeys:
    """The keys after the next root has put another registry key in the place of the one so far."""
    new = named_key(keys.seed, f"registry {len(keys.documents)}")
    return _with_next_root(keys, replace(keys, registry=new))


def with_new_root_key(keys: SiteKeys) -> SiteKeys:
    """The keys after the next root, signed by the old root key and by the new one."""
    new = named_key(keys.seed, f"root {len(keys.documents)}")
    return _with_next_root(keys, replace(keys, root=new))


def named_key(seed: int, name: str) -> Ed25519PrivateKey:
    """The key of this name in the world of `seed`."""
    return ed25519(f"{seed} {name}")


def _with_next_root(old: SiteKeys, new: SiteKeys) -> SiteKeys:
    root = Root(
        version=len(old.documents) + 1,
        expires=old.begins + ROOT_LIFETIME,
        threshold=1,
        root_keys=(_public(new.root),),
        registry_keys=(_public(new.registry),),
        policy_keys=(_public(new.policy),),
        command_keys=(_public(new.command),),
        acknowledgement_keys=(_public(new.central),),
        sites=(old.site,),
    )
    signers = {_public(key): key for key in (old.root, new.root)}
    return replace(new, documents=(*old.documents, sign_root(root, signers.values())))


def _public(key: Ed25519PrivateKey) -> bytes:
    return raw_public(key.public_key())
