"""From sightings to encounters: one person before the gate, and the evidence of them. PURE.

Time comes with the sightings (monotonic seconds), the registry and the credential check are passed in.
However many frames a person is seen in, they are one encounter; whoever stays is asked again only when they
show something new.
"""

from edge.encounter.presence import Answer
from edge.encounter.tracker import EncounterTracker
from edge.encounter.values import Confirmation, Encounter, Look, Patience, Template

__all__ = [
    "Answer",
    "Confirmation",
    "Encounter",
    "EncounterTracker",
    "Look",
    "Patience",
    "Template",
]
