"""The kinds of events that the journal has and nothing at the gate shows: who forces somebody looks there.
And those of which a silent one is shown as the others are.
"""

from __future__ import annotations

from typing import Final

from edge.journal.format.lane import LaneDuress, LaneOverride, LaneOverrideAbuse
from edge.journal.format.staff import StaffDuress

SILENT: Final = (LaneDuress, StaffDuress)
PRESSES: Final = (LaneOverride, LaneOverrideAbuse, LaneDuress)
"""Presses of the staff's wired buttons: no barrier opens by itself, so who shows one shows them all."""
