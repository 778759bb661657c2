"""The keys of a site: read once, when its folder is opened, and made once, when it is set up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.admin.publication import sign_root
from edge.errors import ConfigurationError
from edge.registry.format import MOST_CHAIN_BYTES, Anchor, Root, join_chain, seal_key_of, walk
from edge.registry.keys import make_template_key, read_anchor, read_template_key
from edge.signing.key_files import make_private_key, public_pem, raw_public, read_private_key
from edge.support.files import read_bounded

ROOT_LIFETIME = timedelta(days=3 * 365)


@dataclass(frozen=True)
class SiteKeys:
    """`anchor` are the public root keys that gates begin with, `roots` the signed chain of roots so far and
    `root` its newest: whose word counts at present. `template` seals faces; the others sign what they are
    named after.
    """

    anchor: Anchor
    roots: bytes
    root: Root
    template: bytes = field(repr=False)
    passes: Ed25519PrivateKey
    lists: Ed25519PrivateKey
    policy: Ed25519PrivateKey
    registry: Ed25519PrivateKey

    @property
    def seal(self) -> bytes:
        """The key that seals the site's registry for its gates: it follows from `template`."""
        return seal_key_of(self.template)


def read_site_keys(folder: Path) -> SiteKeys:
    """The keys in `folder`; raises GatepostError that names the one that is missing or wrong."""
    anchor, roots = read_anchor(folder / "root.pub"), _roots_in(folder / "roots")
    return SiteKeys(
        anchor,
        roots,
        walk(roots, anchor),
        read_template_key(folder / "template.key"),
        *(read_private_key(folder / f"{name}.key") for name in ("pass", "lists", "policy", "registry")),
    )


def make_site_keys(folder: Path, root_key: Path, site: str, now: datetime) -> None:
    """Make the keys of `site` in `folder`, and the first root, signed by a new key at `root_key`.

    That key says whose word counts, and is needed again only to replace the others.
    """
    root = make_private_key(root_key)
    registry, policy = make_private_key(folder / "registry.key"), make_private_key(folder / "policy.key")
    command, central = make_private_key(folder / "command.key"), make_private_key(folder / "central.key")
    make_private_key(folder / "pass.key")
    make_private_key(folder / "lists.key")
    make_template_key(folder / "template.key")
    (folder / "root.pub").write_bytes(public_pem(root.public_key()))
    first = Root(
        version=1,
        expires=now + ROOT_LIFETIME,
        threshold=1,
        root_keys=(raw_public(root.public_key()),),
        registry_keys=(raw_public(registry.public_key()),),
        policy_keys=(raw_public(policy.public_key()),),
        command_keys=(raw_public(command.public_key()),),
        acknowledgement_keys=(raw_public(central.public_key()),),
        sites=(site,),
    )
    (folder / "roots").write_bytes(join_chain([sign_root(first, [root])]))


def _roots_in(path: Path) -> bytes:
    try:
        return read_bounded(path, MOST_CHAIN_BYTES)
    except OSError as error:
        raise ConfigurationError(
            error.strerror or str(error),
            where=str(path),
            remedy="is it a site of an earlier version? make it anew",
        ) from None
