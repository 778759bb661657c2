"""The kinds of events that the journal has and nothing at the gate shows: who forces somebody looks there.
And those of which a silent one is shown as the others are.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from edge.journal.format.body import told
from edge.journal.format.event import Entry, understood
from edge.journal.format.kinds import Event
from edge.journal.format.lane import LaneDuress, LaneOverride, LaneOverrideAbuse
from edge.journal.format.staff import StaffDuress

SILENT: Final = (LaneDuress, StaffDuress)
PRESSES: Final = (LaneOverride, LaneOverrideAbuse, LaneDuress)
"""Presses of the staff's wired buttons: no barrier opens by itself, so who shows one shows them all."""


def is_shown_press(event: Event) -> bool:
    """Whether an event is shown as a press of the staff's button: a silent one where the usual button would
    have left an event too.
    """
    return isinstance(event, PRESSES) and not (isinstance(event, LaneDuress) and event.folded)


def usual_press(entry: Entry) -> Entry | None:
    """The entry that the usual button would have left in the place of a silent press; None: nothing of its
    own. Any other entry is as it is; so is a silent press that this version cannot read.
    """
    event = understood(entry) if entry.kind == LaneDuress.kind else None
    if not isinstance(event, LaneDuress):
        return entry
    kind, body = told(LaneOverride(event.shift))
    return None if event.folded else replace(entry, kind=kind, body=body)
