"""From sightings to encounters: many frames, codes and readings of one person become one piece of evidence;
all waiting is here. PURE.
"""

from edge.encounter.asking import Asking
from edge.encounter.configuration import Patience
from edge.encounter.presence import GrantOutcome
from edge.encounter.tracker import EncounterTracker
from edge.encounter.values import Confirmation, Encounter, Look, Template
from edge.encounter.waiting import LineStep, Measured, Waiting, WaitingLine

__all__ = [
    "Asking",
    "Confirmation",
    "Encounter",
    "EncounterTracker",
    "GrantOutcome",
    "LineStep",
    "Look",
    "Measured",
    "Patience",
    "Template",
    "Waiting",
    "WaitingLine",
]
