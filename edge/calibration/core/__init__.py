"""From similarities to thresholds with a stated error rate: tails, histograms, open-set trials, groups,
look-alikes. PURE.
"""

from edge.calibration.core.comparisons import Owners, Vectors
from edge.calibration.core.fairness import ErrorGroup, GroupErrorRate, GroupGap, RateGap, gaps, groups
from edge.calibration.core.histogram import Histograms, histograms
from edge.calibration.core.look_alikes import SuspectedPair, suspects
from edge.calibration.core.measuring import FEWEST_PEOPLE, calibrate
from edge.calibration.core.members import Labels
from edge.calibration.core.open_set_trials import OpenSetTrials, open_set
from edge.calibration.core.worst_group import record_of

__all__ = [
    "FEWEST_PEOPLE",
    "ErrorGroup",
    "GroupErrorRate",
    "GroupGap",
    "Histograms",
    "Labels",
    "OpenSetTrials",
    "Owners",
    "RateGap",
    "SuspectedPair",
    "Vectors",
    "calibrate",
    "gaps",
    "groups",
    "histograms",
    "open_set",
    "record_of",
    "suspects",
]
