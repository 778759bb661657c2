"""A calibration as files and registries hold it, and what it says for one gate: it loads without the numbers
that `edge.calibration.core` measures by. PURE.
"""

from edge.calibration.format.calibration import (
    Calibration,
    CurvePoint,
    FaceThresholds,
    GenuineScores,
    smallest_share,
    thresholds_under,
)
from edge.calibration.format.record import FEWEST_IN_GROUP, CalibrationRecord, GroupCurve

__all__ = [
    "FEWEST_IN_GROUP",
    "Calibration",
    "CalibrationRecord",
    "CurvePoint",
    "FaceThresholds",
    "GenuineScores",
    "GroupCurve",
    "smallest_share",
    "thresholds_under",
]
