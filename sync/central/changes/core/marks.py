"""Marks of what is held, to tell whether it was changed since. PURE."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import msgspec

from edge.decision import Subject
from sync.central.changes.core.change import Change, subject_of

Marks = Mapping[str, str]


def marks_of(changes: Iterable[Change], held: Mapping[str, Subject]) -> dict[str, str]:
    """The mark of the record of each person whom changes are about, by id; "" of those who are not held."""
    return {name: mark_of_record(held.get(name)) for name in map(subject_of, changes) if name}


def mark_of_record(record: Subject | None) -> str:
    """The mark of a record: another one for another record."""
    if record is None:
        return ""
    return hashlib.sha256(msgspec.json.encode(record, order="deterministic")).hexdigest()[:16]


def seen_mark(content: bytes, marks: Mapping[str, Marks], more: str = "") -> str:
    """The mark of all that somebody saw before deciding: the changes, and what was held then."""
    told = msgspec.json.encode(marks, order="deterministic")
    return hashlib.sha256(b"\0".join((content, told, more.encode()))).hexdigest()[:32]
