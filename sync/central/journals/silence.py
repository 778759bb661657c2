"""A page of a gate's journal as those see it who may not know of a silent alarm: as at the gate itself, the
duress button looks like the usual one and a duress word is not there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import msgspec

from edge.journal.format import (
    Entry,
    LaneDuress,
    LaneOverride,
    StaffDuress,
    StaffSignedIn,
    StaffSignedOut,
)
from edge.lane.machine import Cause
from edge.signing.cose import encode_value
from edge.support.decoding import Undecodable
from sync.central.journals.pages import JournalPage, JournalRow

_LEFT_OUT: Final = frozenset(each.kind.value for each in (StaffDuress, StaffSignedIn, StaffSignedOut))
"""A number alone that is left out would tell of a duress word: who signs in and out is left out with it."""


def looking_usual(page: JournalPage) -> JournalPage:
    """The page without what is silent; its numbers and its gaps stay."""
    rows = (_usual(row) for row in page.rows if row.entry is None or row.entry.kind not in _LEFT_OUT)
    return replace(page, rows=tuple(rows))


def _usual(row: JournalRow) -> JournalRow:
    return row if row.entry is None else replace(row, entry=_usual_entry(row.entry))


def _usual_entry(entry: Entry) -> Entry:
    if entry.kind == LaneDuress.kind:
        return msgspec.structs.replace(entry, kind=LaneOverride.kind.value)
    try:
        said = entry.content
    except Undecodable:
        return entry
    if said.get("cause") != Cause.DURESS:
        return entry
    return msgspec.structs.replace(entry, body=encode_value(said | {"cause": Cause.OVERRIDE.value}))
