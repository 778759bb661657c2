"""Finds what the next version of a registry would silently revert. PURE.

What was published, and what gates report to hold, is outside the database. A database that was restored
from a backup knows less, and would put people back to an earlier state.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from edge.decision import StatusRecord, Subject
from edge.registry.format import RecordKind, Records, UrgentRevocations, decode_subject
from sync.central.people.core import shown

MOST_AHEAD = 10_000
"""Versions that a gate may be ahead of those here; if it reports more, central did not publish it."""


@dataclass(frozen=True)
class Given:
    """What the gates of a site were given: the newest version on disk, and the urgent revocations.

    `held` are the versions that its gates report, by device: a hint, which may be false.
    """

    version: int = 0
    records: Records = field(default_factory=dict)
    revoked: UrgentRevocations | None = None
    held: Mapping[str, int] = field(default_factory=dict)

    @property
    def newest(self) -> int:
        """The newest version that is known of; the next one must be above it."""
        return max((self.version, *self.ahead.values()))

    @property
    def ahead(self) -> dict[str, int]:
        """The gates that hold a newer version than the newest on disk, with theirs."""
        most = self.version + MOST_AHEAD
        return {device: held for device, held in sorted(self.held.items()) if self.version < held <= most}

    def subjects(self) -> dict[str, Subject]:
        """The subjects that the gates know now, without those that were revoked."""
        known = _subjects(self.records)
        gone = set()
        if self.revoked is not None and self.version <= self.revoked.base:
            gone = set(self.revoked.subjects)
        return {name: subject for name, subject in known.items() if name not in gone}


def reverted(
    given: Given, wanted: Records, published: int, history: Mapping[str, StatusRecord]
) -> tuple[str, ...]:
    """A line for everything that publishing `wanted` would revert although no one set it so.

    `published` is the newest version that the database has recorded as published, `history` the last
    status of each subject.
    """
    before, after = given.subjects(), _subjects(wanted)
    lines = [
        *_unknown_versions(given, published),
        *_brought_back(given, before, after),
        *_unlike_their_history(after, history),
    ]
    if published < given.version:
        lines += _differences(given.records, before, wanted, after)
    return tuple(dict.fromkeys(lines))


def code_of(lines: Iterable[str]) -> str:
    """The code with which a person accepts exactly these lines: 8 hexadecimal digits."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:8]


def _unknown_versions(given: Given, published: int) -> Iterator[str]:
    """Versions that are out and newer than those on disk."""
    for device, version in given.ahead.items():
        yield (
            f"gate {device} holds version {version}, the newest here is {given.version}: "
            f"statuses set and passes revoked since are not known here"
        )
    if published > given.version:
        yield (
            f"version {published} was published, the newest here is {given.version}: "
            f"passes revoked since are not known here"
        )


def _brought_back(given: Given, before: Mapping[str, Subject], after: Mapping[str, Subject]) -> Iterator[str]:
    if given.revoked is not None:
        for name in sorted(set(given.revoked.subjects) & set(after) - set(before)):
            yield f"{name}: was revoked (list {given.revoked.number}), would be known again"


def _unlike_their_history(after: Mapping[str, Subject], history: Mapping[str, StatusRecord]) -> Iterator[str]:
    for name, subject in sorted(after.items()):
        if name in history and subject.status != history[name]:
            yield f"{name}: status {shown(subject.status)}, set last was {shown(history[name])}"


def _differences(
    given: Records, before: Mapping[str, Subject], wanted: Records, after: Mapping[str, Subject]
) -> Iterator[str]:
    """All that a database older than the newest version would change."""
    for name in sorted(set(before) | set(after)):
        if name not in after:
            yield f"{name}: would be unknown"
        elif name not in before:
            yield f"{name}: would be known again"
        else:
            for item in Subject.__struct_fields__:
                held, new = getattr(before[name], item), getattr(after[name], item)
                if held != new:
                    yield f"{name}: {item} {shown(held)} -> {shown(new)}"
    faces, wanted_faces = _faces(given), _faces(wanted)
    for name in sorted(set(before) & set(after)):
        if faces.get(name) != wanted_faces.get(name):
            yield f"{name}: other templates"


def _subjects(records: Records) -> dict[str, Subject]:
    found = (decode_subject(key[1:], value) for key, value in records.items() if key[0] == RecordKind.SUBJECT)
    return {subject.id: subject for subject in found}


def _faces(records: Records) -> dict[str, list[bytes]]:
    """The encoded templates of each subject."""
    found: dict[str, list[bytes]] = {}
    for key in sorted(records):
        if key[0] == RecordKind.TEMPLATE:
            found.setdefault(key[1:-3].decode(), []).append(records[key])
    return found
