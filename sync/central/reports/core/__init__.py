"""What a report is: its days, its figures, what it rests on, and when it is due. PURE."""

from sync.central.reports.core.building import Groups, report_of, sent_of
from sync.central.reports.core.coverage import CoverageGap, CoveredGate, KnownJournal, rests_on
from sync.central.reports.core.days import MOST_DAYS, Days, Stretch, ahead_at, day_of
from sync.central.reports.core.measured import (
    DriftFigures,
    OccupancyFigures,
    OccupancyOf,
    TemperatureFigures,
    occupancy_of,
    temperatures_of,
)
from sync.central.reports.core.plots import (
    DaysPlot,
    ReasonBar,
    WaitsPlot,
    WhiskersPlot,
    bars_plot,
    days_plot,
    reasons_plot,
    waits_plot,
    whiskers_plot,
)
from sync.central.reports.core.rates import Rate
from sync.central.reports.core.report import (
    AppealFigures,
    Asked,
    ErrorFigures,
    GateFigures,
    Kind,
    Missing,
    Report,
    Why,
)
from sync.central.reports.core.rows import COLUMNS, rows_of
from sync.central.reports.core.schedule import due, last_over
from sync.central.reports.core.tally import COARSE, FINE, FINE_UP_TO, LONGEST, ReportTally, Wrong, added

__all__ = [
    "COARSE",
    "COLUMNS",
    "FINE",
    "FINE_UP_TO",
    "LONGEST",
    "MOST_DAYS",
    "AppealFigures",
    "Asked",
    "CoverageGap",
    "CoveredGate",
    "Days",
    "DaysPlot",
    "DriftFigures",
    "ErrorFigures",
    "GateFigures",
    "Groups",
    "Kind",
    "KnownJournal",
    "Missing",
    "OccupancyFigures",
    "OccupancyOf",
    "Rate",
    "ReasonBar",
    "Report",
    "ReportTally",
    "Stretch",
    "TemperatureFigures",
    "WaitsPlot",
    "WhiskersPlot",
    "Why",
    "Wrong",
    "added",
    "ahead_at",
    "bars_plot",
    "day_of",
    "days_plot",
    "due",
    "last_over",
    "occupancy_of",
    "reasons_plot",
    "report_of",
    "rests_on",
    "rows_of",
    "sent_of",
    "temperatures_of",
    "waits_plot",
    "whiskers_plot",
]
