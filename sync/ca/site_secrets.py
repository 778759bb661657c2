"""What the authority keeps of a site for devices that enrol: its root's public keys and its template key.

They come from the site's own administration, never from central: a centre that was taken over makes no new
gate believe another root.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edge.errors import GatepostError
from edge.registry.format import KeyRing
from edge.registry.keys import (
    key_ring_file,
    read_public_keys,
    read_public_sealing_key,
    read_template_keys,
)
from edge.support.files import Durability, make_folder, read_bounded, write_aside
from edge.support.names import IDENTIFIER
from sync.ca.certificates import AuthorityError

_FOLDER, _DEVICES = "sites", "devices"
_ROOT, _TEMPLATE = "root.pub", "template.key"
_MOST_BYTES = 8192


@dataclass(frozen=True)
class SiteSecrets:
    """`root` is the file of the root's public keys (PEM), `template_keys` open the site's templates."""

    root: str
    template_keys: KeyRing


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
    template, keys = folder / _TEMPLATE, found.template_keys
    halves = _halves(folder, site, source)
    if held.exists() and template.exists():
        kept = read_template_keys(template)
        if keys.current in kept.every:
            return halves > 0  # the same, or one that was exchanged here since
        raise AuthorityError(
            "another template key is kept for this site",
            where=str(template),
            remedy="if it was exchanged at the site's own administration, remove that file first",
        )
    make_folder(folder, 0o700)
    write_aside(template, key_ring_file(keys))
    write_aside(held, found.root.encode())
    return True


def keep_sealing_key(authority: Path, site: str, device: str, public: bytes) -> None:
    """Keep the public half of a device's sealing key: to it another template key is sealed one day.

    Raises OSError.
    """
    _check(site, device)
    folder = authority / _FOLDER / site / _DEVICES
    make_folder(folder, 0o700)
    write_aside(folder / f"{device}.pub", public.hex().encode() + b"\n", durability=Durability.LASTING)


def sealing_keys_of_devices(authority: Path, site: str) -> Mapping[str, bytes]:
    """The public halves that are kept of a site's devices, by device. Raises GatepostError."""
    _check(site)
    paths = sorted((authority / _FOLDER / site / _DEVICES).glob("*.pub"))
    return {path.name.removesuffix(".pub"): read_public_sealing_key(path) for path in paths}


def set_template_keys(authority: Path, site: str, keys: KeyRing) -> None:
    """Keep these template keys of a site, of which something is kept already. Raises OSError."""
    _check(site)
    path = authority / _FOLDER / site / _TEMPLATE
    write_aside(path, key_ring_file(keys), durability=Durability.LASTING)


def _halves(folder: Path, site: str, source: Path) -> int:
    """Take over the sealing keys of the gates of a site's own administration; how many are new."""
    taken = 0
    for path in sorted((source / "gates").glob("*.pub")):
        half, target = read_public_sealing_key(path), folder / _DEVICES / f"{site}.{path.stem}.pub"
        if not target.exists():
            make_folder(target.parent, 0o700)
            write_aside(target, half.hex().encode() + b"\n")
            taken += 1
    return taken


def _check(*names: str) -> None:
    for name in names:
        if IDENTIFIER.fullmatch(name) is None:
            raise AuthorityError(f"{name!r} is no id")


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
    template = read_template_keys(folder / _TEMPLATE)
    root = folder / _ROOT
    read_public_keys(root)
    return SiteSecrets(read_bounded(root, _MOST_BYTES).decode(), template)
