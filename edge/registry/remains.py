"""Looks whether files of a gate still know somebody who was removed: bundles and changes, where they lie."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.errors import RegistryError
from edge.registry.format import (
    RecordKind,
    Removal,
    Removed,
    Trusted,
    bundle,
    changes,
    removal_digest,
)
from edge.support.files import read_bounded


@dataclass(frozen=True)
class KnownHere:
    """The digests of all subjects that something knows, of those with templates, and of revoked passes."""

    subjects: frozenset[bytes]
    with_templates: frozenset[bytes]
    revoked: frozenset[bytes] = frozenset()

    def knows(self, removal: Removal) -> bool:
        """Whether what was removed is still known."""
        match removal.what:
            case Removed.SUBJECT:
                return removal.digest in self.subjects | self.with_templates
            case Removed.TEMPLATES:
                return removal.digest in self.with_templates
            case Removed.PASS:
                return removal.digest not in self.revoked


def known_by(
    subjects: Iterable[str],
    with_templates: Iterable[str],
    seal_keys: Collection[bytes],
    revoked: Iterable[str] = (),
) -> KnownHere:
    """What is known, as digests under each of the site's seal keys."""
    digests = (
        {removal_digest(name, key) for name in names for key in seal_keys}
        for names in (subjects, with_templates, revoked)
    )
    return KnownHere(*map(frozenset, digests))


def places_that_know(
    removals: Collection[Removal], files: Iterable[Path], trusted: Trusted
) -> dict[str, list[Removal]]:
    """The files that still know some of `removals` of people, by name, with what each knows.

    What is no registry of this site, or is sealed with another key, knows nobody here. Raises OSError.
    """
    people = [removal for removal in removals if removal.what is not Removed.PASS]
    found = {}
    for path in files if people else ():
        known = _known_in(path, trusted)
        there = [] if known is None else [removal for removal in people if known.knows(removal)]
        if there:
            found[path.name] = there
    return found


def _known_in(path: Path, trusted: Trusted) -> KnownHere | None:
    try:
        data = read_bounded(path, bundle.MOST_BUNDLE_BYTES)
    except FileNotFoundError:
        return None
    try:
        keys = list(_keys_in(data, trusted))
    except RegistryError:
        return None
    people = {key[1:].decode() for key in keys if key[0] == RecordKind.SUBJECT}
    faces = {key[1:-3].decode() for key in keys if key[0] == RecordKind.TEMPLATE}
    return known_by(people, faces, trusted.seal_keys)


def _keys_in(data: bytes, trusted: Trusted) -> Iterator[bytes]:
    if data.startswith(changes.MAGIC):
        yield from changes.keys_in(data, trusted)
    else:
        yield from bundle.keys_in(data, trusted)
