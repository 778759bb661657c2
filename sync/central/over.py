"""Tells what is over of that which lasts until a time of the centre's clock."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.units import MINUTE

APART = MINUTE
"""By how many microseconds the clocks of a centre's processes may differ: what one dates, another reads."""


def is_over(until: sa.ColumnElement[int], now: int, longest: int) -> sa.ColumnElement[bool]:
    """Whether what lasts until `until`, `longest` at most from its begin, is over at `now`; NULL is over too.

    It is as well where it ends later than it could if it began now: the clock was ahead when that was
    written, and was set right since. By its own time it would last for a day, or until 2099.
    """
    ends = sa.func.coalesce(until, 0)
    return (ends <= now) | (ends > now + longest)
