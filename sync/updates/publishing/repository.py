"""A repository of updates: its metadata by TUF, in `metadata/`, and its packages, in `targets/`.

`root` and `targets` say whose word counts; `software`, `models` and `registry` each for files of their own
folder alone; `snapshot` and `timestamp` that what is served is the newest.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from securesystemslib.exceptions import StorageError
from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Role,
    Root,
    Signed,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

from edge.errors import ConfigurationError
from edge.support.files import Durability, make_folder, write_aside
from sync.updates.core import (
    NamedModel,
    NewestOfChannel,
    SoftwareRelease,
    channel_path,
    model_path,
    package_path,
)
from sync.updates.packages import Package
from sync.updates.publishing.catalogued import offered
from sync.updates.publishing.role_keys import OFFLINE, ONLINE, ROLES, public_keys, refuse_too_few, signers_in

DELEGATED = OFFLINE[2:]
LIFETIMES = {
    "root": timedelta(days=365),
    "targets": timedelta(days=365),
    "software": timedelta(days=180),
    "models": timedelta(days=365),
    "registry": timedelta(days=365),
    "snapshot": timedelta(days=14),
    "timestamp": timedelta(days=3),
}
"""How long each is believed. The timestamp's is how long a frozen mirror stays unnoticed."""
_PRETTY = JSONSerializer(compact=False)
_READABLE = 0o644
_Kind = TypeVar("_Kind", Root, Timestamp, Snapshot, Targets)


class Publishing:
    """The repository in `folder`, whose keys lie in the folders `keys`. `now` is when it is signed.

    Keys in the folders `retired` sign a new root for gates that know the old one, and are named in none.
    """

    def __init__(
        self, folder: Path, keys: Sequence[Path], now: datetime, retired: Sequence[Path] = ()
    ) -> None:
        self._metadata = folder / "metadata"
        self._targets = folder / "targets"
        self._keys = keys
        self._now = now
        self._retired = retired

    def create(self, thresholds: Mapping[str, int]) -> None:
        """Make the first root, and empty roles below it. Raises ConfigurationError where one is there."""
        if (self._metadata / "1.root.json").exists():
            raise ConfigurationError(
                "there is a repository", where=str(self._metadata), remedy="use another folder"
            )
        for folder in (self._metadata, self._targets):
            make_folder(folder, 0o755)
        root = Root(consistent_snapshot=True)
        for role in ("root", "targets", *ONLINE):
            self._name_keys(root, role, thresholds.get(role, 1))
        targets = Targets()
        targets.delegations = self._delegations(thresholds, DELEGATED)
        self._write("root", Metadata(root))
        self._write("targets", Metadata(targets))
        for role in DELEGATED:
            self._write(role, Metadata(Targets()))
        self._write("snapshot", Metadata(Snapshot()))
        self._write("timestamp", Metadata(Timestamp()))
        self.refresh(whole=True)

    def add(self, packages: Sequence[Package], release: SoftwareRelease, channel: str) -> list[str]:
        """Offer `packages`, which are one version, as the newest of `channel`; their paths in it."""
        self._refuse_missing_keys("software")
        role = self._read("software", Targets)
        paths = []
        for package in packages:
            path = package_path(channel, package.version, package.platform)
            if path in role.signed.targets:
                raise ConfigurationError(
                    f"{path} is published: what a version is never changes",
                    where=str(self._metadata),
                    remedy="build it under a new version",
                )
            models = offered(package.models, self._models_signed())
            said = msgspec.structs.replace(release, unpacked=package.unpacked, models=models)
            custom = msgspec.to_builtins(said)
            self._put(role.signed, path, package.path, custom)
            paths.append(path)
        self._offer_newest(role.signed, channel, release.version)
        self._sign_next("software", role)
        self.refresh(whole=True)
        return paths

    def add_models(self, files: Mapping[NamedModel, Path]) -> list[str]:
        """Offer model files, each as the form of the one hash that it is named by; the paths that are new."""
        self._refuse_missing_keys("models")
        role, paths = self._read("models", Targets), []
        for model, file in files.items():
            path = model_path(model.file, *model.sha256)
            if path not in role.signed.targets:
                self._put(role.signed, path, file)
                paths.append(path)
        if paths:
            self._sign_next("models", role)
            self.refresh(whole=True)
        return paths

    def unoffered(self, packages: Sequence[Package]) -> list[str]:
        """The names of the models that `packages` can use and neither carry nor find in this repository."""
        named = {model for package in packages for model in package.models}
        there = {model.name for model in offered(named, self._models_signed())}
        return sorted({model.name for model in named} - there)

    def withdraw(self, version: str, channel: str, newest: str) -> list[str]:
        """Offer the packages of `version` no more; `newest` is the newest of `channel` from now on."""
        self._refuse_missing_keys("software")
        role = self._read("software", Targets)
        gone = [
            path for path in role.signed.targets if path.startswith(f"software/{channel}/gatepost_{version}+")
        ]
        if not gone:
            raise ConfigurationError(f"{version} is not published in {channel}", where=str(self._metadata))
        for path in gone:
            del role.signed.targets[path]
        self._offer_newest(role.signed, channel, newest)
        self._sign_next("software", role)
        self.refresh(whole=True)
        return gone

    def rotate(self, role: str, threshold: int | None = None) -> None:
        """Let the keys of `role` that lie in the keys' folders count from now on, and no others; of which
        `threshold` must sign (None: as many as before).

        A new root is signed by the old one's keys and by its own: gates follow from one to the next.
        """
        thresholds = self.thresholds()
        threshold = thresholds[role] if threshold is None else threshold
        if role in DELEGATED:
            self._refuse_missing_keys("targets")
            targets = self._read("targets", Targets)
            targets.signed.delegations = self._delegations(thresholds | {role: threshold}, [role])
            self._sign_next("targets", targets)
            self._sign_next(role, self._read(role, Targets))
        else:
            root = self._read("root", Root)
            for key_id in list(root.signed.roles[role].keyids):
                root.signed.revoke_key(key_id, role)
            self._name_keys(root.signed, role, threshold)
            if role not in ONLINE:
                self._refuse_missing_keys()
            self._sign_next("root", root)
            if role == "targets":
                self._sign_next(role, self._read(role, Targets))
        self.refresh(whole=True)

    def sign_again(self, roles: Sequence[str]) -> None:
        """Sign each of `roles` as it is, with the keys that count already: it is believed for longer."""
        self._refuse_missing_keys(*(role for role in roles if role != "root"))
        for role in roles:
            if role == "root":
                self._sign_next(role, self._read(role, Root))
            elif role not in ONLINE:
                self._sign_next(role, self._read(role, Targets))
        self.refresh(whole=bool(roles))

    def refresh(self, *, whole: bool) -> None:
        """Sign a new timestamp, and a new snapshot where the `whole` changed or it ends soon."""
        snapshot = self._read("snapshot", Snapshot)
        if whole or snapshot.signed.expires - self._now < LIFETIMES["snapshot"] / 2:
            snapshot.signed.meta = {
                f"{role}.json": MetaFile(self._read(role, Targets).signed.version)
                for role in ("targets", *DELEGATED)
            }
            self._sign_next("snapshot", snapshot)
        timestamp = self._read("timestamp", Timestamp)
        timestamp.signed.snapshot_meta = MetaFile(self._read("snapshot", Snapshot).signed.version)
        self._sign_next("timestamp", timestamp)

    def thresholds(self) -> dict[str, int]:
        """How many keys of each role must sign."""
        return {role: self._counted(role).threshold for role in ROLES}

    def shown(self) -> dict[str, dict[str, Any]]:
        """Of each role: its version, when it ends, how many of its keys must sign, and what it offers."""
        thresholds = self.thresholds()
        rows = {}
        for role in ROLES:
            signed = self._signed(role)
            offered = sorted(signed.targets) if isinstance(signed, Targets) else []
            rows[role] = {
                "version": signed.version,
                "until": signed.expires,
                "threshold": thresholds[role],
                "offered": offered,
            }
        return rows

    # --- inside ----------------------------------------------------------------------------

    def _models_signed(self) -> Mapping[str, TargetFile]:
        return self._read("models", Targets).signed.targets

    def _refuse_missing_keys(self, *roles: str) -> None:
        """Raise ConfigurationError before anything is written that could not be signed to its end."""
        for role in (*roles, *ONLINE):
            self._signers(role)

    def _signed(self, role: str) -> Signed:
        if role == "root":
            return self._read(role, Root).signed
        if role == "snapshot":
            return self._read(role, Snapshot).signed
        return self._read(role, Timestamp).signed if role == "timestamp" else self._read(role, Targets).signed

    def _name_keys(self, root: Root, role: str, threshold: int) -> None:
        signers = signers_in(self._keys, role)
        refuse_too_few(signers, role, threshold, self._keys)
        for key in public_keys(signers):
            root.add_key(key, role)
        root.roles[role].threshold = threshold

    def _delegations(self, thresholds: Mapping[str, int], renewed: Collection[str]) -> Delegations:
        """Each role may speak for the files of its own folder alone, and nobody else for them.

        Those that are `renewed` have the keys in the keys' folders; the others keep theirs.
        """
        known = self._known_delegations()
        keys: dict[str, Any] = {}
        roles: dict[str, DelegatedRole] = {}
        for role in DELEGATED:
            mine = {key.keyid: key for key in public_keys(signers_in(self._keys, role))}
            own = mine if role in renewed else known[role]
            refuse_too_few(list(own), role, thresholds.get(role, 1), self._keys)
            keys |= own
            patterns = [f"{role}/*", f"{role}/*/*"]
            roles[role] = DelegatedRole(
                role, list(own), thresholds.get(role, 1), terminating=True, paths=patterns
            )
        return Delegations(keys, roles)

    def _known_delegations(self) -> dict[str, dict[str, Any]]:
        if not list(self._metadata.glob("*.targets.json")):
            return {}
        held = self._read("targets", Targets).signed.delegations
        if held is None or held.roles is None:
            return {}
        return {name: {key: held.keys[key] for key in role.keyids} for name, role in held.roles.items()}

    def _put(self, role: Targets, path: str, source: Path, custom: object = None) -> None:
        """Name the file `source` as `path`, and lay a copy where clients look for it: by its hash."""
        target = TargetFile.from_file(path, str(source), ["sha256"])
        if custom is not None:
            target.unrecognized_fields["custom"] = custom
        role.targets[path] = target
        folder, _, name = path.rpartition("/")
        copy = self._targets / folder / f"{target.hashes['sha256']}.{name}"
        make_folder(copy.parent, 0o755)
        shutil.copyfile(source, copy)
        copy.chmod(_READABLE)

    def _offer_newest(self, role: Targets, channel: str, version: str) -> None:
        path = channel_path(channel)
        written = self._targets / path
        make_folder(written.parent, 0o755)
        write_aside(written, msgspec.json.encode(NewestOfChannel(version)), _READABLE)
        self._put(role, path, written)
        written.unlink()

    def _read(self, role: str, kind: type[_Kind]) -> Metadata[_Kind]:
        """The newest metadata of `role`; raises ConfigurationError."""
        name = f"{role}.json"
        found = sorted(self._metadata.glob(f"*.{name}"), key=lambda path: int(path.name.partition(".")[0]))
        path = self._metadata / name if role == "timestamp" else (found or [self._metadata / f"1.{name}"])[-1]
        try:
            read = Metadata.from_file(str(path))
        except (RepositoryError, StorageError, OSError) as error:
            raise ConfigurationError(
                f"cannot be read: {error}",
                where=str(path),
                remedy="gatepost update repository init makes a repository",
            ) from None
        if not isinstance(read.signed, kind):
            raise ConfigurationError(f"is no {role}", where=str(path))
        return read

    def _sign_next(self, role: str, metadata: Metadata[Any]) -> None:
        metadata.signed.version += 1
        self._write(role, metadata)

    def _write(self, role: str, metadata: Metadata[Any]) -> None:
        """Sign with every key that there is and that counts for `role`, and write."""
        metadata.signed.expires = (self._now + LIFETIMES[role]).replace(microsecond=0)
        metadata.signatures.clear()
        for signer in self._signers_of_root() if role == "root" else self._signers(role):
            metadata.sign(signer, append=True)
        if role == "root":
            self._refuse_root(metadata)
        name = "timestamp.json" if role == "timestamp" else f"{metadata.signed.version}.{role}.json"
        write_aside(self._metadata / name, metadata.to_bytes(_PRETTY), _READABLE, Durability.LASTING)

    def _signers_of_root(self) -> list[CryptoSigner]:
        return signers_in([*self._keys, *self._retired], "root")

    def _signers(self, role: str) -> list[CryptoSigner]:
        """The keys of `role` that count; raises ConfigurationError where they are too few."""
        counted = self._counted(role)
        found = [each for each in signers_in(self._keys, role) if each.public_key.keyid in counted.keyids]
        refuse_too_few(found, role, counted.threshold, self._keys)
        return found

    def _counted(self, role: str) -> Role:
        """Which keys count for `role`, and how many must sign."""
        if role not in DELEGATED:
            return self._read("root", Root).signed.roles[role]
        held = self._read("targets", Targets).signed.delegations
        return (held.roles or {})[role] if held is not None else Role([], 1)

    def _refuse_root(self, metadata: Metadata[Root]) -> None:
        """Raise ConfigurationError where a gate would not follow to this root."""
        try:
            if metadata.signed.version > 1:
                before = self._read("root", Root)
                before.signed.verify_delegate("root", metadata.signed_bytes, metadata.signatures)
            metadata.signed.verify_delegate("root", metadata.signed_bytes, metadata.signatures)
        except RepositoryError as error:
            raise ConfigurationError(
                f"a gate would not follow to this root: {error}",
                where=", ".join(map(str, self._keys)),
                remedy="name the folders with the keys of the root before, and of the new one",
            ) from None
