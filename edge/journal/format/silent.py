"""The kinds of events that the journal has and nothing at the gate shows: who forces somebody looks there."""

from __future__ import annotations

from typing import Final

from edge.journal.format.lane import LaneDuress
from edge.journal.format.staff import StaffDuress

SILENT: Final = (LaneDuress, StaffDuress)
