"""The tables of alarms: rules, what leads to alarms, alarms, and each step of one."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from sync.central.tables import Number, metadata

alarm_rule = Table(
    "alarm_rule",
    metadata,
    Column("number", Number, primary_key=True),
    Column("kind", Text, nullable=False),  # sync.central.alarms.core.kinds.AlarmKind
    Column("place", Number, ForeignKey("place.number")),  # none: everywhere
    Column("days", Text, nullable=False),  # the days of the week on which it holds, Monday is 1: 12345
    Column("begins", Integer, nullable=False),  # minutes of the day, in the site's time
    Column("ends", Integer, nullable=False),  # the same as `begins`: all day
    Column("severity", Integer, nullable=False),
    Column("raises", Boolean, nullable=False),  # not: there is no such alarm there and then
    Column("settings", JSON, nullable=False),  # sync.central.alarms.core.rules.Settings
    Column("changed_at", BigInteger, nullable=False),  # times: microseconds since 1970 UTC
    Column("changed_by", Text, nullable=False),
    Index("alarm_rule_kind", "kind", "place"),
)

alarm_cue = Table(
    "alarm_cue",
    metadata,
    # What waits to become an alarm, or to end one; the loop takes it away. Nothing is ever updated by those
    # who write it, so that they never wait for each other.
    Column("number", Number, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("is_end", Boolean, nullable=False),
    Column("severity", Integer, nullable=False),  # of the kind: the grave ones are looked at first
    Column("site", Text),
    Column("place", BigInteger),
    Column("device", Text),
    Column("subject", Text),
    Column("at", BigInteger, nullable=False),  # by the clock of who saw it
    Column("until", BigInteger, nullable=False),
    Column("times", BigInteger, nullable=False),
    Column("identity", Text, nullable=False),
    Column("evidence", JSON, nullable=False),  # [[chain, sequence], …]
    Column("values", JSON, nullable=False),
    Column("received_at", BigInteger, nullable=False),  # by central's clock
    Column("due_at", BigInteger, nullable=False),  # it is looked at from then on
    Index("alarm_cue_due", "severity", "due_at"),
    Index("alarm_cue_key", "kind", "key"),
)

alarm = Table(
    "alarm",
    metadata,
    Column("number", Number, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    # "kind key" while it is open, else none: so of each there is one.
    Column("open_key", Text, unique=True),
    Column("site", Text),
    Column("place", BigInteger),  # where it is of no one site
    Column("device", Text),
    Column("subject", Text),  # none: nobody, or erased
    Column("severity", Integer, nullable=False),
    Column("rule", BigInteger),  # the rule that raised it; none: the one that Gatepost comes with
    Column("first_at", BigInteger, nullable=False),  # by the clock of who saw it
    Column("last_at", BigInteger, nullable=False),
    Column("times", BigInteger, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("values", JSON, nullable=False),
    Column("seen", JSON, nullable=False),  # which cues are counted: the newest of them
    Column("raised_at", BigInteger, nullable=False),  # by central's clock, as all below
    Column("changed_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),  # since when its cause is gone
    Column("taken_by", Text),
    Column("taken_at", BigInteger),
    Column("snoozed_until", BigInteger),
    Column("sent_at", BigInteger),  # somebody was sent
    Column("escalated_at", BigInteger),
    Column("closed_by", Text),  # empty: it ended by itself
    Column("closed_at", BigInteger),
    Index("alarm_of_key", "kind", "key", "number"),
    Index("alarm_site", "site", "number"),
    Index("alarm_closed", "closed_at"),
    sqlite_autoincrement=True,
)

alarm_step = Table(
    "alarm_step",
    metadata,
    # What became of an alarm: the pages follow it by number.
    Column("number", Number, primary_key=True),
    Column("alarm", Number, ForeignKey("alarm.number", ondelete="CASCADE"), nullable=False),
    Column("what", Text, nullable=False),  # sync.central.alarms.core.life.StepKind
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),  # empty: the centre itself
    Column("why", Text, nullable=False),
    Column("values", JSON, nullable=False),
    Index("alarm_step_alarm", "alarm", "number"),
    sqlite_autoincrement=True,
)

alarm_mark = Table(
    "alarm_mark",
    metadata,
    # How far the loop has followed something: the accesses, by their number.
    Column("name", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)
