"""A simulated gate without its wire: when people come, what its journal says, what befalls it, what is
counted. PURE.
"""

from sync.simulation.core.curves import Curve, next_passage
from sync.simulation.core.faults import Fault, befallen, outage_of, shares_of
from sync.simulation.core.in_flight import InFlightBatches
from sync.simulation.core.journal import SimulatedFact, VirtualJournal
from sync.simulation.core.passages import backlog_fact, passage
from sync.simulation.core.tally import FleetTally, merged

__all__ = [
    "Curve",
    "Fault",
    "FleetTally",
    "InFlightBatches",
    "SimulatedFact",
    "VirtualJournal",
    "backlog_fact",
    "befallen",
    "merged",
    "next_passage",
    "outage_of",
    "passage",
    "shares_of",
]
