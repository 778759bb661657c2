"""The tables of flow: counts by chain, minute and day; what late events corrected; zones; limits."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
)

from edge.counting.core import TALLY_FIELDS
from sync.central.tables import Number, metadata

flow_count = Table(
    "flow_count",
    metadata,
    # Each chain's own, so that two ingesters never wait for each other's rows: it is locked.
    Column("chain", Number, ForeignKey("chain.number"), primary_key=True, autoincrement=False),
    # Of the minute (of ten, once it is old), by the gate's clock; -1: of the whole day.
    Column("begin", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Text, primary_key=True),  # the gate's day of counting; empty: unknown
    *(Column(name, BigInteger, nullable=False) for name in TALLY_FIELDS),
    sqlite_with_rowid=False,
)

flow_day = Table(
    "flow_day",
    metadata,
    # The events that begin a gate's day of counting.
    Column("chain", Number, ForeignKey("chain.number"), primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("ended", Text, nullable=False),  # the day that ended there; empty: none was known
    Column("begun", Text, nullable=False),
    sqlite_with_rowid=False,
)

flow_correction = Table(
    "flow_correction",
    metadata,
    # What came so late that figures were corrected which somebody may have read.
    Column("chain", Number, ForeignKey("chain.number"), primary_key=True, autoincrement=False),
    Column("arrived", BigInteger, primary_key=True, autoincrement=False),  # the minute, by central's clock
    Column("first", BigInteger, nullable=False),  # the minutes that were corrected, by the gate's clock
    Column("last", BigInteger, nullable=False),
    Column("inside", BigInteger, nullable=False),  # so many more inside
    Column("passages", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

zone = Table(
    "zone",
    metadata,
    Column("number", Number, primary_key=True),
    Column("name", Text, nullable=False),
    Column("place", Number, ForeignKey("place.number"), nullable=False),  # who sees it: those who see this
    Column("changed_at", BigInteger, nullable=False),
    Column("changed_by", Text, nullable=False),
    Index("zone_place", "place"),
    sqlite_autoincrement=True,
)

zone_gate = Table(
    "zone_gate",
    metadata,
    Column("zone", Number, ForeignKey("zone.number", ondelete="CASCADE"), primary_key=True),
    Column("site", Text, ForeignKey("site.id"), primary_key=True),
    Column("gate", Text, primary_key=True),
    Column("sign", Text, nullable=False),  # sync.central.flow.core.where.Sign
)

flow_limit = Table(
    "flow_limit",
    metadata,
    Column("number", Number, primary_key=True),
    Column("place", Number, ForeignKey("place.number")),  # of a place, or else of a zone
    Column("zone", Number, ForeignKey("zone.number", ondelete="CASCADE")),
    Column("warn", BigInteger),
    Column("stop", BigInteger),
    Column("relief", BigInteger, nullable=False),  # a level ends when so many fewer are inside
    Column("days", Text, nullable=False),  # of the week: 1234567, Monday first
    Column("begins", Integer, nullable=False),  # minutes after midnight on the site's wall
    Column("ends", Integer, nullable=False),  # not after the begin: on the next day
    Column("changed_at", BigInteger, nullable=False),
    Column("changed_by", Text, nullable=False),
    CheckConstraint("(place IS NULL) <> (zone IS NULL)", name="flow_limit_of_one"),
    Index("flow_limit_place", "place"),
    Index("flow_limit_zone", "zone"),
    sqlite_autoincrement=True,
)

flow_level = Table(
    "flow_level",
    metadata,
    # How full each place and zone with limits was when it was last looked at: what alarms were told.
    Column("what", Text, primary_key=True),  # sync.central.flow.core.where.Where
    Column("level", Text, nullable=False),  # edge.decision.Crowding
    Column("since", BigInteger, nullable=False),
    Column("forecast", Boolean, nullable=False),  # whether the limit is expected soon
)

flow_forecast = Table(
    "flow_forecast",
    metadata,
    # When a limit was expected, and when it was reached: how good forecasts are.
    Column("what", Text, primary_key=True),
    Column("made", BigInteger, primary_key=True, autoincrement=False),  # by ten minutes
    Column("limit", BigInteger, nullable=False),
    Column("expected", BigInteger, nullable=False),
    Column("earliest", BigInteger, nullable=False),
    Column("latest", BigInteger),  # none: perhaps never
    Column("reached", BigInteger),  # none: it was not, or it is not known yet
    Column("settled", Boolean, nullable=False),
    Index("flow_forecast_open", "settled", "expected"),
)
