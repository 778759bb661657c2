"""What events count, and what counts come to: people inside over time. PURE."""

from sync.central.flow.core.counting import TOTAL, Change, Fact, JournalDays, Slot, changes, minute_of, net
from sync.central.flow.core.facts import KINDS, Counts, DayBegan, fact_of
from sync.central.flow.core.forecasting import HORIZON, WINDOW, Error, Forecast, error_of, forecast
from sync.central.flow.core.inside import (
    NOTHING,
    Inside,
    OfGate,
    added,
    compared,
    inside_of,
    people_over_time,
)
from sync.central.flow.core.levels import EVERY_DAY, Limit, certain_level, levels_over, rule_at, wrong_with
from sync.central.flow.core.twice import Came, Exits, Twice, twice_at, would_tell
from sync.central.flow.core.where import Moves, Sign, Where, WhereKind, moves_of, place, placed, site, zone

__all__ = [
    "EVERY_DAY",
    "HORIZON",
    "KINDS",
    "NOTHING",
    "TOTAL",
    "WINDOW",
    "Came",
    "Change",
    "Counts",
    "DayBegan",
    "Error",
    "Exits",
    "Fact",
    "Forecast",
    "Inside",
    "JournalDays",
    "Limit",
    "Moves",
    "OfGate",
    "Sign",
    "Slot",
    "Twice",
    "Where",
    "WhereKind",
    "added",
    "certain_level",
    "changes",
    "compared",
    "error_of",
    "fact_of",
    "forecast",
    "inside_of",
    "levels_over",
    "minute_of",
    "moves_of",
    "net",
    "people_over_time",
    "place",
    "placed",
    "rule_at",
    "site",
    "twice_at",
    "would_tell",
    "wrong_with",
    "zone",
]
