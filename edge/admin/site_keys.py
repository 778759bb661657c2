"""The keys of a site: read once, when its folder is opened, and made once, when it is set up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.admin.publication import sign_root
from edge.errors import ConfigurationError
from edge.registry.format import (
    MOST_CHAIN_BYTES,
    Anchor,
    KeyRing,
    Offered,
    Root,
    id_of_template_key,
    in_force,
    join_chain,
    seal_key_of,
    walk,
)
from edge.registry.key_offers import OFFER, read_offer
from edge.registry.keys import make_template_key, read_anchor, read_template_keys
from edge.signing.key_files import make_private_key, public_pem, raw_public, read_private_key
from edge.support.files import read_bounded, write_aside
from edge.support.phrases import phrase

TEMPLATE_KEY = "template.key"
ROOT_LIFETIME = timedelta(days=3 * 365)


@dataclass(frozen=True)
class SiteKeys:
    """`anchor` are the public root keys that gates begin with, `roots` the signed chain of roots so far and
    `root` its newest: whose word counts at present. `templates` seal faces, the first in force;
    `offered` is what versions say of that. The others sign what they are named after.
    """

    anchor: Anchor
    roots: bytes
    root: Root
    templates: KeyRing
    offered: Offered = field(repr=False)
    passes: Ed25519PrivateKey
    lists: Ed25519PrivateKey
    policy: Ed25519PrivateKey
    registry: Ed25519PrivateKey

    @property
    def template(self) -> bytes:
        """The key that seals faces now."""
        return self.templates.current

    @property
    def seal(self) -> bytes:
        """The key that seals the site's registry for its gates: it follows from `template`."""
        return seal_key_of(self.template)


def read_site_keys(folder: Path) -> SiteKeys:
    """The keys in `folder`; raises GatepostError that names the one that is missing or wrong."""
    anchor, roots = read_anchor(folder / "root.pub"), _roots_in(folder / "roots")
    offered = read_offer(folder / OFFER)
    return SiteKeys(
        anchor,
        roots,
        walk(roots, anchor),
        in_force(read_template_keys(folder / TEMPLATE_KEY), offered, id_of_template_key),
        offered,
        *(read_private_key(folder / f"{name}.key") for name in ("pass", "lists", "policy", "registry")),
    )


def root_places(folder: Path, media: tuple[Path, ...], count: int) -> tuple[Path, ...]:
    """Where the `count` root keys of the site in `folder` go: one on each of `media`, or all in its root/.

    Raises ConfigurationError where that cannot be, before anything is written.
    """
    if media and len(media) != count:
        raise ConfigurationError(
            phrase(
                "%(count)s root keys need %(count)s places, and %(named)s are named",
                count=count,
                named=len(media),
            ),
            where="--root-key",
            remedy=phrase("name %(count)s folders, each on a medium of its own, or none", count=count),
        )
    if len({place.resolve() for place in media}) != len(media):
        raise ConfigurationError(
            phrase("names one folder twice"),
            where="--root-key",
            remedy=phrase("one folder for each key, on media of their own"),
        )
    for place in media:
        if not place.is_dir():
            raise ConfigurationError(
                phrase("is no folder"), where=str(place), remedy=phrase("plug the medium in, and mount it")
            )
    places = media or (folder / "root",) * count
    found = tuple(place / f"root-{number}.key" for number, place in enumerate(places, start=1))
    for path in found:
        if path.exists():
            raise ConfigurationError(
                phrase("exists already"), where=str(path), remedy=phrase("take another medium or folder")
            )
    return found


def make_site_keys(folder: Path, root_keys: Iterable[Path], site: str, now: datetime) -> None:
    """Make the keys of `site` in `folder`, and the first root, signed by new keys at each of `root_keys`.

    Those say whose word counts, and more than half of them are needed again only to replace the others. Their
    public halves are in `folder` too: all in root.pub, and each by its own name.
    """
    paths = tuple(root_keys)
    roots = [make_private_key(path) for path in paths]
    registry, policy = make_private_key(folder / "registry.key"), make_private_key(folder / "policy.key")
    command, central = make_private_key(folder / "command.key"), make_private_key(folder / "central.key")
    make_private_key(folder / "pass.key")
    make_private_key(folder / "lists.key")
    make_template_key(folder / TEMPLATE_KEY)
    halves = [public_pem(key.public_key()) for key in roots]
    write_aside(folder / "root.pub", b"".join(halves))
    for path, half in zip(paths, halves, strict=True):
        write_aside(folder / path.with_suffix(".pub").name, half)
    public = tuple(raw_public(key.public_key()) for key in roots)
    first = Root(
        version=1,
        expires=now + ROOT_LIFETIME,
        threshold=len(public) // 2 + 1,
        root_keys=public,
        registry_keys=(raw_public(registry.public_key()),),
        policy_keys=(raw_public(policy.public_key()),),
        command_keys=(raw_public(command.public_key()),),
        acknowledgement_keys=(raw_public(central.public_key()),),
        sites=(site,),
    )
    write_aside(folder / "roots", join_chain([sign_root(first, roots)]))


def _roots_in(path: Path) -> bytes:
    try:
        return read_bounded(path, MOST_CHAIN_BYTES)
    except OSError as error:
        raise ConfigurationError(
            error.strerror or str(error),
            where=str(path),
            remedy=phrase("is it a site of an earlier version? make it anew"),
        ) from None
