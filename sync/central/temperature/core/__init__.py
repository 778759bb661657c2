"""What an event says of a temperature, how readings are counted, and whether a thermometer has drifted from
its neighbours. PURE.
"""

from sync.central.temperature.core.counting import CELSIUS, Counts, HourKey, added, counts_of, read_back
from sync.central.temperature.core.drift import (
    ENOUGH,
    FEWEST_NEIGHBOURS,
    ComparedThermometer,
    ThermometerVerdict,
    compared,
    trimmed_mean,
)
from sync.central.temperature.core.parsing import ReadingFacts, reading_in

__all__ = [
    "CELSIUS",
    "ENOUGH",
    "FEWEST_NEIGHBOURS",
    "ComparedThermometer",
    "Counts",
    "HourKey",
    "ReadingFacts",
    "ThermometerVerdict",
    "added",
    "compared",
    "counts_of",
    "read_back",
    "reading_in",
    "trimmed_mean",
]
