"""The publisher's keys: Ed25519, one a file, in a folder for each role."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from securesystemslib.signer import CryptoSigner, SSlibKey

from edge.errors import ConfigurationError
from edge.signing.key_files import make_private_key, public_pem, read_private_key
from edge.support.counted import counted
from edge.support.files import make_folder, write_aside

ONLINE = ("timestamp", "snapshot")
"""Roles whose keys lie where the repository is served: a timer signs with them."""
OFFLINE = ("root", "targets", "software", "models", "registry")
ROLES = (*OFFLINE[:2], *ONLINE, *OFFLINE[2:])


def make_keys(folder: Path, role: str, count: int) -> list[Path]:
    """Make `count` keys of `role` in `folder`, and their public halves; raises where one is there already."""
    make_folder(folder)
    made = []
    for number in range(1, count + 1):
        path = folder / f"{role}-{number}.key"
        key = make_private_key(path)
        write_aside(path.with_suffix(".pub"), public_pem(key.public_key()), 0o644)
        made.append(path)
    return made


def signers_in(folders: Sequence[Path], role: str) -> list[CryptoSigner]:
    """The keys of `role` that lie in `folders`; raises where a file is no key."""
    paths = [path for folder in folders for path in sorted(folder.glob(f"{role}-*.key"))]
    return [CryptoSigner(read_private_key(path)) for path in paths]


def public_keys(signers: Sequence[CryptoSigner]) -> list[SSlibKey]:
    """The halves of `signers` that everybody may know."""
    return [signer.public_key for signer in signers]


def refuse_too_few(signers: Sequence[object], role: str, threshold: int, folders: Sequence[Path]) -> None:
    """Raise ConfigurationError where `signers` are fewer than `threshold`."""
    if len(signers) < threshold:
        raise ConfigurationError(
            f"{counted(len(signers), 'key')} of {role}, {threshold} must sign",
            where=", ".join(map(str, folders)),
            remedy="name the folders of the others too, with --keys: the medium that each is kept on",
        )
