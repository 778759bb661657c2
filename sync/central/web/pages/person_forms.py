"""What is written on a person's page, read once: records, times in the site's zone, what was seen before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from fastapi import Depends, Form
from msgspec.structs import replace

from edge.admin.imports.rows import listed
from edge.decision import Subject
from edge.support.decoding import Undecodable, json_of
from edge.support.phrases import phrase
from sync.central.imports.core import objection
from sync.central.people.core import shown
from sync.central.store import StoreError
from sync.central.web.form_times import check_order, moment_in


@dataclass(frozen=True)
class _Record:
    name: str
    address: str
    groups: str
    valid_from: str
    valid_until: str
    language: str

    def record(self, held: Subject, zone: ZoneInfo) -> Subject:
        """The record `held` with what was written. Raises StoreError where that cannot be."""
        for column in ("name", "address", "groups"):
            found = objection(column, getattr(self, column).strip())
            if found is not None:
                raise StoreError(found[1], remedy=phrase("write it anew"))
        begins, ends = (
            moment_in(self.valid_from, zone, phrase("valid from")),
            moment_in(self.valid_until, zone, phrase("valid until")),
        )
        check_order(begins, ends)
        written = replace(
            held,
            name=self.name.strip(),
            address=self.address.strip(),
            groups=frozenset(listed(self.groups)),
            valid_from=begins,
            valid_until=ends,
            language=self.language.strip() or "zh",
        )
        return checked(written)


def _record(
    name: Annotated[str, Form()] = "",
    address: Annotated[str, Form()] = "",
    groups: Annotated[str, Form()] = "",
    valid_from: Annotated[str, Form()] = "",
    valid_until: Annotated[str, Form()] = "",
    language: Annotated[str, Form()] = "zh",
) -> _Record:
    return _Record(name, address, groups, valid_from, valid_until, language)


RecordForm = Annotated[_Record, Depends(_record)]
"""The fields of a record as they were written on a page."""


def checked(record: Subject) -> Subject:
    """`record` itself. Raises StoreError where it is no record that a registry holds."""
    try:
        json_of(msgspec.json.encode(record), Subject)
    except Undecodable as error:
        raise StoreError(
            phrase("this cannot be a record: %(why)s", why=error), remedy=phrase("write it shorter")
        ) from None
    for name in ("name", "address", "language", *record.groups):
        text = getattr(record, name, name)
        if not text.isprintable():
            raise StoreError(
                phrase("%(text)r has characters that cannot be printed", text=text),
                remedy=phrase("write it anew"),
            )
    return record


# --- two operators on one record -------------------------------------------------------------


@dataclass(frozen=True)
class Between:
    """A field that somebody else changed while a page was open: as it was seen, and as it is held."""

    field: str
    seen: str
    held: str


class RecordChanged(Exception):
    """The record is not the one that was seen; nothing was done."""

    def __init__(self, between: tuple[Between, ...]) -> None:
        self.between = between
        super().__init__()


def seen_of(record: Subject) -> str:
    """What a page carries along, to tell later whether the record is still the one that was seen."""
    return msgspec.json.encode(record, order="deterministic").decode()


def check_seen(seen: str, held: Subject) -> None:
    """Raise ChangedMeanwhile where `held` is not the record that was `seen`."""
    if seen == seen_of(held):
        return
    try:
        before = json_of(seen.encode(), Subject)
    except Undecodable:
        before = Subject(held.id)
    raise RecordChanged(
        tuple(
            Between(field, shown(getattr(before, field)), shown(getattr(held, field)))
            for field in Subject.__struct_fields__
            if getattr(before, field) != getattr(held, field)
        )
    )
