"""Forecasts of what has a limit, and how far they were off: each is kept until it is known what came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from sync.central.flow.core import HORIZON, WINDOW, Error, Forecast, Where, error_of, forecast
from sync.central.flow.keeping import COARSE
from sync.central.flow.reading import nets
from sync.central.flow.tables import flow_forecast
from sync.central.store import insert_unless_there
from sync.central.units import DAY, MINUTE

_WEEKS = 4
_MADE_EVERY = 10 * MINUTE
"""Of those made within this time one is kept: the others say the same."""
_KEPT = 90 * DAY
_JUDGED = 30 * DAY
"""So far back forecasts are looked at to say how good they are."""


def forecast_of(connection: sa.Connection, where: Where, inside: int, limit: int, now: int) -> Forecast:
    """When so many `inside` reach the limit."""
    end = now - now % MINUTE
    recent = nets(connection, where, end - WINDOW * MINUTE, end, MINUTE)
    return forecast(inside, recent, _usual(connection, where, end), limit)


def keep_forecast(connection: sa.Connection, where: Where, made: Forecast, now: int) -> None:
    """Keep a forecast of what is expected to reach its limit, to see what comes; one in ten minutes."""
    if not made.expected or made.earliest is None:
        return
    row = {
        "what": str(where),
        "made": now - now % _MADE_EVERY,
        "limit": made.limit,
        "expected": now + made.expected * MINUTE,
        "earliest": now + made.earliest * MINUTE,
        "latest": None if made.latest is None else now + made.latest * MINUTE,
        "reached": None,
        "settled": False,
    }
    connection.execute(insert_unless_there(connection, flow_forecast), [row])


def settle_forecasts(connection: sa.Connection, inside: Mapping[str, int], now: int) -> None:
    """Note of forecasts what came: the limit is reached by so many `inside` of each (by `str(where)`), or its
    time is over. Forget those that are too old to say anything.
    """
    c = flow_forecast.c
    for row in connection.execute(sa.select(c.what, c.made, c.limit).where(~c.settled)).all():
        people = inside.get(row.what)
        reached = people is not None and people >= row.limit
        if reached or now > row.made + (HORIZON + WINDOW) * MINUTE:
            those = (c.what == row.what) & (c.made == row.made) & ~c.settled
            values = {"settled": True, "reached": now if reached else None}
            connection.execute(sa.update(flow_forecast).where(those).values(values))
    connection.execute(sa.delete(flow_forecast).where(c.made < now - _KEPT))


def forecast_error(connection: sa.Connection, where: Where | None, now: int) -> Error | None:
    """How far the forecasts of the last month were off, of one thing or of all; None: none came true."""
    c = flow_forecast.c
    query = sa.select(c.made, c.expected, c.reached).where(c.settled, c.made >= now - _JUDGED)
    if where is not None:
        query = query.where(c.what == str(where))
    return error_of([_pair(row) for row in connection.execute(query)])


# --- inside --------------------------------------------------------------------------------


def _pair(row: sa.Row[int, int, int | None]) -> tuple[int, int | None]:
    """When it was expected and when it was reached, in minutes."""
    return row.expected // MINUTE, None if row.reached is None else row.reached // MINUTE


def _usual(connection: sa.Connection, where: Where, end: int) -> list[float]:
    """By how much people grew on the same weekday of the last weeks, by the minute, from the window's begin
    to the horizon; empty where nothing was counted then.
    """
    length, begun = WINDOW + HORIZON, end - WINDOW * MINUTE
    since = begun - begun % COARSE  # a week ago counts are not by the minute any more
    until = since + (length + COARSE // MINUTE) * MINUTE
    weeks = [
        nets(connection, where, since - week * 7 * DAY, until - week * 7 * DAY, COARSE)
        for week in range(1, _WEEKS + 1)
    ]
    held = [each for each in weeks if any(each)]
    if not held:
        return []
    spans = [begin // COARSE for begin in range(begun - since, begun - since + length * MINUTE, MINUTE)]
    return [_mean(each[span] for each in held) * MINUTE / COARSE for span in spans]


def _mean(values: Iterable[int]) -> float:
    each = [*values]
    return sum(each) / len(each)
