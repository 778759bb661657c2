"""A page of a gate's journal as those see it who may not know of a silent alarm: as at the gate itself, the
duress button looks like the usual one and a duress word is not there. Such a page is paged by lines: the
numbers of events on both sides of what is left out would tell how much that is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import msgspec
import sqlalchemy as sa

from edge.journal.format import (
    Entry,
    LaneDuress,
    StaffDuress,
    StaffSignedIn,
    StaffSignedOut,
    usual_press,
)
from edge.lane.machine import Cause
from edge.signing.cose import encode_value
from edge.support.decoding import Undecodable
from sync.central.journals.pages import JournalPage, JournalRow, journal_page

_LEFT_OUT: Final = frozenset(each.kind.value for each in (StaffDuress, StaffSignedIn, StaffSignedOut))
"""A number alone that is left out would tell of a duress word: who signs in and out is left out with it."""


MOST_SKIPPED: Final = 10_000
"""So many lines back it goes: each page reads what stands before it."""
_AT_ONCE: Final = 500


@dataclass(frozen=True)
class UsualPage:
    """A page without what is silent. `older` is how many lines come before the page after it; None at its
    end.
    """

    page: JournalPage
    older: int | None


def usual_page(
    connection: sa.Connection,
    device: str,
    epoch: bytes | None = None,
    before: int | None = None,
    skipped: int = 0,
    count: int = 50,
) -> UsualPage | None:
    """`count` lines of a device's newest (or that) epoch without what is silent, after the first `skipped`;
    None where there is no such journal. A page is full whatever is left out: a short one would tell.
    """
    first = page = journal_page(connection, device, epoch, before, _AT_ONCE)
    if first is None:
        return None
    rows, until = list[JournalRow](), skipped + count
    while page is not None:
        rows += looking_usual(page).rows
        goes_on = page.older is not None and len(rows) <= until
        page = journal_page(connection, device, first.epoch, page.older, _AT_ONCE) if goes_on else None
    older = until if len(rows) > until and until <= MOST_SKIPPED else None
    return UsualPage(replace(first, rows=tuple(rows[skipped:until]), older=None), older)


def looking_usual(page: JournalPage) -> JournalPage:
    """The page without what is silent; its numbers and its gaps stay, for nobody to see."""
    return replace(page, rows=tuple(row for each in page.rows for row in _usual(each)))


def _usual(row: JournalRow) -> tuple[JournalRow, ...]:
    """The row as it would be without a silent alarm; none where there would be none."""
    entry = None if row.entry is None else _usual_entry(row.entry)
    return () if entry is None and row.entry is not None else (replace(row, entry=entry),)


def _usual_entry(entry: Entry) -> Entry | None:
    if entry.kind in _LEFT_OUT:
        return None
    if entry.kind == LaneDuress.kind:
        return usual_press(entry)
    try:
        said = entry.content
    except Undecodable:
        return entry
    if said.get("cause") != Cause.DURESS:
        return entry
    return msgspec.structs.replace(entry, body=encode_value(said | {"cause": Cause.OVERRIDE.value}))
