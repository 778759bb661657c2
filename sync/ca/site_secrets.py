"""What the authority keeps of a site for devices that enrol: its root's public keys and its template key.

They come from the site's own administration, never from central: a centre that was taken over makes no new
gate believe another root.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from edge.errors import GatepostError
from edge.registry.keys import read_public_keys, read_template_key
from edge.support.files import make_folder, read_bounded, write_aside
from edge.support.names import IDENTIFIER
from sync.ca.certificates import AuthorityError

_FOLDER = "sites"
_ROOT, _TEMPLATE = "root.pub", "template.key"
_MOST_BYTES = 8192


@dataclass(frozen=True)
class SiteSecrets:
    """`root` is the file of the root's public keys (PEM), `template_key` opens the site's templates."""

    root: str
    template_key: bytes = field(repr=False)


def keep_site_secrets(authority: Path, site: str, source: Path) -> bool:
    """Keep what the folder `source` (a site's `keys`, or one of its gates') has of `site`; returns whether
    that is new.

    The same again changes nothing. Raises AuthorityError where another root is kept already, GatepostError
    where a file is missing or wrong.
    """
    if IDENTIFIER.fullmatch(site) is None:
        raise AuthorityError(f"{site!r} is not the id of a site")
    found = _read(source)
    folder = authority / _FOLDER / site
    held = folder / _ROOT
    if held.exists() and held.read_bytes() != found.root.encode():
        raise AuthorityError(
            "another root is kept for this site",
            where=str(held),
            remedy="if the site was made anew, remove that file first",
        )
    template, secret = folder / _TEMPLATE, found.template_key.hex().encode() + b"\n"
    if held.exists() and template.exists() and read_bounded(template, _MOST_BYTES) == secret:
        return False
    make_folder(folder, 0o700)
    write_aside(template, secret)
    write_aside(held, found.root.encode())
    return True


def site_secrets(authority: Path, site: str) -> SiteSecrets:
    """What is kept of `site`. Raises AuthorityError where nothing is."""
    if IDENTIFIER.fullmatch(site) is None:
        raise AuthorityError(f"{site!r} is not the id of a site")
    folder = authority / _FOLDER / site
    try:
        return _read(folder)
    except GatepostError as error:
        raise AuthorityError(
            f"the authority cannot give the keys of this site: {error.what}",
            where=site,
            remedy=f"at the centre: gatepost central ca site set {site} --from THE-SITE'S-FOLDER/keys",
        ) from None


def _read(folder: Path) -> SiteSecrets:
    template = read_template_key(folder / _TEMPLATE)
    root = folder / _ROOT
    read_public_keys(root)
    return SiteSecrets(read_bounded(root, _MOST_BYTES).decode(), template)
